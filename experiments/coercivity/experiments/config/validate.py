"""Check scenario and evidence files received from anyone, without running them."""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from coercivity.experiments.base.errors import MISTAKE, OK, UserError

if TYPE_CHECKING:
    from coercivity.experiments.config.compose import Composed

LARGEST = 1_000_000  # bytes of a scenario file; ours are a few thousand
FORBIDDEN_KEYS = {
    "_target_": "a configuration names kinds, never code",
    "hydra": "a scenario cannot change where or how Hydra works",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `validate`."""
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="scenario (.yaml) or evidence (.csv) files, or a folder of evidence",
    )


def main(args: argparse.Namespace) -> int:
    """Say of every file whether it will do."""
    wrong = 0
    for path in args.files:
        try:
            print(f"{path}: {check(path)}")
        except UserError as error:
            wrong += 1
            print(f"coercivity: {error}", file=sys.stderr)
    return MISTAKE if wrong else OK


def check(path: Path) -> str:
    """What is right about a file, in a few words. Raises UserError saying what is wrong."""
    if not path.exists():
        raise UserError(f"there is no file {path}")
    if path.suffix == "" and path.is_dir():
        return _check_folder(path)
    if path.suffix == ".csv":
        return _check_evidence(path)
    if path.suffix in (".yaml", ".yml"):
        return _check_yaml(path)
    raise UserError(f"{path}: only .yaml and .csv files, and folders of evidence, can be checked")


def _check_evidence(path: Path) -> str:
    """One file: by itself, and against the others of its folder as far as there are any."""
    from coercivity.model.inputs.evidence import EvidenceError, check_file

    try:
        return f"good, {len(check_file(path))} figures"
    except EvidenceError as error:
        raise UserError(str(error)) from error


def _check_folder(path: Path) -> str:
    """A set of evidence, and each base year of the chain it belongs to."""
    from coercivity.experiments.base.paths import conf_dir
    from coercivity.experiments.config.chains import described
    from coercivity.experiments.config.evidence_reader import read_evidence
    from coercivity.model.calibration.soundness import check_set
    from coercivity.model.inputs.chain_settings import ChainSettings
    from coercivity.model.inputs.evidence import EvidenceError

    evidence = read_evidence(path)
    count = sum(len(list(evidence.facts(file))) for file in evidence.files)
    for name in sorted(file.stem for file in (conf_dir() / "chain").glob("*.yaml")):
        chain = described(name)
        if (conf_dir() / "evidence" / str(chain.get("evidence", "."))).resolve().name == path.resolve().name:
            try:
                check_set(evidence, ChainSettings.model_validate(chain), path.name)
            except EvidenceError as error:
                raise UserError(str(error)) from error
            return f"good, {count} figures of chain {name}"
    return f"good, {count} figures, of no chain in {conf_dir() / 'chain'}"


def _check_yaml(path: Path) -> str:
    content = harmless(path)
    if whole(content):
        from coercivity.experiments.config.compose import recompose

        return f"good, a whole configuration of scenario `{recompose(content).scenario}`"
    if _is_scenario(path, content):
        _check_scenario(path, content)
        return f"good, scenario `{path.stem}`: {content['about']['title']}"
    return "good"


def harmless(path: Path) -> dict[str, Any]:
    """What a YAML file from anyone holds. Raises UserError for what a configuration has no need of."""
    if path.stat().st_size > LARGEST:
        raise UserError(f"{path}: {path.stat().st_size:,} bytes; a scenario file has at most {LARGEST:,}")
    _refuse_aliases(path)
    from coercivity.experiments.config.compose import read_yaml

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
    from coercivity.experiments.config.compose import recompose
    from coercivity.experiments.config.compose_file import compose_with

    if not path.is_file():
        raise UserError(f"there is no file {path}; give the config.yaml of a run, or a scenario file")
    content = harmless(path)
    return recompose(content if whole(content) else compose_with(path).values, overrides)


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


def _is_scenario(path: Path, content: dict[str, Any]) -> bool:
    return "about" in content or path.parent.name == "scenario"


def _check_scenario(path: Path, content: dict[str, Any]) -> None:
    """What a scenario must say of itself, and that it composes with everything else."""
    about = content.get("about")
    if not isinstance(about, dict):
        raise UserError(f"{path}: `about` is missing; give title, source and purpose under it")
    for key in ("title", "source", "purpose"):
        if not isinstance(about.get(key), str) or not about[key].strip():
            raise UserError(f"{path}: `about.{key}` is missing; give it in a sentence")
    if not path.read_text(encoding="utf-8").lstrip().startswith("# @package _global_"):
        raise UserError(
            f"{path}: the first line must be `# @package _global_`, so that it overlays the whole"
        )
    from coercivity.experiments.config.compose_file import compose_with

    compose_with(path)
