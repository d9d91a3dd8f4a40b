"""Small worlds for tests: a scenario, a few steps, settings laid over it."""

from typing import Any

from coercivity.experiments.compose import compose as composed
from coercivity.experiments.compose import recompose
from coercivity.experiments.paths import evidence_dir
from coercivity.model.settings import Settings
from coercivity.model.world import World


def settings(*overrides: str, china: dict[str, Any] | None = None) -> Settings:
    """Settings of a run; `china` replaces China's export measures."""
    values = dict(composed(["clock.end=2026-01", *overrides]).values)
    if china is not None:
        levers = {**values["state"]["china"]["lever"], "export_limit": {"measure": china}}
        values["state"] = {**values["state"], "china": {**values["state"]["china"], "lever": levers}}
    return recompose(values).settings


def world(*overrides: str, china: dict[str, Any] | None = None, steps: int = 0) -> World:
    """A world after some steps."""
    made = World(settings(*overrides, china=china), evidence_dir())
    for _ in range(steps):
        made.step()
    return made


def price(made: World, place: str, material: str) -> float:
    """Last price of a material in a place, USD/kg."""
    node = made.economy.supply.node(place, material)
    assert node is not None
    return float(made.economy.price[node])
