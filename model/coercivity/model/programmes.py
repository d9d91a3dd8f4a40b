"""Instruments of states' programmes: small frozen records that also say what is recorded of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["Access", "ActivityCap", "Ceiling", "Collection", "Consolidation", "Delivery", "Enforcement",
           "Expense", "HomeSubsidy", "Incident", "Investor", "OutputSubsidy", "Programme", "Promise",
           "QuotaShift", "Research", "SeaDelay", "SeabedPermit", "Stake", "TechnologyBan", "VatRefund",
           "outlays", "told"]  # fmt: skip

Row = tuple[str, str, float, str]  # lever, parameter, value, unit


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A cap that a state may put on a stage at home: what counts towards it.

    families: kinds of ore that count, all where empty; illicit plants never count
    """

    name: str
    place: str
    stage: str
    families: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActivityCap:
    """A ceiling in force, t a year of what the stage takes in or makes."""

    state: str
    lever: str
    ceiling: str
    tonnes: float

    def rows(self) -> Iterator[Row]:
        """What is recorded of it."""
        yield self.lever, self.ceiling, self.tonnes, "t/yr"


@dataclass(frozen=True, slots=True)
class QuotaShift:
    """Growth added to a mining quota of a kind of ore, log a year."""

    state: str
    lever: str
    kind: str
    growth: float

    def rows(self) -> Iterator[Row]:
        """What is recorded of it."""
        yield self.lever, f"growth added to quota {self.kind}", self.growth, "log/yr"


@dataclass(frozen=True, slots=True)
class VatRefund:
    """Share of value added tax paid back on exports of matching materials."""

    state: str
    material: str
    share: float

    def rows(self) -> Iterator[Row]:
        """What is recorded of it."""
        yield "vat_refund", self.material, self.share, "share of the tax"


@dataclass(frozen=True, slots=True)
class HomeSubsidy:
    """A share of the price of matching materials that a state pays for users at home."""

    state: str
    material: str
    rate: float

    def rows(self) -> Iterator[Row]:
        """What is recorded of it."""
        yield "domestic_first", f"subsidy of {self.material}", self.rate, "share"


@dataclass(frozen=True, slots=True)
class OutputSubsidy:
    """What a state pays on every unit that a stage makes in some places, USD/kg."""

    state: str
    lever: str
    places: tuple[str, ...]
    stage: str
    amount: float

    def rows(self) -> Iterator[Row]:
        """What is recorded of it."""
        yield self.lever, f"subsidy of {self.stage}", self.amount, "USD/kg"


@dataclass(frozen=True, slots=True)
class TechnologyBan:
    """Know-how of some stages kept at home: plants of others abroad cost more and come later.

    capital: share added to capital cost; delay: years; learning: factor on learning by doing abroad
    """

    state: str
    stages: tuple[str, ...]
    capital: float
    delay: float
    learning: float

    def rows(self) -> Iterator[Row]:
        """What is recorded of it."""
        for stage in self.stages:
            yield "technology_ban", f"capital added in {stage}", self.capital, "share"


@dataclass(frozen=True, slots=True)
class Access:
    """On what terms foreigners may own plants of some stages in a state.

    foreign_share: most they may own, 0 for none; surrender: know-how lost, points on the hurdle rate
    """

    state: str
    stages: tuple[str, ...]
    foreign_share: float
    surrender: float

    def rows(self) -> Iterator[Row]:
        """What is recorded of it."""
        for stage in self.stages:
            yield "joint_venture", f"foreign share in {stage}", self.foreign_share, "share"


@dataclass(frozen=True, slots=True)
class Investor:
    """A state that may tie concentrate of mines in some places to its own separators."""

    state: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stake:
    """Feed of mines that a state pays for, or its firms own, tied to its own separators.

    tie: share of a mine's output; buys: share of capital it buys of mines that others have begun
    """

    state: str
    places: tuple[str, ...]
    tie: float
    buys: float = 0.0

    def rows(self) -> Iterator[Row]:
        """What is recorded of it."""
        yield "outbound_investment", "share of feed tied", self.tie, "share"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a state may sign for: materials from some places to its members."""

    name: str
    state: str
    materials: tuple[str, ...]
    origins: tuple[str, ...]
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Promise:
    """A delivery in force, t a year. pay: most that its members pay to be served first, USD/kg."""

    state: str
    delivery: str
    tonnes: float
    pay: float

    def rows(self) -> Iterator[Row]:
        """What is recorded of it."""
        yield "offtake", self.delivery, self.tonnes, "t/yr"


@dataclass(frozen=True, slots=True)
class SeabedPermit:
    """Deposits of the deep sea in a state's waters may be mined."""

    state: str

    def rows(self) -> Iterator[Row]:
        """What is recorded of it."""
        yield "seabed_permit", "permits given", 1.0, "flag"


@dataclass(frozen=True, slots=True)
class SeaDelay:
    """Years by which a state holds up deep-sea projects of others."""

    state: str
    years: float

    def rows(self) -> Iterator[Row]:
        """What is recorded of it."""
        yield "seabed_diplomacy", "delay of others", self.years, "years"


@dataclass(frozen=True, slots=True)
class Collection:
    """Share added to what is collected of end-of-life magnets at home; cost: USD/kg of that."""

    state: str
    share: float
    cost: float

    def rows(self) -> Iterator[Row]:
        """What is recorded of it."""
        yield "circularity", "collection added", self.share, "share"


@dataclass(frozen=True, slots=True)
class Research:
    """A substitution programme at home: recipes with less or no rare earths spread faster.

    adoption: factor on the speed; cost: factor on what such recipes cost more
    """

    state: str
    adoption: float
    cost: float

    def rows(self) -> Iterator[Row]:
        """What is recorded of it."""
        yield "circularity", "speed of substitution", self.adoption, "factor"
        yield "circularity", "cost of substitutes", self.cost, "factor"


@dataclass(frozen=True, slots=True)
class Enforcement:
    """Effort against illicit mining and against smuggling, each 0 for none to 1."""

    state: str
    mining: float
    smuggling: float

    def rows(self) -> Iterator[Row]:
        """What is recorded of it."""
        yield "enforcement", "effort against illicit mining", self.mining, "share"
        yield "enforcement", "effort against smuggling", self.smuggling, "share"


@dataclass(frozen=True, slots=True)
class Consolidation:
    """How far a state's producers act as one seller: conduct of its licence holders, 0 to 1."""

    state: str
    conduct: float

    def rows(self) -> Iterator[Row]:
        """What is recorded of it."""
        yield "consolidation", "conduct", self.conduct, "ratio"


@dataclass(frozen=True, slots=True)
class Incident:
    """A quarrel of a state with another in this step; severity: 1 for one like that of 2010."""

    state: str
    other: str
    severity: float

    def rows(self) -> Iterator[Row]:
        """What is recorded of it."""
        yield "incident", self.other, self.severity, "severity"


@dataclass(frozen=True, slots=True)
class Expense:
    """What a programme costs its state whatever the market does, million USD a year."""

    state: str
    lever: str
    amount: float

    def rows(self) -> Iterator[Row]:
        """What is recorded of it."""
        yield self.lever, "expense", self.amount, "million USD/yr"


Programme = (
    ActivityCap | QuotaShift | VatRefund | HomeSubsidy | OutputSubsidy | TechnologyBan | Access | Stake
    | Promise | SeaDelay | SeabedPermit | Collection | Research | Enforcement | Consolidation | Expense
    | Incident
)  # fmt: skip


def told(instrument: object) -> Iterator[tuple[str, str, str, float, str]]:
    """State, lever, parameter, value and unit of an instrument that says them itself."""
    if isinstance(instrument, Programme):
        for lever, parameter, value, unit in instrument.rows():
            yield instrument.state, lever, parameter, value, unit


def outlays(instruments: Sequence[object], length: float) -> Iterator[tuple[tuple[str, str, str], float]]:
    """What programmes cost their states over a step, USD, by account: owner, kind, item."""
    for i in instruments:
        if isinstance(i, Expense) and i.amount:
            yield (i.state, "state", f"programme {i.lever}"), -i.amount * 1e6 * length
