import functools
import json
import textwrap

import pytest
from matplotlib.collections import LineCollection
from rich.cells import cell_len

from lab6.compare import command, figure, words
from lab6.render import style
from lab6.render.cells import INTERVAL
from lab6.report import formats
from tests import saved
from tests.machines import team
from tests.samples import compared, comparing, found, measured, shown, without_pictures
from tests.small import summarised


def times(label, count, slower=1.0):
    """Runs of a machine, each by a hundredth slower than the one before."""
    return [measured(label, slower=slower * (1 + place / 100), processes=1) for place in range(count)]


@functools.cache
def opposed(count):
    """Findings of two machines, one of which has as many runs, the other five."""
    return found(*times("a", count), *times("b", 5, 2.0))


FORMS = {
    "report": shown,
    "report in JSON": formats.as_json,
    "report in Markdown": formats.as_markdown,
    "page": without_pictures,
    "comparison": compared,
    "comparison in Markdown": lambda own: command.as_markdown(comparing(own)),
    "comparison in JSON": lambda own: command.as_json(comparing(own)),
}


def said(form, findings):
    """What a form says of findings, with its lines joined."""
    return " ".join(FORMS[form](findings).split())


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_once_which_runs_were_cut_off_or_disturbed_and_only_then(form):
    special = measured("a") | {"unfinished": True}, measured("b", others={10: [0.0, 1.0, 0.0]})
    text, plain = said(form, found(*special)), said(form, found(measured("a"), measured("b")))
    for sentence in ("Cut off: run-0.json (15 rounds) was interrupted", "Disturbed: 1 of 30 rounds"):
        assert text.count(sentence) == 1
        assert sentence.partition(":")[0] + ":" not in plain


@pytest.mark.parametrize("form", ["page", "comparison", "comparison in Markdown", "comparison in JSON"])
@pytest.mark.parametrize("runs", [1, 2, 3])
def test_every_form_says_once_why_intervals_are_missing_and_only_then(form, runs):
    assert said(form, opposed(runs)).count(words.FEW_PROCESSES) == (runs < 3)


def test_the_sentence_fits_into_a_terminal():
    text = compared(opposed(1))
    assert max(map(cell_len, text.splitlines())) <= 80
    assert "\n".join(textwrap.wrap(words.FEW_PROCESSES, 78)) == "\n".join(
        line.strip() for line in text.splitlines() if line.strip() and line.strip() in words.FEW_PROCESSES
    )


def test_many_sentences_do_not_push_it_out():
    odd = {size: ([seconds] * 3, [0.9] * 3) for size, seconds in {1: 1.0, 10: 9.0, 100: 0.1}.items()}
    runs = [saved.run(odd, {"label": f"machine {number}"}) for number in range(9)]
    own = comparing(found(*runs))
    told = words.sentences(own.summary, own.compared, 2)
    assert told[-2:] == ["And 7 more like that, in --format json.", words.FEW_PROCESSES]


@pytest.mark.parametrize(("runs", "unknown"), [(1, True), (3, False)])
def test_tables_and_json_have_no_interval_that_is_not_known(runs, unknown):
    own = comparing(opposed(runs))
    for table in (words.means(own.compared), words.speedups(own.compared)):
        (place,) = [place for place, column in enumerate(table.columns) if column.heading == INTERVAL]
        assert {cells[place].text == "-" for cells in table.rows()} == {unknown}
        assert "-" not in {cells[place - 1].text for cells in table.rows()}
    first, second = words.cards(own.summary).rows()
    assert [cells[place].text == "-" for cells in (first, second) for place in (2, 4)] == [unknown] * 2 + [False] * 2
    document = json.loads(command.as_json(own))
    bounds = [row[f"speedup_{end}"] for row in document["speedups"] + document["on_average"] for end in ("low", "high")]
    assert len(bounds) == 12
    assert {bound is None for bound in bounds} == {unknown}
    assert (" to " in words.headline(own.compared)) != unknown


@pytest.mark.parametrize(("runs", "whiskers"), [(1, 0), (2, 0), (3, 5)])
@pytest.mark.parametrize("layout", [style.WIDE, style.NARROW], ids=["wide", "narrow"])
def test_the_picture_has_whiskers_where_intervals_are_known(runs, whiskers, layout):
    with style.style():
        own = comparing(opposed(runs))
        drawn = figure.picture(own.summary, own.compared).draw(layout)
    left = drawn.axes[0]
    lengths = [len(own.get_segments()) for own in left.collections if isinstance(own, LineCollection)]
    assert sum(lengths) == whiskers
    assert [len(own.get_xdata()) for own in left.lines if len(own.get_xdata()) == 5] == [5]


def test_a_card_that_is_off_by_millions_is_marked_and_told_in_few_characters():
    odd = saved.run({10: ([1e-9] * 3, [0.9] * 3), 100: ([1e9] * 3, [0.9] * 3)})
    summary = found(odd).answer.summary
    (cells,) = words.cards(summary).rows()
    assert cells[-1].text == "over +9,900% at 100 (!)"
    assert [row[-1].text for row in words.residuals(summary).rows()] == ["+0%", "over +9,900%"]


def on_the_line(step, image):
    """A summary of epochs that take exactly so many seconds for each step and image."""
    sizes = (10, 100, 60_000)
    seconds = {size: 60_000 // size * step + 60_000 * image for size in sizes}
    return summarised(saved.run({size: ([seconds[size]] * 3, [0.5] * 3) for size in sizes}))


@pytest.mark.parametrize(
    ("step", "image", "said_"),
    [
        (1e-3, 1e-5, ["A step costs 1,000 µs, an image 10 µs: from a minibatch size of about 100 on"]),
        (1e-5, 1e-4, ["A step costs 10 µs, an image 100 µs: at every minibatch size"]),
        (1e-3, 0, []),
        (0, 1e-5, []),
    ],
)
def test_what_a_step_and_an_image_cost_says_from_where_on_larger_sizes_save_little(step, image, said_):
    sentences = words.why(on_the_line(step, image), "here", "compiled")
    assert [sentence.partition(", images take")[0] for sentence in sentences] == said_


def test_a_card_that_explains_nothing_says_nothing():
    assert words.why(summarised(saved.run()), "here", "compiled") == []


def test_cards_of_workers_have_a_column_for_the_exchange():
    both = summarised(*team(1, 0), *team(2, 4000))
    headings = [column.heading for column in words.cards(both).columns]
    alone, together = (
        dict(zip(headings, (cell.text for cell in row), strict=True)) for row in words.cards(both).rows()
    )
    assert (alone["an exchange\n(µs)"], together["an exchange\n(µs)"]) == ("-", "3,999")
    assert alone["a step\n(µs)"] == together["a step\n(µs)"] == "30"
    assert "an exchange\n(µs)" not in [column.heading for column in words.cards(summarised(*team(1, 0))).columns]
    assert words.EXCHANGE in words.explanation(both)
    assert words.EXCHANGE not in words.explanation(summarised(*team(1, 0)))


def test_why_says_what_an_exchange_costs():
    (sentence,) = words.why(summarised(*team(1, 0), *team(2, 4000)), "here", "compiled with 2 workers")
    start = "A step costs 30 µs and its exchange 3,999 µs, an image 2 µs on one of 2 workers: "
    assert sentence.startswith(f"{start}from a minibatch size of about 4,030 on, images take more")


def test_what_three_numbers_do_not_explain_is_said():
    seconds = {100: 2.5, 1_000: 0.1, 60_000: 0.9}
    odd = {size: ([own] * 3, [0.9] * 3) for size, own in seconds.items()}
    slow = saved.run(odd, backend="jax", threads=1, workers=2)
    own = comparing(found(*team(1, 0), slow, *team(1, 0, label="there")))
    told = [one for one in words.sentences(own.summary, own.compared) if "numbers do not explain" in one]
    assert [one.partition(":")[0] for one in told] == ["Three numbers do not explain compiled with 2 workers on here"]
