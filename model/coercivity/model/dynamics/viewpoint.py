"""What each actor sees before it decides: only what last step left in the open."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from coercivity.model.behaviour.crowding import discount
from coercivity.model.dynamics.foresight import Outlook
from coercivity.model.dynamics.sites import as_one_site
from coercivity.model.dynamics.standing import OpenBooks, assess, open_books, standing
from coercivity.model.inputs.observation import FirmView, StateView
from coercivity.model.state.capacity import capacities, deposits
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array, Index

if TYPE_CHECKING:
    from coercivity.model.agents.actors import State
    from coercivity.model.dynamics.foresight import ForeseeingWorld
    from coercivity.model.dynamics.offers import Offers

__all__ = [
    "PublicInformation",
    "Sight",
    "best",
    "crowding_factor",
    "expected_margins",
    "firm_views",
    "plant_margins",
    "scene",
    "state_view",
]

Sight: TypeAlias = Callable[["Offers"], FirmView]  # what a firm sees, once it knows what it is offered
NOWHERE: tuple[list[str], Index] = [], np.zeros(0, dtype=int)


@dataclass(frozen=True, slots=True)
class PublicInformation:
    """What every state sees alike. when: middle of the step, years; date: a day in it; length: years.

    output: made last step, t a year, (n); rivals: share of capacity elsewhere, by place and stage
    books: of last step, where there is one
    """

    when: float
    date: str
    length: float
    output: Array
    rivals: Mapping[str, Mapping[str, float]]
    books: OpenBooks | None


def scene(world: "ForeseeingWorld") -> PublicInformation:
    """What every state sees alike this step."""
    length = world.settings.clock.length
    return PublicInformation(
        world.when, world.middle, length, output_by_node(world), world.diplomacy.rivals(), open_books(world)
    )


def state_view(world: "ForeseeingWorld", state: "State", seen: PublicInformation | None = None) -> StateView:
    """Prices where the state is, its stocks and use, its quotas, and how unsafe supply feels.

    seen: the `scene`, where it is at hand
    """
    seen = seen or scene(world)
    e = world.economy
    layout, begun = e.supply.layout, world.diplomacy.begun
    used, held = layout.here.get((state.place, "held"), NOWHERE)
    makes, made = layout.here.get((state.place, "made"), NOWHERE)
    answers = getattr(state.strategy, "answers", ())
    relations, cooled, restricted_by = world.diplomacy.seen_by(state.place)
    home_share, largest = standing(world, state.place) if "benchmarks" in state.levers else ({}, 0.0)
    return StateView(
        place=state.place,
        date=seen.date,
        length=seen.length,
        prices=_by_material(used, e.price[held]),
        base_prices=_by_material(used, e.listed[held]),
        annual_use=_by_material(used, e.base_use[held]),
        contained=_by_material(used, e.content_use[held]),
        stocks={material: float(e.stock[at]) for material, at in layout.public.get(state.place, ())},
        risk=e.risk[state.place],
        quotas=e.quotas if state.place == e.chain.names.home else {},
        output=_by_material(makes, seen.output[made]),
        rivals=seen.rivals[state.place],
        relations=relations,
        cooled=cooled,
        restricted_by=restricted_by,
        restricting={m: seen.when - since for m, since in begun.items() if m.startswith(f"{state.place} ")},
        offered=_by_material(makes, e.price[made]),
        home_share=home_share,
        largest_source=largest,
        outlook=Outlook(world, state) if getattr(state.strategy, "foresees", False) else None,
        assessment=assess(world, state.place, seen.books) if seen.books is not None and answers else None,
    )


def _by_material(materials: Sequence[str], values: Array) -> dict[str, float]:
    return dict(zip(materials, values.tolist(), strict=True))


def output_by_node(world: "ForeseeingWorld") -> Array:
    """What was made at every node last step, t a year, (n)."""
    technology = world.economy.supply.network.technology
    makes = technology.value > 0
    tonnes = technology.value[makes] * world.made()[technology.column[makes]]
    count = len(world.economy.supply.network.nodes)
    return np.asarray(np.bincount(technology.row[makes], tonnes, count), dtype=float)


def crowding_factor(e: Economy) -> Array:
    """(B.32) Factor on the expected price of what each activity makes, by what is being built, (a)."""
    number, kinds = e.supply.layout.kinds
    if not e.parameters.on("crowding"):
        return np.ones(number.size)
    stages, stage = e.chain.names.stages.every, e.chain.staged[0]
    building, standing = (np.bincount(stage, found, len(stages)).tolist() for found in capacities(e))
    numbers = tuple(e.parameters[f"crowding.{name}"] for name in ("slope", "growth", "horizon"))
    factor = {s: discount(building[at], standing[at], *numbers) for at, s in enumerate(stages)}
    return np.array([factor.get(kind, 1.0) for kind in kinds])[number]


def margins_at(e: Economy, price: Array, landed: Array, factor: Array | None = None) -> Array:
    """What a unit of each activity earns over its cost at given prices, USD/kg, (a).

    landed: of inputs; factor: on the price of outputs, (a)
    """
    technology = e.supply.network.technology
    inputs = np.maximum(price, np.where(np.isfinite(landed), landed, price))
    at = np.where(technology.value > 0, price[technology.row], inputs[technology.row])
    if factor is not None:
        at = np.where(technology.value > 0, at * factor[technology.column], at)
    earned = np.bincount(technology.column, technology.value * at, len(e.unit_cost))
    return np.asarray(earned - e.unit_cost - e.charge)


def best(e: Economy, earned: Array) -> Array:
    """The best of a plant's activities, (p), of what each earns, (a)."""
    owner = np.asarray(e.supply.network.activity_plant)
    found = np.full(len(e.supply.network.plants), -np.inf)
    np.maximum.at(found, owner[owner >= 0], earned[owner >= 0])
    return found


def margins_ahead(e: Economy, now: Array) -> tuple[tuple[float, ...], Array]:
    """(B.59) Years from now, and margins of every plant then, USD/kg, (years, p). now: today's, (p)"""
    if not e.parameters.on("outlook") or not e.ahead.prospects:
        return (0.0,), now[None, :]
    weight = e.parameters["outlook.weight"]
    runs = np.isfinite(now)
    found = [now]
    for years in e.ahead.years:
        then = np.zeros(now.size)
        for prospect in e.ahead.prospects:
            if prospect.years == years:
                then[runs] += prospect.chance * best(e, margins_at(e, prospect.price, prospect.landed))[runs]
        found.append(np.where(runs, (1.0 - weight) * np.where(runs, now, 0.0) + weight * then, now))
    return (0.0, *e.ahead.years), np.array(found)


def expected_margins(world: "ForeseeingWorld", factor: Array | None = None) -> Array:
    """What a unit of each activity is expected to earn over its cost, USD/kg, (a).

    Outputs at the expected price where they are made; inputs at what it would cost to land them.
    factor: on the price of outputs, (a)
    """
    e = world.economy
    weight = e.parameters["invest.spot_weight"]
    price = np.exp(weight * np.log(np.maximum(e.price, 1e-3)) + (1 - weight) * e.anchor)
    return as_one_site(e, price, margins_at(e, price, e.landed, factor))


def plant_margins(
    world: "ForeseeingWorld", floor: Array | None = None, factor: Array | None = None
) -> tuple[Array, Array]:
    """Best expected margin and least cash cost of every plant's activities, USD/kg, (p).

    floor: what price floors add to a unit of each activity; factor: on the price of outputs
    """
    e = world.economy
    count = len(e.supply.network.plants)
    owner = np.asarray(e.supply.network.activity_plant)
    runs = owner >= 0
    cost = np.full(count, np.inf)
    earned = expected_margins(world, factor) + (0.0 if floor is None else floor)
    np.minimum.at(cost, owner[runs], (e.unit_cost + e.charge)[runs])
    return best(e, earned), cost


def firm_views(world: "ForeseeingWorld") -> Mapping[str, Sight]:
    """A view for every firm, to be completed by what states offer this very step."""
    e = world.economy
    margin, cost = plant_margins(world, None, crowding_factor(e))
    sales, share = _at_stake(e, margin, cost)
    years, margins = margins_ahead(e, margin)
    margin, margins = margin - e.fixed, margins - e.fixed  # of what is not built yet, everything counts
    when, length = world.when, world.settings.clock.length
    free = not e.parameters.on("finance")
    slope = e.parameters["crowding.slope"] if e.parameters.on("crowding") else 0.0
    left = deposits(e)

    def view(cash: float, group: bool) -> Sight:
        return lambda offers: FirmView(
            when, length, margin + offers.floor, cost, offers.capital_share,
            offers.loan_share, offers.equity_share, offers.loan_rate, offers.loan_years, offers.hurdle_cut,
            offers.terms.capex, offers.terms.lead_time, cash, group or free,
            years, margins, offers.floors, offers.floor_years, sales, share, offers.terms.congestion, slope,
            *left, offers.award,
        )  # fmt: skip

    return {firm.name: view(firm.cash, firm.name in world.pipeline.treasury.group) for firm in world.firms}


def _at_stake(e: Economy, margin: Array, cost: Array) -> tuple[Array, Array]:
    """What a unit of every plant's capacity sells for at least, USD/kg, and its share of its stage, (p)."""
    stage, size = e.chain.staged
    standing = np.bincount(stage, capacities(e)[1], len(e.chain.names.stages.every))
    share = np.zeros(margin.size)
    share[: size.size] = size / np.maximum(standing[stage], 1.0)
    known = np.isfinite(margin) & np.isfinite(cost)
    return np.where(known, np.maximum(margin, 0.0) + np.where(known, cost, 0.0), 0.0), share
