"""The six sliders of the first screen: what they are called, and the settings they stand for.

What allies can do is taken from the scenarios that do it (`friendshoring_pooled`, `stockpile_first`) and
scaled, so that a slider at their value gives their settings.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.places import HOME_NAME

BASE, PUBLIC, STOCKS = "restrictions_2025", "friendshoring_pooled", "stockpile_first"
MEASURE = "state.china.lever.export_limit.measure.licence_2025.approval"
BEGIN, NEVER, NONE = "2025-04", 2035.0, 2025.0  # licences begin; the slider's ends: never ended, never begun
FLOOR, DAYS, MONEY = 110.0, 180.0, 2200.0  # of those scenarios: USD/kg, days, million USD a year
SPREAD = (0.5, 1.0, 2.0)  # elasticities a band is made from


@dataclass(frozen=True)
class Slider:
    """A slider: its key, words and range. kind: how the page writes its value."""

    key: str
    group: str
    label: str
    low: float
    high: float
    step: float
    kind: str
    note: str = ""


SLIDERS = (
    Slider(
        "approval", HOME_NAME, "Licences approved", 0.1, 1.0, 0.01, "percent",
        "Of former exports, from April 2025. 100 % still caps exports at their former flow.",
    ),
    Slider("end", HOME_NAME, "Licences end", NONE, NEVER, 1.0, "year", "At the left end they never begin."),
    Slider(
        "days", "Allies", "Public stockpiles", 0.0, 360.0, 10.0, "days",
        "Heat-resistant magnets; half as much of others. US, Europe, Japan, Korea.",
    ),
    Slider(
        "floor", "Allies", "Price floor for NdPr oxide", 0.0, 150.0, 5.0, "USD/kg",
        "A US contract for one plant, 6,000 t a year.",
    ),
    Slider(
        "budget", "Allies", "Subsidies", 0.0, 5000.0, 100.0, "million",
        "Grants and loans, mine to magnet, US, Europe, Japan and Australia together.",
    ),
    Slider("demand", "World", "Demand", 0.7, 1.4, 0.01, "percent", "Of the IEA's stated-policies path."),
)  # fmt: skip
KEYS = tuple(slider.key for slider in SLIDERS)
STORIES: Mapping[str, tuple[float, ...]] = {
    "No licences": (0.4, NONE, 0.0, 0.0, 0.0, 1.0),
    "Licences of 2025": (0.4, NEVER, 0.0, 0.0, 0.0, 1.0),
    "Licences end in 2027": (0.4, 2027.0, 0.0, 0.0, 0.0, 1.0),
    "Tighter grip": (0.2, NEVER, 0.0, 0.0, 0.0, 1.0),
    "Half a year in stock": (0.4, NEVER, DAYS, 0.0, 0.0, 1.0),
    "Pooled friendshoring": (0.4, NEVER, 0.0, FLOOR, MONEY, 1.0),
    "All at once": (0.4, NEVER, DAYS, FLOOR, MONEY, 1.0),
}


def overrides(values: Sequence[float], elasticity: float = 1.0) -> list[str]:
    """The settings that slider values stand for, over `restrictions_2025`, as the command line takes them."""
    given = dict(zip(KEYS, values, strict=True))
    found: dict[str, Any] = {MEASURE: _schedule(given["approval"], given["end"])}
    if given["demand"] != 1.0:
        found["market.demand_level"] = given["demand"]
    if elasticity != 1.0:
        found["market.elasticity"] = round(elasticity, 6)
    found |= dict(_stocks(given["days"]))
    found |= dict(_friends(given["floor"], given["budget"]))
    return [f"scenario={BASE}", *(f"{key}={_write_value(value)}" for key, value in found.items())]


def describe_sliders() -> dict[str, Any]:
    """Sliders and stories as the page takes them."""
    return {
        "sliders": [asdict(slider) for slider in SLIDERS],
        "stories": [{"name": name, "values": values} for name, values in STORIES.items()],
    }


def _write_value(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"))
    return f"{value:g}"


def _schedule(approval: float, end: float) -> dict[str, float | None]:
    """Approval by month: nothing at all where licences never begin, null from their end on."""
    if end <= NONE:
        return {BEGIN: None}
    found: dict[str, float | None] = {BEGIN: round(approval, 6)}
    if end < NEVER:
        month = 1 + round(12 * (end % 1))
        found[f"{int(end)}-{month:02d}"] = None
    return found


def _stocks(days: float) -> Iterator[tuple[str, Any]]:
    """The stockpiles of those who hold some in `stockpile_first`, scaled by days."""
    if days <= 0:
        return
    for state, lever in _levers_of(STOCKS, "stockpile"):
        scaled = {
            material: {month: round(float(value) * days / DAYS, 6) for month, value in target.items()}
            for material, target in lever["days"].items()
        }
        yield f"state.{state}.lever.stockpile", {**lever, "days": scaled}


def _friends(floor: float, budget: float) -> Iterator[tuple[str, Any]]:
    """The programmes of `friendshoring_pooled`, with other budgets and another floor."""
    for state, lever in _levers_of(PUBLIC, "friendshoring"):
        made = {
            **lever,
            "budget": round(float(lever["budget"]) * budget / MONEY, 6),
            "offtake_cut": round(float(lever.get("offtake_cut", 0.0)) * min(1.0, budget / MONEY), 6),
        }
        floors = made.pop("floor", None) or {}
        if floor > 0 and floors:
            made["floor"] = {
                material: {**contract, "price": dict.fromkeys(contract["price"], floor)}
                for material, contract in floors.items()
            }
        if budget > 0 or "floor" in made:
            yield f"state.{state}.lever.friendshoring", made


@cache
def _levers_of(scenario: str, lever: str) -> tuple[tuple[str, dict[str, Any]], ...]:
    """A lever of every state that sets it in a scenario."""
    states = compose([f"scenario={scenario}"]).values["state"]
    held = {name: (state.get("lever") or {}).get(lever) or {} for name, state in states.items()}
    wanted = "days" if lever == "stockpile" else "budget"
    return tuple((name, dict(given)) for name, given in held.items() if given.get(wanted))


def templates() -> dict[str, Any]:
    """What the page makes the same settings from."""
    return {
        "measure": MEASURE,
        "stocks": dict(_levers_of(STOCKS, "stockpile")),
        "friends": dict(_levers_of(PUBLIC, "friendshoring")),
        "at": {"days": DAYS, "budget": MONEY},
    }
