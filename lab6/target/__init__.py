"""The fastest way to an accuracy on this machine: steps to it, from a table of trials, x seconds of a step.

Steps belong to the work, so a table holds on every machine; seconds of a step come from a machine's measured epochs.
``choose`` finds the table, ``settings`` the best setting of each minibatch size, ``seconds`` the time of a step,
``answer`` their product and the fastest; ``trade`` fits steps against images, ``runs`` sets measured runs beside what
was predicted; ``words``, ``tables`` and ``pictures`` show it.
"""
