"""Machines side by side at the same work: how much faster each is, and what explains it.

``comparison`` holds the statistics, ``words`` the sentences and tables, ``figure`` the picture.
"""
