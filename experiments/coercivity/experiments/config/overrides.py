"""Words of the command line as settings: Hydra's grammar, with materials and months in keys and values."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from hydra.core.override_parser.types import Override

from coercivity.experiments.base.errors import UserError, quote_word, say_unseen, unknown
from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.plain_yaml import find_doubled

__all__ = [
    "MANY", "TypedSetting", "check_choice", "choices_of", "escape_keys", "groups", "is_of_hydra",
           "parse_override",
    "shorten", "sort_overrides",
]  # fmt: skip

# Folders of conf/ that are not choices of a configuration.
NOT_GROUPS = frozenset(
    {"evidence", "hydra", "experiment", "trial", "game", "lever", "strategy", "ensemble", "plan"}
)
MANY = frozenset({"state"})  # groups of which a configuration takes several files
SIGNS = {":": "__colon__", "*": "__star__"}
OPTIMISED = "Hydra reads no functions under PYTHONOPTIMIZE or -O: leave it out, or list the values: seed=0,1"
QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
ODD = re.compile(  # 1_000, １２, 9²
    r"(?<![^\s=:,\[{(])[-+]?[\d.]*(?:\d_+[\d_]*|(?![0-9])\d|[²³¹¼½¾])[\d_.]*(?![^\s,\]})-])"
)
WORDY = re.compile(r"=\s*(range|interval)\([^)]*[^-+.,\s0-9e)][^)]*\)")  # words for numbers
INNER_COMMA = re.compile(r"[:\[]\s*[-+]?[0-9]+,[0-9]+\s*[}\]]")  # a decimal comma inside a group
COMMA = re.compile(r"[^=]+=\s*[-+]?[0-9]+,[0-9]+\s*")  # a decimal comma, or thousands
LONGEST = 100  # characters of a word that a sentence repeats


@dataclass(frozen=True)
class TypedSetting:
    """One value to be set: its key, the value as plain data, and the override as it was typed.

    how: set where there is a place for it, add where there is nothing yet, force anywhere, or take away
    """

    key: str
    value: Any
    said: str
    how: str = "set"


def choices_of(group: str) -> list[str]:
    """The files one may choose in a group, by name, in order."""
    return sorted(path.stem for path in (conf_dir() / group).glob("*.yaml"))


def groups() -> list[str]:
    """The groups of the configuration."""
    folders = (path for path in conf_dir().iterdir() if path.is_dir() and path.name not in NOT_GROUPS)
    return sorted(path.name for path in folders if any(path.glob("*.yaml")))


def sort_overrides(overrides: Sequence[str]) -> tuple[list[str], list[TypedSetting]]:
    """Choices of files, which Hydra makes, and values, which we set. Raises UserError."""
    known = groups()
    choosing: list[str] = []
    setting: list[TypedSetting] = []
    chosen: dict[str, Any] = {}
    for text in overrides:
        override = parse_override(text)
        name = override.key_or_group
        if override.is_sweep_override():
            point = "; a decimal is written with a point" if COMMA.fullmatch(text) else ""
            raise UserError(
                f"`{shorten(text)}` asks for several values; one run takes one, `sweep` takes many{point}"
            )
        if is_of_hydra(name):
            raise UserError(
                f"`{shorten(text)}`: Hydra's own settings cannot be changed from the command line"
            )
        if name in known and override.is_delete():
            raise UserError(f"`{text}`: a group cannot be taken away; choose one of its files, {name}=NAME")
        if name in known:
            if override.is_add() and name not in MANY:
                raise UserError(f"`{text}`: `{name}` is chosen without the +: {text.lstrip('+')}")
            check_choice(name, override.value())
            if (before := chosen.setdefault(name, override.value())) != override.value():
                raise UserError(f"`{name}` is chosen twice, {before} and {override.value()}; give one")
            choosing.append(text)
        else:
            if twice := find_doubled(text.partition("=")[2]):
                raise UserError(f"`{shorten(text)}`: the key `{twice}` stands twice; keep one")
            value = None if override.is_delete() else _plain(override.value())
            setting.append(TypedSetting(name, value, shorten(text), _how(override)))
    return choosing, setting


def is_of_hydra(name: str) -> bool:
    """Whether a key is one of Hydra's own settings or groups, as hydra.run.dir or hydra/launcher."""
    return re.split("[./@]", name, maxsplit=1)[0] == "hydra"


def _how(override: "Override") -> str:
    if override.is_delete():
        return "take"
    return "force" if override.is_force_add() else "add" if override.is_add() else "set"


def parse_override(text: str) -> "Override":
    """An override in Hydra's grammar. Raises UserError for what is not one."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    shown = shorten(text)
    if unseen := say_unseen(text):
        raise UserError(f"`{shown}` holds {unseen}; take it out")
    if odd := ODD.search(QUOTED.sub("''", text.partition("=")[2])):
        raise UserError(
            f"`{shown}`: `{odd[0]}` is not in plain digits; write 1000 or 0.5, or a text in quotes"
        )
    wrong = f"`{shown}` is not an override: {_slip(text)}"
    try:
        parsed = OverridesParser.create().parse_override(escape_keys(text))
    except RecursionError:
        raise UserError(f"`{shown}` is nested too deeply") from None
    except ValueError as error:  # Python reads no whole number of more than 4,300 digits
        raise UserError(f"`{shown}`: that number has too many digits") from error
    except (HydraException, AttributeError) as error:
        raise UserError(wrong if __debug__ else f"{wrong}; {OPTIMISED}") from error
    parsed.input_line = text
    parsed.config_loader = cast(Any, _Groups())
    parsed.key_or_group = _unescape(parsed.key_or_group or "")
    if not parsed.key_or_group or any(not part for part in parsed.key_or_group.split(".")):
        raise UserError(wrong)
    if "${" in text:
        raise UserError(
            f"`{shown}`: references (${{...}}) are not taken from the command line; give the value"
        )
    return parsed


def _slip(text: str) -> str:
    """What is wrong with an override, as far as it can be told, and what to write."""
    for opens, closes in ("()", "[]", "{}"):
        if text.count(opens) != text.count(closes):
            return f"`{opens}` and `{closes}` do not match; write it in quotes, as in 'seed=range(0,10)'"
    if not text.isascii():
        return (
            f"letters and digits of other scripts stand in quotes, as in {text.partition('=')[0]}='\"...\"'"
        )
    if sweep := WORDY.search(text):
        return f"{sweep[1]}() takes numbers, as in {sweep[1]}(0,10); words go apart by commas"
    if INNER_COMMA.search(text):
        return "a decimal is written with a point, as in 1.2"
    if text.endswith(","):
        return f"a value is missing after the comma; did you mean `{text.rstrip(',')}`?"
    shown = shorten(text)
    closed = re.sub(r"\s*=\s*", "=", shown, count=1)
    example = "as in seed=7 or scenario=embargo" if closed == shown else f"without blanks: {closed}"
    return f"write key=value, {example}"


class _Groups:
    """What Hydra's parser asks of a configuration: the files a glob may mean."""

    def get_group_options(self, group_name: str, **_which: object) -> list[str]:
        """The files of a group."""
        return choices_of(group_name)


def shorten(text: str) -> str:
    """A word as a sentence repeats it.

    >>> shorten("seed=7"), len(shorten("9" * 5000))
    ('seed=7', 121)
    """
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text)} characters)"


def escape_keys(text: str) -> str:
    """Materials and months in keys, which Hydra's grammar does not take: `days.oxide:Dy.2026-01=90`.

    >>> escape_keys("days.oxide:Dy.2026-01=90"), _unescape("days.oxide__colon__Dy.__month__2026__01")
    ('days.oxide__colon__Dy.__month__2026__01=90', 'days.oxide:Dy.2026-01')
    """
    key, equals, value = text.partition("=")
    key = re.sub(r"(?<=\.)(\d{4})-(\d{2})(?=\.|$)", r"__month__\1__\2", key)
    for sign, word in SIGNS.items():
        key = key.replace(sign, word)
    return f"{key}{equals}{bare_keys(value)}"


def bare_keys(value: str) -> str:
    """A value whose keys in quotes stand without, as Hydra's grammar wants them; texts stay as they are.

    >>> print(bare_keys('{"oxide:Dy": 90}'))
    {oxide\\:Dy: 90}
    >>> print(bare_keys('"a note: {b}"'))
    "a note: {b}"
    """
    return "".join(_pieces(value))


def _pieces(value: str) -> Iterator[str]:
    depth = 0
    for token in re.finditer(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|.", value, re.DOTALL):
        text = token[0]
        depth += {"{": 1, "}": -1}.get(text, 0)
        quoted = len(text) > 1 and depth > 0 and re.match(r"\s*:", value[token.end() :])
        yield re.sub(r"([\\:,={}\[\]() \t])", r"\\\1", text[1:-1]) if quoted else text


def _unescape(key: str) -> str:
    """A key as it was typed."""
    for sign, word in SIGNS.items():
        key = key.replace(word, sign)
    return re.sub(r"__month__(\d{4})__(\d{2})", r"\1-\2", key)


def check_choice(group: str, chosen: Any) -> None:
    """Raise UserError unless a group has the file, or files, that are chosen."""
    if isinstance(chosen, list) and group not in MANY:
        names = [str(one) for one in chosen] or ["NAME"]
        several = f"; `sweep` takes several as {group}={','.join(names)}" if names[1:] else ""
        raise UserError(f"`{group}` takes one name, not a list: {group}={names[0]}{several}")
    for name in chosen if isinstance(chosen, list) else [chosen]:
        if name is None or isinstance(name, Mapping):
            shown = "null" if name is None else "a group of keys"
            raise UserError(f"`{group}` takes the name of a file, not {shown}: {group}=NAME")
        if str(name) not in (known := choices_of(group)):
            said = unknown(group, shorten(str(name)), known)
            if group == "scenario" and Path(str(name)).is_file() and Path(str(name)).stem not in known:
                said = f"`{name}` is a file: `coercivity run --config {quote_word(name)}` runs it"
            raise UserError(said)


def _plain(value: Any) -> Any:
    """Hydra's parsed value as plain data."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return str(value) if isinstance(value, str) else value
