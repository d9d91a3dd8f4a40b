"""The events that set scenarios apart, few enough to be marked on a figure."""

from collections.abc import Iterator, Mapping

import pandas as pd

from coercivity.experiments.config.places import NAMES
from coercivity.experiments.figures.chart import Mark
from coercivity.experiments.runs.gathered import Tables

MOST = 3  # on a figure; the time line of choices has all
FIRMS = (
    "plant",
    "project",
    "bankruptcy",
    "capacity",
)  # what kinds of events of firms begin with; the others are policies
NEVER = "9999"  # after every date
LONGEST = 20  # letters beside a line
NAMED = 3  # places a mark names before it says how many


def marks(runs: Mapping[str, Tables], names: Mapping[str, str]) -> list[Mark]:
    """Policies that the first scenario does not have, and where another's first project starts earlier.

    names: what sentences call each scenario
    """
    first, *others = runs.items()
    found: dict[str, tuple[str, str]] = {}
    known = set(_rows(first[1]["events"])) if others else set()
    for _, tables in others or [first]:
        for row in _rows(tables["events"]):
            if row not in known and not row[2].startswith(FIRMS):
                found.setdefault(row[0], (mark_text(*row[1:]), _few_words(row[2])))
    own = min(_starts(first[1]["events"]), default=NEVER)
    for name, tables in others:
        starts = sorted(_starts(tables["events"]))
        if starts and starts[0] < own:
            who = f"first of {len(starts)} projects" if len(starts) > 1 else "the one project"
            found.setdefault(starts[0], (f"{who} starts in {names.get(name, name)}", "first project"))
    dates = sorted(found)[:MOST]
    return [Mark(n, date, *found[date]) for n, date in enumerate(dates, start=1)]


def _few_words(kind: str) -> str:
    """An event beside a line: `export limit begins` as `limit begins`."""
    words = kind.replace("_", " ")
    return words if len(words) <= LONGEST else " ".join(words.split()[-2:])


def _rows(events: pd.DataFrame) -> list[tuple[str, ...]]:
    columns = events[["date", "actor", "kind", "target", "detail"]].astype(str)
    return list(columns.itertuples(index=False, name=None))


def _starts(events: pd.DataFrame) -> Iterator[str]:
    return (date for date, _, kind, *_ in _rows(events) if kind == "project started")


def mark_text(actor: str, kind: str, target: str, detail: str) -> str:
    places = [NAMES.get(place, place) for place in target.split(";") if place not in ("", "nan")]
    where = ", ".join(places) if len(places) <= NAMED else f"{len(places)} destinations"
    what = detail.removeprefix(f"{actor} ").replace("_", " ")
    words = [f"{NAMES.get(actor, actor)}:", kind.replace("_", " ")]
    words += [f"on {where}"] if where else []
    return " ".join(words) + (f" ({what})" if what not in ("", "nan") else "")
