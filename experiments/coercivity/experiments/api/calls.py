"""The calls behind `coercivity.api`: what the commands do, from Python."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercivity.experiments.api.results import AnalysisResult, ComparisonResult, RunResult, SweepResult
from coercivity.experiments.api.words import Settings, several, words_of
from coercivity.experiments.base.errors import UserError, unknown
from coercivity.experiments.base.paths import evidence_of
from coercivity.experiments.base.progress import silent
from coercivity.experiments.base.tables import TABLES, tidy
from coercivity.experiments.config.chains import default_chain
from coercivity.experiments.config.compose import Composed
from coercivity.experiments.config.ensemble import PLAIN, USUAL, read_asked
from coercivity.experiments.config.listing import LISTS
from coercivity.experiments.config.validate import compose_file, compose_words
from coercivity.experiments.measures.comparison import compare_result
from coercivity.experiments.runs.ensemble import execute_futures
from coercivity.experiments.runs.execution import read_workers
from coercivity.experiments.runs.manifest import read_manifest
from coercivity.experiments.runs.result import load_result, load_run
from coercivity.experiments.runs.run import build_world, execute, simulate
from coercivity.model.inputs.settings import Settings as ModelSettings

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.model.world import World

    Result = RunResult | ComparisonResult | SweepResult

__all__ = [
    "analyse",
    "backtest",
    "build",
    "compare",
    "evidence",
    "list_levers",
    "list_materials",
    "list_scenarios",
    "list_states",
    "list_strategies",
    "load",
    "run",
    "settings",
    "sweep",
]


def run(
    scenario: str = "baseline",
    settings: Settings = (),
    *,
    seed: int | None = None,
    futures: int = 1,
    ensemble: str = "default",
    workers: int = 1,
    out: str | Path | None = None,
    on_step: Callable[[int, int], None] | None = None,
) -> RunResult:
    """Run one scenario, in one future or several.

    Parameters
    ----------
    scenario
        Name of a scenario (`list_scenarios()`), or a path to a scenario file.
    settings
        Settings by key, as in `{"clock.end": "2030-01", "market.elasticity": 0.5}`, or the words of the
        command line, as in `["clock.end=2030-01"]`.
    seed
        Seed of every random stream; runs with the same seed meet the same chance events.
    futures
        How many futures; tables of more than one have a column `future`.
    ensemble
        What several futures draw (`conf/ensemble`): `default`, `luck` (chance alone) or `none` (seeds alone).
    workers
        Processes for several futures; more than one needs a guard `if __name__ == "__main__":`.
    out
        A folder to keep the run in; without it the tables stay in memory.
    on_step
        Called after each step with the steps done and the steps in all.

    Returns
    -------
    RunResult
        Tables as attributes (`prices` in USD/kg, `flows` in t, ...), units in `.attrs`.

    Raises
    ------
    UserError
        For a setting, a name or a value that cannot be; the message says what would be right.

    Examples
    --------
    >>> result = run("baseline", {"clock.end": "2025-04"}, seed=7)
    >>> list(result.prices.columns)
    ['step', 'date', 'jurisdiction', 'material', 'price', 'low', 'high']
    """
    composed = _compose(scenario, settings, seed)
    evidence = evidence_of(composed.values)
    if (count := _count_futures(futures, ensemble)) > 1:
        return _run_futures(composed, (count, ensemble), read_workers(workers), out, on_step or silent)
    if out is not None:
        tables = execute(composed, evidence, Path(out), on_step or silent).tables
    else:
        tables = simulate(composed, evidence, on_step or silent)[0]
    neat = {name: tidy(name, tables[name], spec) for name, spec in TABLES.items()}
    folder = None if out is None else Path(out)
    return RunResult(composed.scenario, composed.title, composed.values, neat, folder)


def _count_futures(futures: int, ensemble: str) -> int:
    """How many are asked for; an ensemble needs more than one. Raises UserError."""
    _, count, _ = read_asked([f"futures={futures}", f"ensemble={ensemble}"], None)
    if not (count and count > 1) and ensemble not in (PLAIN, USUAL):
        raise UserError(f"ensemble={ensemble!r} says what futures draw, and this run has one; add futures=20")
    return count or 1


def _run_futures(
    composed: Composed,
    asked: tuple[int, str],
    workers: int,
    out: str | Path | None,
    on_step: Callable[[int, int], None],
) -> RunResult:
    """A run in several futures, kept in a folder; without one, in memory."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "run" if out is None else Path(out)
        execute_futures(composed, evidence_of(composed.values), folder, asked, workers, on_step)
        kept = load_run(folder)
        found = RunResult(composed.scenario, composed.title, kept.config, dict(kept.tables))
        return found if out is None else replace(found, folder=folder)


def build(scenario: str = "baseline", settings: Settings = (), *, seed: int | None = None) -> World:
    """A world before its first step: a Mesa model with `agents`, `datacollector` and `step()`.

    Parameters
    ----------
    scenario, settings, seed
        As for `run`.

    Examples
    --------
    >>> world = build("baseline", {"clock.end": "2025-07"})
    >>> world.step()
    >>> world.clock
    1
    """
    composed = _compose(scenario, settings, seed)
    return build_world(composed, evidence_of(composed.values))


def settings(
    scenario: str = "baseline", settings: Settings = (), *, seed: int | None = None
) -> ModelSettings:
    """The checked settings of a world, as `World(settings, evidence())` and `mesa.batch_run` take them.

    Parameters
    ----------
    scenario, settings, seed
        As for `run`.
    """
    return _compose(scenario, settings, seed).settings


def evidence(scenario: str = "baseline") -> Path:
    """The folder of sourced figures that a scenario's chain uses."""
    return evidence_of(_compose(scenario, (), None).values)


def compare(
    scenarios: Sequence[str],
    settings: Settings = (),
    *,
    futures: int | None = None,
    ensemble: str | None = None,
    workers: int = 1,
    out: str | Path | None = None,
) -> ComparisonResult:
    """Run scenarios under the same futures; the others are compared with the first.

    Parameters
    ----------
    scenarios
        Two names of scenarios or more, or paths to scenario files.
    settings
        As for `run`; they hold for every scenario.
    futures
        How many futures, the same for all scenarios (default: 20); 1 gives a single line.
    ensemble
        What the futures draw (`conf/ensemble`): `default`, `luck` (chance alone) or `none` (seeds alone).
    workers
        Processes; more than one needs a script guarded by `if __name__ == "__main__":`.
    out
        Folder of the result, with its report (default: under `results/compare`).

    Returns
    -------
    ComparisonResult
        `.to_frame()` has a row a measure and place; `.report` is an HTML file.
    """
    from coercivity.experiments.reports.compare import ComparisonRequest, run_comparison

    words = [*several("scenarios", scenarios), *words_of(settings)]
    words += [] if ensemble is None else [f"ensemble={ensemble}"]
    request = ComparisonRequest(
        words, futures=futures, workers=workers, out=None if out is None else Path(out)
    )
    return _comparison(run_comparison(request)[1])


def sweep(
    question: str | Sequence[str],
    settings: Settings = (),
    *,
    workers: int = 1,
    out: str | Path | None = None,
    **options: Any,
) -> SweepResult:
    """Make the runs of a design into one dataset that can be interrupted and continued.

    Parameters
    ----------
    question
        Name of an experiment (`conf/experiment`), or the words of a grid, as in
        `["scenario=baseline,embargo", "seed=range(0,10)"]`.
    settings
        Settings for every run.
    workers
        Processes; more than one needs a script guarded by `if __name__ == "__main__":`.
    out
        Folder of the dataset (default: under `results/sweep`).
    options
        Options of the command, such as `samples=64`, `design="sobol"`, `tables="prices"`.
    """
    from coercivity.experiments.sweeps import sweep as engine
    from coercivity.experiments.sweeps.asking import SweepRequest

    if isinstance(question, str):
        question = [question if "=" in question else f"experiment={question}"]
    words = [str(word) for word in question]
    known = {one.name for one in fields(SweepRequest)}
    for key in options:
        if key not in known:
            raise UserError(unknown("option of a sweep", key, known))
    options = {key: Path(value) if key in ("rows", "evidence") else value for key, value in options.items()}
    request = SweepRequest(
        overrides=[*words, *words_of(settings)],
        workers=workers,
        out=None if out is None else Path(out),
        **options,
    )
    folder, plan = engine.begin_sweep(request)
    how = engine.ExecutionOptions(request.engine, workers, request.shard_seconds, request.shard_size)
    if engine.run_sweep(folder, plan, how, request.max_failures):
        raise UserError(f"the sweep ended early or with too many failures; see {folder}")
    return SweepResult(folder)


def analyse(
    dataset: SweepResult | str | Path, outcomes: Sequence[str] = (), *, reference: str | None = None
) -> AnalysisResult:
    """What a dataset says: sensitivities, boxes of failure, robustness, paired differences.

    Parameters
    ----------
    dataset
        What `sweep` returned, or the folder of a dataset.
    outcomes
        Outcomes as `INDICATOR@PLACE`, with `<=X` or `>=X` for good enough (default: the experiment's).
    reference
        The policy the others are held against (default: the first).
    """
    from coercivity.experiments.analysis.analyse import analyse as write_analysis

    folder = dataset.folder if isinstance(dataset, SweepResult) else Path(dataset)
    out = folder / "analysis"
    findings, sentences = write_analysis(folder, out, several("outcomes", outcomes), reference)
    return AnalysisResult(out, findings, tuple(sentences))


def backtest(
    draws: int | None = None, *, workers: int = 1, out: str | Path | None = None
) -> Mapping[str, Any]:
    """Replay history, score it against the record, and return the document `backtest --json` prints.

    Parameters
    ----------
    draws
        Draws of the fit (default: all).
    workers
        Processes.
    out
        Folder of page, table and figures (default: `results/backtest`).
    """
    from coercivity.experiments.validation.backtest import BacktestRequest, run_backtest

    request = BacktestRequest(draws, workers=workers, out=None if out is None else Path(out))
    scores, about, _ = run_backtest(request)
    return {**scores.document(), **about}


def load(folder: str | Path) -> Result:
    """Read any result folder: a run, a comparison or a sweep.

    Raises
    ------
    UserError
        Where the folder is no result of these kinds.
    """
    place = Path(folder)
    manifest = read_manifest(place)
    if manifest.kind == "run":
        kept = load_run(place)
        return RunResult(manifest.scenario, manifest.title, kept.config, kept.tables, place)
    if manifest.kind == "compare":
        return _comparison(place)
    if manifest.kind == "sweep":
        return SweepResult(place)
    raise UserError(f"{place} is the result of `{manifest.kind}`, which `load` does not read")


def list_scenarios(chain: str | None = None) -> pd.DataFrame:
    """The scenarios: name and summary."""
    return _list_table("scenarios", chain)


def list_states(chain: str | None = None) -> pd.DataFrame:
    """The states: name and summary."""
    return _list_table("states", chain)


def list_levers(chain: str | None = None) -> pd.DataFrame:
    """The levers of states: name and summary."""
    return _list_table("levers", chain)


def list_strategies(chain: str | None = None) -> pd.DataFrame:
    """The strategies of states: name and summary."""
    return _list_table("strategies", chain)


def list_materials(chain: str | None = None) -> pd.DataFrame:
    """The materials of a chain: name and summary."""
    return _list_table("materials", chain)


def _list_table(what: str, chain: str | None) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(LISTS[what](chain or default_chain()))


def _comparison(folder: Path) -> ComparisonResult:
    result = load_result(folder)
    comparison = compare_result(result)
    every = {
        name: tuple(RunResult(name, comparison.titles[name], run.config, run.tables, folder) for run in runs)
        for name, runs in result.runs.items()
    }
    return ComparisonResult(comparison, {name: runs[0] for name, runs in every.items()}, every, folder)


def _compose(scenario: str, settings: Settings, seed: int | None) -> Composed:
    words = [*words_of(settings), *([] if seed is None else [f"seed={seed}"])]
    if str(scenario).endswith((".yaml", ".yml")):
        return compose_file(Path(scenario), words)
    return compose_words([f"scenario={scenario}", *words])
