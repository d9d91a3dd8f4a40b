"""Draw who imports whom, room by room, from the imports: docs/figures/architecture.svg.

.venv/bin/python scripts/architecture.py            # draw it anew
.venv/bin/python scripts/architecture.py --check    # fail where the figure is not that of the code
"""

import argparse
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from house import ROOT, Module, imports_of, read_modules

FIGURE = ROOT / "docs" / "figures" / "architecture.svg"
CELL, LEFT, TOP = 17, 190, 112
COLOURS = {"experiments": "#3b6ea5", "model": "#b3632f", "optimise": "#4d7f4a"}


def list_rooms() -> list[str]:
    """Every room, top first, in the order of the import contracts."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = {one["id"]: one["layers"] for one in contracts["contracts"] if "layers" in one}
    found = []
    for part in ("experiments", "model"):
        named = (name.strip() for layer in layers[f"rooms-of-the-{part}"] for name in layer.split(":"))
        found += [f"{part}.{name}" for name in named if name != "__main__"]
    return [*found, "optimise"]


def room_of(name: str, rooms: list[str]) -> str | None:
    """The room a module stands in: `model.dynamics` of `model.dynamics.terms`."""
    parts = name.split(".")
    room = "optimise" if parts[0] == "optimise" else ".".join(parts[:2])
    return room if room in rooms else None


def find_imports(modules: list[Module], rooms: list[str]) -> dict[tuple[str, str], bool]:
    """Which room imports which, and whether for types only."""
    names = frozenset(module.name for module in modules)
    found: dict[tuple[str, str], bool] = {}
    for module in modules:
        here = room_of(module.name, rooms)
        for target, _, typing in imports_of(module, names):
            there = room_of(target, rooms)
            if here and there and here != there:
                found[here, there] = found.get((here, there), True) and typing
    return found


def draw(rooms: list[str], imports: dict[tuple[str, str], bool]) -> str:
    """A square a pair of rooms: filled where the row's room imports the column's."""
    size = CELL * len(rooms)
    wide, high = LEFT + size + 34, TOP + size + 10
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif" '
        'font-size="11" role="img" aria-label="Which room imports which">'
    )
    return "\n".join(
        [
            head,
            f'<rect width="{wide}" height="{high}" fill="#fff"/>',
            *_grid(rooms),
            *_dots(rooms, imports),
            "</svg>\n",
        ]
    )


def _grid(rooms: list[str]) -> Iterator[str]:
    """Names of rooms beside and above, and the half in which imports may be."""
    for at, room in enumerate(rooms):
        part, _, name = room.rpartition(".")
        colour, middle = COLOURS[part or name], at * CELL + CELL / 2
        yield (
            f'<rect x="{LEFT + at * CELL}" y="{TOP + at * CELL}" width="{(len(rooms) - at) * CELL}" '
            f'height="{CELL}" fill="{colour}" fill-opacity="0.08"/>'
        )
        said, x = f"{part} · {name}" if part else name, LEFT + middle + 4
        yield (
            f'<text x="{LEFT - 6}" y="{TOP + middle + 4}" text-anchor="end" fill="{colour}">{said}</text>'
            f'<text transform="translate({x} {TOP - 6}) rotate(-60)" fill="{colour}">{name}</text>'
        )


def _dots(rooms: list[str], imports: dict[tuple[str, str], bool]) -> Iterator[str]:
    for (here, there), typing in sorted(imports.items()):
        x, y = (LEFT + rooms.index(there) * CELL + CELL / 2, TOP + rooms.index(here) * CELL + CELL / 2)
        fill = "#fff" if typing else COLOURS[there.partition(".")[0]]
        yield (
            f'<circle cx="{x}" cy="{y}" r="5" fill="{fill}" stroke="{COLOURS[there.partition(".")[0]]}">'
            f"<title>{here} imports {there}{' for types' if typing else ''}</title></circle>"
        )


def main() -> int:
    """Write the figure, or say whether it is that of the code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="fail where the figure is not that of the code")
    args = parser.parse_args()
    rooms = list_rooms()
    drawn = draw(rooms, find_imports(read_modules(), rooms))
    if not args.check:
        FIGURE.write_text(drawn, encoding="utf-8")
        return 0
    same = FIGURE.is_file() and FIGURE.read_text(encoding="utf-8") == drawn
    page = (Path(FIGURE).parents[1] / "architecture.md").read_text(encoding="utf-8")
    untold = [room for room in rooms if f"`{room}`" not in page]
    if not same:
        print("docs/figures/architecture.svg is not that of the code: `python scripts/architecture.py`")
    if untold:
        print(f"docs/architecture.md says nothing of {', '.join(untold)}")
    return int(not same or bool(untold))


if __name__ == "__main__":
    sys.exit(main())
