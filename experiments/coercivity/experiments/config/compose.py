"""From overrides to settings: Hydra composes, we check every name, pydantic checks every value.

Hydra types end here. Nothing is ever instantiated or read from the environment.
"""

import copy
import functools
import hashlib
import json
import pickle
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml

from coercivity.experiments.base.errors import UserError, did_you_mean, unknown
from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.chains import completed, with_chain
from coercivity.experiments.config.explain import explain, fields_at
from coercivity.experiments.config.levers import check_levers, declared, keys_inside

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override

    from coercivity.model.inputs.settings import Settings

# Folders of conf/ that are not choices of a configuration.
NOT_GROUPS = frozenset({"evidence", "hydra", "experiment", "trial", "lever", "strategy"})
MANY = frozenset({"state"})  # groups of which a configuration takes several files
SIGNS = {":": "__colon__", "*": "__star__"}
HYDRA = threading.Lock()  # it composes one configuration at a time: its state is one for the process
OPTIMISED = "Hydra reads no functions under PYTHONOPTIMIZE or -O: leave it out, or list the values: seed=0,1"
LEVER = 3  # where the name of a lever stands in state.<name>.lever.<lever>


@dataclass(frozen=True)
class Setting:
    """One value to be set: its key, the value as plain data, and the override as it was typed."""

    key: str
    value: Any
    said: str


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
    return _built(choosing, setting, overrides)


class Composer:
    """Configurations that differ in a few settings: composed once a choice of files, then set.

    Gives what `compose` gives for the fixed overrides and then the row's, at a fraction of the cost.
    """

    def __init__(self, fixed: Sequence[str] = ()) -> None:
        self._fixed = tuple(fixed)
        self._known = frozenset(groups())
        self._read = functools.lru_cache(maxsize=4096)(lambda text: _sorted_overrides([text]))

    def __call__(self, row: Mapping[str, Any]) -> Composed:
        """The configuration of a row: overrides as text, or as numbers; None sets nothing."""
        given = {key: value for key, value in row.items() if value is not None}
        said = [*self._fixed, *(f"{key}={value}" for key, value in given.items())]
        choosing: list[str] = []
        setting: list[Setting] = []
        for text, value in zip(said, [*self._fixed, *given.values()], strict=True):
            key = text.partition("=")[0]
            if isinstance(value, str) or key in self._known or key[0] in "+~":
                chosen, set_ = self._read(text)
                choosing += chosen
                setting += set_
            else:
                setting.append(Setting(key, value, text))
        return _built(choosing, setting, said)


def recompose(values: Mapping[str, Any], overrides: Sequence[str] = ()) -> Composed:
    """The configuration of a stored run, checked afresh, with values set that `overrides` name."""
    choosing, setting = _sorted_overrides(overrides)
    if choosing:
        raise UserError(f"`{choosing[0]}`: a whole configuration has its files chosen already; set values")
    choices = {"scenario": str(values.get("scenario", "unnamed"))}
    kept = copy.deepcopy(dict(values))
    for one in setting:
        _set(kept, one)
    return Composed(kept, validated(kept, choices, overrides), choices, tuple(overrides))


class _OneOfEach(yaml.SafeLoader):
    """YAML in which no key stands twice in a group."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """As the safe loader, but refusing what it would silently overwrite."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                said = f"the key `{key.value}` stands twice; keep one"
                raise yaml.constructor.ConstructorError(None, None, said, key.start_mark)
            if isinstance(key, yaml.ScalarNode):
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """A YAML file as plain data. Raises UserError with file and line when it is not YAML."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_OneOfEach)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UserError(f"{path}:{line}: not valid YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not valid YAML: {str(error).splitlines()[0]}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error


def _built(choosing: Sequence[str], setting: Sequence[Setting], overrides: Sequence[str]) -> Composed:
    """What Hydra makes of the choices, with the values set and everything checked."""
    choosing = with_chain(choosing)
    values, choices, refers = base(tuple(choosing))
    if refers and setting:  # a value may stand elsewhere too: Hydra must know it before it resolves
        values, choices, _ = base((*choosing, *(escaped(s.said) for s in setting)))
    else:
        for one in setting:
            _set(values, one)
    values["scenario"] = choices.get("scenario", "unnamed")
    return Composed(values, validated(values, choices, overrides), choices, tuple(overrides))


def base(choosing: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, str], bool]:
    """A copy of a composition of one's own."""
    with HYDRA:
        made = _composed(choosing, conf_dir())
    values, choices, refers = pickle.loads(made)
    return values, choices, refers


def _sorted_overrides(overrides: Sequence[str]) -> tuple[list[str], list[Setting]]:
    """Choices, additions and removals, which Hydra makes; and values, which we set."""
    known = groups()
    choosing: list[str] = []
    setting: list[Setting] = []
    for text in overrides:
        override = parse_override(text)
        name = override.key_or_group
        if override.is_sweep_override():
            raise UserError(f"`{text}` asks for several values; one run takes one, `sweep` takes many")
        if is_of_hydra(name):
            raise UserError(f"`{text}`: Hydra's own settings cannot be changed from the command line")
        if name in known and override.is_delete():
            raise UserError(f"`{text}`: a group cannot be taken away; choose one of its files, {name}=NAME")
        if name in known:
            check_choice(name, override.value())
            choosing.append(text)
        elif override.is_add() or override.is_force_add() or override.is_delete():
            choosing.append(text)
        else:
            setting.append(Setting(name, _plain(override.value()), text))
    return choosing, setting


def is_of_hydra(name: str) -> bool:
    """Whether a key is one of Hydra's own settings or groups, as hydra.run.dir or hydra/launcher."""
    return re.split("[./@]", name, maxsplit=1)[0] == "hydra"


def parse_override(text: str) -> "Override":
    """An override in Hydra's grammar. Raises UserError for what is not one."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    wrong = f"`{text}` is not an override: write key=value, as in seed=7 or scenario=embargo"
    try:
        parsed = OverridesParser.create().parse_override(escaped(text))
    except (HydraException, AttributeError) as error:
        raise UserError(wrong if __debug__ else f"{wrong}; {OPTIMISED}") from error
    parsed.input_line = text
    parsed.config_loader = cast(Any, _Groups())
    parsed.key_or_group = _unescaped(parsed.key_or_group or "")
    if not parsed.key_or_group:
        raise UserError(wrong)
    if "${" in text:
        raise UserError(
            f"`{text}`: references (${{...}}) are not taken from the command line; give the value"
        )
    return parsed


class _Groups:
    """What Hydra's parser asks of a configuration: the files a glob may mean."""

    def get_group_options(self, group_name: str, **_which: object) -> list[str]:
        """The files of a group."""
        return choices_of(group_name)


def escaped(text: str) -> str:
    """Materials and months in keys, which Hydra's grammar does not take: `days.oxide:Dy.2026-01=90`.

    >>> escaped("days.oxide:Dy.2026-01=90"), _unescaped("days.oxide__colon__Dy.__month__2026__01")
    ('days.oxide__colon__Dy.__month__2026__01=90', 'days.oxide:Dy.2026-01')
    """
    key, equals, value = text.partition("=")
    key = re.sub(r"(?<=\.)(\d{4})-(\d{2})(?=\.|$)", r"__month__\1__\2", key)
    for sign, word in SIGNS.items():
        key = key.replace(sign, word)
    return f"{key}{equals}{_bare_keys(value)}"


def _bare_keys(value: str) -> str:
    """A value whose keys in quotes stand without, as Hydra's grammar wants them.

    >>> _bare_keys('{"oxide:Dy": 90}')
    '{oxide\\\\:Dy: 90}'
    """
    return re.sub(r"([\"'])([\w:*.-]+)\1(?=\s*:)", lambda found: found[2].replace(":", "\\:"), value)


def _unescaped(key: str) -> str:
    """A key as it was typed."""
    for sign, word in SIGNS.items():
        key = key.replace(word, sign)
    return re.sub(r"__month__(\d{4})__(\d{2})", r"\1-\2", key)


def check_choice(group: str, chosen: Any) -> None:
    """Raise UserError unless a group has the file, or files, that are chosen."""
    if isinstance(chosen, list) and group not in MANY:
        raise UserError(f"`{group}` takes one name, not a list: {group}={chosen[0] if chosen else 'NAME'}")
    for name in chosen if isinstance(chosen, list) else [chosen]:
        if str(name) not in (known := choices_of(group)):
            raise UserError(unknown(group, "null" if name is None else str(name), known))


@functools.lru_cache(maxsize=64)
def _composed(overrides: tuple[str, ...], conf: Path) -> bytes:
    """Hydra's composition as plain data, its choices, and whether values refer to others; pickled."""
    import hydra
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    OmegaConf.clear_resolver("oc.env")
    GlobalHydra.instance().clear()
    try:
        with hydra.initialize_config_dir(str(conf), version_base="1.3"):
            cfg = hydra.compose("config", [_bare_keys(text) for text in overrides], return_hydra_config=True)
        choices = {k: str(v) for k, v in cfg.hydra.runtime.choices.items() if not k.startswith("hydra/")}
        OmegaConf.set_struct(cfg, False)
        del cfg["hydra"]
        refers = "${" in str(OmegaConf.to_container(cfg, resolve=False))
        values = OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    except (HydraException, OmegaConfBaseException, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        raise UserError(f"the configuration does not compose: {said}") from error
    assert isinstance(values, dict)
    return pickle.dumps(({str(key): value for key, value in values.items()}, choices, refers))


def forget() -> None:
    """Read the files of the configuration anew from now on."""
    _composed.cache_clear()


def _set(values: dict[str, Any], setting: Setting) -> None:
    """Set one value where the configuration has a place for it."""
    parts = setting.key.split(".")
    place: Any = values
    for depth, part in enumerate(parts):
        here = ".".join(parts[:depth])
        if not isinstance(place, dict):
            raise UserError(f"`{setting.said}`: `{here}` is a single value and has nothing inside it")
        if part not in place:
            allowed = _may_be_added(parts, depth)
            known = [*place, *(allowed or [])]
            if allowed is not None and part not in known:
                raise UserError(_no_such_key(setting, here, part, known))
            place[part] = {} if depth < len(parts) - 1 else None
        if depth < len(parts) - 1:
            place = place[part]
    old, new = place[parts[-1]], setting.value
    if isinstance(old, dict) and old and not isinstance(new, dict):
        raise UserError(f"`{setting.said}`: `{setting.key}` holds {_names(old)}; set one of those")
    place[parts[-1]] = _merged(old, new)


def _merged(old: Any, new: Any) -> Any:
    """A group laid over another key by key, as Hydra does; anything else takes the place of the old."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    return old | {key: _merged(old.get(key), value) for key, value in new.items()}


def _may_be_added(parts: Sequence[str], depth: int) -> list[str] | None:
    """Names a place may have though no file lists them: declared keys, levers, their parameters.

    None where any name may be one, such as a new measure's.
    """
    from coercivity.model.inputs.settings import Settings

    if parts[0] == "state" and parts[2:3] == ["parameters"] and depth == LEVER:
        return None  # the strategy knows which it takes
    if parts[0] != "state" or parts[2:3] != ["lever"] or depth < LEVER:
        return fields_at(Settings, parts[:depth])
    if depth == LEVER:
        return sorted(declared())
    return keys_inside(parts[LEVER], parts[LEVER + 1 : depth])


def _no_such_key(setting: Setting, here: str, part: str, known: Sequence[str]) -> str:
    where = f"`{here}`" if here else "the configuration"
    kind = "state" if here == "state" else "lever" if here.endswith(".lever") else "key"
    hint = did_you_mean(part, known if here else [*known, *groups()])
    hint = hint or (f"; it has {_names(known)}" if known else "; it takes none")
    return f"`{setting.said}`: {where} has no {kind} `{part}`{hint}"


def _names(known: Iterable[str]) -> str:
    return ", ".join(f"`{key}`" for key in sorted(set(known))) or "nothing"


def _plain(value: Any) -> Any:
    """Hydra's parsed value as plain data."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return str(value) if isinstance(value, str) else value


def validated(values: Mapping[str, Any], choices: Mapping[str, str], overrides: Sequence[str]) -> "Settings":
    import pydantic

    from coercivity.model.inputs.settings import Settings

    try:
        settings = Settings.model_validate(copy.deepcopy(dict(completed(values))))
    except pydantic.ValidationError as error:
        raise UserError(explain(error, Settings, choices, overrides)) from error
    check_levers(values, settings.chain, choices, overrides)
    return settings
