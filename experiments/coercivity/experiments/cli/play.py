"""`coercivity play`: arguments, prompt and output."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from coercivity.experiments.base.arguments import add_out
from coercivity.experiments.base.errors import OK, UserError
from coercivity.experiments.base.paths import evidence_of
from coercivity.experiments.base.progress import bars
from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.evidence_reader import hash_evidence
from coercivity.experiments.reports.summary import summary
from coercivity.experiments.runs.folders import default_out
from coercivity.experiments.runs.game import Seat, read_moves
from coercivity.experiments.runs.run import execute

if TYPE_CHECKING:
    from coercivity.model.world import World

HELP = (
    'a setting of one of your levers, such as stockpile.days={"magnet:*": 90}; an empty line ends the year, '
    "? shows your levers"
)
SHOWN = 8  # prices and events that a year's page shows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `play`."""
    parser.add_argument("words", nargs="*", metavar="WORD", help="the scenario, then settings as key=value")
    parser.add_argument(
        "--as", dest="state", required=True, metavar="STATE", help="whose seat to take: name or code"
    )
    parser.add_argument(
        "--moves",
        type=Path,
        metavar="FILE",
        help="moves by year, instead of a prompt: 2026: [stockpile.speed=1]",
    )
    add_out(parser)


def main(args: argparse.Namespace) -> int:
    """Play to the end of the clock and write the run down."""
    names = [word for word in args.words if "=" not in word and not word.startswith("~")]
    if len(names) > 1:
        raise UserError(
            f"`{names[1]}`: one scenario is played at a time, as in `coercivity play {names[0]} --as JP`"
        )
    settings = [word for word in args.words if word not in names]
    seat = Seat(compose([*(f"scenario={name}" for name in names), *settings]), args.state)
    evidence = args.evidence or evidence_of(seat.base.values)
    if args.moves:
        for year, words in read_moves(args.moves):
            seat.move(year, words)
    else:
        ask(seat, evidence)
    composed = seat.composed()
    out = args.out or default_out("play", composed.scenario, composed.hash, hash_evidence(evidence))
    with bars({composed.scenario: composed.title}) as report:
        outcome = execute(composed, evidence, out, lambda *at: report(composed.scenario, *at), args.force)
    print(summary(outcome.tables, composed))
    print(f"\n{len(seat.moves)} moves of {seat.name}; the run is in {out}")
    return OK


def ask(seat: Seat, evidence: Path) -> None:
    """Show every year what the state sees, and take its moves until an empty line."""
    print(HELP)
    world = seat.world(evidence, seat.years[0])
    for year in seat.years:
        seat.play_on(world, year)
        show(seat, world)
        moved, over = take(seat, year)
        if over:
            return
        if moved:
            world = seat.world(evidence, year)


def take(seat: Seat, year: int) -> tuple[bool, bool]:
    """Moves of a year: whether there were any, and whether the input is at its end."""
    moved = False
    while True:
        try:
            line = input(f"{year} {seat.name}> ").strip()
        except EOFError:
            return moved, True
        if not line:
            return moved, False
        if line == "?":
            print("\n".join(f"  {name}: {given}" for name, given in seat.levers.items()))
            continue
        try:
            seat.move(year, [line])
            moved = True
        except UserError as error:
            print(f"  {error}")


def show(seat: Seat, world: "World") -> None:
    """A page on where the state stands."""
    view = seat.view(world)
    ratios = {m: view.relative_price(m) for m in view.prices if view.annual_use.get(m, 0.0) > 0}
    dearest = sorted(ratios, key=lambda m: -ratios[m])[:SHOWN]
    print(f"\n{world.date}: perceived risk {view.risk:.2f}")
    print("  highest against the base year: " + ", ".join(f"{m} {ratios[m]:.2f}" for m in dearest))
    if view.restricted_by:
        print("  restricted by: " + ", ".join(f"{who} {by:.0%}" for who, by in view.restricted_by.items()))
    held = {m: t for m, t in view.stocks.items() if t > 0}
    if held:
        print("  public stocks, t: " + ", ".join(f"{m} {t:,.0f}" for m, t in held.items()))
    if not world.recorder.blocks["events"]:
        return
    events = world.recorder.table("events")
    last = events[events.date >= f"{int(world.date[:4]) - 1}-01-01"]
    for row in list(last.itertuples())[-SHOWN:]:
        print(f"  {row.date} {row.actor}: {row.kind} {row.target} ({row.detail})"[:160])


if __name__ == "__main__":
    sys.exit(command_line(["play", *sys.argv[1:]]))
