"""The time line of choices: what states do and when, by scenario, from events and from dated settings."""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from coercivity.experiments.config.levers import unit_of_setting
from coercivity.experiments.config.places import NAMES
from coercivity.experiments.figures.chart import Style
from coercivity.experiments.figures.marks import FIRMS, mark_text
from coercivity.experiments.figures.subject import Subject

MOST = 16  # choices that stand open; the rest on demand
MATERIAL = re.compile(r"\b([a-z]+):([A-Za-z]\w*)")  # as settings have it: oxide:Nd
MONTH = re.compile(r"\d{4}-\d{2}")
WORDS = {
    "approval": "share approved",
    "floor": "price floor",
    "upside": "the state's share of what a price is above the floor",
    "licence_2025": "licences of 2025",
}  # of settings, as people say them

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
        else '<p class="soft">What states choose by rule, and drawn shares, are those of one future.</p>'
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
                for month, path, said in _find_dates(given, (str(lever),)):
                    told = ", ".join(_word(part) for part in path if part != "measure")
                    yield month, MATERIAL.sub(r"\2 \1", f"{title}: {told} {said}")


def _word(part: str) -> str:
    """A part of a setting's name, as people say it."""
    return WORDS.get(part, part.replace("_", " "))


def _find_dates(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Month, place in a lever's settings, and what happens to it."""
    if not isinstance(value, Mapping):
        if path[-1] == "start" and isinstance(value, str) and MONTH.fullmatch(value):
            yield value, path[:-1], "begins"
        return
    for key, inner in value.items():
        if MONTH.fullmatch(str(key)):
            yield str(key), path, _say_value(inner, unit_of_setting(path[0], path[1:]))
        else:
            yield from _find_dates(inner, (*path, str(key)))


def _say_value(value: Any, unit: str) -> str:
    """What a setting is from now on, with its unit.

    >>> _say_value(None, "t"), _say_value(0.566, "share"), _say_value(110.0, "USD/kg")
    ('ends', 'is 56.6 %', 'is 110 USD/kg')
    """
    if value is None:
        return "ends"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return f"is {value}"
    return f"is {100 * value:.3g} %" if unit.startswith("share") else f"is {value:.3g} {unit}".rstrip()
