import pytest

from lab6.target import words
from tests import saved
from tests.target.tried import STEPS, judged, table

TIMES = {10: ([4.0, 4.1, 4.2], [0.9] * 3), 100: ([1.0, 1.01, 1.02], [0.9] * 3)}
DEFAULTS = {(32, 0.001, None): [6_000] * 3, (32, 0.004, None): [1_900] * 3}


def told(found, start=100):
    return words.reasons(found, {(own.setup, own.method): start for own in found.fastest})


def sentence(found, start, *parts):
    """The only reason that holds all ``parts``."""
    (own,) = [each for each in told(found, start) if all(part in each for part in parts)]
    return own


def test_the_headline_has_the_size_its_setting_and_the_time_with_its_interval():
    found = judged(table(), saved.run(TIMES))
    assert words.headline(found) == (
        "Fastest to 97%: minibatch size 100 with Adam at 0.004, constant: about 1.01 s with compiled on here."
    )
    falling = judged(table({(10, 0.002, 5_000): [3_000, 3_000, 3_010]}), saved.run(TIMES, processes=3))
    text = words.headline(falling)
    assert text.startswith(
        "Fastest to 97%: minibatch size 10 with Adam at 0.002, decaying linearly to 0 over 5,000 steps"
    )
    row = falling.chosen(falling.headline)
    assert f"2.05 s ({row['seconds_low']:.3g} to {row['seconds_high']:.3g}) with compiled on here." in text


def test_the_headline_names_sizes_that_cannot_be_distinguished():
    even = {(10, 0.1, None): [1_000, 1_100, 1_200], (100, 0.1, None): [700, 740, 800]}
    times = {10: ([6.0, 6.1, 6.2], [0.9] * 3), 100: ([0.9, 0.91, 0.92], [0.9] * 3)}
    text = words.headline(judged(table(even), saved.run(times, processes=3)))
    assert text.startswith("Fastest to 97%: minibatch size 10 (not distinguished from 100) with Adam at 0.1")


def test_the_headline_says_why_nothing_is_known():
    assert words.headline(judged(table(), saved.run({1_000: TIMES[10]}))) == (
        "How fast 97% is reached is not known: measure epochs with minibatch sizes around 10 and 100."
    )
    failing = judged(table({setting: [None] * 3 for setting in STEPS}), saved.run(TIMES))
    assert words.headline(failing).startswith("How fast 95% is reached is not known: no setting that was tried reaches")


def test_the_product_is_written_out():
    assert told(judged(table(), saved.run(TIMES)))[0] == (
        "600 steps (1 epoch) x 1,683 µs; the fewest steps of all sizes are 600, with 100."
    )


@pytest.mark.parametrize(
    ("start", "cost"),
    [
        (100, "It is also the size to start with for one epoch with compiled (100)."),
        (
            10,
            "The size to start with for one epoch, 10, takes 2.05 s to 97% at its own best rate (0.002, decaying "
            "linearly to 0 over 5,000 steps): 2 times as long.",
        ),
        (60_000, "The size to start with for one epoch, 60,000, does not reach 97% with each of its seeds."),
    ],
)
def test_what_the_size_to_start_with_for_one_epoch_costs(start, cost):
    assert cost in told(judged(table(), saved.run(TIMES)), start)


def test_a_size_to_start_with_that_was_not_tried_is_not_mentioned():
    assert not [each for each in told(judged(table(), saved.run(TIMES)), 50) if "one epoch" in each]


def test_keras_defaults_are_those_of_fit_if_it_was_measured():
    own = judged(table(STEPS | DEFAULTS), saved.run(TIMES))
    step = (4.1 / 6_000 * 68 + 1.01 / 600 * 22) / 90
    text = f"Keras's defaults, 32 and Adam at 0.001, take {6_000 * step:.3g} s with compiled:"
    assert sentence(own, 100, "Keras").startswith(text)
    fit = saved.run(
        {size: ([10 * each for each in seconds], tests) for size, (seconds, tests) in TIMES.items()}, engine="fit"
    )
    both = judged(table(STEPS | DEFAULTS), saved.run(TIMES), fit)
    assert sentence(both, 100, "Keras").startswith(
        f"Keras's defaults, 32 and Adam at 0.001, take {60_000 * step:.3g} s with"
    )
    assert "with fit:" in sentence(both, 100, "Keras")
    assert not [each for each in told(judged(table(), saved.run(TIMES))) if "Keras" in each]


def test_how_sure_it_is_is_said_or_why_not():
    processes = "three processes of each size (measure with --processes 3)"
    seeds = "three seeds of each setting (lab6 steps --seeds 3)"
    few = table({(10, 0.1, None): [3_000] * 2, (100, 0.1, None): [600] * 2})
    for steps, run, missing in (
        (table(), saved.run(TIMES), processes),
        (few, saved.run(TIMES, processes=3), seeds),
        (few, saved.run(TIMES), f"{processes} and {seeds}"),
    ):
        text = sentence(judged(steps, run), 100, "How sure")
        assert text == f"How sure this is cannot be said: it takes {missing}."
    text = sentence(judged(table(), saved.run(TIMES, processes=3)), 100, "4,000 draws")
    assert text.startswith("It is the fastest in ")
    assert text.endswith(" 4,000 draws from the uncertainty of steps and seconds.")


def test_sizes_that_do_not_reach_it_and_sizes_without_a_time_are_named():
    found = judged(table(STEPS | DEFAULTS), saved.run({10: TIMES[10]}))
    assert sentence(found, 10, "60,000") == (
        "60,000 does not reach 97% with each of at least 3 seeds; minibatch size 60,000 at 0.02 came closest, with 0 "
        "of 3 seeds and a test accuracy of 0.9360."
    )
    assert sentence(found, 10, "is not known") == (
        "The time of 32 and 100 is not known with compiled: measure smaller or larger sizes too, with --batch-sizes."
    )


def test_the_critical_size_is_said_with_what_it_means():
    curve = {(2**power, 0.1, None): [round(500 * (1 + 128 / 2**power))] * 3 for power in range(13)}
    text = sentence(judged(table(curve), saved.run({1: TIMES[10], 4_096: TIMES[100]})), 1, "critical")
    assert text.startswith("The critical minibatch size is about 130 (130 to 130 by the fit): there, 97% takes ")
    assert text.endswith("twice the least possible steps (500) and images (64,000) by the fitted curve.")


def test_the_caveat_says_where_steps_come_from():
    text = words.caveat(judged(table(), saved.run(TIMES)))
    assert text.startswith(
        "Steps to 97% of 10,000 test images: geometric means over seeds, from 13 trials in table.jsonl. The same seeds "
        "chose the settings: a new seed can miss the target or take a little longer."
    )
    assert "the intervals leave out the error of interpolating" in text
