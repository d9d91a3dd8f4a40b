"""The figures of a backtest as plain data: what was replayed against what was recorded."""

import math
from collections.abc import Callable, Sequence

import pandas as pd

from coercivity.experiments.base.errors import UserError, nearest_or_all
from coercivity.experiments.figures.chart import Bars, Figure, Lines, Ranges, Series, Style
from coercivity.experiments.figures.look import FAINT, RECORD, SCENARIO
from coercivity.experiments.validation.backtest_scores import HIGH, LOW, ScoreRow
from coercivity.experiments.validation.backtest_store import Backtest
from coercivity.experiments.validation.backtest_words import headline, parts, value
from coercivity.experiments.validation.history_targets import FIRST

SHOWN = ("La", "Nd", "Dy", "Tb")
MODEL = Style("model, median of draws", SCENARIO[0][0])
SPAN = Style("90 % of draws", SCENARIO[0][0], mark="area")
POINT = Style("model, median and 90 % of draws", SCENARIO[0][0], mark="dot")
MISSED = Style("missed: median and 90 % of draws", SCENARIO[1][0], mark="dot")
MET = Style("met: median and 90 % of draws", SCENARIO[3][0], mark="dot")
KNOWN = Style("record", RECORD, mark="cross")
BAND = Style("what counts as met", FAINT)
NAIVE = SCENARIO[4:7]
APART = ("year", "log", "flag")  # units of targets of which no multiple is told
LEAST = 0.1  # of the record: ends below are cut
Drawn = Figure | None


def figures(found: Backtest) -> list[Figure]:
    """Every figure there is something to draw for."""
    return [figure for make in MAKERS.values() if (figure := make(found)) is not None]


def figure(found: Backtest, name: str) -> Figure:
    """One figure by name. Raises UserError where there is none, or nothing to draw on it."""
    if name not in MAKERS:
        hint = nearest_or_all(name, MAKERS, "a backtest has")
        raise UserError(f"there is no figure `{name}`{hint}")
    drawn = MAKERS[name](found)
    if drawn is None:
        raise UserError(f"this backtest has nothing to draw on figure `{name}`; try another, such as targets")
    return drawn


def targets(found: Backtest) -> Drawn:
    """Every target that is an amount, as a multiple of its record, misses first."""
    panels = []
    for title, rows in parts(found.scores):
        shown = [row for row in rows if row.unit not in APART and row.record > 0 and row.median > 0]
        if shown:
            panels.append(_multiples(title, shown))
    if not panels:
        return None
    return Figure(
        "targets",
        _capital(headline(found.scores)),
        "What the replays come to as a multiple of what was recorded; 1 is the record. Misses first.",
        tuple(panels),
        legend=(MISSED, MET, BAND),
        note=f"Dates, errors and what is nought are in the tables alone; ends below {LEAST:g} are cut.",
    )


def _multiples(title: str, rows: Sequence[ScoreRow]) -> Ranges:
    def over(row: ScoreRow, value: float) -> float | None:
        return max(value / row.record, LEAST) if math.isfinite(value) else None

    names = tuple(row.name for row in rows)
    none = (None,) * len(rows)
    low, high = (tuple(over(row, getattr(row, end)) for row in rows) for end in ("band_low", "band_high"))
    band = Series(BAND, none, low, high)
    ends = [tuple(over(row, getattr(row, what)) for row in rows) for what in ("median", "low", "high")]
    model = Series(MET if rows[0].met else MISSED, *ends)
    heading = f"{title[0].upper()}{title[1:]}"
    return Ranges(heading, "model over record", names, (model, band), log=True, reference=1.0)


def prices_fitted(found: Backtest) -> Drawn:
    """FOB prices of the fitted years over draws of the fit, and the record."""
    rows = found.paths[found.paths["scenario"] == FIRST]
    panels = []
    for element in SHOWN:
        table = rows[rows["element"] == element].pivot_table(index="date", columns="draw", values="fob")
        if table.empty:
            continue
        dates = tuple(map(str, table.index))
        known = found.record.get(element, {})
        record = [known.get(int(date[:4])) if _mid_year(date, dates) else None for date in dates]
        series = (Series(MODEL, *_spread(table)), Series(KNOWN, tuple(record)))
        panels.append(Lines(f"{element} oxide, FOB", "USD/kg", dates, series, log=True))
    if not panels:
        return None
    return Figure(
        "prices_2010_2014",
        _peaks(panels[-1]),
        "Fitted years, 2010 to 2014: replayed prices over the draws of the fit, and the record.",
        tuple(panels),
        legend=(MODEL, SPAN, KNOWN),
        note="The record is a year's mean, drawn in the middle of its year; the model is drawn by steps.",
    )


def _mid_year(date: str, dates: Sequence[str]) -> bool:
    """Whether a step is the one in the middle of its year."""
    year = [one for one in dates if one[:4] == date[:4]]
    return date == year[len(year) // 2]


def _spread(table: pd.DataFrame) -> list[tuple[float | None, ...]]:
    """Median, low and high end of each row."""
    return [tuple(map(float, table.quantile(share, axis=1))) for share in (0.5, LOW, HIGH)]


def prices_predicted(found: Backtest) -> Drawn:
    """Prices of the predicted years over those of 2014: model, naive forecasts, record."""
    scores = found.scores
    kinds = [Style(kind, colour, dash) for kind, (colour, dash) in zip(scores.skill, NAIVE, strict=False)]
    panels = []
    for element in scores.by_element:
        rows = [row for row in scores.series if row.name.startswith(f"{element} ")]
        dates = tuple(f"{row.name.split(',')[1].split()[0]}-01-01" for row in rows)
        table = pd.DataFrame([row.draws for row in rows])
        naive = tuple(Series(one, tuple(_finite(row.naive[one.name]) for row in rows)) for one in kinds)
        record = Series(KNOWN, tuple(row.record for row in rows))
        series = (*naive, Series(MODEL, *_spread(table)), record)
        basis = rows[0].note.partition(";")[0]
        title = f"{element} oxide: {basis}" if basis else f"{element} oxide"
        panels.append(Lines(title, "price over that of 2014", dates, series, log=True))
    if not panels:
        return None
    return Figure(
        "prices_2015_2024",
        _off(found),
        "Predicted years, 2015 to 2024: the model and naive forecasts, from 2014 on, and the record.",
        tuple(panels),
        legend=(MODEL, SPAN, KNOWN, *kinds),
    )


def _peaks(panel: Lines) -> str:
    """How high the last material told goes, replayed and recorded."""
    known = [[one for one in series.values if one is not None] for series in panel.series]
    replayed, recorded = (value(max(values, default=math.nan)) for values in known)
    return f"{panel.title}: at most {replayed} USD/kg in the replay, {recorded} in the record"


def _dearer(rows: Sequence[ScoreRow]) -> str:
    """The steepest rise on record, and what the replay makes of it."""
    most = max(rows, key=lambda row: row.record)
    name = most.name.partition(" of ")[2].partition(",")[0]
    return f"{name}, 2011 over 2009: {value(most.record)} times on record, {value(most.median)} in the replay"


def _off(found: Backtest) -> str:
    """The error of predicted prices beside that of the best naive forecast."""
    errors = dict(found.scores.rmse)
    text = f"Predicted prices are off by {errors.pop('model'):.2f} in logarithms"
    if not errors:
        return text
    best = min(errors, key=lambda kind: errors[kind])
    return f"{text}, the best naive forecast ({best}) by {errors[best]:.2f}"


def _by_element(found: Backtest) -> str:
    """For how many elements the model is nearer to the record than every naive forecast."""
    every = found.scores.by_element.values()
    ahead = sum(errors["model"] < min(v for kind, v in errors.items() if kind != "model") for errors in every)
    return f"The model is nearer than every naive forecast for {ahead} of {len(every)} elements"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def rises(found: Backtest) -> Drawn:
    """Rises of FOB prices from 2009 to 2011 by element."""
    rows = [row for row in found.scores.rows if row.name.endswith("2011 over 2009")]
    if not rows:
        return None
    ends = [tuple(_finite(getattr(row, what)) for row in rows) for what in ("median", "low", "high")]
    series = (Series(POINT, *ends), Series(KNOWN, tuple(row.record for row in rows)))
    names = tuple(row.name.partition(" of ")[2].partition(",")[0] for row in rows)
    panel = Ranges("FOB prices", "price of 2011 over that of 2009", names, series, log=True)
    return Figure(
        "rises_2011",
        _dearer(rows),
        "How many times dearer each oxide became, replayed and recorded.",
        (panel,),
        legend=(POINT, KNOWN),
    )


def errors(found: Backtest) -> Drawn:
    """Errors of prediction by element, against naive forecasts."""
    scores = found.scores
    if not scores.by_element:
        return None
    styles = [Style("model", SCENARIO[0][0])]
    styles += [Style(kind, *look) for kind, look in zip(scores.skill, NAIVE, strict=False)]
    names = (*scores.by_element, "all")
    values = [*scores.by_element.values(), scores.rmse]
    series = tuple(Series(one, tuple(float(v[one.name]) for v in values)) for one in styles)
    labels = tuple(f"{name} oxide" if name != "all" else "all together" for name in names)
    panel = Bars("Error of prices 2015 to 2024", "log-RMSE (0.1 is about 10 %)", labels, series)
    return Figure(
        "errors",
        _by_element(found),
        "Root mean squared error in logarithms of yearly prices, the model's and those of naive forecasts.",
        (panel,),
        legend=tuple(styles),
    )


MAKERS: dict[str, Callable[[Backtest], Drawn]] = {
    "targets": targets,
    "prices_2015_2024": prices_predicted,
    "prices_2010_2014": prices_fitted,
    "rises_2011": rises,
    "errors": errors,
}
