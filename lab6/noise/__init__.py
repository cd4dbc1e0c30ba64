"""The gradient noise scale of a network along its training: ``lab6 noise-scale``.

:mod:`lab6.training.noise` measures; here are the statistics, words, picture and command. Only the command imports what
trains.
"""
