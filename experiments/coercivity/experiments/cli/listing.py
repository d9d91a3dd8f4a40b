"""`coercivity list`: arguments and output."""

import argparse
import json
import sys

from coercivity.experiments.base.errors import OK, UserError, unknown
from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.config.chains import default_chain
from coercivity.experiments.config.listing import LISTS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `list`."""
    parser.add_argument("what", nargs="?", metavar="WHAT", help=f"one of: {', '.join(LISTS)}")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--chain", metavar="NAME", help="what the evidence of another mineral's chain has")


def main(args: argparse.Namespace) -> int:
    """Print one line for each."""
    if args.what is None:
        print("`coercivity list WHAT` lists one of:")
        print("\n".join(f"  {name}" for name in LISTS))
        return OK
    if args.what not in LISTS:
        raise UserError(unknown("list", args.what, LISTS))
    chain = args.chain or default_chain()
    if chain not in (known := sorted(path.stem for path in (conf_dir() / "chain").glob("*.yaml"))):
        raise UserError(unknown("chain", chain, known))
    items = LISTS[args.what](chain)
    if args.json:
        print(json.dumps(items, indent=1, ensure_ascii=False))
        return OK
    width = max((len(item["name"]) for item in items), default=0)
    for item in items:
        print(f"{item['name']:<{width}}  {item['summary']}".rstrip())
    return OK


if __name__ == "__main__":
    sys.exit(command_line(["list", *sys.argv[1:]]))
