"""How every figure looks, on the page and on paper: one colour one meaning, one type face.

Strong colours are scenarios, each with a dash pattern of its own and its name beside the line; pale colours
are places; browns say who bears a change of welfare. No colour stands for two things on a page.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

SCENARIO = (  # colour, and lengths of an SVG dash pattern
    ("#4b5563", ""),
    ("#c2410c", ""),
    ("#0b5fa5", "6 3"),
    ("#2e7d32", "7 2 2 2"),
    ("#8a3d78", "4 2"),
    ("#8a7500", "8 2 2 2 2 2"),
    ("#0e7c86", "3 3"),
)
INSIDE = "1.5 2.5"  # the dash of a price inside China, in every scenario's colour
# The places people look for; all others share a grey and are told by name.
PLACES = {
    "CN": "#ef9a9a",
    "US": "#90b4e3",
    "EU": "#f3cf6b",
    "JP": "#b9a3dc",
    "MM": "#d7b08a",
    "AU": "#9fd19f",
    "MY": "#88d0cb",
}
BEARERS = ("#5c4033", "#b08968", "#e3d2bd")  # public budgets, companies, everybody else
OTHERS, FAINT, RECORD = "#c3c7cd", "#b5b5b5", "#000000"
GRID, AXIS = "#e4e4e4", "#333333"
BAND = 0.18  # opacity of an interval behind a line
SMALLEST = 5.0  # points
WIDE = 140.0  # mm from which letters are of full size
PAGE = 183.0  # mm: two columns of a journal page
INCH = 25.4
METADATA: Mapping[str, Mapping[str, None]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    "svg": {"Date": None, "Creator": None},
}
_SETTINGS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "axes.linewidth": 0.6,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
    "savefig.dpi": 300,
    "svg.hashsalt": "coercivity",
    "pdf.fonttype": 42,
}


def dash(pattern: str) -> Any:
    """An SVG dash pattern as matplotlib has it.

    >>> dash(""), dash("6 3")
    ('-', (0, (3.0, 1.5)))
    """
    return (0, tuple(float(length) / 2 for length in pattern.split())) if pattern else "-"


@contextmanager
def apply_style(width: float = PAGE) -> Iterator[None]:
    """Draw for a width (mm) in our style, without a display, whatever the user's own settings are."""
    import matplotlib as mpl

    mpl.use("Agg")
    size = 8.0 if width >= WIDE else 7.0
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        mpl.rcParams.update({"font.size": size, "axes.titlesize": size + 0.5, "legend.fontsize": size})
        yield
