"""What a report is about: one run or several under the same futures, with what is needed to draw them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from coercivity.experiments.config.labels import Wording
from coercivity.experiments.figures.chart import Choice, Style, styles
from coercivity.experiments.figures.look import SCENARIO
from coercivity.experiments.measures.catalogue import price_weights
from coercivity.experiments.measures.comparison import Comparison
from coercivity.experiments.measures.quantities import YEARS, Weights
from coercivity.experiments.runs.futures import Futures
from coercivity.experiments.runs.gathered import GatheredTables, Tables, gather

YARDSTICK = SCENARIO[0][0]
MOST_DRAWN = 30  # scenarios times years that are drawn, so that a page stays small


@dataclass(frozen=True)
class Subject:
    """Runs by scenario and the rows that compare them; a single run is a comparison with itself.

    folder: the result · evidence: where points on the map and homes of firms are read
    runs: of the first future · configs: the composed configuration of each of these
    futures: the runs of every future by scenario, where there are several · drawn: what these are
    """

    folder: Path
    comparison: Comparison
    runs: Mapping[str, Tables]
    configs: Mapping[str, Mapping[str, Any]]
    evidence: Path
    futures: Mapping[str, GatheredTables] = field(default_factory=dict)
    most_drawn: int = MOST_DRAWN
    drawn: Futures | None = None

    def every(self, name: str) -> GatheredTables:
        """A scenario's tables of all futures; what figures derive from them is kept."""
        return self._gathered[name]

    @cached_property
    def _gathered(self) -> dict[str, GatheredTables]:
        return {name: gather(self.futures.get(name) or run) for name, run in self.runs.items()}

    @property
    def one_seed(self) -> str:
        """What a figure of a single future says of itself, where there are several."""
        seeds = self.comparison.seeds
        return f"One future of {len(seeds)}, not their median. " if seeds else ""

    @property
    def sure(self) -> str:
        """What thin lines on bars are, where there are several futures."""
        return " Thin lines are 80 % bands over futures." if self.comparison.seeds else ""

    @property
    def bands(self) -> tuple[Style, ...]:
        """The legend entry of bands over futures, where there are several."""
        seeds = self.comparison.seeds
        return (Style(f"80 % band of {len(seeds)} futures", YARDSTICK, mark="area"),) if seeds else ()

    @property
    def names(self) -> list[str]:
        """The scenarios, first the yardstick."""
        return list(self.runs)

    @property
    def alone(self) -> bool:
        """Whether it is one run, with nothing to hold it against."""
        return len(self.runs) < 2

    def short(self, name: str) -> str:
        """A scenario's name as figures have it."""
        return self.comparison.short(name)

    @property
    def sentences(self) -> dict[str, str]:
        """What sentences call every scenario."""
        return {name: self.comparison.sentence(name) for name in self.names}

    @property
    def wording(self) -> Wording:
        """The words of the chain."""
        return self.comparison.wording

    @cached_property
    def styles(self) -> dict[str, Style]:
        """Colour and dash of every scenario."""
        return {
            name: Style(self.short(name), style.colour, style.dash)
            for name, style in styles(self.names).items()
        }

    @cached_property
    def weights(self) -> Weights:
        """Weights of prices outside China by future, the same for every scenario."""
        return price_weights(self.every(self.names[0]))

    @property
    def step_years(self) -> float:
        """Length of a step in years."""
        return YEARS[self.comparison.step]

    @cached_property
    def dates(self) -> tuple[str, ...]:
        """First days of the steps."""
        return tuple(sorted(set(self.runs[self.names[0]]["prices"]["date"])))

    @cached_property
    def years(self) -> tuple[str, ...]:
        """The calendar years."""
        return tuple(dict.fromkeys(date[:4] for date in self.dates))

    @property
    def drawn_years(self) -> tuple[str, ...]:
        """The years that may be chosen: all, or fewer where there are many scenarios; the last always."""
        every = -(-len(self.years) * len(self.runs) // self.most_drawn)
        return tuple(reversed(self.years[::-1][::every]))

    @property
    def period(self) -> str:
        """From when to when."""
        return f"{self.comparison.start} to {self.comparison.end}"

    def scenario_choice(self) -> tuple[Choice, ...]:
        """The choice of a scenario, where there are several."""
        if self.alone:
            return ()
        options = tuple((name, self.short(name)) for name in self.names)
        return (Choice("scenario", "scenario", options),)

    def year_choice(self) -> Choice:
        """The choice of a year."""
        return Choice("year", "year", tuple((year, year) for year in self.drawn_years), slides=True)

    def scenario_key(self, name: str) -> dict[str, str]:
        """Keys of what is shown of one scenario."""
        return {} if self.alone else {"scenario": name}

    def per_year(self, table: pd.DataFrame) -> pd.DataFrame:
        """A table with its calendar year, and the part of a year the run covers of it: `weight`."""
        steps = pd.Series(self.dates).str[:4].value_counts() * self.step_years
        year = table["date"].str[:4]
        return table.assign(year=year, weight=1 / year.map(steps).clip(upper=1.0))


def pairs(series: "pd.Series[Any]") -> list[tuple[tuple[str, str], float]]:
    """A series over two names as plain pairs of names with their number."""
    return [
        ((str(key[0]), str(key[1])), float(value)) for key, value in zip(series.index, series, strict=True)
    ]
