"""Saved runs as one tidy frame, a row a round, and what every question asks of it. No framework is imported here.

``load`` reads files (``sources`` finds them, ``run`` and ``archive`` read JSON and Parquet) into the ``columns`` of the
tidy frame; ``push`` adds it to a data set that many share, whose layout ``shared`` knows. ``selection`` adds the
conditions of a command line and keeps different work apart (``workload``); ``newest`` leaves out older versions of many
machines. ``series`` names what can be compared, and ``summary`` makes a row for each minibatch size of it, with
intervals (``student``), of the ``samples`` of processes and seeds; ``cards`` explains a series by what a step and an
image cost. ``notes`` says in sentences what was trained and what disturbed it.
"""
