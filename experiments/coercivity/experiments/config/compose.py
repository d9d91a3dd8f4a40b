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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pydantic
import yaml

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.chains import complete_chain, with_chain
from coercivity.experiments.config.explain import explain, fields_at
from coercivity.experiments.config.hints import names_of, no_such_key
from coercivity.experiments.config.levers import check_levers, declared_levers, keys_inside
from coercivity.experiments.config.overrides import TypedSetting, bare_keys, groups, sort_overrides
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.experiments.config.strategies import check_conduct
from coercivity.model.inputs.fields import MONTH
from coercivity.model.inputs.settings import Settings
from coercivity.model.role import roles

HYDRA = threading.Lock()  # it composes one configuration at a time: its state is one for the process
LEVER = 3  # where the name of a lever stands in state.<name>.lever.<lever>


@dataclass(frozen=True)
class Composed:
    """One checked configuration.

    values: plain, resolved, as written to config.yaml · choices: the file chosen in every group
    layers: what the scenario's file sets, after those it builds on
    """

    values: Mapping[str, Any]
    settings: "Settings"
    choices: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()
    layers: tuple[Mapping[str, Any], ...] = ()

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


def compose(overrides: Sequence[str] = ()) -> Composed:
    """The configuration that `overrides` ask for. Raises UserError naming what is wrong."""
    choosing, setting = sort_overrides(overrides)
    return _build(choosing, setting, overrides)


class Composer:
    """Configurations that differ in a few settings: composed once a choice of files, then set.

    Gives what `compose` gives for the fixed overrides and then the row's, at a fraction of the cost.
    """

    def __init__(self, fixed: Sequence[str] = ()) -> None:
        self._fixed = tuple(fixed)
        self._known = frozenset(groups())
        self._read = functools.lru_cache(maxsize=4096)(lambda text: sort_overrides([text]))

    def __call__(self, row: Mapping[str, Any]) -> Composed:
        """The configuration of a row: overrides as text, or as numbers; None sets nothing."""
        given = {key: value for key, value in row.items() if value is not None}
        said = [*self._fixed, *(f"{key}={value}" for key, value in given.items())]
        choosing: list[str] = []
        setting: list[TypedSetting] = []
        for text, value in zip(said, [*self._fixed, *given.values()], strict=True):
            key = text.partition("=")[0]
            if isinstance(value, str) or key in self._known or key[0] in "+~":
                chosen, set_ = self._read(text)
                choosing += chosen
                setting += set_
            else:
                setting.append(TypedSetting(key, value, text))
        return _build(choosing, setting, said)


def recompose(
    values: Mapping[str, Any], overrides: Sequence[str] = (), layers: tuple[Mapping[str, Any], ...] = ()
) -> Composed:
    """The configuration of a stored run, checked afresh, with values set that `overrides` name.

    layers: what is remarked on as the author's own
    """
    choosing, setting = sort_overrides(overrides)
    if choosing:
        raise UserError(f"`{choosing[0]}`: a whole configuration has its files chosen already; set values")
    choices = {"scenario": str(values.get("scenario", "unnamed"))}
    kept = copy.deepcopy(dict(values))
    for one in setting:
        _set(kept, one)
    return Composed(kept, validate_values(kept, choices, overrides), choices, tuple(overrides), layers)


def _build(choosing: Sequence[str], setting: Sequence[TypedSetting], overrides: Sequence[str]) -> Composed:
    """What Hydra makes of the choices, with the values set and everything checked."""
    values, choices, refers = base(tuple(with_chain(choosing)))
    for one in setting:
        _set(values, one)
    if refers:
        values = resolve_references(values)
    values["scenario"] = choices.get("scenario", "unnamed")
    layers = tuple(scenario_layers(values["scenario"]))
    return Composed(values, validate_values(values, choices, overrides), choices, tuple(overrides), layers)


def base(choosing: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, str], bool]:
    """A copy of a composition of one's own; whether its values refer to others, which are to be resolved."""
    with HYDRA:
        made = _compose_cached(choosing, conf_dir())
    values, choices, refers = pickle.loads(made)
    return values, choices, refers


@functools.lru_cache(maxsize=64)
def _compose_cached(overrides: tuple[str, ...], conf: Path) -> bytes:
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
            cfg = hydra.compose("config", [bare_keys(text) for text in overrides], return_hydra_config=True)
        choices = {k: str(v) for k, v in cfg.hydra.runtime.choices.items() if not k.startswith("hydra/")}
        OmegaConf.set_struct(cfg, False)
        del cfg["hydra"]
        found = OmegaConf.to_container(cfg, resolve=False)
        refers = "${" in str(found)
        if not refers:
            found = OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    except (HydraException, OmegaConfBaseException, yaml.YAMLError) as error:
        raise UserError(_why_not(" ".join(str(error).split()))) from error
    except RecursionError:
        raise UserError("the configuration does not compose: a file of it is nested too deeply") from None
    assert isinstance(found, dict)
    values = {str(key): value for key, value in found.items()}
    layers = scenario_layers(choices.get("scenario", ""))
    empty_groups(values, layers)
    if layers:
        drop_inherited_name(values, layers[-1])
    return pickle.dumps((values, choices, refers))


def _why_not(said: str) -> str:
    """What Hydra says of a composition that fails, in our words where we have any."""
    if found := re.match(r"Could not override '([\w@.]+)'\. No match in the defaults list", said):
        return (
            f"`{found[1]}` is no choice of a run's configuration; files of conf/{found[1]} are for "
            f"sweeps: `coercivity sweep ... --{found[1]} NAME`, or `coercivity sweep --help`"
        )
    return f"the configuration does not compose: {said}"


def resolve_references(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values with what others they refer to."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    try:
        found = OmegaConf.to_container(OmegaConf.create(dict(values)), resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        raise UserError(f"the configuration does not compose: {' '.join(str(error).split())}") from error
    assert isinstance(found, dict)
    return {str(key): value for key, value in found.items()}


def scenario_layers(name: str) -> list[Mapping[str, Any]]:
    """What a scenario's file says, after those it builds on. Raises UserError where one is no plain YAML."""
    path = conf_dir() / "scenario" / f"{name}.yaml"
    content = read_yaml(path) if path.is_file() else None
    if not isinstance(content, dict):
        return []
    listed = content.get("defaults")
    below = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    built = [layer for one in below if one not in ("_self_", name) for layer in scenario_layers(one)]
    return [*built, {key: value for key, value in content.items() if key != "defaults"}]


def drop_inherited_name(values: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """Take the short name of what a scenario builds on from one that has a title of its own and no name."""
    about, mine = values.get("about"), own.get("about")
    if isinstance(about, dict) and isinstance(mine, Mapping) and "title" in mine and "short" not in mine:
        about.pop("short", None)


def empty_groups(values: dict[str, Any], layers: Sequence[Mapping[str, Any]]) -> None:
    """Empty every group that a layer lays `{}` over, but for what later layers put there.

    Hydra would keep what stood there; an entry of a scenario could then never be taken away.
    """
    for number, layer in enumerate(layers):
        for path in _empty_groups(layer):
            later: Any = {}
            for above in layers[number + 1 :]:
                later = merge_layers(later, _at(above, path) or {}) if _at(above, path) else later
            place = _at(values, path[:-1])
            if isinstance(place, dict) and isinstance(place.get(path[-1]), dict):
                place[path[-1]] = later


def _empty_groups(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where a layer has an empty group."""
    if isinstance(value, Mapping):
        if not value and path:
            yield path
        for key, inner in value.items():
            yield from _empty_groups(inner, (*path, str(key)))


def _at(value: Any, path: Sequence[str]) -> Any:
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def forget() -> None:
    """Read the files of the configuration anew from now on."""
    _compose_cached.cache_clear()


def _set(values: dict[str, Any], setting: TypedSetting) -> None:
    """Set one value where the configuration has a place for it, or take one away."""
    parts = setting.key.split(".")
    place: Any = values
    for depth, part in enumerate(parts):
        here = ".".join(parts[:depth])
        if not isinstance(place, dict):
            raise UserError(f"`{setting.said}`: `{here}` is a single value and has nothing inside it")
        if part not in place:
            _make_place(place, parts, depth, setting)
        if depth < len(parts) - 1:
            if place[part] is None:  # a group that was emptied
                place[part] = {}
            place = place[part]
    last, new = parts[-1], setting.value
    if setting.how == "take":
        del place[last]
        return
    old = place[last]
    if setting.how == "add" and old is not None:
        raise UserError(f"`{setting.said}`: `{setting.key}` is there already; write it without the +")
    dated = isinstance(old, dict) and all(MONTH.fullmatch(str(key)) for key in old)  # or one number
    if isinstance(old, dict) and not dated and not isinstance(new, dict | None):
        raise UserError(f"`{setting.said}`: `{setting.key}` holds {names_of(old)}; set one of those")
    place[last] = merge_layers(old, new)


def _make_place(place: dict[str, Any], parts: Sequence[str], depth: int, setting: TypedSetting) -> None:
    """A place for a value that no file has. Raises UserError where there can be none."""
    here, part = ".".join(parts[:depth]), parts[depth]
    allowed = _may_be_added(parts, depth)
    known = dict.fromkeys([*place, *(allowed or [])])
    added = setting.how in ("add", "force")
    if setting.how == "take" or not (added or allowed is None or part in known):
        raise UserError(
            no_such_key(setting, place, here, part, list(place if setting.how == "take" else known))
        )
    place[part] = {} if depth < len(parts) - 1 else None


def merge_layers(old: Any, new: Any) -> Any:
    """A group laid over another key by key; an empty one, like anything else, takes the place of the old."""
    if not (isinstance(old, dict) and isinstance(new, dict) and new):
        return new
    return old | {key: merge_layers(old.get(key), value) for key, value in new.items()}


def _may_be_added(parts: Sequence[str], depth: int) -> list[str] | None:
    """Names a place may have though no file lists them: declared keys, levers, their parameters.

    None where any name may be one, such as a new measure's.
    """
    if parts[0] == "state" and parts[2:3] == ["parameters"] and depth == LEVER:
        return None  # the strategy knows which it takes
    if parts[0] == "state" and parts[2:3] == ["role"] and depth >= LEVER:
        return _role_names(parts[LEVER:depth])
    if parts[0] != "state" or parts[2:3] != ["lever"] or depth < LEVER:
        return fields_at(Settings, parts[:depth])
    if depth == LEVER:
        return sorted(declared_levers())
    return keys_inside(parts[LEVER], parts[LEVER + 1 : depth])


def _role_names(inside: Sequence[str]) -> list[str] | None:
    """Roles there are, or what the one at hand takes; None where names are one's own."""
    if not inside:
        return sorted(roles())
    if len(inside) > 1:
        return None
    return sorted(roles()[inside[0]].model_fields) if inside[0] in roles() else []


def validate_values(
    values: Mapping[str, Any], choices: Mapping[str, str], overrides: Sequence[str]
) -> "Settings":
    try:
        settings = Settings.model_validate(copy.deepcopy(dict(complete_chain(values))))
    except pydantic.ValidationError as error:
        raise UserError(explain(error, Settings, choices, overrides)) from error
    check_levers(values, settings.chain, choices, overrides)
    check_conduct(values, choices, overrides)
    return settings
