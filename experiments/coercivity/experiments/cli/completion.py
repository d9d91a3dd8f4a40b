"""`coercivity completion`: what a shell needs to complete commands, options, scenarios and settings."""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, cast

from coercivity.experiments.base.errors import OK
from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.cli import entry

SHELLS: Mapping[str, str] = {
    "bash": """_coercivity() {
  local IFS=$'\\n'
  COMP_WORDBREAKS=${COMP_WORDBREAKS//[=:]/}
  COMPREPLY=( $("${COMP_WORDS[0]}" completion --words "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) )
  [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=.] ]] && compopt -o nospace
}
complete -o default -F _coercivity coercivity
""",
    "zsh": """#compdef coercivity
_coercivity() {
  local -a found
  found=( ${(f)"$(${words[1]} completion --words ${words[2,CURRENT]} 2>/dev/null)"} )
  compadd -Q -S '' -a found
}
compdef _coercivity coercivity
""",
    "fish": """function __coercivity
  coercivity completion --words (commandline -opc)[2..] (commandline -ct) 2>/dev/null
end
complete -c coercivity -f -a '(__coercivity)'
""",
}
NAMED = ("compare", "explore", "play")  # commands whose bare words are scenarios


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `completion`."""
    parser.add_argument(
        "shell",
        nargs="?",
        default="bash",
        choices=tuple(SHELLS),
        help='print its script: eval "$(coercivity completion bash)" in ~/.bashrc',
    )
    parser.add_argument(
        "--words", nargs=argparse.REMAINDER, metavar="WORD", help="what has been typed; for the script"
    )


def main(args: argparse.Namespace) -> int:
    """Print the script of a shell, or what may stand in the place of the last word."""
    if args.words is None:
        print(SHELLS[args.shell], end="")
        return OK
    words = args.words or [""]
    print(
        "\n".join(
            sorted({one for one in candidates(words[:-1]) if one.startswith(words[-1])} | _deeper(words))
        )
    )
    return OK


def candidates(before: Sequence[str]) -> Iterator[str]:
    """What may come after some words: commands, then options, scenarios, lists and settings."""
    if not before:
        yield from (command.name for command in entry.COMMANDS)
        return
    command = next((one for one in entry.COMMANDS if one.name == before[0]), None)
    if command is None:
        return
    module = cast(entry.CommandModule, import_module(command.module))
    for action in entry.parser_of(command, module)._actions:
        yield from action.option_strings
        yield from map(str, action.choices or ())
    if command.name == "list":
        yield from import_module("coercivity.experiments.config.listing").LISTS
    if command.name in NAMED:
        yield from _files("scenario")
    if command.takes_overrides or command.name in NAMED:
        for group in (path.name for path in conf_dir().iterdir() if path.is_dir()):
            yield from (f"{group}={name}" for name in _files(group))
        yield from ("clock.", "market.", "state.", "firm.", "seed=", "futures=", "ensemble=")


def _deeper(words: Sequence[str]) -> set[str]:
    """Settings below what is typed, as far as the next dot: `state.china.` gives what stands there."""
    typed = words[-1]
    if "." not in typed or "=" in typed or len(words) < 2:
        return set()
    compose = import_module("coercivity.experiments.config.compose").compose
    path, _, begun = typed.rpartition(".")
    place: Any = compose([word for word in words[1:-1] if word.startswith("scenario=")]).values
    for part in path.split("."):
        place = place.get(part) if isinstance(place, Mapping) else None
    if not isinstance(place, Mapping):
        return set()
    end = {key: "." if isinstance(value, Mapping) and value else "=" for key, value in place.items()}
    return {f"{path}.{key}{end[key]}" for key in place if str(key).startswith(begun)}


def _files(group: str) -> list[str]:
    return sorted(path.stem for path in (conf_dir() / group).glob("*.yaml"))


if __name__ == "__main__":
    sys.exit(entry.main(["completion", *sys.argv[1:]]))
