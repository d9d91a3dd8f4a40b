"""Indicators of a step: shares and concentration, dependence, cover, shortage, welfare, cost."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np

from coercivity.model.accounts.exposure import SHIPPED
from coercivity.model.accounts.objective import Objectives, Reached
from coercivity.model.accounts.recorder import Recorder
from coercivity.model.accounts.settlement import Ledger
from coercivity.model.assembly.market import Assembled
from coercivity.model.behaviour.expectation import expected_price
from coercivity.model.inputs.names import QUARTERS_A_YEAR, WORLD
from coercivity.model.state.economy import Economy
from coercivity.optimise import Clearing
from coercivity.optimise.curves import RiseCurves

__all__ = ["Row", "indicators"]

Row = tuple[str, str, float, str]
THOUSAND = 1000.0  # the program's money is thousand USD
TRACE = 1e-9  # share of what arrives below which nobody ships


def indicators(
    economy: Economy,
    recorder: Recorder,
    objectives: Objectives,
    assembled: Assembled,
    clearing: Clearing,
    ledger: Ledger,
    reached: Mapping[str, Reached],
) -> Iterator[Row]:
    """Jurisdiction, indicator, value, unit: docs/indicators.md says what each is."""
    yield from _shares(recorder, clearing)
    yield from _dependence(economy, objectives, clearing)
    yield from _prices(economy, recorder, objectives, clearing)
    yield from _shortage(economy, recorder, assembled, clearing)
    yield from _money(objectives)
    yield from _rents(economy, assembled, clearing, ledger)
    for place, found in reached.items():
        yield place, "objective", found.total, "USD"
    for place, risk in economy.risk.items():
        if place in economy.chain.regions:
            yield place, "perceived risk", risk, "index"


def _shares(recorder: Recorder, clearing: Clearing) -> Iterator[Row]:
    """Share of each stage's output by jurisdiction, and its concentration (HHI, 0 to 1)."""
    number, kinds = recorder.made_by
    runs = recorder.runs
    tonnes = np.bincount(number, clearing.activity[runs] * recorder.main[runs], len(kinds)).tolist()
    made: dict[str, dict[str, float]] = defaultdict(dict)
    for (stage, place), made_there in zip(kinds, tonnes, strict=True):
        made[stage][place] = made_there
    for stage, places in made.items():
        total = math.fsum(places.values())
        if total <= 0:
            continue
        for place, amount in places.items():
            if amount > SHIPPED:
                yield place, f"share of {stage}", amount / total, "share"
        yield WORLD, f"concentration of {stage}", math.fsum((t / total) ** 2 for t in places.values()), "HHI"


def _dependence(economy: Economy, objectives: Objectives, clearing: Clearing) -> Iterator[Row]:
    """What regions get from abroad, how concentrated it is, what a stop would cost, and days of cover."""
    layout, stakes, names = economy.supply.layout, objectives.stakes, economy.chain.names
    china, home_name = names.home, economy.chain.places[names.home].name
    where = {place: at for at, place in enumerate(stakes.places)}
    stock: dict[tuple[str, str], float] = defaultdict(float)
    for at, curve in enumerate(layout.curves):
        if curve.kind in ("private", "public") and curve.material in names.defended:
            stock[curve.place, curve.material] += float(clearing.served[at])
    for material in names.defended:
        shipped = stakes.shipped(clearing.flow, material)
        arriving, home = shipped.sum(axis=1), np.diag(shipped)
        leaving = shipped.sum(axis=0) - home
        for place in economy.chain.regions:
            at = where[place]
            node = layout.node.get((place, material, "held"))
            if node is None:
                continue
            if arriving[at] > SHIPPED:
                share = np.where(shipped[at] > TRACE * arriving[at], shipped[at] / arriving[at], 0.0)
                if place != china:
                    yield place, f"dependence on {home_name}: {material}", share[where[china]], "share"
                net = (arriving[at] - home[at] - leaving[at]) / arriving[at]
                yield place, f"net import dependence: {material}", net, "share"
                yield place, f"concentration of supply: {material}", float((share**2).sum()), "HHI"
            use = economy.use[node]
            if use > SHIPPED:
                yield place, f"cover: {material}", 365.0 * stock[place, material] / use, "days"
    exposure = objectives.exposure
    if exposure is None:
        return
    for place in economy.chain.regions:
        at = where[place]
        yield place, "self-sufficiency", float(exposure.own[at]), "share"
        if place != china:
            yield place, f"loss if {home_name} stops", float(exposure.value[at, where[china]]), "USD/yr"


def _prices(
    economy: Economy, recorder: Recorder, objectives: Objectives, clearing: Clearing
) -> Iterator[Row]:
    """Price outside the home state over that inside, and appreciation expected beyond the cost of carry."""
    node = economy.supply.layout.node
    numbers, stakes, names = economy.parameters, objectives.stakes, economy.chain.names
    china = names.home
    for material in names.defended:
        held = {place: n for place in stakes.places if (n := node.get((place, material, "held"))) is not None}
        shipped = stakes.shipped(clearing.flow, material).sum(axis=1)
        outside = recorder.outside_price(clearing, material)
        if china in held and outside is not None and clearing.price[held[china]] > 0:
            yield (
                WORLD,
                f"price outside over inside: {material}",
                outside / clearing.price[held[china]],
                "ratio",
            )
        for place in (china, names.marginal):
            if place not in held or shipped[stakes.places.index(place)] <= SHIPPED:
                continue
            at = [held[place]]
            price = economy.price[at]
            pull, push = numbers["inventory.anchor_speed"], numbers["inventory.chi"]
            hoped = expected_price(price, economy.anchor[at], economy.growth[at], pull, push)
            quarter = np.log(hoped / np.maximum(price, 1e-9))
            carry = economy.chain.places[place].hurdle
            name = f"appreciation beyond carry: {material}"
            yield place, name, float(QUARTERS_A_YEAR * quarter[0]) - carry, "per year"


def _rents(economy: Economy, assembled: Assembled, clearing: Clearing, ledger: Ledger) -> Iterator[Row]:
    """Rent of licences, quotas and scarce capacity, USD a step, by the home of who earns it."""
    supply, rents = economy.supply, defaultdict[tuple[str, str], float](float)
    for (owner, kind, item), usd in ledger.accounts.items():
        if item == "licence premium":
            rents[economy.chain.homes[owner, kind], "licence rent"] += usd
    weight = supply.network.cap_weight
    used = np.bincount(weight.row, weight.value * clearing.activity[weight.column], len(supply.network.caps))
    for row in supply.quota_rows.values():
        rents[economy.chain.names.home, "quota rent"] += float(clearing.permit[row] * used[row]) * THOUSAND
    strain = RiseCurves.of(assembled.market).area(clearing.rent)
    earned = (clearing.rent * ledger.throughput - strain) * THOUSAND
    for at, facility in enumerate(economy.chain.facilities):
        if earned[at] > 0:
            rents[economy.chain.firms.get(facility.firm, facility.place), "capacity rent"] += earned[at]
    for (place, name), usd in sorted(rents.items()):
        yield place, name, float(usd), "USD"


def _shortage(
    economy: Economy, recorder: Recorder, assembled: Assembled, clearing: Clearing
) -> Iterator[Row]:
    """Share of services wanted at reference prices that are not served as usual or with little."""
    names = economy.chain.names
    wanted: dict[str, float] = defaultdict(float)
    served: dict[str, float] = defaultdict(float)
    for place, _, _, got, sought, unit in recorder.use_rows(assembled, clearing):
        if unit == names.units.service:
            for where in (place, WORLD):
                wanted[where] += sought
                served[where] += got
    for place, amount in wanted.items():
        yield place, f"shortage of {names.words.services}", max(1.0 - served[place] / amount, 0.0), "share"


def _money(objectives: Objectives) -> Iterator[Row]:
    """Welfare (S.2) and fiscal cost of every jurisdiction, USD a step."""
    welfare, fiscal = objectives.money
    for place in sorted(welfare):
        yield place, "welfare", welfare[place], "USD"
    for place in sorted(fiscal):
        yield place, "fiscal_cost", fiscal[place], "USD"
    yield WORLD, "welfare", float(np.sum(list(welfare.values()))), "USD"
