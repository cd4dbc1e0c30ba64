"""How anything is shown: numbers, tables, terminal, Markdown, colours and pictures. It knows no feature.

A feature makes a ``table`` out of ``cells``, which ``console`` and ``markdown`` print, or a ``picture``, which is drawn
in the ``style`` and ``look`` of all pictures and written as ``svg``, PNG and CSV.
"""
