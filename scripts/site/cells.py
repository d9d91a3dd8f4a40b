"""What pages of reference are written with: tables, values as one types them, mechanisms and equations."""

import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel

from coercivity.model.mechanisms import Mechanism, mechanisms


def write_table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A Markdown table; a cell may hold a vertical bar."""
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(cell(text) for text in row)} |"
    yield ""


def cell(text: str) -> str:
    """A text on one line, its vertical bars such that they end no cell, in code too.

    >>> cell("`A|B` or C|D")
    '<code>A&#124;B</code> or C&#124;D'
    """
    text = re.sub(
        r"`([^`]*\|[^`]*)`", lambda code: f"<code>{html.escape(code[1])}</code>", " ".join(text.split())
    )
    return text.replace("|", "&#124;")


def given(value: Any) -> str:
    """A default as one types it."""
    if value is None:
        return "none"
    if isinstance(value, BaseModel):
        value = value.model_dump()
    return f"`{value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}`"


def default_of(field: Any) -> Any:
    """The default of a field."""
    return field.get_default(call_default_factory=True)


def of_kind(kind: str) -> Iterable[Mechanism]:
    """The mechanisms of a kind."""
    return (mechanism for mechanism in mechanisms() if mechanism.kind == kind)


def cited(mechanism: Mechanism) -> str:
    """What a mechanism does, with its equations."""
    numbers = f" ({', '.join(mechanism.equations)})" if mechanism.equations else ""
    return f"{mechanism.summary[0].upper()}{mechanism.summary[1:]}{numbers}."
