"""An extreme world settles, or the message names what does not and what holds it."""

import re

import pytest

from coercivity.experiments.base.paths import evidence_of
from coercivity.experiments.config.compose import compose
from coercivity.model.world import World
from coercivity.optimise import ClearingError

EXPLAINED = re.compile(
    r"prices did not settle, so the step is refused\. Furthest from balance: \w+\[.+\] by .+ t"
    r".*\. Furthest from what they cost: \w+\[.+\].*\. In force beside them: "
)
YEARS = "clock.step=year"
SETTLES = {
    "hardly any demand": ("market.demand_level=0.01", YEARS, "clock.end=2029-01"),
    "demand of ten": ("market.demand_level=10", YEARS, "clock.end=2029-01"),
    "flooding, demand of five": ("scenario=flooding", "market.demand_level=5", YEARS),
    "to 2060 by years": (YEARS, "clock.end=2060-01"),
    "ties that bind nobody": ("market.tie_penalty=0", "clock.end=2025-07"),
    "ties that bind all": ("market.tie_penalty=100", "clock.end=2025-07"),
    "a tariff of ten": (
        *("scenario=environmental_levelling", "clock.end=2025-07", "market.elasticity=0.2"),
        *("firm.inventory.news_weight=0", "market.tie_penalty=0", "seed=553266"),
        '++state.japan.lever.import_tariff.rate={"*": {all: 10}}',
    ),
}


def run(words: tuple[str, ...]) -> None:
    """Every step of a world."""
    composed = compose(list(words))
    world = World(composed.settings, evidence_of(composed.values))
    for _ in range(world.settings.clock.steps):
        world.step()


@pytest.mark.parametrize("words", SETTLES.values(), ids=SETTLES)
def test_an_extreme_world_settles(words: tuple[str, ...]) -> None:
    run(words)


def test_a_subsidy_of_nine_tenths_settles_or_is_explained() -> None:
    words = ("clock.end=2025-04", '++state.china.lever.domestic_first.subsidy={"oxide:*": 0.9}')
    try:
        run(words)
    except ClearingError as error:
        assert EXPLAINED.search(str(error)), error


@pytest.mark.proof
def test_free_trade_settles_where_china_thinks_again_every_year() -> None:
    run(("scenario=free_trade", YEARS, "clock.end=2046-01", "what_if.every=1"))
