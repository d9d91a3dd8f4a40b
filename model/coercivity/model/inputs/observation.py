"""What an actor may know this step: last step's market, policies in force, its own books."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from coercivity.model.inputs.names import matches
from coercivity.optimise.market import Array

__all__ = ["Assessment", "FirmView", "ForesightTerms", "Foreseeing", "Losses", "Prospect", "StateView"]

Losses = Mapping[str, Mapping[str, Mapping[str, float]]]  # USD a year, by who loses, who stops, and material


@dataclass(frozen=True, slots=True)
class Prospect:
    """A project that anybody may read of and nobody has begun. capacity: t a year; capex: million USD;
    lead_time: years
    """

    name: str
    place: str
    stage: str
    capacity: float
    capex: float
    lead_time: float


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a government's analysts make of the open books of last step.

    losses: what every place would lose in a year if another stopped supplying, USD, by place, other and
    material; exports: own, USD a year, by destination and material
    tariffs: highest rate of every place on what is made here; technology: who bans exports of know-how
    prospects: projects anywhere; need: every place's share of the world's use, as capacity, t/yr, by stage
    offers: public capital that others offer for plants here, million USD a year, by who offers it and stage
    """

    losses: Losses
    exports: Mapping[str, Mapping[str, float]]
    tariffs: Mapping[str, float]
    technology: frozenset[str]
    prospects: tuple[Prospect, ...]
    need: Mapping[str, Mapping[str, float]]
    offers: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class StateView:
    """What a government sees.

    date: a day in the middle of the step; length: of it, years; prices, base_prices: USD/kg by material
    annual_use: t a year by material in the base year, contained: the same with what is in imports of worked
    goods; stocks: public, t; risk: perceived
    quotas: of mining, t a year, by kind; output: made at home last step, t a year, by material
    rivals: share of the world's capacity that others have or are building, by stage, as announced
    relations: with every other, -1 to 1; cooled: how far they fell last step
    offered: price of what is made at home, USD/kg, by material; home_share: of use, by stage
    largest_source: share of what is used that comes from the one other place that sends most
    restricted_by: severity of export limits against it; restricting: years its own have been in force
    assessment: of last step's open books, for a strategy that answers them
    """

    place: str
    date: str
    length: float
    prices: Mapping[str, float]
    base_prices: Mapping[str, float]
    annual_use: Mapping[str, float]
    stocks: Mapping[str, float]
    risk: float
    quotas: Mapping[str, float]
    output: Mapping[str, float] = field(default_factory=dict)
    rivals: Mapping[str, float] = field(default_factory=dict)
    relations: Mapping[str, float] = field(default_factory=dict)
    cooled: Mapping[str, float] = field(default_factory=dict)
    restricted_by: Mapping[str, float] = field(default_factory=dict)
    restricting: Mapping[str, float] = field(default_factory=dict)
    offered: Mapping[str, float] = field(default_factory=dict)
    home_share: Mapping[str, float] = field(default_factory=dict)
    largest_source: float = 0.0
    contained: Mapping[str, float] = field(default_factory=dict)
    outlook: "Foreseeing | None" = None
    assessment: Assessment | None = None

    @property
    def now(self) -> float:
        """Middle of the step to the month, years."""
        return int(self.date[:4]) + (int(self.date[5:7]) - 1) / 12.0

    @property
    def span(self) -> tuple[str, str]:
        """First month of the step, and the month after its last, YYYY-MM."""
        middle = 12 * int(self.date[:4]) + int(self.date[5:7]) - 1
        months = round(12 * self.length)
        first = middle - months // 2
        return tuple(f"{m // 12:04d}-{m % 12 + 1:02d}" for m in (first, first + months))  # type: ignore[return-value]

    def relative_price(self, material: str) -> float:
        """Last price over the base year's; 1 where there is none."""
        base = self.base_prices.get(material, 0.0)
        return self.prices.get(material, base) / base if base > 0 else 1.0

    def stocked_use(self, material: str) -> float:
        """What days of a stock are days of, t a year: what is used there, or is in what is used there."""
        return max(self.annual_use.get(material, 0.0), self.contained.get(material, 0.0))

    @staticmethod
    def falls_under(material: str, pattern: str) -> bool:
        """Whether a material falls under a pattern."""
        return matches(material, pattern)


@dataclass(frozen=True, slots=True)
class FirmView:
    """What a firm sees of its facilities; arrays over all facilities, to be read at its own.

    margin: expected, USD/kg of capacity; cost: cash cost, USD/kg
    capital_share, loan_share, equity_share, hurdle_cut: what states offer there; loan_rate, loan_years: at
    what terms; capex, lead_time: what building takes, million USD and years; date: years; cash: own, million
    USD; group: of many owners; margins, floors: at some years from now, USD/kg, (years, p); floor_years: how
    long floors last; sales: of a unit of capacity, USD/kg; share: of a unit in what stands of its stage;
    congestion: rise of capital by a unit begun, share; slope: of price on capacity, as a log
    dearer, part: factor on the cost of the next one; what a unit adds to all decided on, share; depletion:
    how the one follows from the other, 0 where it does not; award: most that states pay of one, million USD
    """

    date: float
    length: float
    margin: Array
    cost: Array
    capital_share: Array
    loan_share: Array
    equity_share: Array
    loan_rate: Array
    loan_years: Array
    hurdle_cut: Array
    capex: Array
    lead_time: Array
    cash: float
    group: bool
    years: tuple[float, ...]
    margins: Array
    floors: Array
    floor_years: Array
    sales: Array
    share: Array
    congestion: Array
    slope: float
    dearer: Array
    part: Array
    depletion: Array
    award: Array


@dataclass(frozen=True, slots=True)
class ForesightTerms:
    """How far ahead, and how the future counts. years: imagined; tail: years for which the last
    one's objective goes on; discount: a year; others: whether they are taken to follow their rules
    looks: futures imagined; averse: weight of the worst of them
    """

    years: int
    tail: int
    discount: float
    others: bool = False
    looks: int = 1
    averse: float = 0.0

    def worth(self, yearly: Sequence[float]) -> float:
        """Today's worth of a stream of years.

        >>> ForesightTerms(2, 1, 0.0).worth([1.0, 2.0])
        5.0
        """
        usd = [*yearly, *(yearly[-1] for _ in range(self.tail))]
        return float(
            math.fsum(value * (1.0 + self.discount) ** -(year + 0.5) for year, value in enumerate(usd))
        )

    def judge(self, worths: Sequence[float]) -> float:
        """The mean of several futures, with part of the weight on the worst.

        >>> ForesightTerms(1, 0, 0.0, averse=0.5).judge([1.0, 3.0])
        1.5
        """
        mean = math.fsum(worths) / len(worths)
        return (1.0 - self.averse) * mean + self.averse * min(worths)


class Foreseeing(Protocol):
    """What a state may ask before it decides: what each of its options is worth to it."""

    @property
    def options(self) -> Mapping[str, Mapping[str, Any]]:
        """Levers by option and name."""
        ...

    def prospects(
        self, rng: np.random.Generator, terms: ForesightTerms, response: float, most: float
    ) -> dict[str, float]:
        """Worth of every option, USD; one that cannot be worked out is recorded and left out."""
        ...

    def at_strengths(self, option: str, strengths: Sequence[float]) -> dict[float, float]:
        """Worth, USD, of the option at several strengths, in the futures of the last prospects."""
        ...

    def strength_of(self, option: str, factor: float) -> dict[str, float]:
        """Strength by lever where those that an option names are that many times as strong."""
        ...

    def tell(self, kind: str, target: str, detail: str) -> None:
        """Record what was decided, for the table of events."""
        ...
