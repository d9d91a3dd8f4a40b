"""Axes: round numbers to put on them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
SAME = 1e-9  # relative difference below which two values are one
NOUGHT = 1e-9  # what is smaller is rounding, in any unit that is shown


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
    values: Iterable[float | None],
    log: bool = False,
    top: float | None = None,
    wanted: int = 4,
    nought: bool = True,
) -> Scale:
    """An axis that holds the values: from nought unless told otherwise, or logarithmic."""
    found = [value for value in values if value is not None]
    within = [0.0] if nought or not found else []
    high = max([*found, *([top] if top else []), *within])
    low = min([*found, *within])
    positive = [value for value in found if value > 0]
    if log and positive:
        return _logarithmic(min(positive), max([*positive, top or 0.0]), wanted + 3)
    largest = max(abs(low), abs(high))
    if largest < NOUGHT:
        return Scale(0.0, 1.0, (0.0, 1.0))
    if high - low <= SAME * largest:  # nothing between them but rounding
        room = max(2.0, 2.0 * SAME * largest)
        return scale_for([low - room, low + room], nought=False)
    step = _step((high - low) / wanted)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(n * step, 12) for n in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], ticks)


def _step(least: float) -> float:
    """The smallest round number not below `least`."""
    power: float = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in STEPS if step * power >= least * (1 - 1e-9))


def _logarithmic(low: float, high: float, most: int) -> Scale:
    decades = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    every = [m * 10.0**d for d in decades for m in (1, 2, 5)]
    first = max(tick for tick in every if tick <= low * (1 + 1e-9))
    last = max(min([tick for tick in every if tick >= high * (1 - 1e-9)], default=high), first * 2)
    ticks = [tick for tick in every if first <= tick <= last]
    if len(ticks) > most:
        tens = [tick for tick in ticks if abs(math.log10(tick) % 1 - 0.5) > 0.49]
        ticks = tens if 2 < len(tens) <= most else ticks[:: -(-len(ticks) // most)]
    return Scale(first, last, tuple(ticks), log=True)


def axis_number(value: float, unit: str = "") -> str:
    """A number on an axis; a year is written without a comma.

    >>> [axis_number(one) for one in (0.25, 1500.0, -2.0, 0.0)], axis_number(2030.0, "year")
    (['0.25', '1,500', '−2', '0'], '2030')
    """
    if unit == "year":
        return f"{value:.4g}"
    text = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
    return text.replace("-", "\u2212")


def tenths(value: float) -> str:
    """A number with one digit after the point; what rounds to nothing has no sign.

    >>> tenths(1234.56), tenths(-0.04), tenths(-7.6)
    ('1,234.6', '0.0', '−7.6')
    """
    return f"{round(value, 1) + 0.0:,.1f}".replace("-", "\N{MINUS SIGN}")


def year_ticks(dates: Sequence[str], wanted: int = 5) -> list[tuple[int, str]]:
    """Positions in `dates` to be named, by year, or by month where there are few years."""
    years = [(n, date[:4]) for n, date in enumerate(dates) if n == 0 or date[:4] != dates[n - 1][:4]]
    if len(years) < 3 and len(dates) > 2:
        every = max(1, math.ceil(len(dates) / wanted))
        return [(n, dates[n][:7]) for n in range(0, len(dates), every)]
    if len(years) > 2 and 2 * years[1][0] < years[2][0] - years[1][0]:
        years = years[1:]  # the end of a year: its name would stand on the next one's
    every = max(1, math.ceil(len(years) / (wanted + 1)))
    return years[::every]
