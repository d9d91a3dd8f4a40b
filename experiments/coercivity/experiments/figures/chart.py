"""A figure as plain data: what is drawn, with its units, before anyone says how.

`svg` draws it for the page, `paper` for print; `words` tells it to those who cannot see it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.figures.look import SCENARIO

NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Style:
    """Colour, dash and kind of a name wherever it appears in a figure.

    dash: lengths of an SVG dash pattern · mark: line, dot or cross; in a legend also area
    thin: whether its line stands back · switch: whether its legend entry hides it
    """

    name: str
    colour: str
    dash: str = ""
    mark: str = "line"
    thin: bool = False
    switch: bool = True


@dataclass(frozen=True)
class Series:
    """Values of one name over the dates or labels of its panel; None where there is none.

    low, high: ends of an interval around each value, where there are any
    label: what stands beside the end of its line; nothing where the legend says it all
    """

    style: Style
    values: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    label: str = field(default="", kw_only=True)

    @property
    def ends(self) -> tuple[float | None, ...]:
        """Every number an axis must hold."""
        return (*self.values, *self.low, *self.high)


@dataclass(frozen=True)
class Mark:
    """A moment: when (ISO date), what happened in a few words, and in two or three for beside the line."""

    number: int
    date: str
    text: str
    short: str = ""


@dataclass(frozen=True)
class Lines:
    """Series over time, as lines or stacked as areas.

    dates: first days of the steps · keys: the choices under which the panel is shown
    top: highest value of the scale, where it is given · steps: whether values hold until the next date
    """

    title: str
    unit: str
    dates: tuple[str, ...]
    series: tuple[Series, ...]
    stacked: bool = False
    log: bool = False
    top: float | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    steps: bool = False


@dataclass(frozen=True)
class Bars:
    """Horizontal bars: a group of them a label, one each a series; stacked when they add up.

    net: what a stack adds up to, as a mark with its number
    """

    title: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    stacked: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)
    net: Series | None = None


@dataclass(frozen=True)
class Ranges:
    """Points with their intervals, a row a label; a line where all rows would stand without a difference."""

    title: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    log: bool = False
    nought: bool = True  # whether the axis begins at nought
    reference: float | None = None
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Axis:
    """What an axis of a plane measures. names: of the values 0, 1, ... where they are no numbers."""

    name: str
    unit: str = ""
    names: tuple[str, ...] = ()
    log: bool = False

    @property
    def title(self) -> str:
        """Name and unit."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


@dataclass(frozen=True)
class Trace:
    """Points of one name on a plane: joined when its style is a line. tips: what pointing at some tells."""

    style: Style
    x: tuple[float, ...]
    y: tuple[float, ...]
    tips: tuple[tuple[float, float, str], ...] = ()


@dataclass(frozen=True)
class Plane:
    """Lines and dots over two axes; edges: straight lines across, by axis (x or y) and value."""

    title: str
    across: Axis
    up: Axis
    traces: tuple[Trace, ...]
    edges: tuple[tuple[str, float], ...] = ()
    said: str = ""  # what it shows, in words
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def unit(self) -> str:
        """What is measured upwards."""
        return self.up.unit or self.up.name


Panel = Lines | Bars | Ranges | Plane


@dataclass(frozen=True)
class Shape:
    """A filled or drawn path of a scene, in its own coordinates (y downwards).

    path: letters M L C Z with their numbers, or O for a disc (x, y, radius) · width: of the stroke; 0 fills
    """

    path: tuple[tuple[str, tuple[float, ...]], ...]
    colour: str
    opacity: float = 1.0
    width: float = 0.0
    tip: str = ""
    name: str = ""  # the legend entry that switches it


@dataclass(frozen=True)
class Label:
    """A word in a scene: start, middle or end of it at a point."""

    x: float
    y: float
    text: str
    anchor: str = "start"
    bold: bool = False
    size: float = 11.0


@dataclass(frozen=True)
class Layer:
    """Shapes and words that are shown together, under the choices of `keys` (none: always)."""

    shapes: tuple[Shape, ...]
    labels: tuple[Label, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    said: str = ""  # what it shows, in words


@dataclass(frozen=True)
class Scene:
    """A drawing of its own geometry, such as a map: width and height, then layers bottom up."""

    width: float
    height: float
    layers: tuple[Layer, ...]


@dataclass(frozen=True)
class Choice:
    """Something the reader chooses: a list, or a slider when `slides`; the last is shown first."""

    name: str
    title: str
    options: tuple[tuple[str, str], ...]  # value, what it is called
    slides: bool = False

    @property
    def first_shown(self) -> str:
        """The option shown until the reader chooses."""
        return self.options[-1][0]


@dataclass(frozen=True)
class Figure:
    """A figure: file name, title, what it says in one sentence, panels or a scene, and how to read it."""

    name: str
    title: str
    said: str
    panels: tuple[Panel, ...] = ()
    scene: Scene | None = None
    legend: tuple[Style, ...] = ()
    choices: tuple[Choice, ...] = ()
    marks: tuple[Mark, ...] = ()
    note: str = ""

    @property
    def notes(self) -> str:
        """What marks stand for, and how to read it."""
        marks = "; ".join(f"{mark.date[:7]}, {mark.text}" for mark in self.marks)
        told = f"Marked: {marks}." if marks else ""
        return " ".join(filter(None, [told, self.note]))

    @property
    def caption(self) -> str:
        """What stands below it on paper."""
        return " ".join(filter(None, [f"{self.title}.", self.said, self.notes]))

    @property
    def filled(self) -> bool:
        """Whether colours fill bars, bands or places, so that a dash says nothing."""
        return self.scene is not None or any(
            isinstance(panel, Bars) or (isinstance(panel, Lines) and panel.stacked) for panel in self.panels
        )

    def shown(self, keys: Mapping[str, str], chosen: Mapping[str, str] = NOTHING) -> bool:
        """Whether something under `keys` is shown when `chosen` is; what is not chosen is as at first."""
        now = {choice.name: choice.first_shown for choice in self.choices} | dict(chosen)
        return all(now.get(name) == value for name, value in keys.items())


def with_panels(figure: Figure, wanted: Sequence[str]) -> Figure:
    """A figure with only the panels whose titles begin with these words, where any are given."""
    if not wanted:
        return figure
    heads = tuple(text.casefold() for text in wanted)
    kept = tuple(panel for panel in figure.panels if panel.title.casefold().startswith(heads))
    missing = [head for head in heads if not any(one.title.casefold().startswith(head) for one in kept)]
    if missing:
        known = ", ".join(dict.fromkeys(panel.title for panel in figure.panels)) or "none"
        raise UserError(f"figure `{figure.name}` has no panel `{missing[0]}`; it has: {known}")
    name = re.sub(r"\W+", "_", "-".join((figure.name, *heads)).replace("-", " ")).strip("_")
    return replace(figure, panels=kept, name=name)


def styles(names: Sequence[str]) -> dict[str, Style]:
    """A colour and a dash for every scenario: a dark grey for the first, Okabe and Ito for others."""
    return {name: Style(name, *SCENARIO[n % len(SCENARIO)]) for n, name in enumerate(names)}
