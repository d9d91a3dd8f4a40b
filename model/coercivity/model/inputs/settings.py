"""One run's settings, checked before anything is built. A wrong name or value never gets past."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    create_model,
    field_validator,
    model_validator,
)

from coercivity.model.behaviour import ParameterRow, rows
from coercivity.model.inputs.chain_settings import ChainSettings
from coercivity.model.inputs.fields import Deposit, Jurisdiction, Month, check_month

__all__ = [
    "Clock",
    "FirmSettings",
    "MarketSettings",
    "ObjectiveSettings",
    "OptimiseSettings",
    "Settings",
    "StateSettings",
    "StreamSettings",
    "TERMS",
    "WhatIfSettings",
]

STEPS_A_YEAR = {"month": 12, "quarter": 4, "year": 1}
Share = Annotated[float, Field(ge=0, le=1)]
Factor = Annotated[float, Field(gt=0, le=10)]
SEED = "a whole number; runs with the same seed meet the same luck, whatever their policies"
Weight = Annotated[float, Field(ge=0, le=100, description="dollars of objective per dollar")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: object, info: ValidationInfo) -> object:
        """True is 1 to Python, and hardly what was meant."""
        field = cls.model_fields.get(info.field_name or "")
        if isinstance(value, bool) and field is not None and field.annotation in (int, float):
            raise ValueError(f"{str(value).lower()} is not a number")
        return value


class Clock(_Strict):
    """When a run starts and ends (exclusive), and how long a step is."""

    start: str = Field(description="first month, YYYY-MM")
    end: str = Field(description="month after the last, YYYY-MM")
    step: Literal["month", "quarter", "year"] = Field(
        default="quarter",
        description="years blur dated measures; months cost three times what quarters do",
    )

    @field_validator("start", "end", mode="before")
    @classmethod
    def _month(cls, value: object) -> str:
        return check_month(str(value).strip())

    @model_validator(mode="after")
    def _order(self) -> "Clock":
        if self.end <= self.start:
            raise ValueError(f"end {self.end} is not after start {self.start}; end is exclusive")
        size = 12 // STEPS_A_YEAR[self.step]
        if self.steps < 1:
            raise ValueError(f"no whole {self.step} fits between {self.start} and {self.end}")
        if self.months % size:
            whole = self.months // size * size
            before, after = (_later(self.start, months) for months in (whole, whole + size))
            raise ValueError(
                f"end {self.end} is inside a {self.step} that begins in {before}; give {before} or {after}, "
                "or a shorter step"
            )
        return self

    @property
    def months(self) -> int:
        """Months from start to end."""
        first, last = (12 * int(t[:4]) + int(t[5:]) for t in (self.start, self.end))
        return last - first

    @property
    def steps(self) -> int:
        """Whole steps from start to end."""
        return self.months * STEPS_A_YEAR[self.step] // 12

    @property
    def length(self) -> float:
        """Length of a step, years."""
        return 1.0 / STEPS_A_YEAR[self.step]

    def date(self, step: int) -> str:
        """First day of a step, ISO.

        >>> Clock(start="2025-01", end="2026-01").date(3)
        '2025-10-01'
        """
        month = int(self.start[5:]) - 1 + step * 12 // STEPS_A_YEAR[self.step]
        return f"{int(self.start[:4]) + month // 12:04d}-{month % 12 + 1:02d}-01"


def _later(month: str, months: int) -> str:
    """The month that comes some months after another.

    >>> _later("2025-11", 3)
    '2026-02'
    """
    count = 12 * int(month[:4]) + int(month[5:]) - 1 + months
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


class About(_Strict):
    """What a scenario is for."""

    title: str
    short: str = Field(default="", description="what figures and sentences call it; its file's name if empty")
    source: str = ""
    purpose: str = ""
    chain: str = Field(default="", description="the chain it is written for, where that is not the usual one")


class ObjectiveSettings(_Strict):
    """Weights of a state's objective by term (O.3); None where the row of objective.csv holds."""

    surplus: Weight | None = None
    fiscal: Weight | None = None
    security: Weight | None = None
    downstream: Weight | None = None
    environment: Weight | None = None
    leverage: Weight | None = None
    self_reliance: Weight | None = None
    leadership: Weight | None = None


TERMS = tuple(ObjectiveSettings.model_fields)


class StateSettings(_Strict):
    """A government: its jurisdiction, what it is after, how it chooses, and the levers it holds."""

    code: str
    strategy: str = "rule"
    parameters: dict[str, float] = Field(default_factory=dict)
    objective: ObjectiveSettings = Field(default_factory=ObjectiveSettings)
    lever: dict[str, Any] = Field(default_factory=dict)
    role: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="what a state that follows the rule answers to, and with what, by role",
    )
    options: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="other settings of levers, by name, for a strategy that chooses"
    )

    @field_validator("lever", "role", "options", "parameters", mode="before")
    @classmethod
    def _none(cls, given: object) -> object:
        """Null stands for nothing: no levers, no options, an option that is not there."""
        if isinstance(given, dict):
            return {key: value for key, value in given.items() if value is not None}
        return {} if given is None else given


def _number(row: ParameterRow) -> Any:
    """A finite number in the range of a row."""
    least = row.least if row.above is None else None
    return Annotated[float, Field(allow_inf_nan=False, gt=row.above, ge=least, le=row.most)]


def _firm_settings() -> type[_Strict]:
    """Behaviour of firms and markets by name; each parameter None where the evidence's row holds."""
    groups: dict[str, Any] = {}
    for group, parameters in rows().items():
        fields: dict[str, Any] = {"active": (bool, True)}
        fields |= {name: (_number(row) | None, None) for name, row in parameters.items()}
        made = create_model(f"{group.title()}Settings", __base__=_Strict, **fields)
        groups[group] = (made, Field(default_factory=made))
    return create_model("FirmSettings", __base__=_Strict, **groups)


if TYPE_CHECKING:

    class FirmSettings(_Strict):
        """One group of settings a behaviour, made from what the behaviours declare."""
else:
    FirmSettings = _firm_settings()


class StreamSettings(_Strict):
    """How far demand and supply drift by chance (B.61): standard deviations of logs, 0 = not at all."""

    demand: Share = Field(default=0.0, description="of a year's growth of all demand")
    use: Share = Field(default=0.0, description="of a year's growth of each use, beside that of all")
    region: Share = Field(default=0.0, description="of a year's growth of each region, beside that of all")
    undocumented: Share = Field(default=0.0, description="of undocumented output in the long run")
    memory: Share = Field(default=0.7, description="of a deviation of undocumented output, left after a year")
    output: Share = Field(default=0.0, description="of a year's growth of documented output at home")

    @property
    def active(self) -> bool:
        """Whether anything drifts."""
        return max(self.demand, self.use, self.region, self.undocumented, self.output) > 0


class MarketSettings(_Strict):
    """What is uncertain about the market, as factors on the evidence."""

    base_year: int = Field(default=2024, description="reconciled year a run starts from")
    demand_scenario: Literal["steps", "aps", "nze", "history", "account", "expected"] = Field(
        default="steps",
        description="growth of demand: a scenario of the IEA, or in a replay past drivers, the account, or "
        "what owners take for granted",
    )
    driver: Annotated[float, Field(ge=-1, le=1)] = Field(
        default=0.0, description="where in their range past demand drivers lie: -1 low, 0 as given, 1 high"
    )
    output: Literal["free", "history", "account", "expected"] = Field(
        default="free",
        description="what mines at home can make: as they will, by the record of output, by the account, or "
        "growing as owners take demand to grow",
    )
    alarm: dict[Month, Annotated[float, Field(ge=0, le=3)]] = Field(
        default_factory=dict, description="news that raised perceived risk everywhere, by month: by how much"
    )
    until: Annotated[int, Field(ge=2009, le=2061)] | None = Field(
        default=None, description="last year of evidence a run may read; what has no date apart"
    )
    demand_level: Factor = Field(default=1.0, description="factor on all demand, 1 = evidence")
    elasticity: Factor = Field(default=1.0, description="factor on every demand elasticity")
    backstop: Factor = Field(default=1.0, description="factor on every choke price")
    cost_level: dict[Jurisdiction, Factor] = Field(
        default_factory=dict, description="factor on what mines and plants cost to run, by jurisdiction"
    )
    demand_noise: Share = Field(default=0.0, description="standard deviation of demand shocks, log a year")
    stream: StreamSettings = Field(default_factory=StreamSettings)
    tie_share: Share | None = Field(default=None, description="share of feed tied to its owner")
    tie_penalty: Annotated[float, Field(ge=0, le=100)] = Field(default=2.0, description="USD/kg")
    assured: list[Deposit] = Field(default_factory=list, description="projects taken to survive, by name")


class WhatIfSettings(_Strict):
    """Bans of a year, tried every so often in a copy of the world; off by default, since each costs a
    clearing.
    """

    every: Annotated[float, Field(ge=0, le=50, description="years from one to the next; 0 never")] = 0.0
    source: Jurisdiction = Field(default="CN", description="who bans, a jurisdiction code")
    targets: tuple[Jurisdiction, ...] = Field(
        default=("US", "EU", "JP", "KR", "IN"), description="who is banned, one at a time"
    )

    @model_validator(mode="after")
    def _others(self) -> "WhatIfSettings":
        if self.every > 0 and not set(self.targets) - {self.source}:
            raise ValueError(f"targets name nobody but {self.source}, who bans; name another state")
        return self


class CalibratedSettings(_Strict):
    """Fitted numbers that take the place of rows of behaviour.csv, by entity.attribute or .item."""

    name: str = "prior"
    source: str = ""
    driver: Annotated[float, Field(ge=-1, le=1, description="market.driver of the fitted years")] = 0.0
    values: dict[str, float] = Field(default_factory=dict)


class OptimiseSettings(_Strict):
    """How the clearing is solved; no answer depends on it beyond its tolerance."""

    backend: Literal["highs", "pyomo"] = Field(
        default="highs", description="who hands the program to HiGHS: our live route, or Pyomo's own"
    )
    algorithm: Literal["choose", "simplex", "ipm"] = Field(default="choose", description="of HiGHS")
    presolve: bool = Field(default=False, description="of HiGHS; a warm start is faster without")
    threads: Annotated[int, Field(ge=1, le=64, description="of HiGHS")] = 1

    def options(self) -> dict[str, str | int]:
        """As HiGHS calls them."""
        parallel, presolve = (("off", "on")[on] for on in (self.threads > 1, self.presolve))
        return {
            "solver": self.algorithm, "presolve": presolve, "threads": self.threads, "parallel": parallel,
        }  # fmt: skip


class Settings(_Strict):
    """Everything a run depends on beside the evidence."""

    about: About
    scenario: str
    chain: ChainSettings
    clock: Clock
    seed: Annotated[int, Field(ge=0, lt=2**63, description=SEED)] = 0
    market: MarketSettings = MarketSettings()
    firm: FirmSettings = Field(default_factory=FirmSettings)
    calibrated: CalibratedSettings = CalibratedSettings()
    state: dict[str, StateSettings]
    what_if: WhatIfSettings = Field(default_factory=WhatIfSettings)
    optimise: OptimiseSettings = Field(default_factory=OptimiseSettings)

    @model_validator(mode="after")
    def _codes(self) -> "Settings":
        years = self.chain.base_years
        if self.market.base_year not in years:
            raise ValueError(
                f"market.base_year {self.market.base_year} is no base year of chain={self.chain.name}; "
                f"there are: {', '.join(map(str, years))}"
            )
        until = self.market.until
        if until is not None and until < self.market.base_year:
            raise ValueError(
                f"market.until {until} leaves out the base year {self.market.base_year}; "
                f"give {self.market.base_year} or later, or an earlier market.base_year"
            )
        if self.market.output != "free" and not self.chain.quotas:
            raise ValueError(
                f"market.output {self.market.output}: chain={self.chain.name} has no `quotas`, the kinds of "
                "ore by which output is on record; leave it free"
            )
        if int(self.clock.start[:4]) <= self.market.base_year:
            raise ValueError(
                f"clock.start {self.clock.start} is not after the base year {self.market.base_year}; "
                f"start in {self.market.base_year + 1}-01 or later"
            )
        nearer = [year for year in years if self.market.base_year < year < int(self.clock.start[:4])]
        if nearer:
            raise ValueError(
                f"clock.start {self.clock.start} is after {max(nearer)}, a base year nearer than "
                f"market.base_year {self.market.base_year}; set market.base_year={max(nearer)}, "
                f"or start in {self.market.base_year + 1}-01"
            )
        owners: dict[str, str] = {}
        for name, state in self.state.items():
            if state.code in owners:
                raise ValueError(f"state.{name} and state.{owners[state.code]} are both {state.code}")
            owners[state.code] = name
        return self
