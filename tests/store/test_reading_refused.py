import json
import math

import pytest

from lab6.errors import FileError, ResultsError, skipping_advised
from lab6.record import SCHEMA_VERSION
from lab6.store import run as runs
from tests import saved
from tests.small import refusal

RUN = saved.run()
TEXT = json.dumps(RUN)


def refused(content):
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    return refusal(lambda: runs.read("run.json", content), "run.json")


def altered(change):
    """A run in which ``change`` altered the first of three benchmarks."""
    run = saved.run()
    change(run["benchmarks"][0])
    return run


def of_a_round(field, value):
    """A run in which a round says this."""
    return altered(lambda benchmark: benchmark["extra_info"]["rounds"][0].update({field: value}))


def taking(seconds):
    """A run in which a round took so long."""
    return altered(lambda benchmark: benchmark["stats"]["data"].__setitem__(1, seconds))


def novel(place):
    """A run with a field that this version does not know."""
    run = saved.run()
    record = run["benchmarks"][0]["extra_info"]
    {"record": record, "round": record["rounds"][0], "machine": run["machine_info"]["lab6"]}[place]["novelty"] = 1
    return run


KEYS = ["label", "data", "extra_info"]

NO_TIMES = ["yesterday", "2026-13-01", "", "NaT", "nan", "now", "Jan", "-5", None, 5, [], {}]
NO_TIMES += ["0001-01-01T00:00:00+12:00", "9999-12-31T23:59:59-12:00"]  # in UTC

REFUSED = {
    "not complete JSON": [TEXT[: int(len(TEXT) * share)].encode() for share in (0, 0.001, 0.1, 0.5, 0.9, 0.999)],
    "damaged": [
        *(b"\xff\xfe\x00", b"\x80abc", "{'ä'}".encode("latin-1"), b"\x00" * 100),
        *(RUN | {"benchmarks": [value]} for value in (None, [], "text", 5)),
        RUN | {"benchmarks": [{"name": "a", "stats": [], "extra_info": {}}]},
    ],
    "nested too deeply": [b"[" * 100_000, b'{"a":' * 100_000],
    "an integer of too many digits": [b'{"a": ' + b"9" * 5_000 + b"}"],
    "is not a file of results": [*([], {}, "text", 5, None, [RUN]), {"benchmarks": {}}, {"benchmarks": None}],
    "another project's": [RUN | {"machine_info": info} for info in (None, [], {}, {"node": "there", "cpu": {}})],
    "a number from 1e-09 to 1e+09 is allowed": [taking(seconds) for seconds in (10**400, 1e308, 1e10, 1e-10, 1e-320)],
    "twice": [RUN | {"benchmarks": RUN["benchmarks"] + RUN["benchmarks"][:1]}],
    "one time for each round: ": [
        altered(lambda benchmark, data=data: benchmark["stats"].update(data=data))
        for data in ([], [4.0, 4.1], [4.0, 4.1, 4.2, 4.3], None, "123", {"0": 1, "1": 1, "2": 1})
    ],
    "novelty: Extra inputs are not permitted": [novel(place) for place in ("record", "round", "machine")],
    "rounds": [saved.run(rounds=value) for value in ([], None, {}, [None])],
    "no benchmark with a finished round": [saved.run({})],
    "machine, ": [
        RUN | {"machine_info": {"lab6": lab6}}
        for lab6 in (None, [], {}, {"label": None}, saved.MACHINE | {"usable_cores": 0})
    ],
    "run.json": [  # a value that no column holds
        *(saved.run(**{field: value}) for field, value in {"batch_size": 10**30, "parameter_count": 2**63}.items()),
        *(of_a_round(field, 10**30) for field in ("seed", "peak_memory_bytes")),
        saved.run(machine={"label": "\ud800"}),
    ],
    "is not a time": [saved.run(datetime=time) for time in NO_TIMES],
    **{f"has the key '{key}' twice": [TEXT.replace(f'"{key}"', f'"{key}": 1, "{key}"', 1).encode()] for key in KEYS},
    "has the key 'seed' twice": [  # however it is written
        TEXT.replace('"seed"', f'{again}"seed"', 1).encode()
        for again in ('"seed": 1, "seed": 1, ', '"seed" :1, "\\u0073eed": 2, ')
    ],
}
"""Contents that are no run of lab6, by what is said of them."""


@pytest.mark.parametrize("said", REFUSED)
def test_what_is_no_run_is_refused_with_what_is_wrong(said):
    for content in REFUSED[said]:
        assert said in refused(content), content


def test_a_file_of_another_kind_is_not_called_damaged():
    text = refusal(lambda: runs.read("notes.txt", b"Notes"), "notes.txt is not a file of results")
    assert "give .json or .parquet files" in text


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"benchmarks": []}, "holds no benchmark with a finished round"),
        ({"machine_info": {}}, "is another project's pytest-benchmark run, not one of lab6"),
        ({"datetime": "noon"}, "is damaged (datetime: noon is not a time)"),
    ],
)
def test_a_file_that_says_nothing_is_to_be_left_out_and_no_option_is_advised_that_most_commands_lack(change, wrong):
    assert refused(RUN | change) == f"run.json {wrong}: leave it out."


def test_only_a_command_with_an_option_for_it_advises_it():
    content = json.dumps(saved.run(datetime="noon")).encode()
    for option, advice in (("--skip-bad", "leave it out, or give --skip-bad."), ("", "leave it out.")):
        with pytest.raises(FileError, match=f"not a time\\): {advice}$"), skipping_advised(option):
            runs.read("run.json", content)
    with pytest.raises(ResultsError, match=r"^the disk is full\.$"), skipping_advised("--skip-bad"):
        raise ResultsError("the disk is full.")


@pytest.mark.parametrize("seconds", [math.nan, -1.0, 0, 0.0, math.inf, -math.inf, "1.0", None, True, [1.0], {}])
def test_impossible_seconds_are_refused(seconds):
    assert f"test_epoch[mnist-compiled-cpu-10] says that round 1 took {seconds} seconds" in refused(taking(seconds))


@pytest.mark.parametrize("version", [SCHEMA_VERSION + 1, 99, 10**30])
def test_a_newer_schema_is_refused_before_what_is_new_in_it(version):
    run = altered(lambda benchmark: benchmark["extra_info"].update(schema_version=version, novelty=1))
    run["machine_info"]["lab6"]["novelty"] = 1
    text = refused(run)
    assert f"schema_version {version}; this one reads up to {SCHEMA_VERSION}" in text
    assert "upgrade lab6" in text


@pytest.mark.parametrize("text", ["a\nb", "\x1b[31m", "\u202e", "\ud800"])
def test_text_that_cannot_be_printed_is_refused_without_printing_it(text):
    for fields in ({"engine": text}, {text: 1}, {"datetime": text}, {"machine": {"versions": {text: text}}}):
        assert text not in refused(saved.run(**fields))


def test_endless_names_still_give_a_short_sentence():
    refused(altered(lambda benchmark: benchmark["extra_info"].update({"x" * 10_000: 1})))
    refused(altered(lambda benchmark: benchmark.update(name="x" * 10_000, stats={"data": []})))


@pytest.mark.parametrize("field", ["rounds", "batch_size", "dataset_digest"])
def test_a_missing_field_of_a_record_is_named(field):
    assert f"{field}: Field required" in refused(altered(lambda benchmark: benchmark["extra_info"].pop(field)))


@pytest.mark.parametrize("part", ["name", "stats", "extra_info"])
def test_a_benchmark_that_lacks_a_part_is_refused(part):
    assert f"lacks '{part}'" in refused(altered(lambda benchmark: benchmark.pop(part)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_encoding_of_json_is_read(encoding):
    text = json.dumps(saved.run(machine={"label": "機械: é"}), ensure_ascii=False)
    assert runs.frame([runs.read("run.json", text.encode(encoding))])["machine"].unique() == ["機械: é"]


@pytest.mark.parametrize("group", [None, "mnist: one epoch with compiled on cpu"])
def test_a_benchmark_that_lost_a_field_is_not_taken_for_another_projects(group):
    def lose(benchmark):
        benchmark["group"] = group
        for field in ("schema_version", "lab6_version") if group is None else list(benchmark["extra_info"]):
            del benchmark["extra_info"][field]

    assert "is damaged (benchmark test_epoch[mnist-compiled-cpu-10], lab6_version: Field" in refused(altered(lose))


def test_a_file_of_other_benchmarks_alone_holds_nothing():
    other = {"name": "test_sum", "group": None, "stats": {"data": [1.0]}, "extra_info": {}}
    assert "holds no benchmark with a finished round" in refused(saved.run() | {"benchmarks": [other]})
