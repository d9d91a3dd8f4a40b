"""Small worlds for tests: a scenario, a few steps, settings laid over it."""

from typing import Any

from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.config.compose import compose as composed
from coercivity.experiments.config.compose import recompose
from coercivity.model.inputs.settings import Settings
from coercivity.model.world import World


def settings(
    *overrides: str, china: dict[str, Any] | None = None, levers: dict[str, dict[str, Any]] | None = None
) -> Settings:
    """Settings of a run; `china` replaces China's export measures, `levers` any levers by state."""
    # Mechanisms are tried in the world in which nobody responds, unless a test names another.
    named = (
        ()
        if any(word.startswith(("scenario=", "chain=")) for word in overrides)
        else ("scenario=policies_frozen",)
    )
    values = dict(composed(["clock.end=2026-01", *named, *overrides]).values)
    for name, given in (levers or {}).items():
        state = values["state"][name]
        merged = {**state["lever"], **{k: {**(state["lever"].get(k) or {}), **v} for k, v in given.items()}}
        values["state"] = {**values["state"], name: {**state, "lever": merged}}
    if china is not None:
        levers = {**values["state"]["china"]["lever"], "export_limit": {"measure": china}}
        values["state"] = {**values["state"], "china": {**values["state"]["china"], "lever": levers}}
    return recompose(values).settings


def world(
    *overrides: str,
    china: dict[str, Any] | None = None,
    levers: dict[str, dict[str, Any]] | None = None,
    steps: int = 0,
) -> World:
    """A world after some steps."""
    made = World(settings(*overrides, china=china, levers=levers), evidence_dir())
    for _ in range(steps):
        made.step()
    return made


def price(made: World, place: str, material: str) -> float:
    """Last price of a material in a place, USD/kg."""
    node = made.economy.supply.node(place, material)
    assert node is not None
    return float(made.economy.price[node])
