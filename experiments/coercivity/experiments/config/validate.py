"""Configuration files received from anyone: read as harmless data, and composed."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.files import refuse_special
from coercivity.experiments.config.compose import Composed, compose, recompose
from coercivity.experiments.config.compose_file import compose_with
from coercivity.experiments.config.plain_yaml import read_yaml

LARGEST = 1_000_000  # bytes of a scenario file; ours are a few thousand
PLAN = "plan:"  # how a scenario is named that a plan's folder holds
FORBIDDEN_KEYS = {
    "_target_": "a configuration names kinds, never code",
    "hydra": "a scenario cannot change where or how Hydra works",
}


def harmless(path: Path) -> dict[str, Any]:
    """What a YAML file from anyone holds. Raises UserError for what a configuration has no need of."""
    refuse_special(path)
    if path.stat().st_size > LARGEST:
        raise UserError(f"{path}: {path.stat().st_size:,} bytes; a scenario file has at most {LARGEST:,}")
    _refuse_aliases(path)

    content = read_yaml(path)
    if content is None:
        raise UserError(f"{path}: is empty; write the keys it changes")
    if not isinstance(content, dict):
        raise UserError(f"{path}: holds a {type(content).__name__}; write keys and values")
    for key, value in _walk(content, ""):
        _refuse(path, key, value)
    return content


def whole(content: Mapping[str, Any]) -> bool:
    """Whether it is a configuration with nothing left out, such as the config.yaml of a run."""
    return all(key in content for key in ("scenario", "clock", "seed", "market", "firm", "state"))


def compose_file(path: Path, overrides: Sequence[str] = ()) -> "Composed":
    """The configuration a file asks for: a whole one, or a scenario laid over the default choices."""
    refuse_special(path)
    if not path.is_file():
        raise UserError(f"there is no file {path}; give the config.yaml of a run, or a scenario file")
    content = harmless(path)
    if whole(content):
        return recompose(content, overrides)
    composed = compose_with(path)
    return recompose(composed.values, overrides, composed.layers) if overrides else composed


def compose_plan(word: str, overrides: Sequence[str] = ()) -> "Composed":
    """The configuration that hands a plan to agents. word: plan:DIR, the folder that `plan` made"""
    folder = Path(word.removeprefix(PLAN))
    path = folder / "scenario.yaml"
    refuse_special(path)
    if not path.is_file():
        raise UserError(
            f"scenario={word}: {folder} is not the folder of a plan; make one with `coercivity plan`"
        )
    harmless(path)
    composed = compose_with(path)
    named = {**composed.values, "scenario": folder.resolve().name}
    return recompose(named, overrides, composed.layers)


def compose_words(words: Sequence[str]) -> "Composed":
    """The configuration that overrides ask for, the scenario of a plan among them."""
    asked = [word for word in words if word.startswith(f"scenario={PLAN}")]
    if not asked:
        return compose(words)
    rest = [word for word in words if word not in asked]
    return compose_plan(asked[-1].removeprefix("scenario="), rest)


def _refuse_aliases(path: Path) -> None:
    """Aliases can make a small file endless; nothing here needs them."""
    try:
        for event in yaml.parse(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise UserError(f"{path}:{line}: anchors and aliases are not taken; write it out")
    except yaml.YAMLError:
        return  # read_yaml says where and why
    except (OSError, UnicodeDecodeError):
        return


def _walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every key and value, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            here = f"{path}.{key}" if path else str(key)
            yield here, inner
            yield from _walk(inner, here)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield f"{path}[{number}]", inner
            yield from _walk(inner, f"{path}[{number}]")


def _refuse(path: Path, key: str, value: Any) -> None:
    last = key.rpartition(".")[2]
    if last in FORBIDDEN_KEYS:
        raise UserError(f"{path}: `{key}` is not taken: {FORBIDDEN_KEYS[last]}")
    for text in (key, value):
        if isinstance(text, str) and "${" in text:
            raise UserError(f"{path}: `{key}` holds a reference (${{...}}); write the value")
