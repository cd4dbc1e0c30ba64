"""The check: on one machine and the same work, is other code slower, or does it learn less?

``difference`` holds the statistics, ``speed`` and ``learning`` the two verdicts, ``machines`` what has to be the same
on both sides, ``check`` all of it together. ``words`` says what was found; ``command`` and ``junit`` write it.
"""
