"""Numbers over futures: medians, 80 % bands, and how many futures agree.

Every scenario meets the same futures, so differences are taken future by future (common random numbers) and
a band of a difference leaves out what both share.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LOW, HIGH = 0.1, 0.9  # ends of a band


@dataclass(frozen=True)
class Band:
    """The median of a number over futures, and the ends between which eight futures in ten lie."""

    median: float
    low: float
    high: float

    @property
    def ends(self) -> tuple[float, float]:
        """Its low and its high end."""
        return self.low, self.high

    def as_dict(self) -> dict[str, float]:
        """As a JSON document has it."""
        return {"median": self.median, "low": self.low, "high": self.high}


def band(values: Sequence[float]) -> Band:
    """The median of some values and their 80 % band, by linear quantiles.

    >>> band([1.0, 2.0, 4.0])
    Band(median=2.0, low=1.2, high=3.6)
    """
    return Band(*(_quantile(sorted(values), share) for share in (0.5, LOW, HIGH)))


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which a share of ordered values lies; of equal values exactly these."""
    place = share * (len(ordered) - 1)
    below = int(place)
    first, second = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
    return first if first == second else first + (place - below) * (second - first)


def in_digits(value: float) -> str:
    """A number with the three digits that count.

    >>> in_digits(274160.0), in_digits(38957.0), in_digits(1517.0), in_digits(69.44)
    ('274,000', '39,000', '1,520', '69.4')
    """
    if abs(value) < 1000:
        return f"{value:.3g}"
    step = 10 ** (len(f"{abs(value):.0f}") - 3)
    return f"{step * round(value / step):,}"
