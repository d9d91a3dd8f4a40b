"""A backtest in words: the table on screen, as Markdown and as CSV; misses first."""

import csv
import io
import math
from collections.abc import Iterator

from coercivity.experiments.validation.backtest_scores import ScoreRow, Scores

UNITS = {
    "flag": "1 if so, else 0",
    "log": "log-RMSE",
    "ratio": "times",
}  # where a unit's name says too little
NOUGHT = 1e-9  # what is smaller is what rounding leaves

__all__ = ["headline", "markdown", "parts", "sentences", "show", "table_csv", "value"]


def show(scores: Scores) -> str:
    """The table on screen: misses first, then what was met, then the scores."""
    lines = [headline(scores), ""]
    for title, rows in parts(scores):
        lines.append(title)
        lines += [_line(row) for row in rows]
        lines.append("")
    return "\n".join([*lines, *sentences(scores), *without(scores)])


def parts(scores: Scores) -> Iterator[tuple[str, list[ScoreRow]]]:
    """Targets missed and met, by period, each under its heading."""
    for met, word in ((False, "missed"), (True, "met")):
        for period in ("fitted", "predicted"):
            rows = [row for row in scores.rows if row.period == period and row.met == met]
            if rows:
                yield f"{word}, {period} period ({len(rows)})", rows


def _line(row: ScoreRow) -> str:
    return (
        f"  {row.name[:78]:<78} record {value(row.record, row.unit):>8}  model "
        f"{value(row.median, row.unit):>8} ({value(row.low, row.unit)} to {value(row.high, row.unit)}) "
        f"{UNITS.get(row.unit, row.unit)}, {row.confidence}"
    )


def value(number: float, unit: str = "") -> str:
    """A number of the table; none where a replay has none.

    >>> value(2012.0, "year"), value(22800.0), value(1e-15), value(math.nan)
    ('2012', '22,800', '0', 'none')
    """
    if not math.isfinite(number):
        return "none"
    if abs(number) < NOUGHT:
        return "0"
    if unit == "year":
        return f"{number:.0f}"
    return (
        f"{number:,.0f}"
        if abs(number) >= 1000
        else f"{number:.1f}"
        if abs(number) >= 100
        else f"{number:.3g}"
    )


def _count(scores: Scores, period: str) -> tuple[int, int]:
    rows = [row for row in scores.rows if row.period == period]
    return sum(row.met for row in rows), len(rows)


def headline(scores: Scores) -> str:
    """How many targets are met."""
    fitted, predicted = _count(scores, "fitted"), _count(scores, "predicted")
    return (
        f"{fitted[0]} of {fitted[1]} fitted targets met, {predicted[0]} of {predicted[1]} predicted ones, "
        f"over {scores.draws} draws"
    )


def sentences(scores: Scores) -> Iterator[str]:
    """What the scores of the predicted price series say."""
    told = ", ".join(f"{kind} {value:+.2f}" for kind, value in scores.skill.items()).replace("-", "\u2212")
    yield f"Skill in log-RMSE of Nd, Pr, Dy and Tb prices 2015-2024 (above zero is better than): {told}."
    told = ", ".join(f"{kind} {value:.2f}" for kind, value in scores.rmse.items())
    yield f"Error of these prices, as log-RMSE (0.1 is about 10 %): {told}."
    told = ", ".join(f"{kind} {value:.2f}" for kind, value in scores.crps.items())
    yield f"Error of whole distributions, as CRPS in logarithms: {told}."
    yield (
        f"{100 * scores.coverage:.0f} % of the records lie within the 90 % intervals; "
        f"{100 * scores.direction:.0f} % of yearly changes have the right sign."
    )


def without(scores: Scores) -> Iterator[str]:
    """What is met when a mechanism is switched off."""
    for kind, found in scores.ablations.items():
        met, error = found["targets met"], found["log-RMSE"]
        yield f"{kind[0].upper()}{kind[1:]}: {met:.0f} targets met, log-RMSE {error:.2f}."


def markdown(scores: Scores) -> str:
    """The tables of `docs/validation.md`: misses first."""
    kinds = list(scores.skill)
    lines = [headline(scores) + ".", ""]
    for title, rows in parts(scores):
        lines += [f"**{title[0].upper()}{title[1:]}**", ""]
        lines.append("| target | unit | record | model (90 %) | " + " | ".join(kinds) + " | record is |")
        lines.append("| --- | --- | ---: | ---: |" + " ---: |" * len(kinds) + " --- |")
        for row in rows:
            numbers = [value(x, row.unit) for x in (row.record, row.median, row.low, row.high)]
            naive = " | ".join(value(row.naive[k], row.unit) for k in kinds)
            model = "{} ({} to {})".format(*numbers[1:])
            unit = UNITS.get(row.unit, row.unit)
            lines.append(f"| {row.name} | {unit} | {numbers[0]} | {model} | {naive} | {row.confidence} |")
        lines.append("")
    return "\n".join([*lines, *(f"{sentence}\n" for sentence in (*sentences(scores), *without(scores)))])


def table_csv(scores: Scores) -> str:
    """All rows with what naive forecasts make of them."""
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\n")
    kinds = list(scores.skill)
    writer.writerow(
        ["target", "period", "unit", "record", "confidence", "median", "low", "high", "met", "error",
         *kinds, "source"]
    )  # fmt: skip
    for row in (*scores.rows, *scores.series):
        numbers = (row.record, row.median, row.low, row.high)
        record, median, low, high = (f"{x:.6g}" if math.isfinite(x) else "" for x in numbers)
        naive = [f"{row.naive[k]:.6g}" if math.isfinite(row.naive[k]) else "" for k in kinds]
        error = f"{row.error:.6g}" if math.isfinite(row.error) else ""
        writer.writerow(
            [row.name, row.period, row.unit, record, row.confidence, median, low, high, int(row.met), error,
             *naive, row.source]
        )  # fmt: skip
    return held.getvalue()
