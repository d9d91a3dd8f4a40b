"""A Sankey of flows from left to right as SVG: bars are nodes, ribbons are flows, all in one unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["Ribbon", "Node", "draw_sankey"]

WIDTH, HEIGHT, TOP, BAR, GAP = 920.0, 430.0, 46.0, 11.0, 14.0
LEFT, RIGHT = 202.0, 178.0  # for the names left of the first column and right of the last
LEAST = 0.004  # share of all below which a flow is not drawn


@dataclass(frozen=True)
class Node:
    """A bar. column: 0 at the left."""

    name: str
    column: int
    colour: str


@dataclass(frozen=True)
class Ribbon:
    """A ribbon between two nodes, by their keys."""

    origin: str
    destination: str
    value: float


def draw_sankey(title: str, unit: str, nodes: Mapping[str, Node], flows: Sequence[Ribbon]) -> str:
    """The figure as one SVG document. Nodes stand in the order given, flows in the order of nodes."""
    most = max(_heights(nodes, flows).values())
    kept = [flow for flow in flows if flow.value > LEAST * most]
    heights = _heights(nodes, kept)
    columns = 1 + max(node.column for node in nodes.values())
    stacks = {c: [k for k, n in nodes.items() if n.column == c and k in heights] for c in range(columns)}
    room = min(
        (HEIGHT - TOP - 10 - GAP * (len(keys) - 1)) / sum(heights[key] for key in keys)
        for keys in stacks.values()
    )
    left = {c: LEFT + c * (WIDTH - LEFT - RIGHT - BAR) / max(columns - 1, 1) for c in range(columns)}
    tops = _tops(stacks, heights, room)
    out, into = dict(tops), dict(tops)
    order = list(nodes)
    ribbons, bars, words = [], [], []
    for flow in sorted(kept, key=lambda f: (order.index(f.origin), order.index(f.destination))):
        thick = flow.value * room
        ends = (left[nodes[flow.origin].column] + BAR, left[nodes[flow.destination].column])
        tip = f"{nodes[flow.origin].name} to {nodes[flow.destination].name}: {flow.value:.1f} {unit}"
        ribbons.append(
            _ribbon(ends, out[flow.origin], into[flow.destination], thick, nodes[flow.origin].colour, tip)
        )
        out[flow.origin] += thick
        into[flow.destination] += thick
    for column, keys in stacks.items():
        for key in keys:
            place = (left[column], tops[key], heights[key] * room)
            bars.append(_bar(nodes[key], place))
            words.append(_words(nodes[key], place, f"{heights[key]:.1f}", column))
    head = f'<text x="8" y="20" font-size="15" font-weight="bold">{escape(title)}</text>'
    head += f'<text x="8" y="36" fill="#555">{escape(unit)}</text>'
    style = 'font-family="DejaVu Sans, Arial, sans-serif" font-size="11"'
    size = f'viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" width="{WIDTH:.0f}" height="{HEIGHT:.0f}"'
    back = f'<rect width="{WIDTH:.0f}" height="{HEIGHT:.0f}" fill="#fff"/>'
    inside = "\n".join((back, head, *ribbons, *bars, *words))
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n{inside}\n</svg>\n'


def _heights(nodes: Mapping[str, Node], flows: Sequence[Ribbon]) -> dict[str, float]:
    """What goes through each node: the larger of what comes and what leaves."""
    come, leave = dict.fromkeys(nodes, 0.0), dict.fromkeys(nodes, 0.0)
    for flow in flows:
        leave[flow.origin] += flow.value
        come[flow.destination] += flow.value
    return {key: high for key in nodes if (high := max(come[key], leave[key])) > 0}


def _tops(stacks: Mapping[int, Sequence[str]], heights: Mapping[str, float], room: float) -> dict[str, float]:
    """Where each bar begins; columns stand in the middle."""
    tops = {}
    for keys in stacks.values():
        tall = sum(heights[key] * room for key in keys) + GAP * (len(keys) - 1)
        at = TOP + (HEIGHT - TOP - 10 - tall) / 2
        for key in keys:
            tops[key] = at
            at += heights[key] * room + GAP
    return tops


def _ribbon(ends: tuple[float, float], start: float, end: float, thick: float, colour: str, tip: str) -> str:
    (a, b), middle = ends, sum(ends) / 2
    path = (
        f"M{a:.1f} {start:.1f}C{middle:.1f} {start:.1f} {middle:.1f} {end:.1f} {b:.1f} {end:.1f}"
        f"L{b:.1f} {end + thick:.1f}C{middle:.1f} {end + thick:.1f} {middle:.1f} {start + thick:.1f} "
        f"{a:.1f} {start + thick:.1f}Z"
    )
    return f'<path d="{path}" fill="{colour}" opacity="0.38"><title>{escape(tip)}</title></path>'


def _bar(node: Node, place: tuple[float, float, float]) -> str:
    x, y, high = place
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{BAR}" height="{max(high, 1):.1f}" fill="{node.colour}"/>'


def _words(node: Node, place: tuple[float, float, float], number: str, column: int) -> str:
    """The name and number of a bar: left of the first column, right of the others."""
    x, y, high = place
    label = f"{escape(node.name)} {number}"
    if column == 0:
        return f'<text x="{x - 4:.1f}" y="{y + high / 2 + 4:.1f}" text-anchor="end">{label}</text>'
    clear = ' stroke="#fff" stroke-width="2.5" paint-order="stroke"'
    return f'<text x="{x + BAR + 4:.1f}" y="{y + high / 2 + 4:.1f}"{clear}>{label}</text>'
