"""`coercivity game`: arguments, progress and output."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from coercivity.experiments.base.arguments import add_out
from coercivity.experiments.base.errors import OK, quote_word
from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.equilibrium.run_game import GameRequest, play_game
from coercivity.experiments.equilibrium.words import game_summary

QUIET = 30.0  # seconds between two lines where nobody watches


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `game`."""
    parser.set_defaults(given=())
    parser.add_argument(
        "words",
        nargs="*",
        metavar="PROFILE|KEY=VALUE",
        help="game=NAME (a file of conf/game), futures=N, settings, and profiles to be shown beside what is "
        "found, as in china:flooding,japan:stockpile; who is not named does what comes first in its menu",
    )
    parser.add_argument(
        "--check", metavar="PROFILE", help="only this profile: its gaps inside and outside the menu"
    )
    parser.add_argument("--budget", type=int, metavar="N", help="runs in all (default: as the game says)")
    parser.add_argument(
        "--trials", type=int, default=200, metavar="N",
        help="deviations a player tried outside the menu (default: 200; 0 leaves that out)",
    )  # fmt: skip
    parser.add_argument(
        "--rounds", type=int, default=3, metavar="N",
        help="times that what wins outside the menu joins it (default: 3)",
    )  # fmt: skip
    parser.add_argument(
        "--bound", type=float, default=0.10, metavar="SHARE",
        help="gap outside the menu, as a share of the payoff range, that is small enough (default: 0.10)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print what was found as one JSON document")
    parser.add_argument(
        "--workers", type=int, metavar="N", help="runs at the same time (default: one a processor)"
    )
    parser.add_argument(
        "--cache",
        type=Path,
        metavar="DIR",
        help="where payoffs are kept for games to come (default: results/payoffs)",
    )
    add_out(parser)


def main(args: argparse.Namespace) -> int:
    """Play, print what holds, and say where it is."""

    def note(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    request = GameRequest(
        args.words,
        args.check,
        args.budget,
        args.trials,
        args.rounds,
        args.bound,
        args.workers,
        args.out,
        args.evidence,
        args.cache,
        args.force,
    )
    try:
        document, out = play_game(request, _show_runs(), note)
    except KeyboardInterrupt as stopped:
        again = " ".join(map(quote_word, ("coercivity", *args.given)))
        stopped.add_note(f"go on with the same command: {again}")
        raise
    print(json.dumps(document, indent=1, ensure_ascii=False) if args.json else game_summary(document))
    print(f"the report is {out / 'report.html'}", file=sys.stderr if args.json else sys.stdout)
    return OK


def _show_runs() -> Callable[[int, int], None]:
    """Show how many runs are there: on one line where a person watches, else now and then."""
    start = time.monotonic()
    last = [start]

    def on_run(done: int, asked: int) -> None:
        now = time.monotonic()
        watched = sys.stderr.isatty()
        if asked and now - last[0] > (0.2 if watched else QUIET):
            last[0] = now
            text = f"{done} of {asked} runs of this part, {now - start:.0f} s so far"
            print(text, end="\r" if watched else "\n", file=sys.stderr, flush=True)

    return on_run


if __name__ == "__main__":
    sys.exit(command_line(["game", *sys.argv[1:]]))
