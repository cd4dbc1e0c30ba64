"""The search finds the shortest schedule, and does not go on without hope. Its learner is a formula."""

import math

import pytest

from lab6.measure.search.grid import Grid, Setting
from lab6.measure.search.search import Search
from lab6.trials import Trial
from tests.test_trials import TRIED

TARGETS = (0.95, 0.97)
SEEDS = (0, 1, 2)
OWN = 0.001


class Learner:
    """Needs ``needed[target]`` steps at the learning rate ``best``, and more with each power of two away from it; twice
    as many at a constant rate; a tenth more with seed 2."""

    def __init__(self, grid: Grid, best: float, needed: dict[float, float]) -> None:
        self.grid, self.best, self.needed = grid, best, needed
        self.asked: dict[tuple[Setting, int], Trial] = {}

    def steps(self, setting: Setting, seed: int, target: float) -> int:
        away = abs(math.log2(setting.learning_rate / self.best))
        more = 1.3**away * (1.1 if seed == 2 else 1) * (1 if setting.decay_steps else 2)
        return math.ceil(self.needed[target] * more)

    def __call__(self, setting: Setting, seed: int) -> Trial:
        if (setting, seed) not in self.asked:
            most = setting.decay_steps or self.grid.max_steps
            steps = {target: self.steps(setting, seed, target) for target in self.needed}
            self.asked[setting, seed] = Trial(
                batch_size=self.grid.batch_size,
                learning_rate=setting.learning_rate,
                decay_steps=setting.decay_steps,
                seed=seed,
                evaluated_every=1,
                steps=most,
                reached={f"{target:g}": each for target, each in steps.items() if each <= most},
                best_accuracy=0.9,
            )
        return self.asked[setting, seed]

    def sure(self, target: float) -> list[Setting]:
        """The settings with which all seeds reached a target, the shortest schedule first."""
        settings = [setting for setting, seed in self.asked if seed == 0 and setting.decay_steps]
        key = f"{target:g}"
        found = [s for s in settings if all((s, n) in self.asked and key in self.asked[s, n].reached for n in SEEDS)]
        return sorted(found, key=lambda setting: setting.decay_steps)


def searched(batch_size: int, best: float, needed: dict[float, float], guess: int = 2, max_epochs: int = 12) -> Learner:
    learner = Learner(Grid(batch_size, 60_000, OWN, TRIED.max_steps(batch_size)), best, needed)
    Search(learner.grid, TARGETS, SEEDS, guess, learner).run()
    return learner


@pytest.mark.parametrize("guess", [2, -2, 5])
def test_it_finds_the_best_rate_and_the_shortest_schedule_from_any_guess(guess):
    """All seeds need 330 and 880 steps at 0.004, which is 2 powers of two above the optimizer's own rate."""
    learner = searched(64, 0.004, {0.95: 300, 0.97: 800}, guess)
    for target, needed in {0.95: 330, 0.97: 880}.items():
        best = learner.sure(target)[0]
        assert best.learning_rate == 0.004
        assert needed <= best.decay_steps < needed * 2**0.25


def test_the_settings_with_the_fewest_steps_from_one_seed_are_tried_with_all():
    learner = searched(64, 0.004, {0.95: 300, 0.97: 800})
    for target in TARGETS:
        first = {setting: trial.steps_to(target) for (setting, seed), trial in learner.asked.items() if seed == 0}
        for setting in sorted(first, key=lambda setting: first[setting] or math.inf)[:2]:
            assert all((setting, seed) in learner.asked for seed in SEEDS)


def test_rates_are_widened_while_the_best_lies_at_an_edge():
    learner = searched(64, 0.128, {0.95: 300, 0.97: 800})
    assert learner.sure(0.97)[0].learning_rate == 0.128
    assert max(setting.learning_rate for setting, _ in learner.asked) <= 0.512


def test_a_size_that_never_reaches_the_lowest_target_is_given_up():
    learner = searched(64, 0.004, {0.95: 10**6, 0.97: 10**6})
    assert {setting.decay_steps for setting, _ in learner.asked} == {None}
    assert {seed for _, seed in learner.asked} == {0}


def test_a_target_out_of_reach_costs_little_and_keeps_the_other():
    learner = searched(64, 0.004, {0.95: 300, 0.97: 10**6})
    assert learner.sure(0.95)[0].learning_rate == 0.004
    assert not learner.sure(0.97)
    assert len(learner.asked) < 80


def test_the_optimizers_own_rate_has_all_seeds_at_the_size_that_fit_uses():
    learner = searched(32, 0.008, {0.95: 500, 0.97: 1_000})
    assert {seed for setting, seed in learner.asked if setting == Setting(OWN)} == set(SEEDS)


def test_a_minibatch_of_all_images_may_take_more_epochs():
    """Which is how many steps fit 10 epochs, and 60 of a single step each."""
    assert TRIED.max_steps(100) == 6_000
    assert TRIED.max_steps(60_000) == 60


@pytest.mark.parametrize("batch_size", [1, 7, 64, 4_096, 60_000])
def test_lengths_and_steps_fit_each_other(batch_size):
    grid = Grid(batch_size, 60_000, OWN, 7_200)
    assert grid.steps(0) == max(1, round(60_000 / batch_size))
    for steps in (5, 60, 3_000):
        assert grid.steps(grid.length(steps)) <= steps + 1
        assert grid.steps(grid.length(steps) + 1) >= steps


@pytest.mark.parametrize(
    ("batch_size", "decay", "every"), [(32, None, 117), (32, 2_400, 100), (60_000, 48, 1), (64, 5, 1)]
)
def test_evaluations_are_a_fixed_share_of_a_schedule_or_an_epoch(batch_size, decay, every):
    assert Grid(batch_size, 60_000, OWN, 7_200).every(Setting(0.001, decay)) == every


def test_the_guess_grows_with_the_size():
    adam = [Grid(size, 60_000, OWN, 7_200).guess(is_sgd=False) for size in (1, 8, 32, 128, 512, 60_000)]
    sgd = [Grid(size, 60_000, 0.01, 7_200).guess(is_sgd=True) for size in (1, 8, 32, 60_000)]
    assert adam == [0, 1, 2, 3, 4, 5]
    assert sgd == [1, 4, 6, 6]
