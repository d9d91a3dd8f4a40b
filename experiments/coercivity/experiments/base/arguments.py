"""The argument parser of every command, and options that several share."""

import argparse
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from coercivity.experiments.base.errors import UserError, nearest_or_all

__all__ = ["ASKED", "Parser", "add_folder", "add_out"]

ASKED = ("futures", "ensemble")  # settings of the command line that no configuration has


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are ours: one sentence with a suggestion."""

    example = ""  # of the command

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.register("type", int, _read_whole)  # what `type=int` and `type=float` take, in every command
        self.register("type", float, _read_number)

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage and leaving."""
        raise UserError(f"{self._said(message)}; see `{self.prog} --help`")

    def _said(self, message: str) -> str:
        """A complaint of the library in our words."""
        for pattern, told in _COMPLAINTS.items():
            if found := re.fullmatch(pattern, message):
                return told(found, self)
        return message


def _read_whole(text: str) -> int:
    if not re.fullmatch(r"[-+]?[0-9]{1,15}", text):
        raise ValueError(text)
    return int(text)


def _read_number(text: str) -> float:
    value = float(text)
    if "_" in text or not text.isascii() or not math.isfinite(value):
        raise ValueError(text)
    return value


def _kind(found: re.Match[str], _parser: Parser) -> str:
    kind = {"int": "a whole number", "float": "a number"}[found[2]]
    if re.fullmatch(r"[-+]?[0-9]{16,}", found[3]):
        return f"`{found[1]} {found[3][:20]}`: write {kind} of at most 15 digits"
    return f"`{found[1]} {found[3]}`: write {kind}, as in `{found[1]} 2`"


def _choice(found: re.Match[str], _parser: Parser) -> str:
    known = re.findall(r"[\w.-]+", found[3])
    near = nearest_or_all(found[2], known)
    option = found[1].partition("/")[0]
    return f"`{f'{option} ' if option.startswith('-') else ''}{found[2]}` is no choice{near}"


# What argparse says, and how we say it.
_COMPLAINTS: dict[str, Callable[[re.Match[str], Parser], str]] = {
    r"argument (\S+): invalid (int|float) value: '(.*)'": _kind,
    r"argument (\S+): invalid choice: '?(.*?)'? \(choose from (.*)\)": _choice,
    r"argument (\S+): expected (?:one|at least one) argument": lambda found, _: (
        f"`{found[1].partition('/')[0]}` needs a value after it"
    ),
    r"argument (\S+): ignored explicit argument '(.*)'": lambda found, _: (
        f"`{found[1].rpartition('/')[2]}` takes no value, and was given `{found[2]}`"
    ),
    r"argument (\S+): not allowed with argument (\S+)": lambda found, _: (
        f"`{found[1]}` and `{found[2]}` do not go together; give one of them"
    ),
    r"the following arguments are required: (.*)": lambda found, parser: (
        f"`{parser.prog}` needs {found[1]}, as in `{parser.example}`"
    ),
}


def add_folder(parser: argparse.ArgumentParser, of: str) -> None:
    """The folder a command reads, by default the newest. of: which results it may be of, in words"""
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        metavar="DIR",
        help=f"the folder of {of} (default: the newest under results/)",
    )


def add_out(parser: argparse.ArgumentParser, force: bool = True) -> None:
    """The options of every command that makes a result folder. force: whether it replaces older ones."""
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where the result goes (default: under results/)"
    )
    parser.add_argument(
        "--evidence",
        type=Path,
        metavar="DIR",
        help="evidence files to use instead of conf/evidence",
    )
    if force:
        add_force(parser)


def add_force(parser: argparse.ArgumentParser) -> None:
    """The option of every command that may meet an older result in its place."""
    parser.add_argument(
        "--force", action="store_true", help="delete whatever result is in --out; says what goes"
    )
