"""How every figure looks, on the page and on paper: colours the colour-blind tell apart, one type face.

Okabe and Ito (2008), after a dark grey for the yardstick; each has a dash pattern of its own.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

SCENARIO = (  # colour, and lengths of an SVG dash pattern
    ("#3b3b3b", ""),
    ("#D55E00", ""),
    ("#0072B2", "6 3"),
    ("#009E73", "7 2 2 2"),
    ("#CC79A7", "2 2"),
    ("#E69F00", "8 2 2 2 2 2"),
    ("#56B4E9", "3 3"),
)
# The places people look for; all others share a grey and are told by name.
PLACES = {
    "CN": "#D55E00",
    "US": "#0072B2",
    "EU": "#56B4E9",
    "JP": "#009E73",
    "MM": "#CC79A7",
    "AU": "#E69F00",
    "MY": "#F0E442",
}
OTHERS, FAINT, RECORD = "#9a9a9a", "#b5b5b5", "#000000"
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
