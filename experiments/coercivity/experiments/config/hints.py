"""What was probably meant by a key that there is no place for."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from coercivity.experiments.base.arguments import ASKED
from coercivity.experiments.base.errors import SYNONYMS, did_you_mean
from coercivity.experiments.config.explain import fields_at
from coercivity.experiments.config.lever_files import groups_of
from coercivity.experiments.config.levers import declared_levers, no_lever
from coercivity.experiments.config.overrides import TypedSetting, choices_of, groups, shorten
from coercivity.model.agents.vocabulary import nearest
from coercivity.model.inputs.fields import annotations
from coercivity.model.inputs.settings import Settings

TOP: Mapping[str, str] = {  # words for settings that stand elsewhere
    **dict.fromkeys(("year", "years", "horizon", "until_year", "last_year"), "`clock.end=2030-01`"),
    **dict.fromkeys(("future", "draws", "runs", "ensembles"), "`futures={value}`"),
    **dict.fromkeys(("begin", "from", "first_year"), "`clock.start=2025-01`"),
    **dict.fromkeys(
        ("steps", "periods", "frequency", "timestep"), "`clock.step=quarter` and `clock.end=2030-01`"
    ),
    **dict.fromkeys(
        ("strategy", "strategies"), "`state.NAME.strategy={value}`, such as `state.china.strategy={value}`"
    ),
    **dict.fromkeys(
        ("country", "jurisdiction", "place"), "a key of one state, such as `state.japan.lever.stockpile`"
    ),
    **dict.fromkeys(
        ("lever", "levers", "policy"), "a lever of a state, such as `state.japan.lever.stockpile`"
    ),
    **{name: f"`--{name} {{value}}`" for name in ("evidence", "out", "workers", "config", "goal", "budget")},
}
MOST = 3  # keys that are suggested
STATE, LEVER = 2, 4  # parts of state.NAME, and of state.NAME.lever.LEVER


def no_such_key(
    setting: TypedSetting, values: Mapping[str, Any], here: str, part: str, known: Sequence[str]
) -> str:
    """A sentence on a key that there is no place for, with the one that was probably meant."""
    where = f"`{here}`" if here else "the configuration"
    kind = "state" if here == "state" else "lever" if here.endswith(".lever") else "key"
    if kind == "lever":
        hint = no_lever(part)
    else:
        hint = _state_meant(part, values) if kind == "state" else ""
        hint = hint or (_inside(setting, here, part) if here else _meant_at_top(setting))
        likely = 0.75 if kind == "state" else 0.6  # Taiwan is not Tanzania, nor Indonesia India
        hint = hint or did_you_mean(part, known if here else [*known, *groups(), *ASKED], likely)
    hint = hint or (f"; it has {names_of(known)}" if known else "; it takes none")
    return f"`{setting.said}`: {where} has no {kind} `{shorten(part)}`{hint}"


def _state_meant(word: str, values: Mapping[str, Any]) -> str:
    """The state that a code, or a part of a name, stands for, as the end of a sentence."""
    codes = {str(held.get("code")): name for name, held in values.items() if isinstance(held, Mapping)}
    near = nearest(word, {code: name.replace("_", " ") for code, name in codes.items()})
    return f"; did you mean `{codes[near]}`?" if near else ""


def key_meant(key: str) -> str:
    """The keys of a group that a key without its group stands for, as the end of a sentence."""
    meant = _whole_keys(key)[:MOST]
    return f"; did you mean {' or '.join(f'`{one}`' for one in meant)}?" if meant else ""


def whole_key(key: str) -> str:
    """The only key, with its group, that a key without it stands for; nothing where there is none or several.

    >>> whole_key("end"), whole_key("active")
    ('clock.end', '')
    """
    meant = _whole_keys(key)
    return meant[0] if len(meant) == 1 else ""


def _whole_keys(key: str) -> list[str]:
    word = re.sub("[/:]", ".", key).lower()
    whole = [
        f"{group}.{name}"
        for group in Settings.model_fields
        if group not in ("state", "chain", "about")
        for name in _keys_below(group)
    ]
    return [one for one in whole if one.lower() == word or one.lower().endswith(f".{word}")]


def _keys_below(group: str) -> Iterator[str]:
    """The keys of a group of settings, and those of the groups in it."""
    for name in fields_at(Settings, [group]):
        yield name
        yield from (f"{name}.{inner}" for inner in fields_at(Settings, [group, name]))


def _meant_at_top(setting: TypedSetting) -> str:
    """What a key of no group stands for: a key of a group, a lever or a state without what it stands in."""
    if meant := key_meant(setting.key):
        return meant
    word, _, more = setting.key.lower().partition(".")
    value = shorten(setting.said.partition("=")[2])
    if word in TOP:
        return f"; did you mean {TOP[word].format(value=value)}?"
    if word in choices_of("state"):
        return f"; did you mean `state.{setting.key}`?"
    lever = next((name for name in (word, *SYNONYMS.get(word, ())) if name in declared_levers()), "")
    rest = f".{more}" if more else ""
    return f"; did you mean the lever `state.NAME.lever.{lever}{rest}` of a state?" if lever else ""


def _inside(setting: TypedSetting, here: str, part: str) -> str:
    """What a key within a state stands for: a lever without its group, a key of a group in a lever."""
    parts = setting.key.split(".")
    if parts[0] != "state":
        return ""
    if len(here.split(".")) == STATE and part in declared_levers():
        return f"; did you mean `{here}.lever.{'.'.join(parts[STATE:])}`?"
    if len(here.split(".")) == LEVER and (schema := declared_levers().get(parts[LEVER - 1])):
        for key, wanted in annotations(schema).items():
            if any(part in group.model_fields for group in groups_of(wanted)):
                return f"; did you mean `{here}.{key}.NAME.{part}`, under a name of your own?"
    return ""


def names_of(known: Iterable[str]) -> str:
    """Names in a sentence."""
    return ", ".join(f"`{key}`" for key in sorted(set(known))) or "nothing"
