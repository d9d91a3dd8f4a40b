"""A local page where scenario, levers and uncertainties are set with controls, run and compared."""

import argparse
import signal
import sys
import threading
import webbrowser
from pathlib import Path
from typing import Any

from coercivity.experiments.base.arguments import add_out
from coercivity.experiments.base.errors import OK, UserError, unknown
from coercivity.experiments.config.chains import chain_named, described, evidence_for, scenarios_of

PORT = 8420
PAIR = ("baseline", "restrictions_2025")  # what the page opens with, where there are such scenarios
MOST_WORKERS = 2  # as many as there are settings
WINDOW = 5  # years after the start that are run unless clock.end says otherwise: a few seconds a run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `explore`; scenarios and settings come in any order."""
    parser.add_argument(
        "words",
        nargs="*",
        metavar="SCENARIO|KEY=VALUE",
        help="one scenario or two to begin with, then settings of both (default: "
        f"{' '.join(PAIR)}, {WINDOW} years)",
    )
    parser.add_argument(
        "--port", type=int, default=PORT, metavar="N", help=f"where to listen (default: {PORT}; 0: any free)"
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument(
        "--workers", type=int, metavar="N", help="runs at the same time (default: one a processor, at most 2)"
    )
    add_out(parser, force=False)


def main(args: argparse.Namespace) -> int:
    """Serve the page until the keyboard says to stop."""
    from coercivity.experiments.base.paths import results_dir
    from coercivity.experiments.config.evidence_reader import hash_evidence
    from coercivity.experiments.explorer.jobs import Desk
    from coercivity.experiments.explorer.server import ADDRESS, Server
    from coercivity.experiments.runs.execution import read_workers

    chain = chain_named(_named(args.words))
    evidence = args.evidence or evidence_for([f"chain={chain}"])
    hash_evidence(evidence)  # says clearly when the folder is not there
    begin = _begin(args.words, chain, evidence)
    out = (args.out or results_dir() / "explore").absolute()
    _check(out)
    workers = min(read_workers(args.workers), args.workers or MOST_WORKERS)
    with Server((ADDRESS, args.port), begin, chain) as server, Desk(out, evidence, workers) as server.desk:
        print(f"the explorer is at {server.url}; runs are kept in {out}; Ctrl-C stops it", flush=True)
        if not args.no_browser:
            webbrowser.open(server.url)
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to end: as by the keyboard
        try:
            threading.Thread(target=server.warm, daemon=True).start()
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            print("\nstopped", file=sys.stderr)
    return OK


def _named(words: list[str]) -> list[str]:
    """Words with scenarios as settings, from which a chain can be told."""
    return [word if "=" in word else f"scenario={word}" for word in words]


def _begin(words: list[str], chain: str, evidence: Path) -> dict[str, Any]:
    """What the page opens with. Raises UserError where the words make no setting."""
    from coercivity.experiments.explorer.question import question

    known = scenarios_of(chain)
    scenarios = [word for word in words if "=" not in word]
    common = [word for word in words if "=" in word and not word.startswith("chain=")]
    for name in scenarios:
        if name not in known:
            raise UserError(unknown("scenario", name, known))
    scenarios = scenarios or _pair(chain, known)
    begin = {"settings": [{"scenario": name, "overrides": []} for name in scenarios], "common": common}
    composed = question(begin, chain).composed(evidence)
    if not any(word.startswith("clock.end=") for word in common):
        clock = next(iter(composed.values())).settings.clock
        end = f"{int(clock.start[:4]) + WINDOW}{clock.start[4:]}"
        begin["common"] = [*common, f"clock.end={min(end, clock.end)}"]
        question(begin, chain).composed(evidence)
    return begin


def _pair(chain: str, known: list[str]) -> list[str]:
    """Two scenarios to begin with: the usual ones, or a chain's baseline and the next."""
    usual = [name for name in PAIR if name in known]
    baseline = described(chain).get("baseline")
    return usual or sorted(known, key=lambda name: (name != baseline, name))[:2]


def _check(out: Path) -> None:
    """Refuse a folder in which nothing can be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {out}: {error.strerror}; give another place") from error


if __name__ == "__main__":
    from coercivity.experiments.cli import main as command_line

    sys.exit(command_line(["explore", *sys.argv[1:]]))
