"""A machine over months: since when it is slower or faster, by how much, and what changed then.

``runs`` makes observations of rounds, one a run, ``changes`` finds changes of versions, settings and code, ``shifts``
holds the statistics, ``history`` puts them together; ``words`` makes sentences and tables, ``figure`` the picture.
"""
