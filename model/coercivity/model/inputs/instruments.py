"""What states set, as small frozen records: the closed set of things a market can feel.

Every record carries the state that sets it and the name of the lever it comes from, and says itself
what is recorded of it in table `levers`.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields

__all__ = ["Access", "ActivityCap", "BurdenCap", "Charge", "Collection", "Consolidation",
           "Decision", "Enforcement", "Expense", "ExportCap", "ExportTax", "HomeSubsidy", "Incident",
           "Instrument", "Offtake", "OutputSubsidy", "Permitting", "PriceFloor", "ProductionQuota",
           "Promise", "PublicStock", "QuotaShift", "Research", "SeaDelay", "SeabedPermit", "Stake",
           "Stoppage", "Subsidy", "Tariff", "TechnologyBan", "VatRefund", "instrument_rows",
           "outlays"]  # fmt: skip

Row = tuple[str, float, str]  # parameter, value, unit


def row(parameter: str, unit: str) -> Mapping[str, str]:
    """How a field is recorded in table `levers`: as which parameter, with other fields in it, and unit."""
    return {"parameter": parameter, "unit": unit}


@dataclass(frozen=True, slots=True)
class Instrument:
    """Anything in force in a step: whose it is, and which lever of theirs set it."""

    state: str
    lever: str = field(kw_only=True)

    def rows(self) -> Iterator[Row]:
        """Parameter, value and unit of everything that is recorded of it."""
        for name, parameter, unit in _recorded_fields(type(self)):
            said = {f.name: getattr(self, f.name) for f in fields(self)} if "{" in parameter else {}
            yield parameter.format(**said), getattr(self, name), unit


def _recorded_fields(kind: type[Instrument]) -> tuple[tuple[str, str, str], ...]:
    """Fields of a kind of instrument that are recorded: name, parameter and unit."""
    found = ((f.name, f.metadata) for f in fields(kind))
    return tuple((name, m["parameter"], m["unit"]) for name, m in found if m)


@dataclass(frozen=True, slots=True)
class ExportCap(Instrument):
    """A measure in force: share of its reference flow allowed, or tonnes a year if given.

    alarm: how far it frightens those it covers, 1 as a limit on what they use
    refused: shares of what end uses take that count for nothing in the reference flow, by use
    """

    measure: str
    approval: float | None = None
    tonnes: float | None = None
    alarm: float = 1.0
    refused: tuple[tuple[str, float], ...] = ()

    def rows(self) -> Iterator[Row]:
        if self.tonnes is not None:
            yield self.measure, self.tonnes, "t/yr"
        elif self.approval is not None:
            yield self.measure, self.approval, "share of reference flow"


@dataclass(frozen=True, slots=True)
class ExportTax(Instrument):
    """An ad valorem tax on exports of matching materials."""

    material: str
    rate: float = field(metadata=row("{material}", "share"))


@dataclass(frozen=True, slots=True)
class Tariff(Instrument):
    """An ad valorem tariff on matching imports from an origin (`all` for any)."""

    material: str
    origin: str
    rate: float = field(metadata=row("{material} from {origin}", "share"))


@dataclass(frozen=True, slots=True)
class PublicStock(Instrument):
    """A stockpile target, t, approached along one falling curve at `speed` a year.

    release_above: multiple of the expected price from which it is let go, at `release_speed` a year
    release_withheld: share of former supply from which it is let go when limits withhold it
    buy_below: times the slow mean price at which half is bought (all at 0.8 of it, none at 1.25)
    prefilled: whether it is full when the run begins
    what: `reserve` where it lies with those who make it, empty where it lies with users
    members: states that share the cost equally, the state itself if none
    """

    material: str
    target: float = field(metadata=row("{material}", "t"))
    speed: float
    release_above: float
    what: str = ""
    members: tuple[str, ...] = ()
    release_speed: float = 0.95
    release_withheld: float = 0.25
    buy_below: float = 1.5
    prefilled: bool = False


@dataclass(frozen=True, slots=True)
class Subsidy(Instrument):
    """Public capital for plants in given places and stages; shares are of capital cost.

    capital_share: given; loan_share: lent at loan_rate, real, for loan_years; equity_share: held
    hurdle_cut: points a guarantee of the owner's bonds takes off the hurdle rate, a year
    plants: the only ones it is for, and how many units of each may be paid for; none: all in its places
    awards: most that a unit of a plant is paid, million USD
    """

    places: tuple[str, ...]
    stages: tuple[str, ...]
    capital_share: float
    hurdle_cut: float
    budget: float  # million USD a year
    loan_share: float = 0.0
    loan_rate: float = 0.0
    loan_years: float = 15.0
    equity_share: float = 0.0
    plants: tuple[tuple[str, float], ...] = ()
    awards: tuple[tuple[str, float], ...] = ()

    def rows(self) -> Iterator[Row]:
        yield "loan share", self.loan_share, "share"
        yield "equity share", self.equity_share, "share"
        yield "capital share", self.capital_share, "share"
        yield "hurdle cut", self.hurdle_cut, "per year"
        yield "budget", self.budget, "million USD/yr"


@dataclass(frozen=True, slots=True)
class PriceFloor(Instrument):
    """A contract for difference on a material, USD/kg, for a volume, t a year, in given places.

    plants: the only ones it is for, wherever they are; none: all in its places; until: year it ends
    upside: share of what prices exceed `threshold` by that the state has, at most `cap` million USD a year
    """

    material: str
    places: tuple[str, ...]
    floor: float = field(metadata=row("floor {material}", "USD/kg"))
    volume: float
    plants: tuple[str, ...] = ()
    until: float = math.inf
    upside: float = 0.0
    threshold: float = math.inf
    cap: float = math.inf


@dataclass(frozen=True, slots=True)
class Offtake(Instrument):
    """A share of new plants' output bought forward at the price expected when it is signed.

    It steadies revenue, so it cuts the hurdle; the state pays what the market falls short of that
    price, and keeps what it exceeds it by. plants: as of a subsidy
    most: multiple of the price as the run begins above which no price is fixed
    """

    places: tuple[str, ...]
    stages: tuple[str, ...]
    hurdle_cut: float = field(metadata=row("offtake hurdle cut", "per year"))
    share: float = field(default=0.5, metadata=row("offtake share", "share"))
    plants: tuple[tuple[str, float], ...] = ()
    most: float = math.inf


@dataclass(frozen=True, slots=True)
class Charge(Instrument):
    """Factor on what a pollutant costs in a place; `rate` 1 is the charge of the evidence."""

    pollutant: str
    rate: float = field(metadata=row("charge {pollutant}", "factor"))


@dataclass(frozen=True, slots=True)
class BurdenCap(Instrument):
    """The most of a pollutant tolerated in a place, units a year."""

    pollutant: str
    amount: float = field(metadata=row("cap {pollutant}", "units/yr"))


@dataclass(frozen=True, slots=True)
class ProductionQuota(Instrument):
    """Most that a kind of ore may be mined, t REO a year; capacity of its holders follows it."""

    kind: str
    tonnes: float = field(metadata=row("{kind}", "t REO/yr"))
    slack: float = 0.05  # share by which output may exceed it before it binds


@dataclass(frozen=True, slots=True)
class Stoppage(Instrument):
    """A share of what stands at some stages in a place that stands still."""

    stages: tuple[str, ...]
    share: float

    def rows(self) -> Iterator[Row]:
        yield ";".join(self.stages), self.share, "share"


@dataclass(frozen=True, slots=True)
class Permitting(Instrument):
    """Factor on the years permits take in a place, and whether nothing new is permitted."""

    stages: tuple[str, ...]
    factor: float
    refuse: bool

    def rows(self) -> Iterator[Row]:
        yield ";".join(self.stages), self.factor, "refused" if self.refuse else "factor"


@dataclass(frozen=True, slots=True)
class ActivityCap(Instrument):
    """A ceiling in force, t a year of what the stage takes in or makes."""

    ceiling: str
    tonnes: float = field(metadata=row("{ceiling}", "t/yr"))


@dataclass(frozen=True, slots=True)
class QuotaShift(Instrument):
    """Growth added to a mining quota of a kind of ore, log a year."""

    kind: str
    growth: float = field(metadata=row("growth added to quota {kind}", "log/yr"))


@dataclass(frozen=True, slots=True)
class VatRefund(Instrument):
    """Share of value added tax paid back on exports of matching materials."""

    material: str
    share: float = field(metadata=row("{material}", "share of the tax"))


@dataclass(frozen=True, slots=True)
class HomeSubsidy(Instrument):
    """A share of the price of matching materials that a state pays for users at home."""

    material: str
    rate: float = field(metadata=row("subsidy of {material}", "share"))


@dataclass(frozen=True, slots=True)
class OutputSubsidy(Instrument):
    """What a state pays on every unit that a stage makes in some places, USD/kg."""

    places: tuple[str, ...]
    stage: str
    amount: float = field(metadata=row("subsidy of {stage}", "USD/kg"))


@dataclass(frozen=True, slots=True)
class TechnologyBan(Instrument):
    """Know-how of some stages kept at home: plants of others abroad cost more and come later.

    capital: share added to capital cost; delay: years; learning: factor on learning by doing abroad
    """

    stages: tuple[str, ...]
    capital: float
    delay: float
    learning: float

    def rows(self) -> Iterator[Row]:
        for stage in self.stages:
            yield f"capital added in {stage}", self.capital, "share"


@dataclass(frozen=True, slots=True)
class Access(Instrument):
    """On what terms foreigners may own plants of some stages in a state.

    foreign_share: most they may own, 0 for none; surrender: know-how lost, points on the hurdle rate
    """

    stages: tuple[str, ...]
    foreign_share: float
    surrender: float

    def rows(self) -> Iterator[Row]:
        for stage in self.stages:
            yield f"foreign share in {stage}", self.foreign_share, "share"


@dataclass(frozen=True, slots=True)
class Stake(Instrument):
    """Feed of mines that a state pays for, or its firms own, tied to its own separators.

    tie: share of a mine's output; buys: share of capital it buys of mines that others have begun
    """

    places: tuple[str, ...]
    tie: float = field(metadata=row("share of feed tied", "share"))
    buys: float = 0.0


@dataclass(frozen=True, slots=True)
class Promise(Instrument):
    """A delivery in force, t a year. pay: most that its members pay to be served first, USD/kg."""

    delivery: str
    tonnes: float = field(metadata=row("{delivery}", "t/yr"))
    pay: float


@dataclass(frozen=True, slots=True)
class SeabedPermit(Instrument):
    """Deposits of the deep sea in a state's waters may be mined."""

    def rows(self) -> Iterator[Row]:
        yield "permits given", 1.0, "flag"


@dataclass(frozen=True, slots=True)
class SeaDelay(Instrument):
    """Years by which a state holds up deep-sea projects of others."""

    years: float = field(metadata=row("delay of others", "years"))


@dataclass(frozen=True, slots=True)
class Collection(Instrument):
    """Share added to what is collected of end-of-life magnets at home; cost: USD/kg of that."""

    share: float = field(metadata=row("collection added", "share"))
    cost: float


@dataclass(frozen=True, slots=True)
class Research(Instrument):
    """A substitution programme at home: recipes with less or no rare earths spread faster.

    adoption: factor on the speed; cost: factor on what such recipes cost more
    """

    adoption: float = field(metadata=row("speed of substitution", "factor"))
    cost: float = field(metadata=row("cost of substitutes", "factor"))


@dataclass(frozen=True, slots=True)
class Enforcement(Instrument):
    """Effort against illicit mining and against smuggling, each 0 for none to 1."""

    mining: float = field(metadata=row("effort against illicit mining", "share"))
    smuggling: float = field(metadata=row("effort against smuggling", "share"))


@dataclass(frozen=True, slots=True)
class Consolidation(Instrument):
    """How far a state's producers act as one seller: conduct of its licence holders, 0 to 1."""

    conduct: float = field(metadata=row("conduct", "ratio"))


@dataclass(frozen=True, slots=True)
class Incident(Instrument):
    """A quarrel of a state with another in this step; severity: 1 for one like that of 2010."""

    other: str
    severity: float = field(metadata=row("{other}", "severity"))


@dataclass(frozen=True, slots=True)
class Expense(Instrument):
    """What a programme costs its state whatever the market does, million USD a year."""

    amount: float = field(metadata=row("expense", "million USD/yr"))


@dataclass(frozen=True, slots=True)
class Decision:
    """What one state sets in one step."""

    state: str
    instruments: tuple[Instrument, ...] = field(default=())


def instrument_rows(instruments: Iterable[Instrument]) -> Iterator[tuple[str, str, str, float, str]]:
    """State, lever, parameter, value and unit of everything in force."""
    for i in instruments:
        for parameter, value, unit in i.rows():
            yield i.state, i.lever, parameter, value, unit


def outlays(instruments: Iterable[Instrument], length: float) -> Iterator[tuple[tuple[str, str, str], float]]:
    """What programmes cost their states over a step, USD, by account: owner, kind, item."""
    for i in instruments:
        if isinstance(i, Expense) and i.amount:
            yield (i.state, "state", f"programme {i.lever}"), -i.amount * 1e6 * length
