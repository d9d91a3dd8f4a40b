"""The closed set of things a market can feel, as small frozen records."""

from dataclasses import dataclass, field

from coercivity.model.names import matches
from coercivity.model.programmes import Programme

__all__ = ["BurdenCap", "Charge", "ExportCap", "ExportTax", "Instrument", "Measure", "Offtake", "Permitting",
           "PriceFloor", "ProductionQuota", "PublicStock", "Stoppage", "Subsidy", "Tariff"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measure:
    """An export limit that a state may set: what it covers and how it is counted.

    apart: "material", "destination", both or neither: neither is one tonnage over everything
    weight: how much a tonne counts for, such as gross weight over oxide equivalent
    exempt: destinations it spares
    """

    name: str
    place: str
    materials: tuple[str, ...]
    destinations: tuple[str, ...]
    apart: tuple[str, ...] = ()
    weight: float = 1.0
    exempt: tuple[str, ...] = ()

    def covers(self, material: str, destination: str) -> bool:
        """Whether a shipment falls under it."""
        somewhere = "all" in self.destinations or destination in self.destinations
        somewhere = somewhere and destination not in self.exempt
        return somewhere and any(matches(material, pattern) for pattern in self.materials)


@dataclass(frozen=True, slots=True)
class ExportCap:
    """A measure in force: share of its reference flow allowed, or tonnes a year if given.

    alarm: how far it frightens those it covers, 1 as a limit on what they use; lever: whose it is
    refused: shares of what end uses take that count for nothing in the reference flow, by use
    """

    state: str
    measure: str
    approval: float | None = None
    tonnes: float | None = None
    alarm: float = 1.0
    lever: str = "export_limit"
    refused: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class ExportTax:
    """An ad valorem tax on exports of matching materials."""

    state: str
    material: str
    rate: float


@dataclass(frozen=True, slots=True)
class Tariff:
    """An ad valorem tariff on matching imports from an origin (`all` for any)."""

    state: str
    material: str
    origin: str
    rate: float


@dataclass(frozen=True, slots=True)
class PublicStock:
    """A stockpile target, t, approached along one falling curve at `speed` a year.

    what: `reserve` where it lies with those who make it, empty where it lies with users
    members: states that share the cost equally, the state itself if none
    """

    state: str
    material: str
    target: float
    speed: float
    release_above: float
    what: str = ""
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subsidy:
    """Public capital for plants in given places and stages; shares are of capital cost.

    capital_share: given; loan_share: lent at loan_rate, real, for loan_years; equity_share: held
    hurdle_cut: points a guarantee of the owner's bonds takes off the hurdle rate, a year
    """

    state: str
    places: tuple[str, ...]
    stages: tuple[str, ...]
    capital_share: float
    hurdle_cut: float
    budget: float  # million USD a year
    loan_share: float = 0.0
    loan_rate: float = 0.0
    loan_years: float = 15.0
    equity_share: float = 0.0


@dataclass(frozen=True, slots=True)
class PriceFloor:
    """A contract for difference on an oxide, USD/kg, for a volume, t a year, in given places."""

    state: str
    material: str
    places: tuple[str, ...]
    floor: float
    volume: float


@dataclass(frozen=True, slots=True)
class Offtake:
    """A share of new plants' output bought forward at the price expected when it is signed.

    It steadies revenue, so it cuts the hurdle; the state pays what the market falls short of that
    price, and keeps what it exceeds it by.
    """

    state: str
    places: tuple[str, ...]
    stages: tuple[str, ...]
    hurdle_cut: float
    share: float = 0.5


@dataclass(frozen=True, slots=True)
class Charge:
    """Factor on what a pollutant costs in a place; `rate` 1 is the charge of the evidence."""

    state: str
    pollutant: str
    rate: float


@dataclass(frozen=True, slots=True)
class BurdenCap:
    """The most of a pollutant tolerated in a place, units a year."""

    state: str
    pollutant: str
    amount: float


@dataclass(frozen=True, slots=True)
class ProductionQuota:
    """Most that a kind of ore may be mined, t REO a year; capacity of its holders follows it."""

    state: str
    kind: str
    tonnes: float
    slack: float = 0.05  # share by which output may exceed it before it binds


@dataclass(frozen=True, slots=True)
class Stoppage:
    """A share of what stands at some stages in a place that stands still."""

    state: str
    stages: tuple[str, ...]
    share: float


@dataclass(frozen=True, slots=True)
class Permitting:
    """Factor on the years permits take in a place, and whether nothing new is permitted."""

    state: str
    stages: tuple[str, ...]
    factor: float
    refuse: bool


Instrument = (
    ExportCap | ExportTax | Tariff | PublicStock | Subsidy | PriceFloor | Offtake | Charge
    | BurdenCap | ProductionQuota | Stoppage | Permitting | Programme
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decision:
    """What one state sets in one step."""

    state: str
    instruments: tuple[Instrument, ...] = field(default=())
