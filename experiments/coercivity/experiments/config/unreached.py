"""Measures that begin only after a run has ended, so that nothing of them can show in it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MONTH = re.compile(r"\d{4}-\d{2}")
OUTSIDE = ("about", "clock", "chain", "scenario")  # parts of a configuration that hold no measure
ENDS = ("end", "until")  # keys whose month is when something is over
SHOWN = 3  # measures that a note names


def unreached_measures(values: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Find what a configuration has and another has not, and which begins when its clock has ended.

    Parameters
    ----------
    values, others
        Composed configurations as plain data: the one looked at, and those it is compared with.

    Returns
    -------
    dict
        By key of the measure, such as `state.china.lever.export_limit.measure.embargo.approval`, the month
        it begins in. `clock.end` is the month that the last step ends before.
    """
    end = str(values.get("clock", {}).get("end", ""))
    known = [dict(_beginnings(other)) for other in others]
    return {
        key: month
        for key, month in _beginnings(values)
        if month >= end and any(other.get(key) != month for other in known)
    }


def unreached_notes(named: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Say of each scenario which of its measures, that not all share, begin too late to show in its run."""
    notes = {}
    for name, values in named.items():
        others = [other for key, other in named.items() if key != name]
        if found := unreached_measures(values, others):
            some = [f"`{key}` in {month}" for key, month in list(found.items())[:SHOWN]]
            more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
            notes[name] = (
                f"{name.replace('_', ' ')} has measures that begin only when these runs have ended "
                f"({values['clock']['end']}), so nothing of them shows: {', '.join(some)}{more}; "
                "give a later clock.end"
            )
    return notes


def _beginnings(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every schedule and date of a configuration by key, with its first month."""
    for key, inside in values.items():
        if key not in OUTSIDE:
            yield from _within(key, inside)


def _within(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        months = [str(inner) for inner in value if MONTH.fullmatch(str(inner))]
        if months and len(months) == len(value):
            yield key, min(months)
            return
        for inner, inside in value.items():
            yield from _within(f"{key}.{inner}", inside)
    elif isinstance(value, list):
        for at, inside in enumerate(value):
            yield from _within(f"{key}.{at}", inside)
    elif isinstance(value, str) and MONTH.fullmatch(value) and not key.rpartition(".")[2].endswith(ENDS):
        yield key, value
