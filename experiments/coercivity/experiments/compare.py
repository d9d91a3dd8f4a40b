"""The named scenarios under the same futures: what differs, with units, figures and a report."""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from coercivity.experiments.cli import add_out
from coercivity.experiments.errors import OK, UserError, unknown

if TYPE_CHECKING:
    from coercivity.experiments.comparison import Comparison
    from coercivity.experiments.compose import Composed
    from coercivity.experiments.measures import Tables
    from coercivity.experiments.progress import OnProgress

NEEDED = (
    "prices",
    "flows",
    "activity",
    "stocks",
    "uses",
    "burdens",
    "indicators",
    "accounts",
    "events",
    "certificates",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `compare`; scenarios and settings come in any order."""
    parser.add_argument(
        "words",
        nargs="+",
        metavar="SCENARIO|KEY=VALUE",
        help="two scenarios or more, then settings",
    )
    parser.add_argument("--json", action="store_true", help="print the comparison as one JSON document")
    parser.add_argument(
        "--workers", type=int, metavar="N", help="runs at the same time (default: one a processor)"
    )
    add_out(parser)


def main(args: argparse.Namespace) -> int:
    """Compare, print the table and say where the report is."""
    from coercivity.experiments.manifest import read_manifest
    from coercivity.experiments.parallel import at_least_one
    from coercivity.experiments.paths import evidence_dir
    from coercivity.experiments.progress import bars
    from coercivity.experiments.store import default_out, writing

    scenarios, settings = _sorted(args.words)
    composed = {name: _compose(name, settings) for name in scenarios}
    out = args.out or default_out("compare", "-".join(scenarios), _joint_hash(composed))
    start = time.perf_counter()
    titles = {name: c.title for name, c in composed.items()}
    with writing(out) as draft, bars(titles) as on_progress:
        comparison = compare_into(
            draft, composed, args.evidence or evidence_dir(), at_least_one(args.workers), on_progress
        )
    if args.json:
        print(json.dumps(comparison.as_dict(), indent=1, ensure_ascii=False))
    else:
        from coercivity.experiments.screen import show

        show(comparison)
    stream = sys.stderr if args.json else sys.stdout
    whole = time.perf_counter() - start
    told = f"{whole:.1f} s, {whole - read_manifest(out).seconds:.1f} s of them for the report"
    print(f"{told}; the report is {out / 'report.html'}", file=stream)
    return OK


def compare_into(
    draft: Path,
    composed: "Mapping[str, Composed]",
    evidence: Path,
    workers: int,
    on_progress: "OnProgress",
) -> "Comparison":
    """Make every run under `draft`, then everything that is said of them."""
    from coercivity.experiments.manifest import hash_evidence, read_manifest
    from coercivity.experiments.parallel import Job, run_all
    from coercivity.experiments.report import write_report
    from coercivity.experiments.store import make_manifest, write_config

    hash_evidence(evidence)
    start = time.perf_counter()
    jobs = [Job(name, dict(c.values), evidence, draft / "runs" / name) for name, c in composed.items()]
    run_all(jobs, workers, on_progress)
    first = next(iter(composed.values()))
    parts = {name: read_manifest(draft / "runs" / name).config_hash for name in composed}
    manifest = make_manifest(first, evidence, "compare", time.perf_counter() - start, parts=parts)
    write_config(draft, first.values)
    manifest.write(draft)
    return write_report(draft)


def load_comparison(folder: Path) -> "tuple[Comparison, dict[str, Tables]]":
    """A comparison folder's runs and the rows that compare them."""
    from coercivity.experiments.comparison import Comparison, compared
    from coercivity.experiments.manifest import read_manifest
    from coercivity.experiments.measures import YEARS
    from coercivity.experiments.store import read_config, read_table

    manifest = read_manifest(folder)
    folders = {name: folder / "runs" / name for name in manifest.parts}
    runs: dict[str, Tables] = {
        name: {table: read_table(place, table) for table in NEEDED} for name, place in folders.items()
    }
    titles = {name: read_manifest(place).title for name, place in folders.items()}
    clock = read_config(folder)["clock"]
    rows = compared(runs, YEARS[clock["step"]])
    return Comparison(titles, rows, str(clock["start"]), str(clock["end"]), str(clock["step"])), runs


def _sorted(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Scenario names and settings. Raises UserError for a name that is not a scenario's."""
    from coercivity.experiments.compose import choices_of

    scenarios = [word for word in words if "=" not in word and not word.startswith("~")]
    settings = [word for word in words if word not in scenarios]
    known = choices_of("scenario")
    for name in scenarios:
        if name not in known:
            raise UserError(unknown("scenario", name, known))
    for word in settings:
        if word.startswith("scenario="):
            raise UserError(
                f"`{word}`: name the scenarios alone, as in `coercivity compare baseline embargo`"
            )
    given, scenarios = scenarios, list(dict.fromkeys(scenarios))
    if len(scenarios) == 1 and len(given) > 1:
        raise UserError(
            f"{given[0]} against itself differs in nothing, since the same seed gives the same run; name "
            f"another scenario, or see what luck does with `coercivity sweep scenario={given[0]} "
            "'seed=range(0,10)' firm.outage.active=true`"
        )
    if len(scenarios) < 2:
        raise UserError(
            "a comparison needs two scenarios or more, as in `coercivity compare baseline embargo`"
        )
    return scenarios, settings


def _compose(scenario: str, settings: Sequence[str]) -> "Composed":
    from coercivity.experiments.compose import compose

    return compose([f"scenario={scenario}", *settings])


def _joint_hash(composed: "Mapping[str, Composed]") -> str:
    from coercivity.experiments.compose import config_hash

    return config_hash({name: c.hash for name, c in composed.items()})


if __name__ == "__main__":
    from coercivity.experiments.cli import main as command_line

    sys.exit(command_line(["compare", *sys.argv[1:]]))
