"""The command line: one table of commands, each a module that is imported only when asked for."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from coercivity.experiments.base.arguments import ASKED, Parser
from coercivity.experiments.base.errors import OK, UserError, did_you_mean, nearest_or_all, run_guarded


@dataclass(frozen=True)
class Command:
    """A command of `coercivity`: name, the module that does it, one line of help, one example."""

    name: str
    module: str
    summary: str
    example: str
    takes_overrides: bool = True


class CommandModule(Protocol):
    """What the module of a command offers."""

    add_arguments: Callable[[argparse.ArgumentParser], None]
    main: Callable[[argparse.Namespace], int]


COMMANDS = (
    Command(
        "run",
        "coercivity.experiments.cli.run",
        "one run into a run folder",
        "coercivity run scenario=embargo clock.step=month seed=7",
    ),
    Command(
        "compare",
        "coercivity.experiments.cli.compare",
        "the named scenarios under the same futures: table, figures, report",
        "coercivity compare baseline embargo clock.end=2030-01",
        False,
    ),
    Command(
        "play",
        "coercivity.experiments.cli.play",
        "take a state's seat: set its levers each year, at a prompt or from a file",
        "coercivity play embargo --as japan clock.end=2030-01",
        False,
    ),
    Command(
        "game",
        "coercivity.experiments.cli.game",
        "which strategies hold against each other: payoffs, equilibria, gaps, threats",
        "coercivity game game=small china:flooding,japan:stockpile",
        False,
    ),
    Command(
        "explore",
        "coercivity.experiments.cli.explore",
        "a local page to set levers, run and compare",
        "coercivity explore baseline embargo clock.end=2028-01",
        False,
    ),
    Command(
        "sweep",
        "coercivity.experiments.cli.sweep",
        "a design of many runs into one dataset, in parallel, resumable",
        "coercivity sweep scenario=baseline,embargo 'seed=range(0,10)' clock.end=2027-01",
    ),
    Command(
        "plan",
        "coercivity.experiments.cli.plan",
        "the least-cost way to a goal, or the most for a budget: plants, stocks, recycling",
        "coercivity plan --for EU --budget 3e9",
    ),
    Command(
        "experiment",
        "coercivity.experiments.cli.experiment",
        "a named experiment, and the page of the documentation it writes",
        "coercivity experiment stylised_facts",
        False,
    ),
    Command(
        "analyse",
        "coercivity.experiments.cli.analyse",
        "what a sweep found: what decides, where policies fail, what is robust",
        "coercivity analyse results/sweep/NAME",
        False,
    ),
    Command(
        "report",
        "coercivity.experiments.cli.report",
        "the report and the figures of a run, a comparison, a sweep or a back-test",
        "coercivity report results/compare/NAME",
        False,
    ),
    Command(
        "brief",
        "coercivity.experiments.cli.brief",
        "one A4 page for a decision: finding, three figures, assumptions, how firm",
        "coercivity brief results/compare/NAME",
        False,
    ),
    Command(
        "diff",
        "coercivity.experiments.reports.difference",
        "two stored runs held against each other, such as with and without a deposit",
        "coercivity diff results/run/NAME results/run/OTHER",
        False,
    ),
    Command(
        "export",
        "coercivity.experiments.cli.export",
        "a result for papers: IAMC's table of scenarios, or an RO-Crate",
        "coercivity export results/compare/NAME --format iamc",
        False,
    ),
    Command(
        "list",
        "coercivity.experiments.cli.listing",
        "what there is to choose from",
        "coercivity list scenarios",
        False,
    ),
    Command(
        "validate",
        "coercivity.experiments.cli.validate",
        "check scenario and evidence files without running them",
        "coercivity validate conf/scenario/embargo.yaml conf/evidence/prices.csv",
        False,
    ),
    Command(
        "calibrate",
        "coercivity.experiments.cli.calibrate",
        "reconcile a base year and write its rows, or fit behaviour on 2010-2014",
        "coercivity calibrate base-year 2024",
        False,
    ),
    Command(
        "backtest",
        "coercivity.experiments.cli.backtest",
        "replay history and score it against the record and naive forecasts",
        "coercivity backtest --draws 4",
        False,
    ),
    Command(
        "forecast",
        "coercivity.experiments.cli.forecast",
        "prices by month and magnets by year to 2027 as distributions, a table with its hash",
        "coercivity forecast --futures 40",
    ),
    Command(
        "verify",
        "coercivity.experiments.cli.verify",
        "run a stored configuration again and compare every table's hash",
        "coercivity verify results/run/baseline-0a1b2c3d",
        False,
    ),
    Command(
        "completion",
        "coercivity.experiments.cli.completion",
        "tab completion for bash, zsh or fish",
        'eval "$(coercivity completion bash)"',
        False,
    ),
    Command("bench", "coercivity_benchmarks.bench", "the benchmarks, as ratios", "coercivity bench --quick"),
)


SHOWS = ("show", "get", "print", "display")  # before a word: what there is of something
SHORTEST = 3  # letters of a setting
HYDRAS = {  # options of Hydra that people type, and what to use instead
    "--cfg": "`coercivity run --cfg job` prints the whole configuration; config.yaml of a run holds it",
    "--info": "`coercivity list` says what there is to choose, `coercivity run --cfg job` what is chosen",
    "--resolve": "values are resolved anyway; `coercivity run --cfg job` prints them",
    "--package": "`coercivity run --cfg job` prints the whole configuration",
    "--config-name": "`coercivity run --config FILE` runs a whole configuration or a scenario file",
    "--config-path": "COERCIVITY_CONF=DIR takes another folder in the place of conf/",
    "--config-dir": "COERCIVITY_CONF=DIR takes another folder in the place of conf/",
}

INSTEAD = {  # options of other programs
    **dict.fromkeys(
        ("-j", "-p", "--jobs", "--threads", "--cores", "--parallel"), "did you mean `--workers`?"
    ),
    "-n": "did you mean `futures=N`, or `--workers N`?",
    **dict.fromkeys(("--seeds", "--draws"), "`futures=N` asks for several futures, `seed=N` for another one"),
    **dict.fromkeys(("-o", "--output"), "did you mean `--out`?"),
    **dict.fromkeys(("-f", "--overwrite"), "did you mean `--force`?"),
    **dict.fromkeys(
        ("--dry-run", "--check"),
        "`coercivity validate FILE` checks files, `coercivity run --cfg job` shows a run",
    ),
    **dict.fromkeys(("--pdf", "--html"), "a report is HTML, and a brief both HTML and PDF, without asking"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code: 0 done, 2 the user's mistake, 1 ours."""
    words = list(sys.argv[1:] if argv is None else argv)
    return run_guarded(lambda: _dispatch(words))


def _dispatch(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        if words[1:] and words[0] == "help":
            return _dispatch([words[1], "--help"])
        print(overview())
        return OK
    if words[0] in ("--version", "-V", "-v", "version"):
        from importlib.metadata import version

        print(f"coercivity {version('coercivity')}")
        return OK
    if at := next((n for n, word in enumerate(words) if not word.strip()), 0):
        raise UserError(f"an empty word follows `{words[at - 1]}`: a variable of the shell that is not set?")
    command = _find(*words[:2])
    module = cast(CommandModule, import_module(command.module))
    parser = parser_of(command, module)
    try:
        args = _parse(parser, words[1:], command)
    except SystemExit as left:  # --help
        return int(left.code or OK)
    if "given" in args:  # of a command that says how to go on
        args.given = list(words)
    return module.main(args)


def overview() -> str:
    """The help of `coercivity` itself."""
    width = max(len(command.name) for command in COMMANDS)
    lines = [
        "usage: coercivity COMMAND [key=value ...] [options]",
        "",
        "An agent-based model of rare-earth strategy, cleared by optimisation.",
        "",
        "commands:",
        *(f"  {command.name:<{width}}  {command.summary}" for command in COMMANDS),
        "",
        "`coercivity COMMAND --help` shows its options and an example.",
        "Begin with: coercivity list scenarios",
    ]
    return "\n".join(lines)


def _find(name: str, after: str = "") -> Command:
    for command in COMMANDS:
        if command.name == name:
            return command
    if name in SHOWS and after.isalpha():
        raise UserError(f"there is no command `{name}`; did you mean `coercivity list {after}`?")
    known = [command.name for command in COMMANDS] + (["--help", "--version"] if name.startswith("-") else [])
    hint = nearest_or_all(name, known)
    raise UserError(f"there is no command `{name}`{hint}")


def parser_of(command: Command, module: CommandModule) -> Parser:
    """The arguments and options of a command."""
    parser = Parser(
        prog=f"coercivity {command.name}",
        description=f"{command.summary[0].upper()}{command.summary[1:]}.",
        epilog=f"example: {command.example}",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.example = command.example
    module.add_arguments(parser)
    if command.takes_overrides:
        parser.add_argument(
            "overrides",
            nargs="*",
            metavar="KEY=VALUE",
            help="settings, such as scenario=embargo or seed=7",
        )
    return parser


def _parse(parser: Parser, words: list[str], command: Command) -> argparse.Namespace:
    args, left = parser.parse_known_intermixed_args(words)
    for word in left:
        if (used := HYDRAS.get(word.partition("=")[0])) is not None:
            raise UserError(f"`{word}` is Hydra's own option, and this is no Hydra application: {used}")
        if instead := INSTEAD.get(word.partition("=")[0]):
            raise UserError(f"`{parser.prog}` has no option `{word}`; {instead}")
        takes_settings = any("KEY=VALUE" in str(action.metavar) for action in parser._actions)
        if takes_settings and (setting := _dashed_setting(word, words)):
            raise UserError(f"`{word}`: settings are written without dashes; did you mean `{setting}`?")
        hint = _nearest_option(word, parser)
        what = "option" if word.startswith("-") else "argument"
        hint = hint or f"; see `{parser.prog} --help`, or write as in `{command.example}`"
        raise UserError(f"`{parser.prog}` has no {what} `{word}`{hint}")
    for word in getattr(args, "overrides", []):
        if "=" not in word and not word.startswith("~"):
            said = f"`{word}` is not a setting: write key=value, as in `{command.example}`"
            file = word.endswith((".yaml", ".yml")) and hasattr(args, "config")
            raise UserError(said + (f"; did you mean `--config {word}`?" if file else _meant(word, words)))
    _check_once(getattr(args, "overrides", []))
    return args


def _check_once(settings: Sequence[str]) -> None:
    """Refuse a key that is given two values; two scenarios are refused where they are composed."""
    given: dict[str, str] = {}
    for key, _, value in (text.partition("=") for text in settings):
        if key != "scenario" and given.setdefault(key, value) != value:
            raise UserError(f"`{key}` is given twice, {given[key]} and {value}; give one of them")


def _nearest_option(word: str, parser: Parser) -> str:
    """The end of a sentence that suggests the option that is spelt most alike, dashes left aside."""
    options = [text for action in parser._actions for text in action.option_strings if text.startswith("--")]
    hint = did_you_mean(word.partition("=")[0].lstrip("-"), [option.lstrip("-") for option in options])
    return hint.replace("`", "`--", 1) if word.startswith("-") else ""


def _dashed_setting(word: str, words: list[str]) -> str:
    """The setting that was written as an option, or nothing: `--seed 3`, `--clock.end=2026-01`."""
    from coercivity.experiments.config.hints import whole_key

    key, _, value = word.lstrip("-").partition("=")
    if not word.startswith("-") or len(key) < SHORTEST:
        return ""
    if not _is_key(key):
        key = whole_key(key) or ("futures" if key == "future" else "")
    after = words[words.index(word) + 1 :]
    return f"{key}={value or (after[0] if after else 'VALUE')}" if key else ""


def _is_key(word: str) -> bool:
    """Whether a word is a key of the configuration, or begins like one."""
    from coercivity.experiments.config.overrides import groups
    from coercivity.model.inputs.settings import Settings

    return word.partition(".")[0] in {*groups(), *Settings.model_fields, *ASKED}


def _meant(word: str, words: list[str]) -> str:
    """The end of a sentence that suggests what a bare word may have meant, or nothing."""
    from coercivity.experiments.config.overrides import choices_of

    after = words[words.index(word) + 1 :]
    if after[1:] and after[0] == "=":
        return f"; did you mean `{word}={after[1]}`, without spaces?"
    if word.endswith(":") and _is_key(word[:-1]) and after:
        return f"; did you mean `{word[:-1]}={after[0]}`?"
    if _is_key(word) and after and "=" not in after[0] and not after[0].startswith("-"):
        return f"; did you mean `{word}={after[0]}`?"
    if "." in word and _is_key(word):
        return f"; did you mean `{word}=VALUE`?"
    return did_you_mean(word, choices_of("scenario")).replace("`", "`scenario=", 1)


if __name__ == "__main__":
    sys.exit(main())
