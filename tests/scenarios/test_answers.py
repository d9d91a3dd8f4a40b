"""Every shipped scenario has one answer: whatever the solver's route, its start, or the names of agents.

Flows, prices and rents to one part in a million, indicators to one in a billion. A share of scenarios is
given one other route each, in turn; the proof gives every scenario all of them:

    make proofs ARGS="-k all_routes tests/scenarios"
"""

import pytest

from coercivity.optimise.market import same_clearing

from .routes import ANSWERS, CLEARERS, SCENARIOS, build_world, differences, solving

ROUTES = tuple(CLEARERS)
SHARE = SCENARIOS[::4]


def check(scenario: str, routes: tuple[str, ...]) -> None:
    """Fail where routes differ."""
    found = differences(scenario, routes)
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize(
    ("scenario", "route"),
    [(scenario, ROUTES[at % len(ROUTES)]) for at, scenario in enumerate(SHARE)],
)
def test_another_route_agrees(scenario: str, route: str) -> None:
    check(scenario, (route,))


@pytest.mark.parametrize("setting", ["backend=pyomo", "algorithm=ipm", "algorithm=simplex", "presolve=true"])
def test_how_it_is_solved_is_a_setting_and_changes_no_answer(setting: str) -> None:
    usual, other = build_world(), build_world(f"optimise.{setting}")
    assert solving(other) != solving(usual)
    usual.step()
    other.step()
    assert usual.last is not None and other.last is not None
    assert not same_clearing(usual.last, other.last, ANSWERS)


@pytest.mark.proof
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_all_routes_agree(scenario: str) -> None:
    check(scenario, ROUTES)
