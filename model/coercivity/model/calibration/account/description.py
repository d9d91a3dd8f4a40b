"""What the account is made of: sources, makers, uses, series and smoothness, as registered."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

__all__ = [
    "AccountDescription",
    "AccountError",
    "Borrowed",
    "SeriesDescription",
    "Smoothness",
    "Source",
    "Variant",
]


class AccountError(ValueError):
    """The account cannot be made; the message says what is wrong and where."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Part):
    """What is mined. ores: the first has the share of its `mix` rows · years: in which it ran."""

    ores: tuple[str, ...]
    common: str = ""
    years: tuple[str | int, ...] = ()

    def active(self, first: int, last: int) -> tuple[int, ...]:
        """The years in which it ran, of those asked for."""
        if not self.years:
            return tuple(range(first, last + 1))
        spans = [tuple(map(int, str(span).split("-"))) for span in self.years]
        return tuple(y for y in range(first, last + 1) if any(s[0] <= y <= s[-1] for s in spans))


class SeriesDescription(_Part):
    """What a record measures: Σ of products over Σ, as a level, a mean over years or a growth.

    span: growth over so many years · mean: of so many years to that of the record · side: above, where
    the record is a lower bound
    """

    sum: tuple[str, ...]
    over: tuple[str, ...] = ()
    scale: Literal["log", "logit"] = "log"
    span: int = 0
    mean: int = 1
    side: Literal["", "above"] = ""


class Borrowed(_Part):
    """Records that stand in another file of the evidence. sigma: of the log, from a year on."""

    of: str
    file: str
    entity: str
    attribute: str
    item: str = ""
    sigma: Mapping[int, float]


class Smoothness(_Part):
    """How a sum of quantities moves from year to year: about a drift, or as its driver does."""

    of: tuple[str, ...]
    sigma: float = Field(gt=0)
    drift: float = 0.0
    driver: str = ""
    years: Mapping[int, float] = {}


class Variant(_Part):
    """One belief about undocumented output. without: series that it does not trust."""

    without: tuple[str, ...] = ()


class LeaveOut(_Part):
    """Which years are left out in turn, of which series, and what goes with them."""

    every: int
    scored: Mapping[str, tuple[str, ...]]
    with_: tuple[str, ...] = Field(alias="with")


class AccountDescription(_Part):
    """Everything that is registered of the account."""

    first: int
    last: int
    early: int
    elements: tuple[str, ...]
    ores: Mapping[str, Mapping[str, str]]
    sources: Mapping[str, Source]
    totals: Mapping[str, tuple[str, ...]]
    makers: Mapping[str, Mapping[str, float]]
    uses: tuple[str, ...]
    covers: Mapping[str, tuple[str, ...]]
    unsold: float
    ceiling: float
    apart: float
    series: Mapping[str, SeriesDescription]
    borrowed: tuple[Borrowed, ...]
    smooth: tuple[Smoothness, ...]
    anchors: Mapping[str, float]
    variants: Mapping[str, Variant]
    draws: int
    paths: int
    seed: int
    reported: Mapping[str, tuple[str, ...]]
    whole_paths: tuple[str, ...]
    leave_out: LeaveOut

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "AccountDescription":
        """Read what is registered. Raises AccountError naming the first entry that is wrong."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise AccountError(f"account.{where} is not as it should be: {first['msg']}") from error

    def series_of(self, name: str) -> SeriesDescription:
        """A registered series, or a quantity taken as it is."""
        return self.series.get(name, SeriesDescription(sum=(name,)))
