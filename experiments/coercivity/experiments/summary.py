"""A few lines on screen at the end of a run."""

from typing import TYPE_CHECKING

from coercivity.experiments.comparison import number
from coercivity.experiments.measures import (
    BLOCS,
    COUNTED,
    NAMES,
    STAGES,
    Tables,
    price_series,
    price_weights,
    share_series,
    shortage_series,
)

if TYPE_CHECKING:
    from coercivity.experiments.compose import Composed


def summary(tables: Tables, composed: "Composed") -> str:
    """What happened, in at most a dozen lines."""
    clock = composed.values["clock"]
    lines = [f"{composed.title} ({clock['start']} to {clock['end']}, by {clock['step']})"]
    weights = price_weights(tables)
    for element in ("Nd", "Dy"):
        series = price_series(tables["prices"], f"oxide:{element}", weights)
        if series.empty:
            continue
        ends = [number(float(series[side].iloc[at]), "USD/kg") for side in series for at in (0, -1)]
        inside, outside = " -> ".join(ends[:2]), " -> ".join(ends[2:])
        lines.append(f"  {element} oxide, USD/kg: inside China {inside}, outside {outside}")
    for stage in STAGES:
        share = share_series(tables["activity"], stage)
        if len(share):
            first, last = (number(float(share.iloc[at]), "share") for at in (0, -1))
            lines.append(f"  China's share of {STAGES[stage]} ({COUNTED[stage]}): {first} -> {last}")
    worst = {
        place: float(series.max())
        for (unit, place), series in shortage_series(tables["uses"]).items()
        if "magnet" in unit and place in BLOCS
    }
    told = [f"{NAMES[place]} {number(value, 'share')}" for place, value in worst.items() if value > 0.001]
    lines.append(f"  worst shortage of magnets: {', '.join(told) or 'none'}")
    return "\n".join(lines)
