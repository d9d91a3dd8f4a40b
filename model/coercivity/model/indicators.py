"""Indicators of a step: shares and concentration, dependence, cover, shortage, welfare, cost."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np

from coercivity.model.economy import Economy
from coercivity.model.market import Assembled
from coercivity.model.names import WORLD
from coercivity.model.objective import Reached, money
from coercivity.model.record import Recorder
from coercivity.model.settlement import Ledger
from coercivity.optimise import Clearing

__all__ = ["indicators"]

Row = tuple[str, str, float, str]
DEFENDED = ("oxide:Nd", "oxide:Dy", "oxide:Tb", "magnet:high_coercivity")


def indicators(
    economy: Economy,
    recorder: Recorder,
    assembled: Assembled,
    clearing: Clearing,
    ledger: Ledger,
    reached: Mapping[str, Reached],
) -> Iterator[Row]:
    """Jurisdiction, indicator, value, unit: docs/indicators.md says what each is."""
    yield from _shares(economy, recorder, clearing)
    yield from _dependence(economy, clearing)
    yield from _shortage(recorder, assembled, clearing)
    yield from _money(economy, ledger)
    for place, found in reached.items():
        yield place, "objective", found.total, "USD"
    for place, risk in economy.risk.items():
        if place in economy.chain.regions:
            yield place, "perceived risk", risk, "index"


def _shares(economy: Economy, recorder: Recorder, clearing: Clearing) -> Iterator[Row]:
    """Share of each stage's output by jurisdiction, and its concentration (HHI, 0 to 1)."""
    layout = economy.supply.layout
    made: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for at in recorder.runs:
        activity = layout.activities[at]
        made[activity.kind][activity.place] += float(clearing.activity[at] * recorder.main[at])
    for stage, places in made.items():
        total = sum(places.values())
        if total <= 0:
            continue
        for place, tonnes in places.items():
            if tonnes > 0:
                yield place, f"share of {stage}", tonnes / total, "share"
        yield WORLD, f"concentration of {stage}", sum((t / total) ** 2 for t in places.values()), "HHI"


def _dependence(economy: Economy, clearing: Clearing) -> Iterator[Row]:
    """Share of what a region uses that comes from China, and days of private and public cover."""
    layout = economy.supply.layout
    arriving: dict[tuple[str, str], float] = defaultdict(float)
    chinese: dict[tuple[str, str], float] = defaultdict(float)
    for at, arc in enumerate(layout.arcs):
        if arc.material in DEFENDED:
            key = arc.destination, arc.material
            arriving[key] += float(clearing.flow[at])
            chinese[key] += float(clearing.flow[at]) if arc.origin == "CN" else 0.0
    stock: dict[tuple[str, str], float] = defaultdict(float)
    for at, curve in enumerate(layout.curves):
        if curve.kind in ("private", "public") and curve.material in DEFENDED:
            stock[curve.place, curve.material] += float(clearing.served[at])
    for place in economy.chain.regions:
        for material in DEFENDED:
            node = layout.node.get((place, material, "held"))
            if node is None:
                continue
            if place != "CN" and arriving[place, material] > 0:
                share = chinese[place, material] / arriving[place, material]
                yield place, f"dependence on China: {material}", share, "share"
            use = economy.use[node]
            if use > 0:
                yield place, f"cover: {material}", 365.0 * stock[place, material] / use, "days"


def _shortage(recorder: Recorder, assembled: Assembled, clearing: Clearing) -> Iterator[Row]:
    """Share of magnet services wanted at reference prices that magnets do not serve."""
    wanted: dict[str, float] = defaultdict(float)
    served: dict[str, float] = defaultdict(float)
    for place, _, _, got, sought, unit in recorder.use_rows(assembled, clearing):
        if unit == "t magnet":
            for where in (place, WORLD):
                wanted[where] += sought
                served[where] += got
    for place, amount in wanted.items():
        yield place, "shortage of magnets", max(1.0 - served[place] / amount, 0.0), "share"


def _money(economy: Economy, ledger: Ledger) -> Iterator[Row]:
    """Welfare (S.2) and fiscal cost of every jurisdiction, USD a step."""
    welfare, fiscal = money(economy, ledger)
    for place in sorted(welfare):
        yield place, "welfare", welfare[place], "USD"
    for place in sorted(fiscal):
        yield place, "fiscal_cost", fiscal[place], "USD"
    yield WORLD, "welfare", float(np.sum(list(welfare.values()))), "USD"
