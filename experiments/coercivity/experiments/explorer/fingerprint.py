"""What the emulator was trained on, as a hash: the code of the model, its settings and its evidence.

Comments and docstrings do not count, so that a change of words leaves it as it is; any other change makes the
emulator stale, and the page then waits for exact runs.
"""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from coercivity.experiments.config.compose import compose, config_hash
from coercivity.experiments.config.evidence_reader import hash_evidence
from coercivity.experiments.explorer.sliders import STORIES, overrides

PARTS = ("coercivity.model", "coercivity.optimise")
SKIPPED = ("type_comment", "kind", "type_params")  # fields that say nothing, or that only some Pythons have


def fingerprint(evidence: Path) -> str:
    """Of the model that runs here, on these figures."""
    digest = hashlib.sha256(hash_evidence(evidence).encode())
    for values in STORIES.values():
        settings = {key: value for key, value in compose(overrides(values)).values.items() if key != "about"}
        digest.update(config_hash(settings).encode())
    digest.update(_of_code().encode())
    return digest.hexdigest()


@cache
def _of_code() -> str:
    digest = hashlib.sha256()
    for part in PARTS:
        for path in sorted(_files(part)):
            digest.update(path.name.encode())
            for word in _words(ast.parse(path.read_text(encoding="utf-8"))):
                digest.update(word.encode())
    return digest.hexdigest()


def _files(part: str) -> Iterator[Path]:
    """The source files of a part of the package."""
    from importlib import import_module

    for folder in import_module(part).__path__:
        yield from (path for path in Path(folder).rglob("*.py") if "legacy" not in path.parts)


def _words(node: Any) -> Iterator[str]:
    """A syntax tree as words, the same under every Python, without docstrings."""
    if isinstance(node, ast.AST):
        yield type(node).__name__
        for name, value in ast.iter_fields(node):
            if name not in SKIPPED and value not in (None, []):
                yield name
                yield from _words(_without_docstring(node, name, value))
    elif isinstance(node, list):
        for one in node:
            yield from _words(one)
    else:
        yield repr(node)


def _without_docstring(node: ast.AST, name: str, value: Any) -> Any:
    documented = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
    if documented and name == "body" and ast.get_docstring(node, clean=False) is not None:  # type: ignore[arg-type]
        return value[1:]
    return value
