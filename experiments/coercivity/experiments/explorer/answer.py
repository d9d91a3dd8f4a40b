"""What the page shows of finished runs: words, numbers and figures, made as the report makes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from coercivity.experiments.config.labels import Wording
from coercivity.experiments.explorer.question import setting_name
from coercivity.experiments.figures import gallery
from coercivity.experiments.figures.chart import Choice, Figure
from coercivity.experiments.figures.curves import price_panel, telling
from coercivity.experiments.figures.subject import Subject
from coercivity.experiments.measures.comparison import Comparison, compare_tables
from coercivity.experiments.measures.quantities import YEARS
from coercivity.experiments.reports import page
from coercivity.experiments.reports import sections as pages
from coercivity.experiments.reports.finding import finding
from coercivity.experiments.reports.headlines import findings, headlines
from coercivity.experiments.runs.manifest import read_manifest
from coercivity.experiments.runs.result import load_result

FIRST = ("prices", "shares", "map", "who_pays", "fiscal")  # the rest is drawn when it is asked for


@dataclass(frozen=True)
class Answer:
    """Runs by name, ready to be told of."""

    subject: Subject
    folders: Mapping[str, Path]

    @cached_property
    def first(self) -> dict[str, Any]:
        """What people ask for first: in short, a table, prices, shares, map and accounts."""
        subject = self.subject
        comparison = subject.comparison
        said = findings(comparison) if subject.alone else [finding(comparison), *headlines(comparison)]
        return {
            "said": said,
            "names": [setting_name(name) for name in subject.names],
            "table": pages.table_of(subject),
            "every": pages.table_of(subject, every=True),
            "legend": pages.legend_of_table(subject),
            "figures": page.figures(self._leading),
            "more": [setting_name(name) for name in gallery.NAMES if name not in FIRST],
            "rows": comparison.as_dict(),
            "runs": [
                {"name": name, "folder": str(folder), "hash": read_manifest(folder).config_hash}
                for name, folder in self.folders.items()
            ],
        }

    @cached_property
    def rest(self) -> dict[str, Any]:
        """The other figures of a report."""
        found = self._made(lambda name: name not in FIRST)
        return {"figures": page.figures(found, len(self._leading) + 1)}

    @cached_property
    def _leading(self) -> list[Figure]:
        return self._made(lambda name: name in FIRST)

    def _made(self, wanted: Callable[[str], bool]) -> list[Figure]:
        """The figures wanted, of which this subject has something to show."""
        makers = zip(gallery.NAMES, gallery.MAKERS, strict=True)
        made = [make(self.subject) for name, make in makers if wanted(name)]
        return [by_element(figure, self.subject) for figure in made if figure is not None]


def answer(folders: Mapping[str, Path], out: Path, evidence: Path) -> Answer:
    """The answer that run folders give, the first the yardstick. Drawn at once, so that faults show here."""
    mine = {name: next(iter(load_result(folder).first.values())) for name, folder in folders.items()}
    tables, configs = ({n: getattr(run, what) for n, run in mine.items()} for what in ("tables", "config"))
    config = next(iter(configs.values()))
    clock, wording = config["clock"], Wording.of(config)
    titles = {name: run.manifest.title for name, run in mine.items()}
    rows = compare_tables(tables, YEARS[clock["step"]], wording)
    ends = str(clock["start"]), str(clock["end"]), str(clock["step"])
    comparison = Comparison(titles, rows, *ends, wording=wording)
    found = Answer(Subject(out, comparison, tables, configs, evidence), folders)
    _ = found.first
    return found


def by_element(figure: Figure, subject: Subject) -> Figure:
    """The figure of prices with a choice of the material; any other as it is."""
    if figure.name != "prices":
        return figure
    told = telling(subject)
    forms = {material.partition(":")[0] for material in told}
    every = sorted({name for run in subject.runs.values() for name in run["prices"]["material"]})
    materials = [name for name in every if name.partition(":")[0] in forms]
    if len(materials) <= len(told):
        return figure
    together = ", ".join(map(_element, told))
    panels = [replace(panel, keys={"element": together}) for panel in figure.panels]
    panels += [replace(price_panel(subject, one), keys={"element": _element(one)}) for one in materials]
    options = [*map(_element, materials), together]
    choice = Choice("element", " or ".join(sorted(forms)), tuple((name, name) for name in options))
    return replace(figure, panels=tuple(panels), choices=(*figure.choices, choice))


def _element(material: str) -> str:
    return material.partition(":")[2]
