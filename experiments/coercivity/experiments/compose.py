"""From overrides to settings: Hydra composes, we check every name, pydantic checks every value.

Hydra types end here. Nothing is ever instantiated or read from the environment.
"""

import copy
import functools
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from coercivity.experiments.errors import UserError, did_you_mean, unknown
from coercivity.experiments.explain import explain, fields_at
from coercivity.experiments.levers import check_levers, declared, keys_inside
from coercivity.experiments.paths import conf_dir

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override

    from coercivity.model.settings import Settings

# Folders of conf/ that are not choices of a configuration.
NOT_GROUPS = frozenset({"evidence", "hydra", "experiment", "lever", "strategy"})
SIGNS = {":": "__colon__", "*": "__star__"}
LEVER = 3  # where the name of a lever stands in state.<name>.lever.<lever>


@dataclass(frozen=True)
class Composed:
    """One checked configuration.

    values: plain, resolved, as written to config.yaml · choices: the file chosen in every group
    """

    values: Mapping[str, Any]
    settings: "Settings"
    choices: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()

    @property
    def scenario(self) -> str:
        """The name of the scenario."""
        return str(self.values.get("scenario", "unnamed"))

    @property
    def title(self) -> str:
        """What the scenario calls itself, for people."""
        about = self.values.get("about") or {}
        return str(about.get("title", self.scenario))

    @property
    def hash(self) -> str:
        """Hash of everything the run is asked; the same whatever the order of keys."""
        return config_hash(self.values)


def config_hash(values: Mapping[str, Any]) -> str:
    """The sha256 of a configuration in canonical form.

    >>> config_hash({"a": 1, "b": 2}) == config_hash({"b": 2, "a": 1})
    True
    """
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def choices_of(group: str) -> list[str]:
    """The files one may choose in a group, by name, in order."""
    return sorted(path.stem for path in (conf_dir() / group).glob("*.yaml"))


def groups() -> list[str]:
    """The groups of the configuration."""
    folders = (path for path in conf_dir().iterdir() if path.is_dir() and path.name not in NOT_GROUPS)
    return sorted(path.name for path in folders if any(path.glob("*.yaml")))


def compose(overrides: Sequence[str] = ()) -> Composed:
    """The configuration that `overrides` ask for. Raises UserError naming what is wrong."""
    choosing, setting = _sorted_overrides(overrides)
    values, choices = _composed(tuple(choosing))
    values = copy.deepcopy(values)
    for override in setting:
        _set(values, override)
    values["scenario"] = choices.get("scenario", "unnamed")
    return Composed(values, _validated(values, choices, overrides), choices, tuple(overrides))


def compose_with(scenario: Path) -> Composed:
    """The configuration with a scenario file from anywhere laid over the default choices."""
    from omegaconf import OmegaConf

    if scenario.resolve().parent == (conf_dir() / "scenario").resolve():
        return compose([f"scenario={scenario.stem}"])
    values, choices = _composed(())
    overlay = read_yaml(scenario)
    overlay.pop("defaults", None)
    merged = OmegaConf.to_container(OmegaConf.merge(values, overlay), resolve=True)
    assert isinstance(merged, dict)
    plain = {str(key): value for key, value in merged.items()} | {"scenario": scenario.stem}
    return Composed(plain, _validated(plain, choices, ()), choices)


def recompose(values: Mapping[str, Any]) -> Composed:
    """The configuration of a stored run, checked afresh."""
    choices = {"scenario": str(values.get("scenario", "unnamed"))}
    return Composed(values, _validated(values, choices, ()), choices)


def read_yaml(path: Path) -> Any:
    """A YAML file as plain data. Raises UserError with file and line when it is not YAML."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UserError(f"{path}:{line}: not valid YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not valid YAML: {str(error).splitlines()[0]}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error


def _sorted_overrides(overrides: Sequence[str]) -> tuple[list[str], list["Override"]]:
    """Choices, additions and removals, which Hydra makes; and values, which we set."""
    known = groups()
    choosing: list[str] = []
    setting: list[Override] = []
    for text in overrides:
        override = _parsed(text)
        name = override.key_or_group
        if override.is_sweep_override():
            raise UserError(f"`{text}` asks for several values; one run takes one, `sweep` takes many")
        if name == "hydra" or name.startswith("hydra."):
            raise UserError(f"`{text}`: Hydra's own settings cannot be changed from the command line")
        if name in known and not override.is_delete():
            _check_choice(name, override.value())
            choosing.append(text)
        elif override.is_add() or override.is_force_add() or override.is_delete():
            choosing.append(text)
        else:
            setting.append(override)
    return choosing, setting


def _parsed(text: str) -> "Override":
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    wrong = f"`{text}` is not an override: write key=value, as in seed=7 or scenario=embargo"
    try:
        parsed = OverridesParser.create().parse_override(_escaped(text))
    except HydraException as error:
        raise UserError(wrong) from error
    parsed.input_line = text
    for sign, word in SIGNS.items():
        parsed.key_or_group = parsed.key_or_group.replace(word, sign) if parsed.key_or_group else ""
    if not parsed.key_or_group:
        raise UserError(wrong)
    if "${" in text:
        raise UserError(
            f"`{text}`: references (${{...}}) are not taken from the command line; give the value"
        )
    return parsed


def _escaped(text: str) -> str:
    """Materials as keys, which Hydra's grammar does not take: `days.oxide:Dy=90`, `{"oxide:*": 0.1}`."""
    key, equals, value = text.partition("=")
    for sign, word in SIGNS.items():
        key = key.replace(sign, word)
    value = re.sub(r"([\"'])([\w:*.-]+)\1(?=\s*:)", lambda found: found[2].replace(":", "\\:"), value)
    return f"{key}{equals}{value}"


def _check_choice(group: str, chosen: Any) -> None:
    for name in chosen if isinstance(chosen, list) else [chosen]:
        if str(name) not in (known := choices_of(group)):
            raise UserError(unknown(group, str(name), known))


@functools.cache
def _composed(overrides: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, str]]:
    """Hydra's composition as plain data, and its choices. Cached: callers copy first."""
    import hydra
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    OmegaConf.clear_resolver("oc.env")
    GlobalHydra.instance().clear()
    try:
        with hydra.initialize_config_dir(str(conf_dir()), version_base="1.3"):
            cfg = hydra.compose("config", list(overrides), return_hydra_config=True)
        choices = {k: str(v) for k, v in cfg.hydra.runtime.choices.items() if not k.startswith("hydra/")}
        OmegaConf.set_struct(cfg, False)
        del cfg["hydra"]
        values = OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    except (HydraException, OmegaConfBaseException) as error:
        said = " ".join(str(error).split())
        raise UserError(f"the configuration does not compose: {said}") from error
    assert isinstance(values, dict)
    return {str(key): value for key, value in values.items()}, choices


def _set(values: dict[str, Any], override: "Override") -> None:
    """Set one value where the configuration has a place for it."""
    parts = override.key_or_group.split(".")
    place: Any = values
    for depth, part in enumerate(parts):
        here = ".".join(parts[:depth])
        if not isinstance(place, dict):
            raise UserError(f"`{override.input_line}`: `{here}` is a single value and has nothing inside it")
        if part not in place:
            allowed = _may_be_added(parts, depth)
            known = [*place, *(allowed or [])]
            if allowed is not None and part not in known:
                raise UserError(_no_such_key(override, here, part, known))
            place[part] = {} if depth < len(parts) - 1 else None
        if depth < len(parts) - 1:
            place = place[part]
    old, new = place[parts[-1]], _plain(override.value())
    if isinstance(old, dict) and isinstance(new, dict):
        new = {**old, **new}
    elif isinstance(old, dict) and old:
        key = override.key_or_group
        raise UserError(f"`{override.input_line}`: `{key}` holds {_names(old)}; set one of those")
    place[parts[-1]] = new


def _may_be_added(parts: Sequence[str], depth: int) -> list[str] | None:
    """Names a place may have though no file lists them: declared keys, levers, their parameters.

    None where any name may be one, such as a new measure's.
    """
    from coercivity.model.settings import Settings

    if parts[0] == "state" and parts[2:3] == ["parameters"] and depth == LEVER:
        return None  # the strategy knows which it takes
    if parts[0] != "state" or parts[2:3] != ["lever"] or depth < LEVER:
        return fields_at(Settings, parts[:depth])
    if depth == LEVER:
        return sorted(declared())
    return keys_inside(parts[LEVER], parts[LEVER + 1 : depth])


def _no_such_key(override: "Override", here: str, part: str, known: Sequence[str]) -> str:
    where = f"`{here}`" if here else "the configuration"
    kind = "state" if here == "state" else "lever" if here.endswith(".lever") else "key"
    hint = did_you_mean(part, known if here else [*known, *groups()])
    hint = hint or (f"; it has {_names(known)}" if known else "; it takes none")
    return f"`{override.input_line}`: {where} has no {kind} `{part}`{hint}"


def _names(known: Iterable[str]) -> str:
    return ", ".join(f"`{key}`" for key in sorted(known)) or "nothing"


def _plain(value: Any) -> Any:
    """Hydra's parsed value as plain data."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return str(value) if isinstance(value, str) else value


def _validated(values: Mapping[str, Any], choices: Mapping[str, str], overrides: Sequence[str]) -> "Settings":
    import pydantic

    from coercivity.model.settings import Settings

    try:
        settings = Settings.model_validate(copy.deepcopy(dict(values)))
    except pydantic.ValidationError as error:
        raise UserError(explain(error, Settings, choices, overrides)) from error
    check_levers(values, choices, overrides)
    return settings
