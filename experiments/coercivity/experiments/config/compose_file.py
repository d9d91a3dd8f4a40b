"""A scenario file from anywhere, laid over the configuration it builds on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import UserError, say_unseen
from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.chains import with_chain
from coercivity.experiments.config.compose import (
    Composed,
    base,
    compose,
    drop_inherited_name,
    merge_layers,
    resolve_references,
    validate_values,
)
from coercivity.experiments.config.explain import FILE
from coercivity.experiments.config.overrides import check_choice
from coercivity.experiments.config.plain_yaml import read_yaml

FROZEN = "policies_frozen"  # policies in force go on, and nobody responds


def compose_with(scenario: Path) -> Composed:
    """The configuration with a scenario file from anywhere laid over what it builds on, or the default."""
    if scenario.resolve().parent == (conf_dir() / "scenario").resolve():
        return compose([f"scenario={scenario.stem}"])
    if unseen := say_unseen(scenario.name):
        raise UserError(f"{scenario}: the name of the file holds {unseen}; give it another")
    overlay = read_yaml(scenario)
    choosing = _builds_on(scenario, overlay.pop("defaults", None))
    about = overlay.get("about")
    chain = about.get("chain") if isinstance(about, dict) else None
    if not choosing and not chain and (conf_dir() / "scenario" / f"{FROZEN}.yaml").is_file():
        choosing = [f"scenario={FROZEN}"]  # as a file in conf/scenario that names none stands over
    values, choices, refers = base(tuple(with_chain([*choosing, *([f"chain={chain}"] if chain else [])])))
    _check_groups(scenario, values, overlay)
    laid = merge_layers(values, overlay)
    drop_inherited_name(laid, overlay)
    plain = (resolve_references(laid) if refers else laid) | {"scenario": scenario.stem}
    settings = validate_values(plain, {**choices, FILE: str(scenario)}, ())
    return Composed(plain, settings, choices, (), (overlay,))


def _builds_on(scenario: Path, defaults: Any) -> list[str]:
    """The choice of the scenario that a file builds on, if any."""
    listed = defaults if isinstance(defaults, list) else [] if defaults is None else [defaults]
    named = [one for one in listed if one != "_self_"]
    if len(named) > 1 or named != listed[: len(named)]:
        raise UserError(
            f"{scenario}: `defaults` of a file outside conf/scenario is one scenario to build on, then _self_"
        )
    for name in named:
        check_choice("scenario", name)
    return [f"scenario={name}" for name in named]


def _check_groups(file: Path, values: Mapping[str, Any], overlay: Mapping[str, Any], above: str = "") -> None:
    """Refuse a list, number or text where the configuration holds keys."""
    for key, given in overlay.items():
        held, place = values.get(key), f"{above}{key}"
        if not isinstance(held, Mapping) or given is None:
            continue
        if not isinstance(given, Mapping):
            raise UserError(f"{file}: `{place}` must be a group of keys, not {given!r}")
        _check_groups(file, held, given, f"{place}.")
