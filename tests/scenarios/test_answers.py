"""Every shipped scenario has one answer: whatever the solver's route, its start, or the names of agents.

Flows, prices and rents to one part in a million, indicators to one in a billion. The quick half gives
every scenario one other route, in turn; the slow half gives each all of them:

    make test ARGS="-k all_routes tests/scenarios"
"""

import pytest

from .routes import CLEARERS, SCENARIOS, differences

ROUTES = tuple(CLEARERS)
# Not closed yet: the finish settles tonnes over those of the largest flow, so that the price of a market of
# some hundred kilograms is open by up to a few per cent (tests/optimise/test_small_markets.py shows the
# smallest case). Reported as an expected failure; beyond this it is a failure all the same.
KNOWN = 0.1
OPEN = "prices of small markets are settled less closely than asked for"


def check(scenario: str, routes: tuple[str, ...]) -> None:
    """Fail where routes differ; what is known of small markets is an expected failure."""
    found = differences(scenario, routes)
    told = "\n".join(map(str, found))
    if any(each.size > KNOWN or each.what.startswith("residual") for each in found):
        pytest.fail(told)
    if found:
        pytest.xfail(f"{OPEN}\n{told}")


@pytest.mark.parametrize(
    ("scenario", "route"),
    [(scenario, ROUTES[at % len(ROUTES)]) for at, scenario in enumerate(SCENARIOS)],
)
def test_another_route_agrees(scenario: str, route: str) -> None:
    check(scenario, (route,))


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_all_routes_agree(scenario: str) -> None:
    check(scenario, ROUTES)
