"""The report, single figures and single numbers of any stored result."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from coercivity.experiments.base.errors import OK, UserError
from coercivity.experiments.base.paths import results_dir
from coercivity.experiments.equilibrium.page import write_page
from coercivity.experiments.figures import gallery
from coercivity.experiments.figures.chart import Figure, with_panels
from coercivity.experiments.figures.paper import millimetres, write
from coercivity.experiments.provenance.trace import trace_number
from coercivity.experiments.reports.report import load_subject, write_report
from coercivity.experiments.runs.manifest import NAME, deriving, read_manifest

CHOICES = ("year", "scenario", "material")  # what may be chosen of a figure


@dataclass(frozen=True)
class ReportRequest:
    """What is asked of a result, as the options of the command name it."""

    folder: Path
    number: str | None = None
    run: int | None = None
    figure: Sequence[str] | None = None
    panel: Sequence[str] | None = None
    width: str = "183mm"
    year: str | None = None
    scenario: str | None = None
    material: str | None = None


def report_result(args: ReportRequest) -> int:
    """Build the report and the figures of a result anew, or single figures at the width asked for."""
    if not args.figure and any(getattr(args, key) for key in (*CHOICES, "panel")):
        raise UserError(
            "--year, --scenario, --material and --panel choose what one figure shows: give --figure NAME too"
        )
    if args.number:
        print("\n".join(trace_number(args.folder, args.number, args.run)))
        return OK
    kind = read_manifest(args.folder).kind
    if kind in OTHERS:
        return OTHERS[kind](args)
    subject = load_subject(args.folder)
    if args.figure:
        return _single_figures(lambda name: gallery.figure(subject, name), args.folder / "figures", args)
    start = time.perf_counter()
    write_report(args.folder, subject)
    print(f"{time.perf_counter() - start:.1f} s; the report is {args.folder / 'report.html'}")
    return OK


def newest_result(kinds: Sequence[str] = ("*",)) -> Path:
    """The result, of some kinds, that was written last. Raises UserError where there is none."""
    every = (path for kind in kinds for path in results_dir().glob(f"{kind}/*/{NAME}"))
    found = [path for path in every if path.is_file()]
    if not found:
        example = "`coercivity compare baseline embargo`"
        raise UserError(f"there is no result under {results_dir()} yet; make one, as in {example}")
    return max(found, key=lambda path: path.stat().st_mtime_ns).parent


def _of_dataset(args: ReportRequest) -> int:
    """The report of a sweep, or single figures of it."""
    from coercivity.experiments.analysis import pictures  # slow to import
    from coercivity.experiments.analysis.analyse import analyse, load_analysis

    place = args.folder / "analysis"
    if args.figure:
        answers, found = load_analysis(args.folder)
        place.mkdir(exist_ok=True)
        return _single_figures(lambda name: pictures.figure(answers, found, name), place / "figures", args)
    analyse(args.folder, place)
    print(f"the report is {place / 'report.html'}")
    return OK


def _of_backtest(args: ReportRequest) -> int:
    """The report of a backtest, or single figures of it."""
    from coercivity.experiments.validation import backtest_figures, backtest_page
    from coercivity.experiments.validation.backtest_store import read

    if args.figure:
        found = read(args.folder)
        place = args.folder / "figures"
        return _single_figures(lambda name: backtest_figures.figure(found, name), place, args)
    backtest_page.write_report(args.folder)
    print(f"the report is {args.folder / 'report.html'}")
    return OK


def _of_game(args: ReportRequest) -> int:
    """The report of a game, which has no single figures."""
    if args.figure:
        raise UserError("--figure: a game has one figure, in its report; leave it out")
    write_page(args.folder)
    print(f"the report is {args.folder / 'report.html'}")
    return OK


OTHERS: "Mapping[str, Callable[[ReportRequest], int]]" = {
    "sweep": _of_dataset, "backtest": _of_backtest, "game": _of_game
}  # fmt: skip


def _single_figures(make: "Callable[[str], Figure]", folder: Path, args: ReportRequest) -> int:
    """Write the figures asked for, of the year, scenario or material asked for."""
    width = millimetres(args.width)
    chosen = {key: getattr(args, key) for key in CHOICES if getattr(args, key)}
    with deriving(args.folder):
        for name in args.figure or ():
            found = with_panels(make(name), args.panel or ())
            for path in write(found, folder, width, chosen):
                print(path)
            print(f"caption: {found.caption}")
    return OK
