"""Two stored runs held against each other, such as with and without a deposit."""

import argparse
import json
from pathlib import Path

from coercivity.experiments.base.errors import OK, UserError
from coercivity.experiments.config.labels import Wording
from coercivity.experiments.measures.comparison import Comparison, compare_tables
from coercivity.experiments.measures.quantities import YEARS
from coercivity.experiments.reports.screen import show
from coercivity.experiments.runs.gathered import gather
from coercivity.experiments.runs.result import Result, load_result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `diff`."""
    parser.add_argument("first", type=Path, metavar="A", help="the folder of a run")
    parser.add_argument("second", type=Path, metavar="B", help="the folder of another run")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def main(args: argparse.Namespace) -> int:
    """Hold one run's numbers against another's, whatever their evidence or settings."""
    found = difference_of(args.first, args.second)
    if args.json:
        print(json.dumps(found.as_dict(), indent=1, ensure_ascii=False))
    else:
        show(found)
    return OK


def difference_of(first: Path, second: Path) -> Comparison:
    """The rows of two runs. Raises UserError where they are none, or of other periods or futures."""
    results = [_run(first), _run(second)]
    clocks = [result.config["clock"] for result in results]
    if clocks[0] != clocks[1]:
        told = [f"{c['start']} to {c['end']} by {c['step']}" for c in clocks]
        raise UserError(
            f"{first} runs from {told[0]}, {second} from {told[1]}; numbers of other periods differ anyway"
        )
    counts = [len(result.seeds) for result in results]
    if results[0].seeds != results[1].seeds:
        raise UserError(
            f"{first} has {counts[0] or 1} futures, {second} {counts[1] or 1}, or others; make them alike"
        )
    names = _names(first, second)
    every = (next(iter(result.tables.values())) for result in results)
    tables = {name: gather(mine) for name, mine in zip(names, every, strict=True)}
    wording = Wording.of(results[0].config)
    rows = compare_tables(tables, YEARS[clocks[0]["step"]], wording)
    titles = {name: str(result.manifest.title) for name, result in zip(names, results, strict=True)}
    ends = str(clocks[0]["start"]), str(clocks[0]["end"]), str(clocks[0]["step"])
    return Comparison(titles, rows, *ends, results[0].seeds, wording)


def _run(folder: Path) -> Result:
    result = load_result(folder)
    if result.kind != "run":
        raise UserError(f"{folder} is the result of `{result.kind}`; `diff` takes the folders of two runs")
    return result


def _names(first: Path, second: Path) -> tuple[str, str]:
    """What the runs are called: by their folders, or by order where these are called the same."""
    one, other = first.resolve().name, second.resolve().name
    return (one, other) if one != other else (f"{one} (A)", f"{other} (B)")
