"""`coercivity play`: arguments, prompt and output."""

import argparse
import json
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from coercivity.experiments.base.arguments import add_out
from coercivity.experiments.base.errors import OK, UserError, did_you_mean
from coercivity.experiments.base.paths import evidence_of
from coercivity.experiments.base.progress import bars
from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.evidence_reader import hash_evidence
from coercivity.experiments.reports.summary import summary
from coercivity.experiments.runs.folders import default_out
from coercivity.experiments.runs.game import Seat, read_moves
from coercivity.experiments.runs.run import execute
from coercivity.model.lever import levers

if TYPE_CHECKING:
    from coercivity.model.world import World

HELP = """A move is a setting of one of your levers, such as stockpile.days={"magnet:*": 90}.
An empty line ends the year.
  ?      your levers as they stand; `? stockpile` says what a lever takes
  undo   takes back the moves of the year
  quit   ends here: your levers stay as they are to the end"""
SHOWN = 8  # prices and events that a year's page shows
WIDTH = 150


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
        moved, over = take(seat, evidence, year)
        if over:
            return
        if moved:
            world = seat.world(evidence, year)


def take(seat: Seat, evidence: Path, year: int) -> tuple[bool, bool]:
    """Moves of a year: whether there were any, and whether the player wants no more."""
    before = seat.moves.get(str(year))
    while True:
        try:
            line = input(f"{year} {seat.name}> ").strip()
        except EOFError:
            print()
            line = "quit"
        if line in ("", "quit", "exit"):
            return seat.moves.get(str(year)) != before, bool(line)
        if line == "undo":
            seat.take_back(year, before)
            print("  the moves of the year are taken back")
        elif line.startswith(("?", "help")):
            _help(seat, line.removeprefix("?").removeprefix("help").strip())
        else:
            _move(seat, evidence, year, line)


def _move(seat: Seat, evidence: Path, year: int, line: str) -> None:
    """Make a move and say how the lever stands now, or why it cannot be made."""
    held = seat.moves.get(str(year))
    lever = line.partition("=")[0].partition(".")[0].lstrip("+~").strip()
    if lever not in levers():
        print(f"  there is no lever `{lever}`{did_you_mean(lever, list(levers()))}; ? shows them")
    elif "=" not in line:
        print(f"  `{line}` sets nothing: write it as in {lever}.active=false; `? {lever}` says what it takes")
    else:
        try:
            seat.move(year, [line])
            seat.world(evidence, seat.years[0])  # names of materials and places are known to the world alone
        except UserError as error:
            seat.take_back(year, held)
            told = str(error).replace(f"state.{seat.name}.lever.", "").partition("; write it in quotes")[0]
            print("  " + told.replace(f"state.{seat.name}.options.{year}.", ""))
        else:
            _say(f"  {lever}: {json.dumps(seat.levers.get(lever), ensure_ascii=False)}")


def _help(seat: Seat, lever: str) -> None:
    """Show the levers as they stand, or what one takes."""
    if not lever:
        held = {name: given for name, given in seat.levers.items() if given and given != {"measure": {}}}
        for name, given in held.items():
            _say(f"  {name}: {json.dumps(given, ensure_ascii=False)}")
        _say("  not set: " + ", ".join(name for name in levers() if name not in held))
    elif lever not in levers():
        print(f"  there is no lever `{lever}`{did_you_mean(lever, list(levers()))}")
    else:
        _say(f"  {levers()[lever].summary}")
        for name, field in levers()[lever].model_fields.items():
            _say(f"  {lever}.{name}: {field.description}")


def show(seat: Seat, world: "World") -> None:
    """A page on where the state stands."""
    view = seat.view(world)
    ratios = {m: view.relative_price(m) for m in view.prices if view.annual_use.get(m, 0.0) > 0}
    dearest = sorted(ratios, key=lambda m: -ratios[m])[:SHOWN]
    print()
    _say(f"{world.date[:7]}: perceived risk {view.risk:.2f}{_last_year(seat.code, world)}")
    _say("  price over that of the base year: " + ", ".join(f"{m} {ratios[m]:.2f}" for m in dearest))
    if view.restricted_by:
        _say("  restricted by: " + ", ".join(f"{who} {by:.0%}" for who, by in view.restricted_by.items()))
    held = {m: t for m, t in view.stocks.items() if t > 0}
    if held:
        _say("  public stocks, t: " + ", ".join(f"{m} {t:,.0f}" for m, t in held.items()))
    if world.recorder.blocks["events"]:
        events = world.recorder.table("events")
        _show_events(events[events.date >= f"{int(world.date[:4]) - 1}-01-01"], view.place, world)


def _last_year(code: str, world: "World") -> str:
    """What last year cost, in words; nothing in the first year."""
    if not world.recorder.blocks["objectives"]:
        return ""
    told = world.recorder.table("objectives")
    mine = told[told.state.astype(str) == code]
    last = mine[mine.date.astype(str) >= f"{int(world.date[:4]) - 1}-01-01"].groupby("term").usd.sum() / 1e6
    said = f"; last year: public cost {-last['fiscal']:,.0f}, losses to be expected from bans"
    return f"{said} {-last['security']:,.0f} million USD"


def _show_events(last: pd.DataFrame, place: str, world: "World") -> None:
    """What states did last year, one's own and what concerns one first; of firms how much of each kind."""
    by_states = last[last.actor.astype(str).isin([state.place for state in world.states])]
    rows = sorted(by_states.itertuples(), key=lambda row: place not in (str(row.actor), str(row.target)))
    for row in rows[:SHOWN]:
        _say(f"  {str(row.date)[:7]} {row.actor}: {row.kind} {row.target} ({row.detail})", cut=True)
    if len(rows) > SHOWN:
        _say(f"  and {len(rows) - SHOWN} more by states")
    counts = last.drop(by_states.index).kind.astype(str).value_counts()
    if len(counts):
        _say("  firms: " + ", ".join(f"{kind} {count}" for kind, count in counts.items()))


def _say(line: str, cut: bool = False) -> None:
    """Print a line no wider than the terminal: folded, or cut where the rest is detail."""
    width = min(shutil.get_terminal_size((WIDTH, 24)).columns, WIDTH)
    if cut:
        print(line if len(line) <= width else line[: width - 1] + "…")
        return
    print("\n".join(textwrap.wrap(line, width, subsequent_indent="    ", drop_whitespace=True)) or line)


if __name__ == "__main__":
    sys.exit(command_line(["play", *sys.argv[1:]]))
