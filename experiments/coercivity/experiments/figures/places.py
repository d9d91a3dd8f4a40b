"""Jurisdictions as figures have them: colours that stay, homes of firms, points on the map."""

from collections.abc import Iterable
from pathlib import Path

from coercivity.experiments.config.evidence_reader import latest_by_entity
from coercivity.experiments.config.places import NAMES
from coercivity.experiments.figures.chart import Style
from coercivity.experiments.figures.look import OTHERS, PLACES

OTHER = Style("others", OTHERS)


def place_name(place: str) -> str:
    """A jurisdiction's name for people."""
    return NAMES.get(place, place)


def place_in_sentence(label: str) -> str:
    """A place's name inside a sentence, with its article.

    >>> place_in_sentence("United States"), place_in_sentence("Other countries"), place_in_sentence("Japan")
    ('the United States', 'other countries', 'Japan')
    """
    if label == "United States":
        return f"the {label}"
    return f"{label[0].lower()}{label[1:]}" if label.startswith("Other ") else label


def style_of(place: str) -> Style:
    """Its colour and name in a legend."""
    return Style(place_name(place), PLACES[place]) if place in PLACES else OTHER


def legend(places: Iterable[str]) -> tuple[Style, ...]:
    """The entries a figure of these places needs, in the order of the colours."""
    found = set(places)
    named = tuple(style_of(place) for place in PLACES if place in found)
    return named + ((OTHER,) if found - set(PLACES) else ())


def points(evidence: Path) -> dict[str, tuple[float, float]]:
    """Longitude and latitude of every jurisdiction, degrees; empty where the evidence is not at hand."""
    if not evidence.is_dir():
        return {}
    east, north = (latest_by_entity(evidence, "jurisdictions", name) for name in ("longitude", "latitude"))
    return {place: (float(east[place]), float(north[place])) for place in east if place in north}


def homes(evidence: Path) -> dict[str, str]:
    """The home of every firm; empty where the evidence is not at hand."""
    return latest_by_entity(evidence, "firms", "home") if evidence.is_dir() else {}
