"""Words beside what they name: at the ends of lines, at moments; none over another."""

from collections.abc import Callable, Iterable, Sequence
from html import escape
from textwrap import wrap

from coercivity.experiments.figures.chart import Series

NAMES = 96.0  # room right of a panel for the names of its lines
LINE = 13.0  # height of a line of words
LETTER = 6.6  # width of a letter
LONGEST = 14  # letters of a line of a name
FOOT = 26.0  # what stands free below the last name


def name_lines(
    series: Sequence[Series], x: float, height_of: Callable[[float], float], lowest: float
) -> Iterable[str]:
    """The names of lines beside their ends, moved apart where they would meet."""
    found = []
    for one in series:
        last = next((value for value in reversed(one.values) if value is not None), None)
        if one.label and last is not None:
            found.append((height_of(last), one))
    found.sort(key=lambda pair: pair[0])
    words = [wrap(one.label, LONGEST)[:2] for _, one in found]
    tops = spread_apart([y for y, _ in found], [LINE * len(lines) for lines in words], lowest - FOOT)
    for (_, one), lines, top in zip(found, words, tops, strict=True):
        name = escape(one.style.name, quote=True)
        for n, line in enumerate(lines):
            spot = f'x="{x:.1f}" y="{top + LINE * n + 4:.1f}"'
            how = f'style="fill:{one.style.colour}" data-name="{name}"'
            yield f'<text class="name" {spot} {how}>{escape(line)}</text>'


def spread_apart(wanted: Sequence[float], heights: Sequence[float], lowest: float) -> list[float]:
    """Where words stand that want to stand at some heights, top down, without meeting.

    >>> spread_apart([10.0, 12.0, 90.0], [13.0, 13.0, 13.0], 95.0)
    [10.0, 23.0, 82.0]
    """
    tops = list(wanted)
    for n in range(1, len(tops)):
        tops[n] = max(tops[n], tops[n - 1] + heights[n - 1])
    foot = lowest
    for n in reversed(range(len(tops))):
        tops[n] = min(tops[n], foot - heights[n])
        foot = tops[n]
    return tops


def place_marks(
    wanted: Sequence[tuple[float, str]], right: float, first: float
) -> list[tuple[float, str, float, str]]:
    """Where the words of moments stand: x, word, y and which end is there; lower where two would meet."""
    taken: list[tuple[float, float, float]] = []
    found = []
    for x, word in wanted:
        wide = LETTER * len(word) + 6
        anchor = "start" if x + wide <= right else "end"
        left = x if anchor == "start" else x - wide
        y = first
        while any(abs(y - other) < LINE and left < b and a < left + wide for a, b, other in taken):
            y += LINE
        taken.append((left, left + wide, y))
        found.append((x, word, y, anchor))
    return found
