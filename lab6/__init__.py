"""lab6: which minibatch size gives the most accuracy for the time spent, on this machine?

It times a full MNIST training epoch of the 784-128-10 network for each minibatch size, and keeps every
timing together with the accuracy that it bought. One way leads through the package:

    training/  ->  measure/  ->  results/*.json  ->  analysis/, check/  ->  report/
    learns         times it        the only joint      reads it, judges       shows it

``training``
    The data sets, the network, the lab's gradient descent with a tape, the frameworks below Keras (``backends``), and
    the engines: the ways to train one epoch (``fit``, ``tape``, ``compiled``). It knows nothing of clocks and files of
    results.
``measure``
    The pytest plugin behind ``pytest benchmarks``, and the worker processes that it asks: its options, the clock around
    the epoch, turns and duets, the terminal output and the saved files.
``analysis``
    DataFrame in, DataFrame out: saved runs as one tidy frame, a row for each minibatch size, and the judgement: what is
    dominated, what a time budget buys, which size to start with. ``findings`` is the way through it.
``check``
    The regression check: slower or not, learning or not, of duets and of saved runs; its statistics, its words and its
    command.
``report``
    Draws and writes, decides nothing: sentences, terminal tables, pictures, a page. ``command`` is the way through it.
``record``
    What a saved benchmark says: every field, its unit, and the version of the schema. With the next three, all that
    those who measure and those who read have in common.
``disturbance``, ``fingerprint``, ``limit``
    What a disturbed round is, what decides a machine's speed, and the least time that an epoch can take on it: one rule
    each for those who measure and who read.
``against``
    ``pytest benchmarks --against`` and ``--check-against``: leads from what was measured to what ``check`` says of it.
``values``
    Values from a command line, parsed or refused in one sentence; both entry points use it.
``errors``
    The errors that a user can meet; each is one sentence.
``cli``
    The ``lab6`` command: a table of contents.

Importing ``lab6`` itself imports nothing heavy. Keras and its framework are imported only in worker processes, and by
the commands that explain; ``analysis``, ``check`` and ``report`` work without them.
"""

__version__ = "0.1.0"
