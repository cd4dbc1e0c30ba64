"""Measuring: the pytest plugin behind ``pytest benchmarks``, its worker processes, and the clock."""
