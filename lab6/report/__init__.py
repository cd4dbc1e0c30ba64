"""``lab6 report`` and ``lab6 combine``: answer, comparison and check on one page, and in a terminal."""
