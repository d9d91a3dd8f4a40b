"""`coercivity validate`: arguments and output."""

import argparse
import sys
from pathlib import Path

from coercivity.experiments.base.errors import MISTAKE, OK, UserError, show_unseen
from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.config.evidence_reader import read_evidence
from coercivity.experiments.equilibrium.menus import read_menu
from coercivity.experiments.planning.settings import read_settings
from coercivity.experiments.studies.trial_files import check_trial
from coercivity.experiments.validation.files import Readers, check

READERS: Readers = {
    "game": read_menu,
    "trial": check_trial,
    "plan": lambda name: read_settings(read_evidence(evidence_dir()), name),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `validate`."""
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="scenario (.yaml) or evidence (.csv) files, or a folder of evidence",
    )


def main(args: argparse.Namespace) -> int:
    """Say of every file whether it will do."""
    wrong = 0
    for path in args.files:
        try:
            print(show_unseen(f"{path}: {check(path, READERS)}"))
        except UserError as error:
            wrong += 1
            print(f"coercivity: {show_unseen(str(error))}", file=sys.stderr)
    return MISTAKE if wrong else OK


if __name__ == "__main__":
    sys.exit(command_line(["validate", *sys.argv[1:]]))
