"""The regression check: on one machine and the same work, is other code slower, or does it learn less?

``difference`` holds the statistics, ``speed`` and ``learning`` the two verdicts; ``machines`` makes sure that both
sides are of one machine, by its ``fingerprint``; ``check`` combines them. ``words`` are its sentences and tables;
``command`` and ``junit`` write them.
"""
