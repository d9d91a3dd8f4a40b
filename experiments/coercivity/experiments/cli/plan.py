"""`coercivity plan`: arguments and output."""

import argparse
import json
import sys
from pathlib import Path

from coercivity.experiments.base.arguments import add_force
from coercivity.experiments.base.errors import OK
from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.planning.answers import QUESTIONS
from coercivity.experiments.planning.planner import PlanRequest, make_plan
from coercivity.experiments.planning.words import say_plan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `plan`."""
    parser.add_argument(
        "--for",
        dest="members",
        default="EU,JP,US",
        metavar="CODES",
        help="whom it is for (default: EU,JP,US)",
    )
    parser.add_argument(
        "--goal", metavar="TEXT",
        help='least cost: "shortage under a one-year ban <= 5 %% by 2032 in 90 %% of futures"',
    )  # fmt: skip
    parser.add_argument(
        "--budget", metavar="USD", help="most public money, such as 3e9; then: most worth for it"
    )
    parser.add_argument(
        "--averse", type=float, default=0.0, metavar="SHARE",
        help="weight of the worst tenth of futures (CVaR), 0 to 1 (default: 0, the mean)",
    )  # fmt: skip
    parser.add_argument(
        "--worlds", type=int, metavar="N", help="worlds drawn (default: as conf/plan says, 10)"
    )
    parser.add_argument(
        "--settings", default="default", metavar="NAME", help="what is taken for granted: conf/plan/NAME.yaml"
    )
    parser.add_argument(
        "--deliver", type=int, default=0, metavar="N",
        help="hand it to the agents in N of its worlds, with China's replies (default: 0, do not)",
    )  # fmt: skip
    parser.add_argument(
        "--also",
        default="",
        metavar="NAMES",
        help=f"further questions: {', '.join(QUESTIONS)}; such as stocks,speed",
    )
    parser.add_argument("--workers", type=int, metavar="N", help="processes (default: one a processor)")
    parser.add_argument("--json", action="store_true", help="print the plan as one JSON document")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where it goes (default: under results/)")
    add_force(parser)


def main(args: argparse.Namespace) -> int:
    """Plan, print it, and say where it is."""
    found = make_plan(
        PlanRequest(
            args.members, args.goal, args.budget, args.averse, args.settings, args.overrides, args.worlds,
            args.workers, args.out, args.force, args.deliver, args.also,
        ),
        lambda text: print(text, file=sys.stderr, flush=True),
    )  # fmt: skip
    plan = found.plan
    print(json.dumps(plan.document(), indent=1, ensure_ascii=False) if args.json else say_plan(plan))
    stream = sys.stderr if args.json else sys.stdout
    where = f"the plan is in {found.folder}; `coercivity compare {found.planning.settings.scenario} "
    print(f"\n{plan.seconds['all']:.0f} s; {where}plan:{found.folder}` hands it to the agents", file=stream)
    return OK


if __name__ == "__main__":
    sys.exit(command_line(["plan", *sys.argv[1:]]))
