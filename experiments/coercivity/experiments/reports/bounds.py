"""Sealed and leaky bounds of a scenario whose limits spare some destinations.

Third countries comply in the one (they take what they took before) and add a half of that in the other
(B.50, docs/model.md). Both are scenarios of their own in a comparison, beside the one as it is set.
"""

from collections.abc import Iterator

from coercivity.experiments.config.compose import Composed, recompose
from coercivity.model.lever import build

__all__ = ["BOUNDS", "bounds_of", "is_targeted"]

ADDED = "firm.third_country.added"
BOUNDS = {
    "sealed": ("0", "third countries comply"),
    "leaky": ("0.5", "third countries take half as much again"),
}


def bounds_of(name: str, composed: "Composed") -> "Iterator[tuple[str, Composed]]":
    """Name and configuration of both bounds; none without a targeted limit, or where x is set already."""
    if any(text.lstrip("+").startswith("firm.third_country.") for text in composed.overrides):
        return
    if not is_targeted(composed):
        return
    for bound, (added, told) in BOUNDS.items():
        found = recompose(composed.values, [f"{ADDED}={added}"])
        values = {
            **found.values,
            "about": {**(found.values.get("about") or {}), "title": f"{composed.title}; {told}"},
        }
        yield f"{name}_{bound}", recompose(values)


def is_targeted(composed: "Composed") -> bool:
    """Whether some state may set a limit that spares destinations and follows what it covers."""
    return any(
        measure.follows and measure.targeted
        for state in composed.settings.state.values()
        for lever in build(state.lever).values()
        for measure in lever.measures(state.code)
    )
