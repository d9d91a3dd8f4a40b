"""YAML files as plain data: groups with texts as keys, lists, texts, numbers and truth values."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from coercivity.experiments.base.errors import UserError

__all__ = ["read_yaml"]

DEEPEST = 30  # groups and lists inside each other; ours are a dozen deep
SCALARS = (str, int, float, bool, type(None))
NOT_QUOTED = "true, false, yes, no, on and off are truth values to YAML: write it in quotes"


class _OneOfEach(yaml.SafeLoader):
    """YAML in which no key stands twice in a group."""

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
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """A YAML file as plain data, dates as texts. Raises UserError with file and place of anything else."""
    try:
        text = path.read_text(encoding="utf-8")
        _refuse_depth(path, text)
        return _plain(path, yaml.load(text, Loader=_OneOfEach), "")
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


def _refuse_depth(path: Path, text: str) -> None:
    """Refuse groups and lists that are nested deeper than any configuration needs."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
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
    return value


def _entries(path: Path, group: dict[Any, Any], place: str) -> Iterator[tuple[str, Any]]:
    for key, value in group.items():
        inside = f"in `{place}`" if place else "at the top"
        if key is None or isinstance(key, bool) or not isinstance(key, (*SCALARS, date)):
            shown = {None: "null", True: "true", False: "false"}.get(key, str(key))
            why = NOT_QUOTED if isinstance(key, bool) else "a key is a text"
            raise UserError(f"{path}: {shown} stands as a key {inside}; {why}")
        name = key.isoformat() if isinstance(key, date) else str(key)
        yield name, _plain(path, value, f"{place}.{name}" if place else name)
