"""The Python face for the reference: signatures and docstrings of `coercivity.api` as Markdown."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)
FIELD = re.compile(r"^(\S.*)\n((?:[ \t]+.*\n?|\n(?=[ \t]))*)", re.MULTILINE)
FIELDS = ("Parameters", "Returns", "Raises")


def describe_api() -> str:
    """Every name of the face: functions first, then what they return."""
    import coercivity.api as cv

    found = [(name, getattr(cv, name)) for name in cv.__all__]
    lines = ["## Functions\n"]
    for name, what in found:
        if inspect.isfunction(what):
            lines += _describe(name, what, "###")
    lines.append("## Results\n")
    for name, what in found:
        if inspect.isclass(what):
            lines += _describe(name, what, "###")
            for inner, method in vars(what).items():
                if not inner.startswith("_") and (said := _doc_of(method)):
                    lines += _describe(f"{name}.{inner}", method, "####", said)
    return "\n".join(lines)


def _doc_of(method: Any) -> str:
    """The docstring of a method or property; nothing of a field."""
    called = getattr(method, "func", method)  # a cached property keeps its function
    is_ours = inspect.isfunction(called) or isinstance(called, property)
    return (inspect.getdoc(called) or "") if is_ours else ""


def _describe(name: str, what: Any, level: str, said: str = "") -> Iterator[str]:
    yield f"{level} `{name}`\n"
    if inspect.isfunction(what):
        yield f"```python\n{name}{_signature(what)}\n```\n"
    head, *sections = SECTION.split(said or inspect.getdoc(what) or "")
    yield f"{head.strip()}\n"
    for title, text in zip(sections[::2], sections[1::2], strict=True):
        yield f"**{title}**\n"
        if title in FIELDS:
            yield from _fields(text)
        else:
            yield f"```pycon\n{text.strip()}\n```\n"


def _signature(what: Any) -> str:
    """Arguments without their types, which the words below say better."""
    signature = inspect.signature(what)
    plain = [one.replace(annotation=inspect.Parameter.empty) for one in signature.parameters.values()]
    plain = [one for one in plain if one.name != "self"]
    return str(signature.replace(parameters=plain, return_annotation=inspect.Signature.empty))


def _fields(text: str) -> Iterator[str]:
    """Names with what is said of each, as a list."""
    for name, said in FIELD.findall(text.strip() + "\n"):
        yield f"- `{name}`: {' '.join(said.split())}"
    yield ""
