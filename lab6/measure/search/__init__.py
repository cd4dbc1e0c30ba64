"""``lab6 steps``: how many steps training takes to each of several test accuracies, for each minibatch size.

``grid`` says which settings of the optimizer there are, ``search`` which are tried for a minibatch size, ``journal``
keeps every finished trial in a file, whose first line and name ``described`` makes, ``run`` trains in workers, and
``command`` is the command.
"""
