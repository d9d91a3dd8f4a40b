"""What a replay comes to: yearly figures in the terms of the record.

    FOB_e = p_e (1 + tax_e) + Λ_e                                                         (H.1)

p is the Chinese price without value added tax, tax what exports pay on it, Λ the licence premium.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coercivity.experiments.config.compose import Composed, compose
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.network.layout import Arc
from coercivity.model.network.taxes import border_taxes

if TYPE_CHECKING:
    from coercivity.model.world import World

__all__ = ["ELEMENTS", "Replay", "base_prices", "outcome_of", "replay", "settings_with"]

ELEMENTS = ("La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy", "Y")
HOME, BUYER = "CN", "JP"
Series = NDArray[np.float64]


@dataclass(frozen=True)
class Replay:
    """One replay, by step. when: middle of each step, years.

    price: in China without value added tax; fob; both USD/kg by element; start: price of the base year
    used, allowed: of the export quota, t gross; mined: t REO by place; mine: by mine or separator
    premium: on lanthanum, USD/kg; legal, grey: exports, t; shut: closed facilities; residuals: the worst
    of every kind of certificate; magnets: blanks made, t, by place
    own, own_fob: prices at which the base year clears, where it is not the record that was put in
    """

    when: Series
    length: float
    price: Mapping[str, Series]
    start: Mapping[str, float]
    fob: Mapping[str, Series]
    vat: Series
    premium: Series
    used: Series
    allowed: Series
    legal: Series
    grey: Series
    mined: Mapping[str, Series]
    mine: Mapping[str, Series]
    shut: Sequence[frozenset[str]] = field(default=())
    magnets: Mapping[str, Series] = field(default_factory=dict)
    own: Mapping[str, float] = field(default_factory=dict)
    own_fob: Mapping[str, float] = field(default_factory=dict)
    residuals: Mapping[str, float] = field(default_factory=dict)

    def mean(self, series: Series, year: float, span: float = 1.0) -> float:
        """Mean over the steps whose middle lies in [year, year + span); nan where there is none."""
        inside = (self.when >= year) & (self.when < year + span)
        return float(series[inside].mean()) if inside.any() else float("nan")

    def total(self, series: Series, year: float) -> float:
        """Sum over a year."""
        inside = (self.when >= year) & (self.when < year + 1.0)
        return float(series[inside].sum()) if inside.any() else float("nan")


def settings_with(
    composed: Composed, values: Mapping[str, float], seed: int, driver: float, off: Sequence[str] = ()
) -> Any:
    """The settings of a replay with fitted numbers, a seed, a place in the range of drivers, and
    behaviours switched off."""
    settings = composed.settings
    data = settings.model_dump()
    data["calibrated"] = {"name": "draw", "source": "", "values": dict(values)}
    data["seed"] = seed
    data["market"]["driver"] = driver
    for name in off:
        data["firm"][name]["active"] = False
    return type(settings).model_validate(data)


def replay(settings: Any, evidence: Path) -> Replay:
    """Run a replay and read it."""
    from coercivity.experiments.runs.loader import World

    world = World(settings, evidence)
    for _ in range(settings.clock.steps):
        world.step()
    return outcome_of(world)


def outcome_of(world: "World") -> Replay:
    """The figures of a finished run, from its tables."""
    tables = world.tables()
    clock = world.settings.clock
    first = int(clock.start[:4]) + (int(clock.start[5:]) - 1) / 12.0
    steps = clock.steps
    when: Series = np.asarray(first + (np.arange(steps) + 0.5) * clock.length, dtype=float)
    price = _prices(tables["prices"], steps)
    premium = _premiums(world, tables.get("limits"), steps)
    tax, vat = _taxes(world, when)
    own = _own_prices(world)
    duty = _taxes(world, np.array([world.economy.chain.year + 0.5]))[0]
    limits = tables.get("limits")
    quota = None if limits is None or not len(limits) else limits[limits["limit"].str.startswith("CN quota|")]
    activity = tables["activity"]
    mining = activity[activity["stage"] == "mining"]
    magnets = activity[activity["stage"] == "magnet"]
    sites = activity[activity["stage"].isin(["mining", "separation"])]
    flows = tables["flows"]
    out = flows[(flows["origin"] == HOME) & (flows["destination"] != HOME)]
    out = out[out["material"].str.partition(":")[0].isin(["oxide", "metal", "concentrate"])]
    return Replay(
        when=when,
        length=clock.length,
        price=price,
        own=own,
        own_fob={e: own[e] * (1.0 + float(duty[e][0])) for e in ELEMENTS},
        start=base_prices(world.evidence, world.economy.chain.year)[0],
        fob={e: price[e] * (1.0 + tax[e]) + premium[e] for e in ELEMENTS},
        vat=vat,
        premium=premium["La"],
        used=_by_step(quota, "used", steps),
        allowed=_by_step(quota, "allowed", steps),
        legal=_by_step(out[out["channel"] == "legal"], "tonnes", steps),
        grey=_by_step(out[out["channel"] == "grey"], "tonnes", steps),
        mined={
            str(k): _by_step(rows, "tonnes", steps)
            for k, rows in mining.groupby("jurisdiction", observed=True)
        },
        mine={str(k): _by_step(rows, "tonnes", steps) for k, rows in sites.groupby("plant", observed=True)},
        shut=_shut(tables.get("events"), steps),
        magnets={
            str(k): _by_step(rows, "tonnes", steps)
            for k, rows in magnets.groupby("jurisdiction", observed=True)
        },
        residuals=_residuals(tables.get("certificates")),
    )


def _own_prices(world: "World") -> dict[str, float]:
    """Prices at home at which the base year clears, before the first step."""
    economy = world.economy
    nodes = {e: economy.supply.node(HOME, f"oxide:{e}") for e in ELEMENTS}
    return {e: float(economy.first_price[node]) for e, node in nodes.items() if node is not None}


def _residuals(certificates: pd.DataFrame | None) -> dict[str, float]:
    if certificates is None:
        return {}
    residuals = certificates.drop(columns=["step", "date"], errors="ignore").abs().max()
    return {str(kind): float(worst) for kind, worst in residuals.items()}


def _by_step(rows: pd.DataFrame | None, column: str, steps: int) -> Series:
    if rows is None or not len(rows):
        return np.zeros(steps)
    return np.bincount(rows["step"].to_numpy(), rows[column].to_numpy(), steps)[:steps].astype(float)


def _prices(prices: pd.DataFrame, steps: int) -> dict[str, Series]:
    here = prices[prices["jurisdiction"] == HOME]
    return {e: _by_step(here[here["material"] == f"oxide:{e}"], "price", steps) for e in ELEMENTS}


def _premiums(world: "World", limits: pd.DataFrame | None, steps: int) -> dict[str, Series]:
    """Λ on a kilogram of each oxide on its way to Japan."""
    network, layout = world.economy.supply.network, world.economy.supply.layout
    weight = network.limit_weight
    rents = {
        name: _by_step(None if limits is None else limits[limits["limit"] == name], "rent", steps)
        for name in network.limits
    }
    found = {e: np.zeros(steps) for e in ELEMENTS}
    for row, column, share in zip(weight.row, weight.column, weight.value, strict=True):
        arc = layout.arcs[int(column)]
        form, _, element = arc.material.partition(":")
        if form == "oxide" and element in found and (arc.origin, arc.destination) == (HOME, BUYER):
            found[element] = found[element] + share * rents[network.limits[int(row)]]
    return found


def _taxes(world: "World", when: Series) -> tuple[dict[str, Series], Series]:
    """Tax on exports of each oxide, and value added tax at home, by step."""
    arcs = [Arc(HOME, BUYER, f"oxide:{e}", "legal", 0.0, 0.0) for e in ELEMENTS]
    years = {int(y): border_taxes(world.evidence, arcs, int(y)).export for y in set(when.astype(int))}
    rates = {e: np.array([years[int(y)][at] for y in when]) for at, e in enumerate(ELEMENTS)}
    vat = np.array([world.evidence.number("taxes", HOME, "vat", year=int(y)) for y in when])
    return rates, vat


def _shut(events: pd.DataFrame | None, steps: int) -> tuple[frozenset[str], ...]:
    """Which facilities stand shut after each step."""
    shut: set[str] = set()
    found = []
    for step in range(steps):
        if events is not None:
            for kind, target in events.loc[events["step"] == step, ["kind", "target"]].itertuples(
                index=False
            ):
                if kind in ("plant mothballed", "plant closed"):
                    shut.add(str(target))
                elif kind == "plant reopened":
                    shut.discard(str(target))
        found.append(frozenset(shut))
    return tuple(found)


def base_prices(evidence: "Evidence", year: int) -> tuple[dict[str, float], dict[str, float]]:
    """Recorded Chinese prices without value added tax, and FOB prices, of a base year, by element."""
    return (
        {e: evidence.number("prices", f"oxide:{e}", "domestic_ex_vat", year=year) for e in ELEMENTS},
        {e: evidence.number("prices", f"oxide:{e}", "fob", year=year) for e in ELEMENTS},
    )


def scenario(name: str) -> Composed:
    """A replay's configuration."""
    return compose([f"scenario={name}"])
