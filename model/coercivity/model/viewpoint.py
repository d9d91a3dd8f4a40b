"""What each actor sees before it decides: only what last step left in the open."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from coercivity.model.behaviour.crowding import discount
from coercivity.model.economy import Economy
from coercivity.model.foresight import Outlook
from coercivity.model.observation import FirmView, StateView
from coercivity.model.standing import standing
from coercivity.optimise.market import Array

if TYPE_CHECKING:
    from coercivity.model.actors import State
    from coercivity.model.offers import Offers
    from coercivity.model.world import World

__all__ = ["crowded", "expected_margins", "firm_views", "output_by_node", "plant_margins", "state_view"]


def state_view(world: "World", state: "State", output: Array | None = None) -> StateView:
    """Prices where the state is, its stocks and use, its quotas, and how unsafe supply feels.

    output: `output_by_node`, where it is at hand
    """
    if output is None:
        output = output_by_node(world)
    e = world.economy
    layout = e.supply.layout
    here = layout.here.get((state.place, "held"), {}).items()
    base = e.base.price
    names = e.supply.network.nodes
    stocks: dict[str, float] = {}
    for at, curve in enumerate(layout.curves):
        if curve.kind == "public" and curve.place == state.place:
            stocks[curve.material] = float(e.stock[at])
    relations, cooled, restricted_by = world.diplomacy.seen_by(state.place)
    home_share, largest = standing(world, state.place) if "benchmarks" in state.levers else ({}, 0.0)
    return StateView(
        place=state.place,
        date=world.middle,
        length=world.settings.clock.length,
        prices={m: float(e.price[n]) for m, n in here},
        base_prices={m: base.get(names[n], 0.0) for m, n in here},
        annual_use={m: float(e.base_use[n]) for m, n in here},
        stocks=stocks,
        risk=e.risk[state.place],
        quotas=e.quotas if state.place == e.chain.names.home else {},
        output={m: float(output[n]) for m, n in layout.here.get((state.place, "made"), {}).items()},
        rivals=world.diplomacy.rivals(state.place),
        relations=relations,
        cooled=cooled,
        restricted_by=restricted_by,
        restricting={
            m: world.when - since
            for m, since in world.diplomacy.begun.items()
            if m.startswith(f"{state.place} ")
        },
        offered={m: float(e.price[n]) for m, n in layout.here.get((state.place, "made"), {}).items()},
        home_share=home_share,
        largest_source=largest,
        outlook=Outlook(world, state) if getattr(state.strategy, "foresees", False) else None,
    )


def output_by_node(world: "World") -> Array:
    """What was made at every node last step, t a year, (n)."""
    technology = world.economy.supply.network.technology
    makes = technology.value > 0
    tonnes = technology.value[makes] * world.made()[technology.column[makes]]
    count = len(world.economy.supply.network.nodes)
    return np.asarray(np.bincount(technology.row[makes], tonnes, count), dtype=float)


def crowded(e: Economy) -> Array:
    """(B.32) Factor on the expected price of what each activity makes, by what is being built, (a)."""
    activities = e.supply.layout.activities
    if not e.parameters.on("crowding"):
        return np.ones(len(activities))
    stages = e.chain.names.stages.every
    building, standing = dict.fromkeys(stages, 0.0), dict.fromkeys(stages, 0.0)
    for at, facility in enumerate(e.chain.facilities):
        if not e.closure.shut[at]:
            standing[facility.stage] += e.built[at] * facility.capacity
        if np.isfinite(e.opens[at]):
            building[facility.stage] += (1.0 - e.built[at]) * facility.capacity
    slope, growth, horizon = (e.parameters[f"crowding.{name}"] for name in ("slope", "growth", "horizon"))
    factor = {s: discount(building[s], standing[s], slope, growth, horizon) for s in stages}
    return np.array([factor.get(a.kind, 1.0) for a in activities])


def expected_margins(world: "World", factor: Array | None = None) -> Array:
    """What a unit of each activity is expected to earn over its cost, USD/kg, (a).

    Outputs at the expected price where they are made; inputs at what it would cost to land them.
    factor: on the price of outputs, (a)
    """
    e = world.economy
    weight = e.parameters["invest.spot_weight"]
    price = np.exp(weight * np.log(np.maximum(e.price, 1e-3)) + (1 - weight) * e.anchor)
    landed = np.maximum(price, np.where(np.isfinite(e.landed), e.landed, price))
    technology = e.supply.network.technology
    at = np.where(technology.value > 0, price[technology.row], landed[technology.row])
    if factor is not None:
        at = np.where(technology.value > 0, at * factor[technology.column], at)
    earned = np.bincount(technology.column, technology.value * at, len(e.unit_cost))
    return np.asarray(earned - e.unit_cost - e.charge)


def plant_margins(
    world: "World", floor: Array | None = None, factor: Array | None = None
) -> tuple[Array, Array]:
    """Best expected margin and least cash cost of every plant's activities, USD/kg, (p).

    floor: what price floors add to a unit of each activity; factor: on the price of outputs
    """
    e = world.economy
    count = len(e.supply.network.plants)
    owner = np.asarray(e.supply.network.activity_plant)
    runs = owner >= 0
    margin, cost = np.full(count, -np.inf), np.full(count, np.inf)
    earned = expected_margins(world, factor) + (0.0 if floor is None else floor)
    np.maximum.at(margin, owner[runs], earned[runs])
    np.minimum.at(cost, owner[runs], (e.unit_cost + e.charge)[runs])
    return margin, cost


def firm_views(world: "World") -> Mapping[str, Callable[["Offers"], FirmView]]:
    """A view for every firm, to be completed by what states offer this very step."""
    margin, cost = plant_margins(world, None, crowded(world.economy))

    def view(cash: float, group: bool) -> Callable[["Offers"], FirmView]:
        return lambda offers: FirmView(
            world.when, world.settings.clock.length, margin + offers.floor, cost, offers.capital_share,
            offers.loan_share, offers.equity_share, offers.loan_rate, offers.loan_years, offers.hurdle_cut,
            offers.terms.capex, offers.terms.lead_time, cash,
            group or not world.economy.parameters.on("finance"),
        )  # fmt: skip

    return {firm.name: view(firm.cash, firm.name in world.pipeline.treasury.group) for firm in world.firms}
