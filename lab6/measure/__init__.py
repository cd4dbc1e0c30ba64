"""What times it: the pytest plugin behind ``pytest benchmarks``, and all that surrounds the clock."""
