"""All figures of a report, in the order a reader asks for them."""

from collections.abc import Callable, Sequence

from coercivity.experiments.base.errors import UserError, nearest_or_all
from coercivity.experiments.figures import curves, money
from coercivity.experiments.figures.chain import chain
from coercivity.experiments.figures.chart import Figure
from coercivity.experiments.figures.subject import Subject
from coercivity.experiments.figures.world import world

MAKERS = (
    curves.prices,
    curves.shortage,
    curves.shares,
    chain,
    world,
    money.who_pays,
    money.fiscal,
    curves.stocks,
    curves.plants,
    money.burdens,
)
NAMES = tuple("map" if make is world else make.__name__ for make in MAKERS)


MERGED = {"stages": "chain"}  # figures of earlier versions, by the one that shows it now
BY_YEAR = ("chain", "map")  # figures of one year at a time
KEPT = ("prices", "shares", "shortage", "who_pays", "burdens")  # also written as files with a report


def figures(subject: Subject, on_kept: Callable[[Figure], object] = id) -> list[Figure]:
    """Every figure this subject has something for.

    on_kept: told of each that is also kept as a file; these are made first
    """
    order = sorted(zip(NAMES, MAKERS, strict=True), key=lambda one: one[0] not in KEPT)
    made: dict[str, Figure] = {}
    for name, make in order:
        if (found := make(subject)) is not None:
            made[name] = found
            if name in KEPT:
                on_kept(found)
    return [made[name] for name in NAMES if name in made]


def redraw(drawn: Sequence[Figure], subject: Subject) -> list[Figure]:
    """The same figures, those of single years made anew for another number of years."""
    again = {name: MAKERS[NAMES.index(name)](subject) for name in BY_YEAR}
    return [again.get(figure.name) or figure for figure in drawn]


def figure(subject: Subject, name: str) -> Figure:
    """One figure by name. Raises UserError where there is none, or nothing to draw on it."""
    name = MERGED.get(name, name)
    if name not in NAMES:
        hint = nearest_or_all(name, NAMES)
        raise UserError(f"there is no figure `{name}`{hint}")
    found = MAKERS[NAMES.index(name)](subject)
    if found is None:
        raise UserError(
            f"{subject.folder} has nothing to draw on figure `{name}`; try another, such as prices"
        )
    return found
