"""The time line of choices: what states do and when, by scenario, from events and from dated settings."""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from coercivity.experiments.config.places import NAMES
from coercivity.experiments.figures.chart import Style
from coercivity.experiments.figures.marks import FIRMS, mark_text
from coercivity.experiments.figures.subject import Subject

MOST = 16  # choices that stand open; the rest on demand
MATERIAL = re.compile(r"\b([a-z]+):([A-Za-z]\w*)")  # as settings have it: oxide:Nd
MONTH = re.compile(r"\d{4}-\d{2}")

Entry = tuple[str, str]  # month, what is chosen


def timeline(subject: Subject) -> str:
    """A list of dated choices with the scenarios that make them; nothing where there are none."""
    by_choice: dict[Entry, list[str]] = {}
    for name in subject.names:
        for entry in dict.fromkeys((*_list_settings(subject, name), *_list_events(subject, name))):
            by_choice.setdefault(entry, []).append(name)
    first, last = subject.comparison.start[:7], subject.comparison.end[:7]
    kept = {
        entry: who
        for entry, who in sorted(by_choice.items())
        if first <= entry[0] < last and (subject.alone or len(who) < len(subject.names))
    }
    if not kept:
        return ""
    items = [_item(subject, month, text, who) for (month, text), who in kept.items()]
    one = (
        ""
        if not subject.one_seed
        else '<p class="soft">Choices by rule, and shares that futures draw, are those of future 0.</p>'
    )
    rest = ""
    if len(items) > MOST:
        more = len(items) - MOST
        listed = f'<ol class="choices">{"".join(items[MOST:])}</ol>'
        rest = f"<details><summary>{more} more</summary>{listed}</details>"
    return f'{one}<ol class="choices">{"".join(items[:MOST])}</ol>{rest}'


def _item(subject: Subject, month: str, text: str, who: list[str]) -> str:
    chips = "".join(chip(subject.styles[name]) for name in who)
    return f"<li><time>{month}</time><div>{escape(text)}{'' if subject.alone else chips}</div></li>"


def chip(style: Style) -> str:
    """A scenario's name with its colour."""
    return f'<span class="who"><i style="background:{style.colour}"></i>{escape(style.name)}</span>'


def _list_events(subject: Subject, name: str) -> Iterator[Entry]:
    """Events that are no firm's: what states decide by rule, what begins and ends."""
    events = subject.runs[name]["events"]
    for row in events.itertuples():
        kind = str(row.kind)
        if not kind.startswith(FIRMS):
            yield str(row.date)[:7], mark_text(str(row.actor), kind, str(row.target), str(row.detail))


def _list_settings(subject: Subject, name: str) -> Iterator[Entry]:
    """Dated settings of states: licences, floors, stocks and offers from a month on."""
    for state, held in (subject.configs[name].get("state") or {}).items():
        title = NAMES.get(str(held.get("code")), str(state).replace("_", " ").title())
        for lever, given in (held.get("lever") or {}).items():
            if isinstance(given, Mapping):
                for month, text in _find_dates(given, (title, lever.replace("_", " "))):
                    yield month, MATERIAL.sub(r"\2 \1", text)


def _find_dates(value: Any, path: tuple[str, ...]) -> Iterator[Entry]:
    if not isinstance(value, Mapping):
        if path[-1] == "start" and isinstance(value, str) and MONTH.fullmatch(value):
            yield value, f"{path[0]}: {', '.join(path[1:-1])} begins"
        return
    for key, inner in value.items():
        if MONTH.fullmatch(str(key)):
            said = (
                "ends"
                if inner is None
                else f"is {inner:.3g}"
                if isinstance(inner, (int, float))
                else f"is {inner}"
            )
            yield str(key), f"{path[0]}: {', '.join(path[1:])} {said}"
        elif key not in ("measure",):
            yield from _find_dates(inner, (*path, str(key).replace("_", " ")))
        else:
            yield from _find_dates(inner, path)
