"""All figures of a report, in the order a reader asks for them."""

from coercivity.experiments.base.errors import UserError, did_you_mean
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
KEPT = ("prices", "shares", "shortage", "who_pays", "burdens")  # also written as files with a report


def figures(subject: Subject) -> list[Figure]:
    """Every figure this subject has something for."""
    return [figure for make in MAKERS if (figure := make(subject)) is not None]


def figure(subject: Subject, name: str) -> Figure:
    """One figure by name. Raises UserError where there is none, or nothing to draw on it."""
    name = MERGED.get(name, name)
    if name not in NAMES:
        hint = did_you_mean(name, NAMES) or f"; there are: {', '.join(NAMES)}"
        raise UserError(f"there is no figure `{name}`{hint}")
    found = MAKERS[NAMES.index(name)](subject)
    if found is None:
        raise UserError(
            f"{subject.folder} has nothing to draw on figure `{name}`; try another, such as prices"
        )
    return found
