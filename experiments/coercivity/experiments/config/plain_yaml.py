"""YAML files as plain data: groups with texts as keys, lists, texts, numbers and truth values."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from coercivity.experiments.base.errors import UserError, say_unseen
from coercivity.experiments.base.files import refuse_special

__all__ = ["find_doubled", "read_yaml", "say_yaml"]

DEEPEST = 30  # groups and lists inside each other; ours are a dozen deep
# Numbers as everybody reads them: to YAML 010 is 8, 1:30 is 90 and 0x10 is 16.
NUMBERS = {
    "tag:yaml.org,2002:int": re.compile(r"[-+]?(0|[1-9][0-9]*)"),
    "tag:yaml.org,2002:float": re.compile(
        r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+][0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
    ),
}
SCALARS = (str, int, float, bool, type(None))
NOT_QUOTED = "true, false, yes, no, on and off are truth values to YAML: write it in quotes"


class _Checked:
    """YAML in which no key stands twice in a group and every number is in plain digits."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """As the safe loader, but refusing numbers that it reads otherwise than people do."""
        plain = NUMBERS.get(node.tag)
        if plain and isinstance(node, yaml.ScalarNode) and not plain.fullmatch(node.value):
            said = f"`{node.value}` is not in plain digits; write 10 or 0.5, or a text in quotes"
            raise yaml.constructor.ConstructorError(None, None, said, node.start_mark)
        return super().construct_object(node, deep)  # type: ignore[misc]

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """As the safe loader, but refusing what it would silently overwrite."""
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                said = f"the key `{key.value}` stands twice; keep one"
                raise yaml.constructor.ConstructorError(None, None, said, key.start_mark)
            seen.add(key.value)
        made: dict[Any, Any] = super().construct_mapping(node, deep)  # type: ignore[misc]
        return made


class _WrittenOut(yaml.SafeDumper):
    """Every value where it belongs: a file of ours takes no anchors, so none is written either."""

    def ignore_aliases(self, data: Any) -> bool:
        """Of two places that hold the same, whatever it is, both are written."""
        del data
        return True


class _OneOfEach(_Checked, yaml.SafeLoader):
    """The same in Python, which says best what is wrong."""


_QUICK: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # eight times as fast, where it is there


class _QuickOneOfEach(_Checked, _QUICK):  # type: ignore[misc]
    """The same in C, for files in which nothing is wrong."""


def read_yaml(path: Path) -> Any:
    """A YAML file as plain data, dates as texts. Raises UserError with file and place of anything else."""
    refuse_special(path)
    try:
        return _plain(path, _load(path, path.read_text(encoding="utf-8")), "")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UserError(f"{path}:{line}: not valid YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not valid YAML: {str(error).splitlines()[0]}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, OverflowError, TypeError, AttributeError) as error:  # a date or number that is none
        said = "a number with too many digits" if "digits" in str(error) else str(error)
        raise UserError(f"{path}: holds a value that cannot be read: {said}") from error
    except RecursionError:
        raise UserError(f"{path}: is nested too deeply") from None


def find_doubled(text: str) -> str:
    """A key that stands twice in a group written in one line, or nothing.

    >>> find_doubled('{"2025-04": 0.5, "2025-04": 0.3}'), find_doubled("{a: 1, b: {a: 2}}")
    ('2025-04', '')
    """
    if "{" not in text:
        return ""
    try:
        stack = [yaml.compose(text, Loader=yaml.SafeLoader)]
    except (yaml.YAMLError, RecursionError):
        return ""  # no YAML, though it may be in the grammar of the command line
    while stack:
        node = stack.pop()
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            if twice := [key for key in keys if keys.count(key) > 1]:
                return str(twice[0])
            stack += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            stack += node.value
    return ""


def _load(path: Path, text: str) -> Any:
    """What a text holds. Raises YAMLError in the words of the loader written in Python."""
    try:
        _refuse_depth(path, text, _QUICK)
        return yaml.load(text, Loader=_QuickOneOfEach)
    except yaml.YAMLError:
        _refuse_depth(path, text, yaml.SafeLoader)
        return yaml.load(text, Loader=_OneOfEach)


def _refuse_depth(path: Path, text: str, loader: Any) -> None:
    """Refuse groups and lists that are nested deeper than any configuration needs."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise UserError(f"{path}:{line}: groups or lists nested more than {DEEPEST} deep")


def _plain(path: Path, value: Any, place: str) -> Any:
    """Plain data only, dates as texts. Raises UserError naming the place of anything else."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return dict(_entries(path, value, place))
    if isinstance(value, list):
        return [_plain(path, item, f"{place}[{number}]") for number, item in enumerate(value)]
    if not isinstance(value, SCALARS):
        kind = type(value).__name__
        raise UserError(f"{path}: `{place or 'the file'}` holds a {kind}; write keys and values, or a list")
    if isinstance(value, str) and (unseen := say_unseen(value)):
        raise UserError(f"{path}: `{place or 'the file'}` holds {unseen}; take it out")
    return value


def _entries(path: Path, group: dict[Any, Any], place: str) -> Iterator[tuple[str, Any]]:
    for key, value in group.items():
        inside = f"in `{place}`" if place else "at the top"
        if key is None or isinstance(key, bool) or not isinstance(key, (*SCALARS, date)):
            shown = {None: "null", True: "true", False: "false"}.get(key, str(key))
            why = NOT_QUOTED if isinstance(key, bool) else "a key is a text"
            raise UserError(f"{path}: {shown} stands as a key {inside}; {why}")
        name = key.isoformat() if isinstance(key, date) else str(key)
        if unseen := say_unseen(name):
            raise UserError(f"{path}: the key `{name}` {inside} holds {unseen}; take it out")
        yield name, _plain(path, value, f"{place}.{name}" if place else name)


def say_yaml(values: Mapping[str, Any], width: int = 100) -> str:
    """Plain data as the text of a file, in its own order, which `read_yaml` takes.

    >>> same = [1, 2]
    >>> print(say_yaml({"b": same, "a": same}), end="")
    b:
    - 1
    - 2
    a:
    - 1
    - 2
    """
    return str(yaml.dump(dict(values), Dumper=_WrittenOut, sort_keys=False, allow_unicode=True, width=width))
