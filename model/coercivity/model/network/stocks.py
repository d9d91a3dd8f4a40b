"""Public stocks that exist when a run begins, as the evidence tells them."""

import math
from collections.abc import Mapping

from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.names import DAYS_A_YEAR
from coercivity.model.network.chain import Chain

__all__ = ["existing_patterns", "existing_stocks"]

ALL = "all"  # an item of the evidence: separated materials together, in proportion to use


def existing_patterns(evidence: Evidence, chain: Chain) -> tuple[tuple[str, str], ...]:
    """(place, material or pattern) of every public stock that is more than nothing in the base year."""
    separated = f"{chain.names.forms.separated}:*"
    found = [
        (place, separated if material == ALL else material)
        for place in chain.regions
        for material, tonnes in _latest_tonnes(evidence, place, chain.year).items()
        if tonnes > 0
    ]
    found += [(place, separated) for place in chain.regions if _days(evidence, place, chain.year) > 0]
    return tuple(dict.fromkeys(found))


def existing_stocks(
    evidence: Evidence, chain: Chain, place: str, use: Mapping[str, float]
) -> dict[str, float]:
    """Tonnes of every material that a place's public stock holds in the base year.

    use: t a year there, by material. A stock told for all materials together lies as they are used; where
    only days of cover are told, they are days of that use.
    """
    listed = _latest_tonnes(evidence, place, chain.year)
    separated = {m: t for m, t in use.items() if m.startswith(f"{chain.names.forms.separated}:")}
    whole, total = listed.pop(ALL, 0.0), math.fsum(separated.values())
    found = {material: whole * t / total for material, t in separated.items()} if total > 0 else {}
    if not listed and not whole:
        days = _days(evidence, place, chain.year)
        found = {material: days / DAYS_A_YEAR * t for material, t in separated.items()}
    return found | listed


def _latest_tonnes(evidence: Evidence, place: str, year: int) -> dict[str, float]:
    """Tonnes by material, as last told by a year; nothing that is told of a later one."""
    found = {}
    for fact in evidence.facts("stocks", "public_stock"):
        if fact.entity == place and fact.year <= year:
            found[fact.item] = fact.number
    return found


def _days(evidence: Evidence, place: str, year: int) -> float:
    """Days of use held, where the evidence tells no tonnes."""
    if _latest_tonnes(evidence, place, year):
        return 0.0
    told = evidence.path("stocks", place, "public_cover", "held")
    return next((days for at, days in sorted(told.items(), reverse=True) if at <= year), 0.0)
