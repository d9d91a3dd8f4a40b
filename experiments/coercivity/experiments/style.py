"""How every figure looks: colours that colour-blind readers tell apart, one width, stable bytes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito (2008), after a dark grey for the yardstick; each has a dash pattern of its own.
COLOURS = ("#3b3b3b", "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES: tuple[Any, ...] = ("-", "-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (1, 1)))
WIDTH = 7.2  # inches: two columns of a journal page
DPI = 300

_SETTINGS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.5,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "figure.dpi": 100,
    "savefig.dpi": DPI,
    "svg.hashsalt": "coercivity",
    "pdf.fonttype": 42,
}


@dataclass(frozen=True)
class Drawing:
    """A figure with its file name, its title and what one sees on it, in words."""

    name: str
    title: str
    figure: "Figure"
    alt: str
    note: str = ""


@contextmanager
def styled() -> Iterator[None]:
    """Draw in our style, without a display, whatever the user's own settings are."""
    import matplotlib as mpl

    mpl.use("Agg")
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        yield


def save(figure: "Figure", folder: Path, name: str) -> None:
    """Write PNG and PDF whose bytes depend on nothing but the figure."""
    figure.savefig(folder / f"{name}.png", metadata={"Software": None})
    figure.savefig(folder / f"{name}.pdf", metadata={"CreationDate": None, "Producer": None, "Creator": None})


def as_svg(figure: "Figure") -> str:
    """The figure as SVG text with its letters drawn, so that it needs no font."""
    import io

    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()
