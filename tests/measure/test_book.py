from types import SimpleNamespace

import cpuinfo
from pytest_benchmark import plugin

from lab6.measure import book


def test_pytest_benchmark_describes_no_cpu_if_py_cpuinfo_fails(monkeypatch):
    def fail():
        raise KeyError("brand_raw")

    monkeypatch.setattr(cpuinfo, "get_cpu_info", fail)
    original, cleanups = plugin.get_cpu_info, []
    book.forgive_cpuinfo(SimpleNamespace(add_cleanup=cleanups.append))
    found = plugin.get_cpu_info()
    cleanups[0]()
    assert (found, plugin.get_cpu_info) == ({}, original)
