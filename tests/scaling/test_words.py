import json

import pytest
from markdown_it import MarkdownIt

from lab6.report import formats
from lab6.scaling import scaling, tables, words
from lab6.store.summary import summarise
from tests.machines import often, team
from tests.samples import found, shown, without_pictures
from tests.small import summarised

ONE, TWO = team(1, 0), team(2, 4000)
BOTH = [*ONE, *TWO, *team(1, 0, image=1.1, threads=2)]
"""One process of one thread and of two, and two workers."""


def scaled(*runs):
    return scaling.scale(summarised(*runs))


def test_sentences_say_what_more_bring_and_from_where_on_they_pay():
    assert words.sentences(scaled(*BOTH)) == [
        "With compiled on here, 2 threads train up to 1.82 times as fast as 1, with minibatch size 60,000 (efficiency "
        "91%); they pay at every measured size.",
        "With compiled on here, 2 workers train up to 1.87 times as fast as 1, with minibatch size 60,000 (efficiency "
        "94%); they pay from a minibatch size of about 5,200 on.",
        "With compiled on here and the same cores, 2 workers train up to 1.03 times as fast as 1 process of 2 threads, "
        "with minibatch size 60,000; they pay at no measured size.",
        "By the machine card of compiled on here, an exchange takes 3,999 µs among 2 workers. Minibatch size from "
        "which they pay: about 4,000 with 2 workers; predicted, not measured: 4,000 to 16,000 with 8 workers, at least "
        "4,000 with 64.",
    ]


def test_a_card_that_explains_little_is_said_to_do_so():
    told = words.sentences(scaled(*ONE, *team(2, 400, image=6)))
    assert "they pay: about" in told[-1]
    assert told[-1].endswith(" longer), so take the measured sizes.")
    assert "roughly" not in words.sentences(scaled(*ONE, *TWO))[-1]


def test_sentences_say_what_is_not_known():
    (sentence,) = words.sentences(scaled(*often("here", 9, 4, runs=1, threads=1), *often("here", 9, 2, runs=1)))
    assert sentence.endswith("; three or more processes of each would show from which size on they pay.")


def test_without_one_worker_alike_a_sentence_says_what_to_measure():
    told = words.sentences(scaled(*TWO, *team(1, 0, image=1.1, threads=2)))
    assert told[1:] == [
        "What an exchange costs with compiled on here is not known without one worker of 1 thread: measure --workers "
        "1,2 with --threads 1,all."
    ]


def test_with_one_minibatch_size_a_sentence_says_that_another_is_missing():
    rounds = summarised(*BOTH).rounds
    found = scaling.scale(summarise(rounds[rounds["batch_size"] == 100]))
    assert words.sentences(found)[-1] == (
        "What an exchange costs with compiled on here is not known without a second minibatch size: measure both "
        "numbers of workers with several."
    )


def test_what_is_slower_everywhere_is_said_to_be_so_at_best():
    (sentence,) = words.sentences(scaled(*often("here", 9, 2, threads=1), *often("here", 10, 2.5, threads=2)))
    assert "2 threads train only 0.88 times as fast as 1, with minibatch size 1 (efficiency 44%)" in sentence
    assert sentence.endswith("they pay at no measured size.")


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"workers": 1, "threads": 2}, "2 threads"),
        ({"workers": 2, "threads": 1}, "2 workers"),
        ({"workers": 2, "threads": 0}, "2 workers"),
        ({"workers": 4, "threads": 8, "hosts": 2}, "4 workers of 8 threads on 2 machines"),
    ],
)
def test_threads_and_workers_have_names(fields, name):
    assert words.more({"hosts": 1} | fields) == name


@pytest.mark.parametrize(("size", "said"), [(0.2, "1"), (44.7, "45"), (3_672, "3,700"), (60_001, "over 60,000")])
def test_computed_sizes_are_rounded_and_none_is_larger_than_the_data(size, said):
    assert words.rounded(size, 60_000) == said


def test_sentences_of_many_machines_tell_of_one():
    every = scaled(*(run for label in ("a", "b", "c") for n in (1, 2) for run in often(label, 9, 4 / n, threads=n)))
    assert len(words.sentences(every)) == 3
    for setup, told in (("b", "b"), ("unmeasured", "a")):
        sentence, more = words.sentences(every, setup)
        assert f"compiled on {told}," in sentence
        assert more == "And 2 more machines, in --format json."


def cells(table):
    return [[cell.text for cell in row] for row in table.rows()]


def test_tables_have_each_speed_up_with_its_interval_and_each_exchange():
    own = scaled(*BOTH)
    rows = cells(tables.speedups(own))
    assert rows[0][:5] == ["compiled", "2 threads", "1 thread", "100", "0.084"]
    assert rows[-1][:3] == ["compiled", "2 workers", "1 process of 2 threads"]
    assert rows[3][6:] == ["1.82", "1.74-1.9", "91%"]
    assert rows[-1][-1] == "-"  # on the same cores
    (exchanges,) = tables.exchanges(own)
    assert [[row[1], row[-1]] for row in cells(exchanges)] == [
        ["2", "fitted"],
        ["8", "predicted"],
        ["64", "predicted"],
    ]
    assert [row[-2] for row in cells(exchanges)][1:] == ["4,000 to 16,000", "4,000 to over 60,000"]
    assert list(tables.exchanges(scaled(*ONE, *team(1, 0, threads=2)))) == []


def test_a_terminal_has_a_row_for_each_number_of_threads_or_workers():
    (table,) = tables.compact(scaled(*BOTH))
    assert [row[0] for row in cells(table)] == [
        "compiled: 2 threads over 1",
        "compiled: 2 workers over 1",
        "compiled: 2 workers over 2 threads",
    ]
    assert cells(table)[0][1:] == ["1.64", "1.8", "1.82", "1.82"]


FORMS = {"terminal": shown, "page": without_pictures, "Markdown": formats.as_markdown, "JSON": formats.as_json}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_report_tells_of_it_only_if_it_was_measured(form):
    with_it, without = (" ".join(FORMS[form](found(*runs)).split()) for runs in (BOTH, ONE))
    assert "2 workers train up to 1.87 times as fast as 1" in with_it
    assert "predicted, not measured: 4,000 to 16,000 with 8 workers" in with_it
    assert "times as fast as 1, with" not in without
    if form != "JSON":
        assert words.HEADING in with_it
        assert words.HEADING not in without


@pytest.mark.parametrize(("count", "told"), [(2, 2), (9, 1)])
def test_of_many_machines_tables_have_one(count, told):
    runs = [
        run for number in range(count) for run in (*team(1, 0, label=f"m{number}"), *team(2, 9, label=f"m{number}"))
    ]
    own = found(*runs)
    assert len(own.scaling_shown.setups) == told
    assert len(own.scaling.setups) == count
    rows = [line for line in formats.as_markdown(own).splitlines() if line.endswith(" fitted |")]
    assert len(rows) == told


def test_every_line_fits_into_a_terminal():
    assert max(map(len, shown(found(*BOTH)).splitlines())) <= 80


def test_json_has_all_numbers():
    document = json.loads(formats.as_json(found(*BOTH)))["scaling"]
    assert list(document) == ["answer", "speedups", "gains", "exchanges"]
    assert len(document["speedups"]) == 12
    assert document["gains"][1]["pays"] == "from"
    assert document["gains"][1]["paying"] == [10_000, 60_000]
    assert document["exchanges"][1]["seconds_per_exchange"] is None
    assert json.loads(formats.as_json(found(*ONE)))["scaling"] is None


def test_markdown_has_both_tables():
    text = formats.as_markdown(found(*BOTH))
    html = MarkdownIt("commonmark").enable("table").render(text)
    for title in ("Speed-up by threads and workers", "From which minibatch size on workers pay, by the machine card"):
        assert f"<h3>{title}</h3>\n<table>" in html
