"""What is given from Python, as the words of the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from coercivity.experiments.base.errors import UserError

__all__ = ["Settings", "several", "words_of"]

Settings = Mapping[str, Any] | Sequence[str]
PLAIN = re.compile(r"[\w./:*+-]+")


def words_of(settings: Settings) -> list[str]:
    """Settings as the command line has them.

    >>> words_of({"clock.end": "2026-01", "state.china.lever.x": {"2025-04": 0.2}})
    ['clock.end=2026-01', 'state.china.lever.x={"2025-04": 0.2}']
    """
    if isinstance(settings, str):
        raise UserError(f"settings are a mapping or a list of words, as in [{settings!r}]")
    if isinstance(settings, Mapping):
        return [f"{key}={_word(key, value)}" for key, value in settings.items()]
    return [str(word) for word in settings]


def several(what: str, words: Sequence[str]) -> list[str]:
    """A list of words; a text alone would be read letter by letter. Raises UserError."""
    if isinstance(words, str):
        raise UserError(f"{what} are a list, as in [{words!r}]")
    return [str(word) for word in words]


def _word(key: str, value: object) -> str:
    if isinstance(value, str) and PLAIN.fullmatch(value):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, default=_plain)
    except TypeError as error:
        raise UserError(f"`{key}` takes numbers, text, lists and mappings, not {value!r}") from error


def _plain(value: Any) -> Any:
    """Numbers and arrays of NumPy as Python has them."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(type(value).__name__)
