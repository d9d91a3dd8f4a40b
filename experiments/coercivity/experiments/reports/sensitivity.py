"""The section of a report on what moves its headlines: the drawn assumptions that each follows most."""

from collections.abc import Iterator
from html import escape

from coercivity.experiments.figures.subject import Subject
from coercivity.experiments.measures.drivers import MOST, by_chance, drivers
from coercivity.experiments.reports import page

WORDS = (
    "<p>The same futures, asked another way: of the assumptions that the ensemble draws, the {most} that "
    "each headline follows most closely, by rank correlation over {count} futures (1: always with it; "
    "\u22121: always against it). Below {chance:.2f} in size it may be chance, and is left out.</p>"
)


def moved_by(subject: Subject) -> str:
    """The table of headlines and what moves them, with sources; nothing for a single future."""
    if subject.drawn is None or not subject.drawn.assumptions:
        return ""
    rows = list(_rows(subject))
    count = len(subject.drawn.drawn)
    words = WORDS.format(most=MOST, count=count, chance=by_chance(count))
    if not rows:
        return f"{words}<p>No headline follows any of them that closely.</p>"
    return words + page.foldable(
        "which assumptions, with their sources",
        page.table("headline", ["scenario", "assumption", "correlation", "source"], rows),
    )


def _rows(subject: Subject) -> Iterator[tuple[str, list[str]]]:
    """A row a headline, scenario and assumption; of every scenario but the first, what it changes."""
    assert subject.drawn is not None
    names = subject.names if subject.alone else subject.names[1:]
    for row in subject.comparison.rows:
        if not row.shown or (subject.alone and row.indicator.endswith("change")):
            continue
        for name in names:
            for one in drivers(row, name, subject.drawn):
                sign = f"{one.correlation:+.2f}".replace("-", "\u2212")
                head = f"{escape(row.indicator)}, {escape(row.place)}"
                yield head, [subject.short(name), one.key, sign, one.source]
