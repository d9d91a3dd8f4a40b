"""Stylised facts of the rare-earth contest, put to the test: runs, verdicts, figures, and the page.

A fact is judged by numbers fixed before the runs were made. What does not hold is said not to hold.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.experiments.figures import paper
from coercivity.experiments.figures.chart import Figure, Lines, Series, Style
from coercivity.experiments.figures.look import SCENARIO, apply_style
from coercivity.experiments.studies.fact_extract import Boiled, Panel, extract
from coercivity.experiments.studies.fact_list import JUDGES
from coercivity.experiments.studies.trials import Reuse, map_runs

FIGURES = "figures/facts"
DOTS, WIDTH, SHOWN = 220, 76.0, 440  # dots an inch, mm, and pixels at which a page shows them
LETTERS, TITLE, POINTS = 40, 7.5, 72  # letters of a line of a title, points of it, and of an inch


def settings() -> dict[str, Any]:
    """The runs and the facts, as conf/trial/stylised_facts.yaml has them."""
    found = read_yaml(conf_dir() / "trial" / "stylised_facts.yaml")
    assert isinstance(found, dict)
    return found


def page(out: Path, workers: int, seeds: int, reuse: Reuse, tell: Callable[[str], None]) -> str:
    """Make every run, judge every fact, draw its figure under figures/facts, and write the page."""
    del seeds, reuse  # one future; every run is made anew

    told = settings()
    runs: dict[str, Boiled] = {}
    for done, (name, found) in enumerate(map_runs(told["runs"], extract, workers), 1):
        runs[name] = found
        tell(f"{done} of {len(told['runs'])}: {name}")
    folder = out / FIGURES
    folder.mkdir(parents=True, exist_ok=True)
    parts, count = [], 0
    for number, (name, fact) in enumerate(told["facts"].items(), 1):
        judge, panels = JUDGES[name]
        held, said = judge(runs)
        count += held
        draw(folder / f"{name}.png", fact["claim"], held, panels(runs))
        tell(f"{name}: {'held' if held else 'not held'}: {said}")
        parts.append(_section(number, name, fact, held, said))
    return TEXT.format(held=count, count=len(parts), runs=_runs(told["runs"]), parts="\n".join(parts))


def draw(path: Path, claim: str, held: bool, panels: "Sequence[Panel]") -> None:
    """A figure whose title is the claim and its verdict, its panels below each other: readable on a phone."""
    import matplotlib.pyplot as plt
    from matplotlib.font_manager import FontProperties

    names = dict.fromkeys(name for panel in panels for name in panel.lines)
    first = sorted(names, key=lambda name: name != "baseline")  # dark grey in all figures
    looks = {name: Style(name, *look) for name, look in zip(first, itertools.cycle(SCENARIO), strict=False)}
    figure = Figure(
        path.stem, claim, "", tuple(_lines(one, looks) for one in panels), legend=tuple(looks.values())
    )
    with apply_style(WIDTH):
        drawn = paper.draw(figure, WIDTH, {})
        title = "\n".join(wrap(f"{claim}: {'held' if held else 'not held'}", LETTERS))
        (legend,) = drawn.legends
        legend.set_title(title, prop=FontProperties(weight="bold", size=TITLE))
        legend.set_alignment("left")
        drawn.set_figheight(drawn.get_figheight() + 1.5 * TITLE * (title.count("\n") + 1) / POINTS)
        drawn.savefig(path, dpi=DOTS, metadata={"Software": None})
        plt.close(drawn)


def _lines(panel: Panel, looks: Mapping[str, Style]) -> Lines:
    """A panel of a figure; looks: of a name, the same in every panel."""
    every = {name: line.to_numpy(dtype=float) for name, line in panel.lines.items()}
    series = tuple(Series(looks[name], tuple(map(float, values))) for name, values in every.items())
    dates = tuple(str(date)[:10] for date in next(iter(panel.lines.values())).index)
    return Lines(panel.title, panel.unit, dates, series)


def _section(number: int, name: str, fact: Mapping[str, Any], held: bool, said: str) -> str:
    word, reason = ("Held", fact["held"]) if held else ("Not held", fact["otherwise"])
    return (
        f"## {number}. {fact['claim']}\n\n"
        f"**{word}.** {said} {reason}\n\n"
        f'<img src="{FIGURES}/{name}.png" width="{SHOWN}" alt="{fact["claim"]}">\n\n'
        f"*Judged by:* {fact['judged_by']}. *Runs:* {'; '.join(fact['runs'])}.\n"
    )


def _runs(wanted: Mapping[str, Sequence[str]]) -> str:
    lines = (" ".join(["coercivity run", *map(_quote_word, words)]) for words in wanted.values())
    return "\n".join(f"| {name} | `{line}` |" for name, line in zip(wanted, lines, strict=True))


def _quote_word(word: str) -> str:
    return f"'{word}'" if any(sign in word for sign in '{" ') else word


TEXT = """# Stylised facts, put to the test

What people who know the field take for granted, asked of the model. {held} of {count} hold. Each is judged by
numbers that were fixed before the runs were made, but for two whose measure was chosen anew after a first
look, without a verdict turning on it: the ban is judged by magnets (not by oxides and separation), panic by
stocks outside China (not by days of cover in Japan). No mechanism was bent to make one hold. Written, with
its figures, by

    coercivity experiment stylised_facts

from one future (seed 0), ten years by quarter, against what the same future holds in another run:

| run | is |
| --- | --- |
{runs}

{parts}"""
