"""What can be set: scenarios, clock, model, levers by state, uncertainties; read from registers and files."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.config.chains import default_chain
from coercivity.experiments.config.compose import Composed
from coercivity.experiments.config.evidence_reader import read_evidence
from coercivity.experiments.config.explain import meaning
from coercivity.experiments.config.levers import declared_levers, known_names
from coercivity.experiments.config.listing import LISTS
from coercivity.experiments.config.overrides import choices_of, groups
from coercivity.experiments.config.places import NAMES
from coercivity.experiments.config.uncertainty import read_uncertainties
from coercivity.experiments.explorer.form import form
from coercivity.experiments.explorer.question import ExplorerSetting, Question, check_overrides
from coercivity.model.behaviour import rows
from coercivity.model.inputs.evidence import Fact
from coercivity.model.inputs.settings import Settings

Controls = dict[str, Any]
STEPS = ("month", "quarter", "year")
OWN = ("scenario", "state", "uncertainty", "chain")  # groups with controls of their own, or one for all


@dataclass(frozen=True)
class PartialSetting:
    """A setting as far as it can be read: without the overrides that are mistaken.

    wrong: by key, what was typed and what is wrong with it
    """

    composed: Composed
    mistake: str = ""
    wrong: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def values(self) -> Mapping[str, Any]:
        """The configuration as plain data."""
        return self.composed.values


def overview(asked: Question, evidence: Path) -> Controls:
    """All controls but the levers of single states, and each setting's mistake, where it has one."""
    read = [_read(asked, setting, evidence) for setting in asked.settings]
    values = [one.values for one in read]
    names, chain = known_names(values[0], evidence), values[0].get("chain") or {}
    uncertain, left_out = uncertainties(values, evidence)
    materials = sorted(names["material"])
    patterns = sorted({f"{material.partition(':')[0]}:*" for material in materials})
    return {
        "scenarios": [
            {"name": item["name"], "title": item.get("title", ""), "purpose": item.get("purpose", "")}
            for item in LISTS["scenarios"](str(chain.get("name") or default_chain()))
        ],
        "clock": {**values[0]["clock"], "steps": STEPS},
        "seed": values[0]["seed"],
        "groups": [
            {
                "name": group,
                "options": options,
                "values": [one.composed.choices.get(group, "") for one in read],
            }
            for group in groups()
            if group not in OWN and len(options := choices_of(group)) > 1
        ],
        "states": _states(values),
        "uncertainties": uncertain,
        "left_out": left_out,
        "names": {
            **{kind: sorted(found) for kind, found in names.items()},
            "material": [*materials, *patterns],
        },
        "mistakes": [one.mistake for one in read],
        "wrong": [one.wrong for one in read],
    }


def levers(asked: Question, state: str, evidence: Path) -> Controls:
    """The levers of one state, each with its controls for every setting."""
    values = [_read(asked, setting, evidence).values for setting in asked.settings]
    held = [found["state"].get(state) for found in values]
    if None in held:
        raise UserError(f"there is no state `{state}`; there are: {', '.join(sorted(values[0]['state']))}")
    found = []
    for name, schema in declared_levers().items():
        given = [(one.get("lever") or {}).get(name) or {} for one in held if one]
        found.append(
            {
                "name": name,
                "title": name.replace("_", " "),
                "summary": getattr(schema, "summary", ""),
                "set": [_is_set(one) for one in given],
                "forms": [form(name, schema, one, f"state.{state}.lever.{name}").as_dict() for one in given],
            }
        )
    return {
        "state": state,
        "strategies": {
            "key": f"state.{state}.strategy",
            "options": [
                {"name": item["name"], "summary": item["summary"]}
                for item in LISTS["strategies"](default_chain())
            ],
            "values": [str(one.get("strategy", "")) for one in held if one],
        },
        "levers": found,
    }


def uncertainties(values: list[Mapping[str, Any]], evidence: Path) -> tuple[list[Controls], list[str]]:
    """The uncertainties of every file of conf/uncertainty, each once, with range, unit and source.

    Then why files are left out: the evidence of another chain need not have the rows they name.
    """
    found: dict[str, Controls] = {}
    left_out: list[str] = []
    for file in choices_of("uncertainty"):
        try:
            read = read_uncertainties(file, evidence)
        except UserError as error:
            left_out.append(str(error))
            continue
        for one in read:
            now = [_now(one.key, held, evidence) for held in values]
            found.setdefault(
                one.key,
                {
                    **one.as_dict(),
                    "file": file,
                    "label": _label(one.key),
                    "help": _help(one.key, evidence),
                    "now": [value for value, _ in now],
                    "there": [there for _, there in now],
                },
            )
    return list(found.values()), left_out


def _read(asked: Question, setting: ExplorerSetting, evidence: Path) -> PartialSetting:
    """A setting with all overrides that do; of the others, why not."""
    try:
        return PartialSetting(check_overrides(setting.words(asked.common), evidence))
    except UserError as error:
        mistake = str(error)
    good = [f"scenario={setting.scenario}"]
    wrong: dict[str, Mapping[str, str]] = {}

    def take(some: Sequence[str]) -> None:
        try:
            check_overrides([*good, *some], evidence)
        except UserError as error:
            if len(some) > 1:
                take(some[: len(some) // 2])
                take(some[len(some) // 2 :])
                return
            key, _, typed = some[0].partition("=")
            wrong[key] = {"typed": typed, "said": str(error)}
        else:
            good.extend(some)

    take([*asked.common, *setting.overrides])
    return PartialSetting(check_overrides(good, evidence), mistake, wrong)


def _states(values: list[Mapping[str, Any]]) -> list[Controls]:
    """Every state with the levers that are set, in any of the settings."""
    found = []
    for name, state in values[0]["state"].items():
        used = {
            lever
            for held in values
            for lever, given in (held["state"].get(name, {}).get("lever") or {}).items()
            if _is_set(given)
        }
        title = NAMES.get(str(state.get("code")), name.replace("_", " "))
        found.append({"name": name, "title": title, "set": sorted(used)})
    return found


def _is_set(given: Any) -> bool:
    """Whether a lever does anything: it has a value, and is not switched off."""
    return isinstance(given, Mapping) and given.get("active", True) is not False and any(given.values())


def _now(key: str, values: Mapping[str, Any], evidence: Path) -> tuple[Any, bool]:
    """The value of a setting, the evidence's where the configuration leaves it open; and if it is there."""
    place: Any = values
    for part in key.split("."):
        if not isinstance(place, Mapping) or part not in place:
            return None, False
        place = place[part]
    return (_of_evidence(key, values, evidence) if place is None else place), True


def _of_evidence(key: str, values: Mapping[str, Any], evidence: Path) -> float | None:
    """The number of a behaviour: as fitted, or its row of behaviour.csv, in the setting's unit."""
    row = _row(key)
    if row is None:
        return None
    name = ".".join(part for part in (row.entity, row.attribute, row.item) if part)
    fitted = ((values.get("calibrated") or {}).get("values") or {}).get(name)
    if fitted is not None:
        return float(fitted) * float(row.factor)
    fact = _fact(row, evidence)
    return fact.number * float(row.factor) if fact else None


def _row(key: str) -> Any:
    """The row of behaviour.csv that a key of firm stands for."""
    group, _, parameter = key.removeprefix("firm.").partition(".")
    return rows().get(group, {}).get(parameter) if key.startswith("firm.") else None


def _fact(row: Any, evidence: Path) -> "Fact | None":
    """The latest row of behaviour.csv about a parameter."""
    return read_evidence(evidence).find("behaviour", row.entity, row.attribute, row.item)


def _label(key: str) -> str:
    """A key as people read it.

    >>> _label("firm.thrift.sigma_long"), _label("state.china.lever.export_limit.measure.m.approval.2025-04")
    ('thrift: sigma long', 'China: export limit, m, approval, from 2025-04')
    """
    parts = [part.replace("_", " ") for part in key.split(".") if part not in ("lever", "measure")]
    parts = [re.sub(r"^(\d{4}-\d{2})$", r"from \1", part) for part in parts]
    if parts[0] == "state":
        return f"{parts[1].capitalize()}: {', '.join(parts[2:])}"
    return f"{parts[-2]}: {parts[-1]}" if len(parts) > 2 else parts[-1]


def _help(key: str, evidence: Path) -> str:
    """What a key means, by its declaration or its row of evidence."""
    row = _row(key)
    if row is not None:
        fact = _fact(row, evidence)
        return fact.note if fact else ""
    return re.sub(r"(: )?(more than|at least|at most) .*$", "", meaning(Settings, key.split(".")))
