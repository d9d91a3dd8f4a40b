"""Futures of replays: what each says of every series, by year. A future is a draw of the posterior, a seed
and a place of demand drivers; streams of the world as the rules have them.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.evidence_reader import read_evidence
from coercivity.experiments.forecasts.rules import KINDS, Rules
from coercivity.experiments.runs.execution import map_tasks
from coercivity.experiments.validation.backtest import FIXED, NOTHING, Draw, read_draws
from coercivity.experiments.validation.history_outcome import Replay, replay, settings_with
from coercivity.experiments.validation.history_targets import FIRST, SECOND, statistic, targets
from coercivity.model.inputs.evidence import Evidence

__all__ = ["FITTED", "QUOTA_ONLY", "VARIANTS", "FutureTask", "plan_futures", "run_futures"]

FITTED, QUOTA_ONLY = "fitted", "quota_only"
POSTERIOR = "history_posterior.csv"
VARIANTS = ("conditional", "unconditional")
STOPS = ("firm.outage.active=true",)
LATER = ("market.demand_scenario=expected", "market.output=expected")
MAKERS = {"blanks.CN": ("CN",), "blanks.JP": ("JP",), "blanks.EU_US": ("EU", "US")}
OTHERS = "blanks.others"


@dataclass(frozen=True)
class FutureTask:
    """One replay. variant: fitted, conditional, unconditional or quota_only; settings: over the scenario"""

    variant: str
    number: int
    scenario: str
    values: Mapping[str, float]
    driver: float
    settings: tuple[str, ...]
    off: tuple[str, ...] = ()


def plan_futures(rules: Rules, evidence: Evidence, futures: int) -> list[FutureTask]:
    """Every replay: futures of the fitted years and of both variants, and the program with a quota alone."""
    draws = read_posterior() or read_draws(None)
    chosen = [draws[n * len(draws) // futures % len(draws)] for n in range(futures)]
    order = np.random.default_rng(rules["seed"]).permutation(futures)
    spread = [float(2.0 * (at + 0.5) / futures - 1.0) for at in order]
    streams = _streams(evidence)
    kinds = {
        FITTED: (FIRST, (*STOPS, *streams["supply"])),
        "conditional": (SECOND, (*STOPS, *streams["supply"])),
        "unconditional": (SECOND, (*STOPS, *LATER, *streams["supply"], *streams["demand"])),
    }
    tasks = [
        FutureTask(
            variant, n, scenario, draw.values, draw.driver if variant == FITTED else spread[n], settings
        )
        for n, draw in enumerate(chosen)
        for variant, (scenario, settings) in kinds.items()
    ]
    first: Draw = draws[0]
    quiet = FutureTask(QUOTA_ONLY, 0, SECOND, first.values | FIXED, 0.0, (), NOTHING)
    return [*tasks, quiet]


def read_posterior() -> list[Draw]:
    """Draws of the posterior in conf/calibrated; none where none are kept."""
    path = conf_dir() / "calibrated" / POSTERIOR
    if not path.is_file():
        return []
    return [
        Draw(f"posterior {number}", float(row.pop("driver")), {str(k): float(v) for k, v in row.items()})
        for number, row in enumerate(pd.read_csv(path).to_dict("records"))
    ]


def _streams(evidence: Evidence) -> dict[str, tuple[str, ...]]:
    """Settings of the streams of supply and of demand, spreads from uncertainty.csv."""
    groups = {"supply": ("undocumented", "memory"), "demand": ("demand", "use", "region", "output")}
    return {
        group: tuple(
            f"market.stream.{name}={evidence.number('uncertainty', f'market.stream.{name}', 'range')}"
            for name in names
        )
        for group, names in groups.items()
    }


def run_futures(tasks: Sequence[FutureTask], evidence: Path, workers: int) -> pd.DataFrame:
    """Every replay as rows: variant, future, kind, series, year, log level over the base year of the record.

    A replay that does not clear is left out, and told of.
    """
    found: dict[int, list[tuple[Any, ...]]] = {}
    for at, rows in map_tasks(_run, [(task, str(evidence)) for task in tasks], workers):
        found[at] = rows
        end = "\n" if len(found) == len(tasks) else ""
        print(f"\r{len(found)} of {len(tasks)} futures", end=end, file=sys.stderr, flush=True)
    for task, rows in ((tasks[at], found[at]) for at in sorted(found)):
        if not rows:
            print(f"{task.variant} future {task.number} did not clear and is left out", file=sys.stderr)
    columns = ["variant", "future", "kind", "series", "year", "level"]
    return pd.DataFrame([row for at in sorted(found) for row in found[at]], columns=columns)


def _run(job: tuple[FutureTask, str]) -> list[tuple[Any, ...]]:
    task, folder = job
    composed = compose([f"scenario={task.scenario}", *task.settings])
    try:
        outcome = replay(
            settings_with(composed, task.values, task.number, task.driver, task.off), Path(folder)
        )
    except Exception:  # whatever it is, the others go on; it is told of
        return []
    return _read(task, outcome, read_evidence(Path(folder)))


def _read(task: FutureTask, outcome: Replay, evidence: Evidence) -> list[tuple[Any, ...]]:
    fitted = task.variant == FITTED
    account, base = ("account_2014", 2009) if fitted else ("account_2024", 2014)
    rows = []
    for name, year, spec in _price_specs(outcome, evidence, fitted):
        value = float(np.log(statistic(spec, outcome, evidence)))
        rows.append((task.variant, task.number, KINDS[0], name, year, value))
    known = {place for places in MAKERS.values() for place in places}
    others = tuple(place for place in outcome.magnets if place not in known)
    for maker, places in (*MAKERS.items(), (OTHERS, others)):
        start = evidence.number(account, maker, "account", "counted", base)
        tonnes = sum(outcome.magnets.get(place, np.zeros(outcome.when.size)) for place in places)
        for year in sorted(set(outcome.when.astype(int))):
            made = max(outcome.total(np.asarray(tonnes), year), 1.0)  # nothing made is a tonne, for its log
            rows.append((task.variant, task.number, KINDS[1], maker, year, float(np.log(made / start))))
    return rows


def _price_specs(outcome: Replay, evidence: Evidence, fitted: bool) -> list[tuple[str, int, str]]:
    """Element, year and statistic of every price: FOB in the fitted years, else as history.csv has it."""
    if fitted:
        years = sorted(set(outcome.when.astype(int)))
        return [(e, y, f"fob:{e}:{y}/2009") for e in ("Nd", "Pr", "Dy", "Tb") for y in years]
    specs = [t.spec for t in targets(evidence, "series")]
    return [(spec.split(":")[1], int(spec.split(":")[3]), spec) for spec in specs]
