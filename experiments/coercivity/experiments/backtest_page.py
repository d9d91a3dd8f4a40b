"""The backtest as text, as a page that needs nothing else, as figures and as numbers."""

import base64
import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coercivity.experiments.backtest_scores import Row, Scores
from coercivity.experiments.errors import UserError
from coercivity.experiments.page import CSS
from coercivity.experiments.style import COLOURS, WIDTH, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from coercivity.experiments.history_outcome import Outcome

__all__ = ["markdown", "show", "write"]

SHOWN = ("La", "Nd", "Dy", "Tb")


def show(scores: Scores) -> str:
    """The table on screen: misses first, then what was met, then the scores."""
    lines = [_headline(scores), ""]
    for title, rows in _parts(scores):
        lines.append(title)
        lines += [_line(row) for row in rows]
        lines.append("")
    return "\n".join(lines + list(_sentences(scores)))


def _parts(scores: Scores) -> Iterator[tuple[str, list[Row]]]:
    for met, word in ((False, "missed"), (True, "met")):
        for period in ("fitted", "predicted"):
            rows = [row for row in scores.rows if row.period == period and row.met == met]
            if rows:
                yield f"{word}, {period} period ({len(rows)})", rows


def _line(row: Row) -> str:
    return (
        f"  {row.name[:78]:<78} record {_number(row.record):>8}  model {_number(row.median):>8} "
        f"({_number(row.low)} to {_number(row.high)})  {row.confidence}"
    )


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "none"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 100 else f"{value:.3g}"


def _count(scores: Scores, period: str) -> tuple[int, int]:
    rows = [row for row in scores.rows if row.period == period]
    return sum(row.met for row in rows), len(rows)


def _headline(scores: Scores) -> str:
    fitted, predicted = _count(scores, "fitted"), _count(scores, "predicted")
    return (
        f"{fitted[0]} of {fitted[1]} fitted targets met, {predicted[0]} of {predicted[1]} predicted ones, "
        f"over {scores.draws} draws"
    )


def _sentences(scores: Scores) -> Iterator[str]:
    """What the scores of the predicted price series say."""
    told = ", ".join(f"{kind} {value:+.2f}" for kind, value in scores.skill.items())
    yield f"Skill in log-RMSE of Nd, Pr, Dy and Tb prices 2015-2024 (above nought is better than): {told}."
    told = ", ".join(f"{kind} {value:.2f}" for kind, value in scores.rmse.items())
    yield f"log-RMSE: {told}."
    told = ", ".join(f"{kind} {value:.2f}" for kind, value in scores.crps.items())
    yield f"CRPS in logs: {told}."
    yield (
        f"{scores.coverage:.0%} of the records lie within the 90 % intervals; "
        f"{scores.direction:.0%} of yearly changes have the right sign."
    )
    for kind, found in scores.ablations.items():
        yield f"{kind}: {found['targets met']:.0f} targets met, log-RMSE {found['log-RMSE']:.2f}."


def markdown(scores: Scores) -> str:
    """The tables of `docs/validation.md`: misses first."""
    kinds = list(scores.skill)
    lines = [_headline(scores) + ".", ""]
    for title, rows in _parts(scores):
        lines += [f"**{title[0].upper()}{title[1:]}**", ""]
        lines.append("| target | record | model (90 %) | " + " | ".join(kinds) + " | record is |")
        lines.append("| --- | ---: | ---: |" + " ---: |" * len(kinds) + " --- |")
        for row in rows:
            naive = " | ".join(_number(row.naive[k]) for k in kinds)
            model = f"{_number(row.median)} ({_number(row.low)} to {_number(row.high)})"
            lines.append(f"| {row.name} | {_number(row.record)} | {model} | {naive} | {row.confidence} |")
        lines.append("")
    return "\n".join([*lines, *(f"{sentence}\n" for sentence in _sentences(scores))])


def write(
    folder: Path,
    scores: Scores,
    replays: Mapping[str, Sequence["Outcome"]],
    document: Mapping[str, Any],
    about: Mapping[str, Any],
) -> None:
    """Page, table, numbers and figures into a folder."""
    try:
        (folder / "figures").mkdir(parents=True, exist_ok=True)
        (folder / "backtest.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        (folder / "backtest.csv").write_text(_table_csv(scores), encoding="utf-8")
        (folder / "backtest.md").write_text(markdown(scores), encoding="utf-8")
        pictures = []
        for name, title, figure in _figures(scores, replays):
            held = io.BytesIO()
            figure.savefig(held, format="svg", metadata={"Date": None})
            figure.savefig(folder / "figures" / f"{name}.png")
            pictures.append((title, held.getvalue().decode()))
        page = _page(scores, pictures, {**about, "table": document["hash"]})
        (folder / "report.html").write_text(page, encoding="utf-8")
    except OSError as error:
        raise UserError(f"--out {folder}: {error.strerror}; give another place") from error


def _table_csv(scores: Scores) -> str:
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


def _figures(
    scores: Scores, replays: Mapping[str, Sequence["Outcome"]]
) -> Iterator[tuple[str, str, "Figure"]]:
    import matplotlib.pyplot as plt

    fitted = replays["replay_2005_2014"]
    makers: tuple[tuple[str, str, Callable[[], Figure]], ...] = (
        ("rises_2011", "Rises of FOB prices from 2009 to 2011, by element", lambda: _rises(scores)),
        ("prices_2010_2014", "FOB prices 2010 to 2014 over draws of the fit", lambda: _fitted_prices(fitted)),
        (
            "prices_2015_2024",
            "Prices 2015 to 2024 over 2014: predicted, naive forecasts, and the record",
            lambda: _predicted_prices(scores),
        ),
    )
    for name, title, make in makers:
        with styled():
            figure = make()
            yield name, title, figure
            plt.close(figure)


def _panels() -> tuple["Figure", Any]:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(WIDTH, 5.0), sharex=True)
    return figure, axes.ravel()


def _fan(panel: "Axes", when: np.ndarray, draws: np.ndarray) -> None:
    low, middle, high = np.quantile(draws, [0.05, 0.5, 0.95], axis=0)
    panel.fill_between(when, low, high, color=COLOURS[0], alpha=0.2, lw=0, label="90 % of draws")
    panel.plot(when, middle, color=COLOURS[0], label="median")
    panel.set_yscale("log")


def _fitted_prices(runs: Sequence["Outcome"]) -> "Figure":
    figure, axes = _panels()
    for panel, element in zip(axes, SHOWN, strict=True):
        _fan(panel, runs[0].when, np.array([run.fob[element] for run in runs]))
        panel.set_title(f"{element} oxide, FOB, USD/kg")
    axes[0].legend()
    return figure


def _predicted_prices(scores: Scores) -> "Figure":
    figure, axes = _panels()
    elements = list(scores.by_element)
    for panel, element in zip(axes, elements, strict=True):
        rows = [row for row in scores.series if row.name.startswith(f"{element} ")]
        years = np.array([float(row.name.split(",")[1].split()[0]) for row in rows])
        _fan(panel, years, np.array([row.draws for row in rows]).T)
        panel.plot(years, [row.record for row in rows], "o", color="black", ms=3, label="record")
        for number, kind in enumerate(scores.skill, 1):
            panel.plot(years, [row.naive[kind] for row in rows], color=COLOURS[number], lw=0.9, label=kind)
        panel.set_title(f"{element} oxide")
        panel.set_ylabel("FOB price over that of 2014")
    axes[0].legend(fontsize=6)
    return figure


def _rises(scores: Scores) -> "Figure":
    import matplotlib.pyplot as plt

    rows = [row for row in scores.rows if "2011 over 2009" in row.name]
    figure, panel = plt.subplots(figsize=(WIDTH, 3.2))
    at = np.arange(len(rows))
    median = np.array([row.median for row in rows])
    spread = np.array([[row.median - row.low for row in rows], [row.high - row.median for row in rows]])
    panel.errorbar(at, median, yerr=np.maximum(spread, 0), fmt="o", color=COLOURS[0], label="model, 90 %")
    panel.plot(at, [row.record for row in rows], "x", color="black", label="record")
    panel.set_xticks(at, [row.name.split(" of ")[1].split()[0] for row in rows])
    panel.set_yscale("log")
    panel.set_ylabel("FOB price, 2011 over 2009")
    panel.legend()
    return figure


def _page(scores: Scores, pictures: Sequence[tuple[str, str]], about: Mapping[str, Any]) -> str:
    kinds = list(scores.skill)
    parts = [
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Backtest: coercivity</title><style>{CSS}</style></head><body><main>",
        "<h1>History replayed, and scored</h1>",
        f'<p class="soft">{escape(_headline(scores))}. Fitted on records to 2014, predicted from there.</p>',
    ]
    for title, rows in _parts(scores):
        parts += [f"<h2>{escape(title[0].upper() + title[1:])}</h2>", _html_table(rows, kinds)]
    parts += ["<h2>Scores of prediction</h2>", *(f"<p>{escape(s)}</p>" for s in _sentences(scores))]
    parts.append("<h2>Figures</h2>")
    for place, (title, svg) in enumerate(pictures, 1):
        data = base64.b64encode(svg.encode()).decode()
        parts.append(
            f'<figure><div class="picture"><img src="data:image/svg+xml;base64,{data}"'
            f' alt="{escape(title)}"></div>'
            f"<figcaption><strong>Figure {place}.</strong> {escape(title)}.</figcaption></figure>"
        )
    parts += ["<h2>Price series of the predicted period</h2>", _html_table(scores.series, kinds)]
    facts = "".join(f"<dt>{escape(k)}</dt><dd>{escape(str(v))}</dd>" for k, v in about.items())
    return "\n".join([*parts, f"<h2>Where this comes from</h2><dl>{facts}</dl></main></body></html>"]) + "\n"


def _html_table(rows: Sequence[Row], kinds: Sequence[str]) -> str:
    head = "".join(
        f'<th scope="col" class="n">{escape(word)}</th>'
        for word in ("record", "model", "90 %", "error", *kinds)
    )
    body = "\n".join(_html_row(row, kinds) for row in rows)
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="scores"><table><thead><tr>'
        f'<th scope="col">target</th>{head}<th scope="col">record is</th></tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _html_row(row: Row, kinds: Sequence[str]) -> str:
    numbers = (
        _number(row.record), _number(row.median), f"{_number(row.low)} to {_number(row.high)}",
        _number(row.error), *(_number(row.naive[k]) for k in kinds),
    )  # fmt: skip
    cells = "".join(f'<td class="n">{escape(text)}</td>' for text in numbers)
    note = escape(f"{row.note}. {row.source}", quote=True)
    name, known = escape(row.name), escape(row.confidence)
    return f'<tr><th scope="row" title="{note}">{name}</th>{cells}<td>{known}</td></tr>'
