"""The globe on a page: Equal Earth, cut down the Atlantic, and coast lines that travel with the package."""

import json
import math
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

Point = tuple[float, float]
Path = tuple[tuple[str, tuple[float, ...]], ...]

CENTRE = 150.0  # degrees east; the page is cut half way round, so that the Pacific is whole
SOUTH, NORTH = -57.0, 78.0  # degrees shown
WIDTH = 900.0
# Equal Earth: Šavrič, Patterson and Jenny (2019), Int. J. of Geographical Information Science 33(3).
A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796


def _equal_earth(longitude: float, latitude: float) -> Point:
    """Radians to the plane."""
    t = math.asin(math.sqrt(3) / 2 * math.sin(latitude))
    slope = 9 * A4 * t**8 + 7 * A3 * t**6 + 3 * A2 * t**2 + A1
    return (
        2 * math.sqrt(3) * longitude * math.cos(t) / (3 * slope),
        A4 * t**9 + A3 * t**7 + A2 * t**3 + A1 * t,
    )


_EDGE = _equal_earth(math.pi, 0.0)[0]
_TOP = _equal_earth(0.0, math.radians(NORTH))[1]
_FOOT = _equal_earth(0.0, math.radians(SOUTH))[1]
_SCALE = WIDTH / (2 * _EDGE)
HEIGHT = (_TOP - _FOOT) * _SCALE


def degrees_from_centre(longitude: float) -> float:
    """Degrees east of the centre, from -180 to 180.

    >>> degrees_from_centre(-98.0), degrees_from_centre(9.0)
    (112.0, -141.0)
    """
    return (longitude - CENTRE + 180.0) % 360.0 - 180.0


def place_on_page(longitude: float, latitude: float) -> Point:
    """A point of the globe, degrees, on the page (y downwards)."""
    return _at(degrees_from_centre(longitude), latitude)


def _at(from_centre: float, latitude: float) -> Point:
    kept = min(max(latitude, SOUTH), NORTH)
    x, y = _equal_earth(math.radians(from_centre), math.radians(kept))
    return (x + _EDGE) * _SCALE, (_TOP - y) * _SCALE


@cache
def land() -> Path:
    """All coasts as one path."""
    path: list[tuple[str, tuple[float, ...]]] = []
    for ring in _read_land()["rings"]:
        for part in _cut([(float(x), float(y)) for x, y in ring]):
            points = [_at(x, y) for x, y in part]
            path.append(("M", points[0]))
            path += [("L", point) for point in points[1:]]
            path.append(("Z", ()))
    return tuple(path)


def source() -> str:
    """Where the coast lines come from."""
    return str(_read_land()["source"])


@cache
def _read_land() -> dict[str, Any]:
    text = (resources.files("coercivity.experiments") / "figures" / "land.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _cut(ring: Sequence[Point]) -> list[list[Point]]:
    """A ring in degrees from the centre, in two parts where the edge of the page goes through it."""
    unrolled = [(degrees_from_centre(ring[0][0]), ring[0][1])]
    for x, y in ring[1:]:
        before = unrolled[-1][0]
        unrolled.append((before + (x - before - CENTRE + 180.0) % 360.0 - 180.0, y))
    shifts = {math.floor((x + 180.0) / 360.0) for x, _ in unrolled}
    parts = []
    for shift in sorted(shifts):
        low = -180.0 + 360.0 * shift
        part = _clip_ring(_clip_ring(unrolled, low, 1.0), low + 360.0, -1.0)
        if len(part) > 2:
            parts.append([(x - 360.0 * shift, y) for x, y in part])
    return parts


def _clip_ring(ring: Sequence[Point], edge: float, side: float) -> list[Point]:
    """The part of a ring east (side 1) or west (-1) of a meridian: Sutherland and Hodgman (1974)."""
    kept: list[Point] = []
    for (x0, y0), (x1, y1) in zip([*ring[-1:], *ring[:-1]], ring, strict=True):
        was, is_ = side * (x0 - edge) >= 0, side * (x1 - edge) >= 0
        if was != is_:
            kept.append((edge, y0 + (y1 - y0) * (edge - x0) / (x1 - x0)))
        if is_:
            kept.append((x1, y1))
    return kept


def graticule() -> Path:
    """Parallels and meridians every 30 degrees."""
    path: list[tuple[str, tuple[float, ...]]] = []
    for latitude in range(-30, 61, 30):
        path += _draw_ring([_at(x, latitude) for x in range(-180, 181, 10)])
    for east in range(-180, 181, 30):
        path += _draw_ring([_at(east, y) for y in range(int(SOUTH), int(NORTH) + 1, 3)])
    return tuple(path)


def _draw_ring(points: Sequence[Point]) -> Path:
    return (("M", points[0]), *(("L", point) for point in points[1:]))
