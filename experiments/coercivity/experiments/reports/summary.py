"""A few lines on screen at the end of a run."""

from pathlib import Path

from coercivity.experiments.config.compose import Composed
from coercivity.experiments.config.labels import Wording
from coercivity.experiments.config.places import BLOCS, HOME_NAME, NAMES
from coercivity.experiments.measures.catalogue import price_series, price_weights, share_series
from coercivity.experiments.measures.comparison import compare_result, number
from coercivity.experiments.measures.quantities import shortages
from coercivity.experiments.reports.headlines import findings
from coercivity.experiments.runs.gathered import Tables, gather
from coercivity.experiments.runs.result import load_result


def summary_of_futures(folder: Path) -> str:
    """What a run of several futures found: medians with bands, a line a subject."""
    result = load_result(folder)
    found = compare_result(result)
    return "\n  ".join([f"{result.manifest.title}: {found.futures}", *findings(found)[1:]])


def summary(tables: Tables, composed: "Composed") -> str:
    """What happened, in at most a dozen lines."""
    clock = composed.values["clock"]
    lines = [f"{composed.title} ({clock['start']} to {clock['end']}, by {clock['step']})"]
    tables = gather(tables)
    weights, wording = price_weights(tables), Wording.of(composed.values)
    words = wording.names.words
    for material in (one for one in words.listed if one in words.asked):
        series = price_series(tables, material, weights)
        if series.empty:
            continue
        ends = [number(float(series[side].iloc[at]), "USD/kg") for side in series for at in (0, -1)]
        inside, outside = " -> ".join(ends[:2]), " -> ".join(ends[2:])
        lines.append(f"  {wording.priced(material)}, USD/kg: inside {HOME_NAME} {inside}, outside {outside}")
    for stage, word in words.stages.items():
        share = share_series(tables, stage)
        if len(share):
            first, last = (number(float(share.iloc[at]), "share") for at in (0, -1))
            lines.append(f"  {HOME_NAME}'s share of {word} ({wording.counted(stage)}): {first} -> {last}")
    most = shortages(tables).groupby(level=[0, 1], observed=True).max()
    worst = {
        place: float(value)
        for (unit, place), value in zip(most.index, most, strict=True)
        if wording.is_service(unit) and place in BLOCS
    }
    told = [f"{NAMES[place]} {number(value, 'share')}" for place, value in worst.items() if value > 0.001]
    lines.append(f"  worst shortage of {wording.services}: {', '.join(told) or 'none'}")
    return "\n".join(lines)
