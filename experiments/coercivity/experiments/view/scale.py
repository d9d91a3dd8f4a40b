"""Axes: round numbers to put on them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """From the lowest to the highest value shown, and where the lines are."""

    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False

    def part(self, value: float) -> float:
        """How far along the axis a value stands, 0 to 1."""
        if self.log:
            value = max(value, self.low)
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


def scale_for(
    values: Iterable[float | None], log: bool = False, top: float | None = None, wanted: int = 4
) -> Scale:
    """An axis that holds the values: from nought, or logarithmic."""
    found = [value for value in values if value is not None]
    high = max([*found, top or 0.0, 0.0])
    low = min([*found, 0.0])
    positive = [value for value in found if value > 0]
    if log and positive:
        return _logarithmic(min(positive), max([*positive, top or 0.0]))
    if high <= low:
        return Scale(0.0, 1.0, (0.0, 1.0))
    step = _step((high - low) / wanted)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(n * step, 12) for n in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], ticks)


def _step(least: float) -> float:
    """The smallest round number not below `least`."""
    power: float = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in STEPS if step * power >= least * (1 - 1e-9))


def _logarithmic(low: float, high: float) -> Scale:
    decades = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    every = [m * 10.0**d for d in decades for m in (1, 2, 5)]
    first = max(tick for tick in every if tick <= low * (1 + 1e-9))
    last = min([tick for tick in every if tick >= high * (1 - 1e-9)], default=high)
    ticks = [tick for tick in every if first <= tick <= last]
    return Scale(first, max(last, first * 2), tuple(ticks if len(ticks) < 8 else ticks[::2]), log=True)


def written(value: float) -> str:
    """A number on an axis.

    >>> written(0.25), written(1500.0), written(-2.0), written(0.0)
    ('0.25', '1,500', '−2', '0')
    """
    text = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
    return text.replace("-", "\u2212")


def year_ticks(dates: Sequence[str], wanted: int = 5) -> list[tuple[int, str]]:
    """Positions in `dates` to be named, by year, or by month where there are few years."""
    years = [(n, date[:4]) for n, date in enumerate(dates) if n == 0 or date[:4] != dates[n - 1][:4]]
    if len(years) < 3 and len(dates) > 2:
        every = max(1, math.ceil(len(dates) / wanted))
        return [(n, dates[n][:7]) for n in range(0, len(dates), every)]
    every = max(1, math.ceil(len(years) / (wanted + 1)))
    return years[::every]
