"""The pages of reference, made from the code when the site is built, so that they cannot fall behind it.

`fill_marks` is called by pages.py. A page under docs/reference/ has its introduction and a line
`<!-- from the code: NAME -->`, in whose place comes what `SECTIONS[NAME]` makes.
"""

import argparse
import itertools
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.cli import entry as cli
from coercivity.experiments.config.chains import default_chain, load_chain
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.listing import LISTS
from coercivity.experiments.config.overrides import choices_of, groups
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.evidence_schema import SCHEMAS, UNITS, Attribute, FileSchema, schema_of
from coercivity.model.inputs.settings import ObjectiveSettings, Settings
from coercivity.model.strategy import strategies as known_strategies

sys.path.insert(0, str(Path(__file__).parent))
from cells import cited, default_of, given, of_kind, write_table
from docstrings import describe_api
from lever_tables import levers
from sample import links

MARK = re.compile(r"^<!-- from the code: (\w+) -->$", re.MULTILINE)
PLAIN = ("clock", "market", "optimise", "what_if")  # groups of settings told field by field


def fill_marks(markdown: str) -> str:
    """A page with what the code says in the place of its marks."""
    return MARK.sub(lambda found: SECTIONS[found[1]](), markdown)


def commands() -> str:
    """Every command with its arguments and options."""
    return "\n".join(line for command in cli.COMMANDS for line in _command(command))


def _command(command: cli.Command) -> Iterator[str]:
    parser = cli.parser_of(command, import_module(command.module))
    told = parser._get_formatter()
    actions = [action for action in parser._actions if not isinstance(action, argparse._HelpAction)]
    words = " ".join(_word(action) for action in actions if not action.option_strings)
    yield f"## {command.name}"
    yield f"\n{command.summary[0].upper()}{command.summary[1:]}.\n"
    yield f"```text\ncoercivity {command.name} {words} [options]\n```\n"
    yield f"Example:\n\n```sh\n.venv/bin/{command.example}\n```\n"
    if actions:
        yield from write_table(
            ("argument or option", "does", "default"),
            (
                (_named(action), told._expand_help(action) if action.help else "", _default(action))
                for action in sorted(actions, key=lambda action: bool(action.option_strings))
            ),
        )


def _word(action: argparse.Action) -> str:
    name = str(action.metavar or action.dest)
    many = action.nargs in ("*", "+")
    name += " ..." if many else ""
    return f"[{name}]" if action.nargs in ("*", "?") else name


def _named(action: argparse.Action) -> str:
    if not action.option_strings:
        return f"`{action.metavar or action.dest}`"
    value = "" if action.nargs == 0 else f" {_value(action)}"
    again = ", may be given again" if isinstance(action, argparse._AppendAction) else ""
    return ", ".join(f"`{name}{value}`" for name in action.option_strings) + again


def _value(action: argparse.Action) -> str:
    if action.choices is not None:
        return "|".join(map(str, action.choices))
    return str(action.metavar or action.dest.upper())


def _default(action: argparse.Action) -> str:
    said = action.help or ""
    silent = action.default in (None, False, "") or not action.option_strings
    return "" if silent or "default" in said or str(action.default) in said else f"`{action.default}`"


def settings() -> str:
    """Every setting of a run but those of levers: choices of files, then keys."""
    values, fields = compose().values, Settings.model_fields
    lines = [
        "## Choices of files\n",
        "`GROUP=NAME` lays a file of `conf/GROUP/` over what comes before it.\n",
    ]
    chosen = [group for group in groups() if group in compose().choices]
    names = ((f"`{group}`", ", ".join(f"`{name}`" for name in choices_of(group))) for group in chosen)
    lines += write_table(("group", "files"), names)
    for group in PLAIN:
        model: Any = fields[group].annotation
        lines += [f"## {group}\n", f"{_first_line(model)}\n"]
        lines += write_table(
            ("setting", "default", "may be", "means"),
            (
                (f"`{group}.{key}`", given(values[group].get(key, default_of(field))),
                 _allowed(model, key), field.description or "")
                for key, field in model.model_fields.items()
            ),
        )  # fmt: skip
    lines += ["## seed\n", f"`seed`, default {given(values['seed'])}: {fields['seed'].description}.\n"]
    lines += ["## firm\n", FIRM]
    lines += write_table(("setting", "default", "range", "unit", "where it comes from"), _parameters())
    lines += ["## state\n", STATE]
    lines += write_table(("setting", "default", "may be", "means"), _of_states())
    lines += [
        "## Strategies\n",
        "`state.NAME.strategy=STRATEGY`, with numbers under `state.NAME.parameters`.\n",
    ]
    lines += write_table(("strategy", "does", "parameters and defaults"), _strategies())
    return "\n".join(lines)


FIRM = """How firms and markets behave. A behaviour is off with `firm.BEHAVIOUR.active=false`. A number that
is not set is its row of `conf/evidence/behaviour.csv`, given here with its range, or what was fitted to past
records takes its place, as `calibrated` chooses. What each behaviour does is told under
[mechanisms](../mechanisms.md), with the equations in [the model](../model.md).
"""
STATE = """`NAME` is a file of `conf/state/`, such as `china` or `european_union`; `state=[china,japan]` gives
levers to these alone.
"""


def _parameters() -> Iterator[tuple[str, ...]]:
    """A row a switch, shared by all behaviours of a group, then a row a number."""
    composed, rows_of = compose(), Evidence(evidence_dir())
    chosen, fitted = composed.values["firm"], composed.settings.calibrated
    evidence = rows_of.replaced("behaviour", fitted.values)
    behaviours = sorted(of_kind("behaviour"), key=lambda mechanism: mechanism.switch)
    for switch, group in itertools.groupby(behaviours, key=lambda mechanism: mechanism.switch):
        found = list(group)
        name = switch.split(".")[1]
        on = chosen.get(name, {}).get("active", True)
        yield f"`{switch}`", given(on), "", "", "; ".join(m.summary for m in found)
        rows = {key: row for mechanism in found for key, row in mechanism.rows.items()}
        for key, row in rows.items():
            where = ("behaviour", row.entity, row.attribute, row.item)
            fact, mine = evidence.find(*where), rows_of.find(*where)
            if fact is not None and mine is not None:
                span = f"{mine.low} to {mine.high}" if mine.low and mine.high else ""
                source = f"{mine.confidence}: {mine.source.removeprefix('estimate: ')}"
                if fact.value != mine.value:
                    source = f"`calibrated={fitted.name}`; {mine.value} in the evidence, {source}"
                yield f"`firm.{name}.{key}`", f"{float(fact.value):.4g}", span, fact.unit, source


def _of_states() -> Iterator[tuple[str, ...]]:
    yield (
        "`state.NAME.strategy`",
        "as its file says",
        ", ".join(f"`{s}`" for s in known_strategies()),
        "how it chooses",
    )
    yield "`state.NAME.parameters.KEY`", "as its file says", "numbers of its strategy", "see below"
    yield "`state.NAME.lever.LEVER.KEY`", "as its file says", "[levers](levers.md)", "what it sets"
    yield "`state.NAME.options.OPTION`", "as its file says", "settings of levers", "what `optimising` tries"
    for term in ObjectiveSettings.model_fields:
        yield (
            f"`state.NAME.objective.{term}`", "row of `objective.csv`", _allowed(ObjectiveSettings, term),
            f"weight of the [term](../indicators.md#objective-term-by-term) {term}, dollars a dollar",
        )  # fmt: skip


def _strategies() -> Iterator[tuple[str, ...]]:
    from dataclasses import MISSING, fields

    for mechanism in of_kind("strategy"):
        taken = {f.name: f.default for f in fields(known_strategies()[mechanism.name]) if f.init}
        told = ", ".join(f"`{key}`" + ("" if d is MISSING else f" {given(d)}") for key, d in taken.items())
        yield f"`{mechanism.name}`", cited(mechanism), told or "none"


def scenarios() -> str:
    """Every scenario of every chain, as its file says."""
    chains = sorted(choices_of("chain"), key=lambda name: name != default_chain())
    lines: list[str] = []
    for chain in chains:
        lines += [f"## {load_chain(chain)['title']}\n", f"`chain={chain}`\n"]
        for one in LISTS["scenarios"](chain):
            lines += [
                f"### {one['name']}\n",
                f"**{one.get('title', one['name'])}.** {one.get('purpose', '')}\n",
            ]
            lines += [f"*Source:* {one.get('source', 'not said')}.\n"]
    return "\n".join(lines)


def _first_line(model: Any) -> str:
    return " ".join((model.__doc__ or "").split())


def _allowed(model: Any, key: str) -> str:
    """The values that a field may have, as its JSON schema says it."""
    schema = model.model_json_schema()
    return _describe_type(schema["properties"][key], schema.get("$defs", {}))


def _describe_type(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        keys = defs[schema["$ref"].rpartition("/")[2]]["properties"]
        return f"group of {', '.join(f'`{key}`' for key in keys)}"
    if "anyOf" in schema:
        ways = dict.fromkeys(
            _describe_type(one, defs) for one in schema["anyOf"] if one.get("type") != "null"
        )
        return " or ".join(ways)
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{one}`" for one in schema.get("enum", [schema.get("const")]))
    kind = NAMES.get(schema.get("type", ""), "anything")
    if kind == "list":
        return f"list of {_describe_type(schema.get('items', {}), defs)}"
    if kind == "group" and isinstance(schema.get("additionalProperties"), dict):
        return f"group of {_describe_type(schema['additionalProperties'], defs)} by name"
    return f"{kind}{_span(schema)}"


def _span(schema: Mapping[str, Any]) -> str:
    """Least and most of a number, in words."""
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is None:
        return ""
    least = f" above {low:g}" if "exclusiveMinimum" in schema else f", {low:g}"
    if high is None:
        return least if "exclusiveMinimum" in schema else f"{least} or more"
    return f"{least} to {high:g}" if "exclusiveMinimum" not in schema else f"{least}, up to {high:g}"


NAMES = {
    "number": "number", "integer": "whole number", "string": "text", "boolean": "`true`, `false`",
    "array": "list", "object": "group",
}  # fmt: skip


def evidence_files() -> str:
    """What every file of evidence may hold, a table a file, and what a number may be by its unit."""
    patterned = {"base_YYYY": schema_of("base_2024"), "projects_YYYY": schema_of("projects_2009")}
    lines: list[str] = []
    for name, schema in sorted((SCHEMAS | patterned).items()):
        if schema is not None:
            lines += [f"## {name}.csv\n", *_describe_file(schema)]
    lines += ["## Units\n", "Bounds of a number whose attribute has none of its own:\n"]
    rows = ((f"`{unit}`", f"{least:g}", f"{most:g}") for unit, (least, most) in UNITS.items())
    return "\n".join([*lines, *write_table(("unit", "least", "most"), rows)])


def _describe_file(schema: FileSchema) -> Iterator[str]:
    also = f" or {', '.join(f'`{name}`' for name in schema.also)}" if schema.also else ""
    yield f"{schema.about[0].upper()}{schema.about[1:]}.{' Every chain has one.' if schema.required else ''}"
    if schema.entities:
        yield f"Entities are those of {', '.join(f'`{name}.csv`' for name in schema.entities)}{also}."
    if schema.covers:
        yield f"Every entity of `{schema.covers}.csv` has rows."
    if schema.any_of:
        yield f"Every entity has {' or '.join(f'`{name}`' for name in schema.any_of)}."
    yield ""
    if schema.attributes:
        yield from write_table(
            ("attribute", "is", "unit", "from", "to", "must"),
            (_describe_attribute(name, found) for name, found in schema.attributes.items()),
        )


def _describe_attribute(name: str, found: Attribute) -> tuple[str, ...]:
    units = " or ".join(f"`{unit}`" for unit in found.units)
    least, most = found.limits(found.units[0])
    bounds = ("", "") if found.is_text else (f"{least:g}", f"{most:g}")
    refers, owners = (
        " and ".join(f"`{file}.csv`" for file in files) for files in (found.refers, found.owners)
    )
    words = ", ".join(f"`{word}`" for word in found.words) if not found.refers else ""
    must = [
        "be there" if found.needed else "",
        f"be above {found.above:g}" if found.above is not None else "",
        f"name entities of {refers}" if refers else "",
        f"be one of {words}" if words else "",
        f"have items of `{found.items}.csv`" if found.items else "",
        f"stand at entities of {owners}" if owners else "",
        f"sum to 1 over items, within {found.sums:g}" if found.sums is not None else "",
    ]
    return f"`{name}`", found.about, units, *bounds, "; ".join(part for part in must if part)


SECTIONS: Mapping[str, Callable[[], str]] = {
    "commands": commands,
    "settings": settings,
    "levers": levers,
    "sample": links,
    "scenarios": scenarios,
    "evidence": evidence_files,
    "api": describe_api,
}
