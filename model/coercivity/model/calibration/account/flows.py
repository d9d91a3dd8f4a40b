"""From unknowns to flows: ore, oxide, metal in blanks, finished magnets, stocks and balances."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from coercivity.model.calibration.account.description import AccountDescription, AccountError
from coercivity.model.calibration.account.slopes import (
    Array,
    Sloped,
    add_up,
    constant_path,
    exp,
    join,
    keep_positive,
    log,
    total,
)
from coercivity.model.inputs.evidence import Evidence

__all__ = ["Constants", "Flows", "Unknowns", "read_constants", "work_out"]

FILE = "account"
LEAST = 0.02  # of habit: the stock below which a search is turned back


@dataclass(frozen=True)
class Constants:
    """What is taken as given, by name: per unit of ore, of metal, by year where it moves."""

    years: tuple[int, ...]
    basket: Mapping[str, Mapping[str, float]]
    mix: Mapping[str, Array]
    recovery: Mapping[str, float]
    oxide: Mapping[str, float]
    fixed: Mapping[str, float]
    purchase: Mapping[str, Array]
    driver: Mapping[str, Array]
    factors: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Unknowns:
    """Names of unknowns and their places in the vector, which holds logs."""

    places: Mapping[str, slice]
    active: Mapping[str, tuple[int, ...]]
    size: int

    @classmethod
    def lay_out(cls, account: AccountDescription, constants: Constants) -> "Unknowns":
        """One place a year of each quantity, one of each factor and each opening stock."""
        years = constants.years
        lengths: dict[str, int] = {}
        active: dict[str, tuple[int, ...]] = {}
        for name, source in account.sources.items():
            ran = source.active(years[0], years[-1])
            if ran:
                lengths[f"mined.{name}"], active[f"mined.{name}"] = len(ran), ran
        doses = dict.fromkeys(owner for shares in account.makers.values() for owner in shares)
        yearly = (
            *(f"blanks.{maker}" for maker in account.makers), "content", "praseodymium_share",
            *(f"dose.{owner}" for owner in doses), "terbium_per_dysprosium", "returned",
            *(f"other.{element}" for element in account.elements), "finished_yield",
            *(f"use.{use}" for use in account.uses),
        )  # fmt: skip
        lengths |= dict.fromkeys(yearly, len(years))
        lengths |= {f"opening.{group}": 1 for group in account.covers}
        lengths |= {f"factor.{name}": 1 for name in constants.factors}
        places, at = {}, 0
        for name, length in lengths.items():
            places[name] = slice(at, at + length)
            at += length
        return cls(places, active, at)


Flows = dict[str, Sloped]


def read_constants(evidence: Evidence, account: AccountDescription, last: int) -> Constants:
    """What the account takes as given, of what the evidence holds to its year."""
    years = tuple(range(account.first, last + 1))
    factors = {
        fact.entity: (fact.number, _sigma(float(fact.low), float(fact.high)))
        for fact in evidence.facts(FILE, "factor")
    }
    mix = {name: _mix_ores(evidence, name, source.ores, years) for name, source in account.sources.items()}
    metal = {e: evidence.items("recipes", f"metal:{e}", "input").get(f"oxide:{e}") for e in account.elements}
    return Constants(
        years=years,
        basket={ore: _basket(evidence, ore, account.elements) for ore in account.ores},
        mix=mix,
        recovery={s: evidence.number(FILE, s, "recovery") for s in account.sources},
        oxide={e: tonnes or _from_blend(evidence, e) for e, tonnes in metal.items()},
        fixed={fact.entity: fact.number for fact in evidence.facts(FILE, "constant")},
        purchase={
            f"{round_}.{e}": _by_year(evidence.path(FILE, f"public.{e}", "purchase", round_), years)
            for e in account.elements
            for round_ in ("first", "second")
        },
        driver={use: _by_year(evidence.path(FILE, use, "driver"), years) for use in account.uses},
        factors=factors,
    )


def _sigma(low: float, high: float) -> float:
    return float(np.log(high / low)) / 2


def _by_year(path: Mapping[int, float], years: tuple[int, ...]) -> Array:
    return np.array([path.get(year, 0.0) for year in years])


def _basket(evidence: Evidence, ore: str, elements: Iterable[str]) -> dict[str, float]:
    """Tonnes of each element in a tonne of ore: its own rows, or those of its family."""
    own = evidence.items(FILE, ore, "basket")
    shares = own or evidence.items("baskets", ore, "share")
    if not shares:
        raise AccountError(f"neither {FILE}.csv (basket) nor baskets.csv (share) has rows of the ore {ore}")
    return {element: shares.get(element, 0.0) for element in elements}


def _mix_ores(evidence: Evidence, source: str, ores: tuple[str, ...], years: tuple[int, ...]) -> Array:
    """The share of the first ore by year, between records by a straight line."""
    if len(ores) == 1:
        return np.ones(len(years))
    path = evidence.path(FILE, source, "mix", ores[0])
    if not path:
        raise AccountError(f"{FILE}.csv has no mix of {ores[0]} for {source}, which has {len(ores)} ores")
    return np.interp(years, list(path), list(path.values()))


def _from_blend(evidence: Evidence, element: str) -> float:
    """kg of oxide a kg of metal that is made blended: stoichiometry over the yield of the blend."""
    stoichiometry = evidence.number("recipes", f"oxide:{element}", "stoichiometry")
    return stoichiometry / evidence.number("recipes", "metal:NdPr", "yield")


def work_out(
    account: AccountDescription, constants: Constants, unknowns: Unknowns, x: Array, slopes: bool = True
) -> Flows:
    """Every quantity by name, t a year, with its derivatives by the unknowns if wanted.

    x: (unknowns,) or (unknowns, draws), the latter without derivatives.
    """
    flows = _seeds(account, constants, unknowns, x, slopes)
    _mine(account, constants, flows)
    _make(account, constants, flows)
    _keep(account, constants, flows)
    return flows


def _seeds(
    account: AccountDescription, constants: Constants, unknowns: Unknowns, x: Array, slopes: bool
) -> Flows:
    """The unknowns themselves, and what is fixed."""
    flows: Flows = {}
    for name, place in unknowns.places.items():
        slope = None
        if slopes:
            slope = np.zeros((place.stop - place.start, unknowns.size))
            slope[np.arange(len(slope)), np.arange(place.start, place.stop)] = 1.0
        flows[name] = exp(Sloped(x[place].reshape(place.stop - place.start, -1), slope))
    for name, ran in unknowns.active.items():
        flows[name] = _scatter_years(flows[name], ran, constants.years)
    for name in account.sources:
        flows.setdefault(f"mined.{name}", constant_path(np.zeros(len(constants.years))))
    flows |= {f"constant.{name}": constant_path([v]) for name, v in constants.fixed.items()}
    return flows


def _scatter_years(x: Sloped, ran: tuple[int, ...], years: tuple[int, ...]) -> Sloped:
    """A quantity of some years among all, nothing in the others."""
    at = [years.index(year) for year in ran]
    value = np.zeros((len(years), x.value.shape[1]))
    value[at] = x.value
    if x.slope is None:
        return Sloped(value, None)
    slope = np.zeros((len(years), x.slope.shape[1]))
    slope[at] = x.slope
    return Sloped(value, slope)


def factor_of(flows: Flows, name: str) -> Sloped:
    """A factor, which is one where nothing is known of it."""
    return flows.get(f"factor.{name}", constant_path([1.0]))


def _mine(account: AccountDescription, constants: Constants, flows: Flows) -> None:
    """Ore to oxide: tonnes by source, its basket and what separators recover."""
    for name, members in account.totals.items():
        flows[name] = total([flows[member] for member in members])
    for element in account.elements:
        parts = []
        for name, source in account.sources.items():
            shares = (constants.mix[name], 1 - constants.mix[name])
            held = [
                factor_of(flows, account.ores[ore].get(element, ""))
                * (share * constants.basket[ore][element])
                for ore, share in zip(source.ores, shares, strict=False)
            ]
            oxide = flows[f"mined.{name}"] * total(held) * constants.recovery[name]
            flows[f"supply.{element}.{name}"] = oxide * factor_of(flows, source.common)
            parts.append(flows[f"supply.{element}.{name}"])
        flows[f"supply.{element}"] = total(parts)


def _make(account: AccountDescription, constants: Constants, flows: Flows) -> None:
    """Metal in blanks, swarf returned, net use of oxide; finished magnets made and used."""
    blanks = total([flows[f"blanks.{maker}"] for maker in account.makers])
    dysprosium = total(
        [
            flows[f"blanks.{maker}"] * flows[f"dose.{owner}"] * share
            for maker, shares in account.makers.items()
            for owner, share in shares.items()
        ]
    )
    light, part = blanks * flows["content"], flows["praseodymium_share"]
    nd, pr, dy, tb = account.elements
    metal = {nd: light * (1.0 - part), pr: light * part, dy: dysprosium}
    metal[tb] = dysprosium * flows["terbium_per_dysprosium"]
    share = flows["returned"]
    scrap = {dy: factor_of(flows, "scrap_dy"), tb: factor_of(flows, "scrap_tb")}
    flows["blanks"], flows["dysprosium"] = blanks, dysprosium
    for element in account.elements:
        gross = metal[element] * constants.oxide[element] * factor_of(flows, "metal")
        recycled = gross * share * scrap.get(element, 1.0)
        flows[f"gross.{element}"], flows[f"recycled.{element}"] = gross, recycled
        flows[f"net.{element}"] = gross - recycled + flows[f"other.{element}"]
    flows["finished_made"] = blanks * flows["finished_yield"]
    flows["use"] = total([flows[f"use.{use}"] for use in account.uses])
    made = flows["finished_made"]
    flows["unsold"] = (made - flows["use"]) / made


def _keep(account: AccountDescription, constants: Constants, flows: Flows) -> None:
    """Stocks close every balance: supply less net use less public purchases is kept or drawn."""
    for group, elements in account.covers.items():
        daily = constants.fixed[f"cover_{group}"] / 365
        habits, stocks = [], []
        for element in elements:
            net = flows[f"net.{element}"]
            public = total(
                [
                    factor_of(flows, f"public_{round_}") * constants.purchase[f"{round_}.{element}"]
                    for round_ in ("first", "second")
                ]
            )
            kept = flows[f"supply.{element}"] - net - public
            before = net[:1] * flows[f"opening.{group}"] * (constants.fixed["growth_before"] * daily)
            stock = add_up(kept) + before
            flows[f"public.{element}"], flows[f"kept.{element}"] = public, kept
            flows[f"stock.{element}"] = stock
            flows[f"cover.{element}"] = keep_positive(stock / (net * daily), LEAST)
            habits.append(net * daily)
            stocks.append(stock)
        flows[f"cover.{group}"] = keep_positive(total(stocks) / total(habits), LEAST)
        flows[f"cover_path.{group}"] = join([flows[f"opening.{group}"], flows[f"cover.{group}"]])


def product(flows: Flows, text: str) -> Sloped:
    """A product of quantities by name, as `a * b`. Raises AccountError for a name that is not there."""
    names = [name.strip() for name in text.split("*")]
    for name in names:
        if name not in flows and not name.startswith("factor."):
            raise AccountError(f"the account has no quantity {name!r}")
    result = _flow_named(flows, names[0])
    for name in names[1:]:
        result = result * _flow_named(flows, name)
    return result


def _flow_named(flows: Flows, name: str) -> Sloped:
    return factor_of(flows, name[7:]) if name.startswith("factor.") else flows[name]


def logit(x: Sloped) -> Sloped:
    """The logarithm of the odds."""
    return log(x) - log(1.0 - x)
