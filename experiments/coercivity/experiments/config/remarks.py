"""What settings do not do that their author may expect: measures that never begin, taxes with a way round."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from coercivity.experiments.config.chains import complete_chain
from coercivity.experiments.config.compose import Composed
from coercivity.model.inputs.names import form, matches

__all__ = ["remarks", "say_remarks"]

TAXES = ("export_tax", "import_tariff")
RATES = {"export_tax": "rate", "import_tariff": "rate", "retaliation": "tariff"}
NEEDED: Mapping[str, tuple[str, Sequence[str]]] = {  # what every entry of a lever must name something of
    "offtake": ("contract", ("materials", "origins")),
    "import_tariff": ("rate", ()),
}
STEEP = 5.0  # a share of a price above which a per cent was probably meant
STARTS = ("start", "refuse_from")
Path = tuple[str, ...]


def remarks(composed: "Composed") -> list[str]:
    """Sentences on levers that a scenario or the command line sets and that do less than they seem to."""
    timed = [*_late(composed), *_over(composed), *_unheard(composed)]
    return [*timed, *(sentence for part in TIMELESS for sentence in part(composed))]


def say_remarks(composed: "Iterable[Composed]", dates: bool = True) -> None:
    """Print the remarks on some configurations, each sentence once. dates: those on late measures, too"""
    find = remarks if dates else lambda one: [sentence for part in TIMELESS for sentence in part(one)]
    for sentence in dict.fromkeys(sentence for one in composed for sentence in find(one)):
        print(f"note: {sentence}", file=sys.stderr)


def _late(composed: "Composed") -> Iterator[str]:
    """Measures that are not in force in any step of the run, by their own dates."""
    clock = composed.settings.clock
    for path, lever in _levers(composed):
        for where, first in _beginnings(lever):
            if first >= clock.end and _is_own(composed, (*path, *where)):
                yield (
                    f"`{'.'.join((*path, *where))}` begins in {first}, but the run ends before {clock.end}: "
                    f"it does nothing; set clock.end later"
                )


def _over(composed: "Composed") -> Iterator[str]:
    """Measures that are over before the first step."""
    clock = composed.settings.clock
    for path, lever in _levers(composed):
        for where, last in _ends(lever, clock.start):
            if _is_own(composed, (*path, *where)):
                yield (
                    f"`{'.'.join((*path, *where))}`: over in {last}, and the run begins in {clock.start}: "
                    "it does nothing"
                )


def _unheard(composed: "Composed") -> Iterator[str]:
    """Months of news that no step of the run holds."""
    clock = composed.settings.clock
    heard = getattr(composed.settings.market, "alarm", {})  # not every model knows news
    outside = [m for m in heard if not clock.start <= m < clock.end]
    if outside:
        yield (
            f"`market.alarm`: the run is from {clock.start} to before {clock.end}, so nobody hears the "
            f"news of {', '.join(outside)}"
        )


def _without_limit(composed: "Composed") -> Iterator[str]:
    """Measures that say what they cover and not how much of it passes."""
    for path, lever in _levers(composed):
        named = lever.get("measure") if path[-1] == "export_limit" else None
        for name, measure in named.items() if isinstance(named, Mapping) else ():
            if isinstance(measure, Mapping) and not {"approval", "tonnes"} & set(measure):
                where = ".".join((*path, "measure", str(name)))
                yield f"`{where}` has neither approval nor tonnes: it limits nothing; approval=0 is a ban"


def _empty(composed: "Composed") -> Iterator[str]:
    """Contracts and tariffs that name nobody, or nothing, that they are about."""
    for path, lever in _levers(composed):
        key, needed = NEEDED.get(path[-1], ("", ()))
        inside = lever.get(key)
        for name, given in inside.items() if isinstance(inside, Mapping) else ():
            lacking = [part for part in needed if isinstance(given, Mapping) and not given.get(part)]
            if given == {} or lacking:
                where = ".".join((*path, key, str(name)))
                yield f"`{where}` names no {' and no '.join(lacking or ['origins'])}: it does nothing"


def _steep(composed: "Composed") -> Iterator[str]:
    """Rates that are a per cent, written where a share stands."""
    for path, lever in _levers(composed):
        key = RATES.get(path[-1], "")
        for where, rate in _numbers(lever.get(key), (*path, key)):
            if rate > STEEP:
                yield (
                    f"`{'.'.join(where)}` is {rate:g}, which is {100 * rate:,.0f} % of the price; "
                    f"{rate:g} % is {rate / 100:g}"
                )


def _numbers(value: Any, path: Path) -> Iterator[tuple[Path, float]]:
    """Every number of a setting, with its place."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _numbers(inner, (*path, str(key)))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, float(value)


def _levers(composed: "Composed") -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every lever that a state holds, with its place."""
    for state, held in (composed.values.get("state") or {}).items():
        for lever, given in ((held or {}).get("lever") or {}).items():
            if isinstance(given, Mapping) and given.get("active", True):
                yield ("state", str(state), "lever", str(lever)), given


def _beginnings(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Where something has dates, and the month in which it begins."""
    if not isinstance(value, Mapping):
        return
    months = [month for month in value if _is_month(month)]
    if months and len(months) == len(value):
        begun = [month for month in months if value[month] is not None]
        if begun:
            yield path, min(begun)
        return
    for key, inner in value.items():
        if key in STARTS and _is_month(inner):
            yield (*path, str(key)), str(inner)
        yield from _beginnings(inner, (*path, str(key)))


def _ends(value: Any, start: str, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Where something has dates and is over when a run starts, and the month in which it ended."""
    if not isinstance(value, Mapping):
        return
    months = sorted(month for month in value if _is_month(month))
    if months and len(months) == len(value):
        last = months[-1]
        if value[last] is None and last <= start and any(value[month] is not None for month in months):
            yield path, last
        return
    for key, inner in value.items():
        if key == "end" and _is_month(inner) and inner <= start:
            yield (*path, str(key)), str(inner)
        yield from _ends(inner, start, (*path, str(key)))


def _is_month(text: object) -> bool:
    return isinstance(text, str) and len(text) == len("2026-01") and text[4] == "-" and text[:4].isdigit()


def _is_own(composed: "Composed", path: Path) -> bool:
    """Whether the scenario or the command line sets a place, and not only a file of states."""
    dotted = ".".join(path)
    keys = [text.lstrip("+").partition("=")[0] for text in composed.overrides]
    if any(dotted.startswith(f"{key}.") or f"{key}.".startswith(f"{dotted}.") for key in keys):
        return True
    return any(_holds(layer, path) for layer in composed.layers)


def _holds(layer: Any, path: Path) -> bool:
    for part in path:
        if not isinstance(layer, Mapping) or part not in layer:
            return False
        layer = layer[part]
    return True


def _ways_round(composed: "Composed") -> Iterator[str]:
    """Taxes and tariffs on one form of an element, which trade may pass by in another."""
    chain = complete_chain(composed.values)["chain"]
    forms, worked = chain.get("forms") or {}, chain.get("worked_from") or {}
    pair = str(forms.get("separated") or ""), str(forms.get("reduced") or "")
    for path, lever in _levers(composed):
        if path[-1] not in TAXES:
            continue
        taxed = [str(key) for key, given in (lever.get("rate") or {}).items() if _is_set(given)]
        for pattern in taxed:
            others = _other_forms(pattern, pair, worked)
            free = [other for other in others if not any(_touches(one, other) for one in taxed)]
            if free and _is_own(composed, (*path, "rate", pattern)):
                where = ".".join((*path, "rate"))
                yield (
                    f"`{where}` taxes {pattern} and not {', '.join(free)}: trade may move to the form "
                    "that is not taxed, and the tax then does nothing"
                )


def _other_forms(pattern: str, pair: tuple[str, str], worked: Mapping[str, str]) -> Sequence[str]:
    """The other form of what a pattern covers: reduced of separated, and the other way round."""
    form, _, what = pattern.partition(":")
    if not all(pair) or form not in pair:
        return ()
    if what == "*":
        return [f"{pair[1 - pair.index(form)]}:*"]
    if form == pair[0]:
        return [worked[what]] if what in worked else ()
    return [f"{pair[0]}:{element}" for element, made in worked.items() if made == pattern]


def _touches(pattern: str, other: str) -> bool:
    """Whether a pattern covers any of what another covers."""
    return matches(other, pattern) or (other.endswith(":*") and form(pattern) == form(other))


def _is_set(given: Any) -> bool:
    """Whether a rate, by month or origin or neither, is ever above nothing."""
    if isinstance(given, Mapping):
        return any(_is_set(inner) for inner in given.values())
    return isinstance(given, int | float) and given > 0


TIMELESS = (_ways_round, _without_limit, _empty, _steep)
