"""What the page asks: one setting or two, and the commands and files that ask the same."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import UserError, unknown
from coercivity.experiments.config.chains import chain_of, default_chain
from coercivity.experiments.config.compose import Composed, compose
from coercivity.experiments.config.levers import check_names
from coercivity.experiments.config.overrides import choices_of
from coercivity.experiments.config.plain_yaml import say_yaml
from coercivity.experiments.reports.compare import check_futures

MOST = 200  # overrides of a setting
LONGEST = 2_000  # characters of an override
KEY = re.compile(r"[A-Za-z_][\w.:*-]*")
SIDES = ("A", "B")


class SettingError(UserError):
    """A mistake in one of the settings; side says in which."""

    def __init__(self, message: str, side: str) -> None:
        super().__init__(message)
        self.side = side


@dataclass(frozen=True)
class ExplorerSetting:
    """A scenario and what is changed of it, as overrides of the command line."""

    scenario: str
    overrides: tuple[str, ...] = ()

    def words(self, common: Sequence[str]) -> list[str]:
        """All of it as the command line takes it."""
        return [f"scenario={self.scenario}", *common, *self.overrides]


@dataclass(frozen=True)
class Question:
    """One setting or two under the same futures; common: overrides of all."""

    settings: tuple[ExplorerSetting, ...]
    common: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """What each setting is called, on the page and as a file."""
        if len(self.settings) == 1:
            return [self.settings[0].scenario]
        return [f"{side}_{s.scenario}" for side, s in zip(SIDES, self.settings, strict=True)]

    def composed(self, evidence: Path) -> dict[str, Composed]:
        """The checked configuration of each setting. Raises SettingError with the model's own sentence."""
        found = {}
        for name, side, setting in zip(self.names, SIDES, self.settings, strict=False):
            try:
                composed = check_overrides(setting.words(self.common), evidence)
            except UserError as error:
                raise SettingError(str(error), side) from error
            found[name] = composed
        try:
            check_futures(found)
        except UserError as error:
            raise SettingError(str(error), SIDES[-1]) from error
        return found


def check_overrides(words: Sequence[str], evidence: Path) -> Composed:
    """The configuration that overrides ask for, and that the evidence has what it names."""
    composed = compose(words)
    check_names(composed.settings, composed.values, evidence)
    return composed


def question(asked: Any, chain: str = "") -> Question:
    """What the page sent, as a question about a chain. Raises UserError for anything that is not one."""
    if not isinstance(asked, dict) or not isinstance(asked.get("settings"), list):
        raise UserError("a question has `settings`, a list of one or two, and `common`")
    settings = asked["settings"]
    if not 1 <= len(settings) <= len(SIDES):
        raise UserError(f"{len(settings)} settings were asked for; one or two can be shown")
    common = _overrides(asked.get("common", []))
    return Question(tuple(_setting(setting, chain or default_chain()) for setting in settings), tuple(common))


def _setting(given: Any, chain: str) -> ExplorerSetting:
    if not isinstance(given, dict) or not isinstance(given.get("scenario"), str):
        raise UserError("a setting has a `scenario` and `overrides`")
    if given["scenario"] not in (known := choices_of("scenario")):
        raise UserError(unknown("scenario", given["scenario"], known))
    if chain_of(given["scenario"]) != chain:
        raise UserError(
            f"scenario `{given['scenario']}` is about another chain than this page; "
            f"start the explorer with it: `coercivity explore {shlex.quote(given['scenario'])}`"
        )
    return ExplorerSetting(given["scenario"], tuple(_overrides(given.get("overrides", []))))


def _overrides(given: Any) -> list[str]:
    """Overrides as text; only values of keys, nothing that adds, removes or chooses a scenario."""
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        raise UserError("`overrides` and `common` are lists of key=value")
    if len(given) > MOST or any(len(text) > LONGEST for text in given):
        raise UserError(f"at most {MOST} settings of at most {LONGEST:,} characters each can be changed")
    for text in given:
        key = text.partition("=")[0]
        if "=" not in text or not KEY.fullmatch(key):
            raise UserError(f"`{text}` is not a setting: write key=value, as in market.elasticity=0.5")
        if key == "scenario":
            raise UserError(f"`{text}`: choose the scenario from its list")
    return given


def commands(asked: Question, files: Mapping[str, Path] | None = None) -> list[dict[str, str]]:
    """The command lines that give the numbers of the page, each with what it does.

    files: where the whole configuration of each setting is kept, for what names of scenarios cannot say
    """
    found = []
    scenarios = [setting.scenario for setting in asked.settings]
    if len(asked.settings) > 1:
        plain = not any(setting.overrides for setting in asked.settings) and len(set(scenarios)) > 1
        if plain:
            found.append(_command("both, as shown here", ["compare", *scenarios, *asked.common, "futures=1"]))
        elif files:
            kept = [str(files[name]) for name in asked.names]
            found.append(_command("both, as shown here, on this machine", ["compare", *kept, "futures=1"]))
    for name, setting in zip(asked.names, asked.settings, strict=True):
        what = "this run" if len(asked.settings) == 1 else f"{setting_name(name)} alone"
        found.append(_command(what, ["run", *setting.words(asked.common)]))
    return found


def _command(what: str, words: Sequence[str]) -> dict[str, str]:
    return {"what": what, "text": shlex.join(["coercivity", *words])}


def setting_name(name: str) -> str:
    """A setting's name as figures have it.

    >>> setting_name("A_restrictions_2025")
    'A restrictions 2025'
    """
    return name.replace("_", " ")


def as_yaml(values: Mapping[str, Any], name: str) -> str:
    """A whole configuration as a file, with how to run it."""
    text = say_yaml(values)
    return f"# A whole configuration. To run it: coercivity run --config {name}.yaml\n{text}"
