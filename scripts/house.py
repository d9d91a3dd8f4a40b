"""Measure the house: circles, imports inside functions, names, sizes. Fails where a bar is not kept.

.venv/bin/python scripts/house.py           # the measures beside their bars
.venv/bin/python scripts/house.py --list    # and where each finding is
"""

import argparse
import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = {part: ROOT / part / "coercivity" / part for part in ("optimise", "model", "experiments")}
FLAT = {"optimise": 30, "lever": 60, "behaviour": 60}  # rooms with one file a thing, or flat on purpose
MODULES, FUNCTION, P90, LINES, LAZY = 20, 60, 22, 400, 40
# Words that end like participles but are verbs or nouns of the field.
NOT_PARTICIPLES = frozenset(
    ("feed", "need", "seed", "speed", "embed", "shed", "spread", "read", "set", "cut", "put", "split", "let")
)
IRREGULAR = frozenset(
    (
        *("told", "made", "said", "found", "left", "held", "kept", "struck", "lived", "chosen", "begun"),
        *("taken", "drawn", "known", "shown", "grown", "withheld", "understood", "written", "sent", "done"),
        *("gone", "lost", "met", "paid", "sold", "built", "bought", "brought", "thought", "sought"),
        *("given", "bound"),
    )
)


@dataclass(frozen=True)
class Module:
    """A source file: its dotted name below `coercivity`, its tree, its lines."""

    name: str
    path: Path
    tree: ast.Module
    lines: int

    @property
    def room(self) -> str:
        """The package it stands in."""
        return self.name.rpartition(".")[0]


@dataclass(frozen=True)
class Measure:
    """One measure: value, bar, and where it was found."""

    name: str
    value: float
    bar: float
    where: tuple[str, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether the bar is kept."""
        return self.value <= self.bar


def read_modules() -> list[Module]:
    """Every module of the package."""
    modules = []
    for part, folder in SOURCES.items():
        for path in sorted(folder.rglob("*.py")):
            if "legacy" in path.parts:  # old import paths, for one release
                continue
            parts = path.relative_to(folder).with_suffix("").parts
            name = ".".join((part, *(p for p in parts if p != "__init__")))
            text = path.read_text(encoding="utf-8")
            modules.append(Module(name, path, ast.parse(text), len(text.splitlines())))
    return modules


def imports_of(module: Module, names: frozenset[str]) -> Iterator[tuple[str, bool, bool]]:
    """The modules of ours that a module imports: name, inside a function, for types only."""

    def visit(node: ast.AST, lazy: bool, typing: bool) -> Iterator[tuple[str, bool, bool]]:
        for child in ast.iter_child_nodes(node):
            inside = lazy or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
            types = typing or (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test))
            if isinstance(child, ast.ImportFrom) and (child.module or "").startswith("coercivity."):
                base = (child.module or "").removeprefix("coercivity.")
                for alias in child.names:
                    whole = f"{base}.{alias.name}"
                    yield (whole if whole in names else base), inside, types
            else:
                yield from visit(child, inside, types)

    yield from visit(module.tree, False, False)


def find_circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Strongly connected groups of two nodes or more (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    circles: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(edges.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = []
            while True:
                group.append(stack.pop())
                if group[-1] == node:
                    break
            if len(group) > 1:
                circles.append(sorted(group))

    sys.setrecursionlimit(10_000)
    for node in sorted(edges):
        if node not in index:
            visit(node)
    return circles


def functions_of(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a module."""
    for node in ast.walk(module.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def is_participle(name: str) -> bool:
    """Whether a name is a bare participle, such as `told` or `_mended`.

    >>> [is_participle(name) for name in ("told", "_mended", "feed", "read_rows", "sorted_rows")]
    [True, True, False, False, False]
    """
    word = name.strip("_").lower()
    return "_" not in word and word not in NOT_PARTICIPLES and (word in IRREGULAR or word.endswith("ed"))


def adds_floats(node: ast.AST) -> bool:
    """Whether a call of the built-in `sum` may add floats: it rounds as the version of Python does.

    >>> texts = ("sum(a.b)", "sum(sizes[:3])", "sum(x > 1 for x in y)")
    >>> [adds_floats(ast.parse(text, mode="eval").body) for text in texts]
    [True, False, False]
    """
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "sum"):
        return False
    what = node.args[0]
    if isinstance(what, (ast.GeneratorExp, ast.ListComp)):
        counts = isinstance(what.elt, ast.Call) and ast.unparse(what.elt.func) == "len"
        return not (counts or isinstance(what.elt, ast.Compare))
    return ast.unparse(what).partition("[")[0] != "sizes"


def measure_house() -> list[Measure]:
    """All measures with their bars."""
    modules = read_modules()
    names = frozenset(module.name for module in modules)
    edges: dict[str, set[str]] = defaultdict(set)
    rooms: dict[str, set[str]] = defaultdict(set)
    packages = {module.room for module in modules}
    lazy: list[str] = []
    for module in modules:
        for target, inside, _ in imports_of(module, names):
            if target != module.name:
                edges[module.name].add(target)
                rooms[module.room].add(target if target in packages else target.rpartition(".")[0])
            if inside:
                lazy.append(f"{module.name} imports {target}")
    circles = [" - ".join(circle) for circle in find_circles(edges)]
    between = [" - ".join(circle) for circle in find_circles({r: t - {r} for r, t in rooms.items()})]
    lengths = sorted(
        ((node.end_lineno or 0) - node.lineno + 1, f"{m.name}.{node.name}")
        for m in modules
        for node in functions_of(m)
    )
    sizes = [length for length, _ in lengths]
    private = [
        f"{m.name}.{node.name}"
        for m in modules
        for node in m.tree.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and is_participle(node.name)
    ]
    classes: dict[str, list[str]] = defaultdict(list)
    for m in modules:
        for node in m.tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                classes[node.name].append(m.name)
    doubled = [f"{name}: {', '.join(homes)}" for name, homes in sorted(classes.items()) if len(homes) > 1]
    beside: dict[str, int] = defaultdict(int)
    for m in modules:
        beside[m.room] += m.path.name != "__init__.py"
    crowded = [f"{room}: {n}" for room, n in beside.items() if n > FLAT.get(room.rpartition(".")[2], MODULES)]
    long = [f"{m.name}: {m.lines}" for m in modules if m.lines > LINES]
    rounded = [
        f"{m.name}, line {node.lineno}"
        for m in modules
        if m.name.startswith("model.")
        for node in ast.walk(m.tree)
        if adds_floats(node)
    ]
    return [
        Measure("circles of modules", len(circles), 0, tuple(circles)),
        Measure("circles of packages", len(between), 0, tuple(between)),
        Measure("imports of ours inside functions", len(lazy), LAZY, tuple(lazy)),
        Measure("functions that are a bare participle", len(private), 0, tuple(private)),
        Measure("class names with two meanings", len(doubled), 0, tuple(doubled)),
        Measure(f"packages of more than {MODULES} modules", len(crowded), 0, tuple(crowded)),
        Measure(
            "longest function (lines)", sizes[-1], FUNCTION, tuple(f"{n}: {name}" for n, name in lengths[-5:])
        ),
        Measure("function length, 90th percentile (lines)", sizes[int(0.9 * len(sizes))], P90),
        Measure(f"files of more than {LINES} lines", len(long), 0, tuple(long)),
        Measure("floats of the model added by `sum`", len(rounded), 0, tuple(rounded)),
        Measure("lines of source", sum(m.lines for m in modules), float("inf")),
    ]


def main() -> int:
    """Print the measures; 1 where a bar is not kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--list", action="store_true", help="say where each finding is")
    args = parser.parse_args()
    measures = measure_house()
    for one in measures:
        bar = "" if one.bar == float("inf") else f"at most {one.bar:g}"
        print(f"{one.name:<45} {one.value:>7,.0f}  {bar:<12} {'' if one.kept else 'NOT KEPT'}".rstrip())
        if args.list or not one.kept:
            for place in one.where if args.list else one.where[:5]:
                print(f"    {place}")
    return int(not all(one.kept for one in measures))


if __name__ == "__main__":
    sys.exit(main())
