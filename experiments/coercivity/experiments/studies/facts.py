"""Stylised facts of the rare-earth contest, put to the test: runs, verdicts, figures, and the page.

A fact is judged by numbers fixed before the runs were made. What does not hold is said not to hold.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.experiments.figures.look import INCH, PAGE, SCENARIO, apply_style, dash
from coercivity.experiments.studies.fact_extract import Boiled, Panel, extract
from coercivity.experiments.studies.fact_list import JUDGES
from coercivity.experiments.studies.trials import Reuse, map_runs

FIGURES = "figures/facts"
DOTS = 110


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
        draw(folder / f"{name}.png", panels(runs))
        tell(f"{name}: {'held' if held else 'not held'}: {said}")
        parts.append(_section(number, name, fact, held, said))
    return TEXT.format(held=count, count=len(parts), runs=_runs(told["runs"]), parts="\n".join(parts))


def draw(path: Path, panels: "Sequence[Panel]") -> None:
    """A figure with a panel beside the other."""
    import matplotlib.pyplot as plt

    names = dict.fromkeys(name for panel in panels for name in panel.lines)
    first = sorted(names, key=lambda name: name != "baseline")  # black in all figures
    looks = dict(zip(first, itertools.cycle(SCENARIO), strict=False))
    with apply_style():
        figure, axes = plt.subplots(
            1, len(panels), figsize=(PAGE / INCH, 2.5), squeeze=False, layout="constrained"
        )
        for panel, axis in zip(panels, axes[0], strict=True):
            _lines(axis, panel, looks)
        figure.savefig(path, dpi=DOTS, metadata={"Software": None})
        plt.close(figure)


def _lines(axis: "Axes", panel: Panel, looks: Mapping[str, tuple[str, str]]) -> None:
    """The lines of a panel; looks: colour and pattern of a name, the same in every panel."""
    for name, series in panel.lines.items():
        colour, pattern = looks[name]
        years = [int(date[:4]) + (int(date[5:7]) - 1) / 12 for date in series.index]
        axis.plot(
            years, series.to_numpy(dtype=float), label=name, color=colour, linestyle=dash(pattern),
        )  # fmt: skip
    axis.set_title(panel.title)
    axis.set_ylabel(panel.unit)
    low, high = axis.get_ylim()
    axis.set_ylim(min(0.0, low), 1.06 * high if high > 0 else high)
    axis.legend(fontsize=7)


def _section(number: int, name: str, fact: Mapping[str, Any], held: bool, said: str) -> str:
    word, reason = ("Held", fact["held"]) if held else ("Not held", fact["otherwise"])
    return (
        f"## {number}. {fact['claim']}\n\n"
        f"**{word}.** {said} {reason}\n\n"
        f"![{fact['claim']}]({FIGURES}/{name}.png)\n\n"
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
