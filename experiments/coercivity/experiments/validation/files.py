"""Check scenario and evidence files received from anyone, without running them."""

from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import conf_dir, evidence_dir, evidence_of
from coercivity.experiments.config.chains import load_chain
from coercivity.experiments.config.compose import Composed, compose
from coercivity.experiments.config.evidence_reader import read_evidence
from coercivity.experiments.config.overrides import MANY
from coercivity.experiments.config.remarks import remarks
from coercivity.experiments.config.uncertainty import read_uncertainties
from coercivity.experiments.config.validate import compose_file, harmless, whole
from coercivity.experiments.runs.run import build_world
from coercivity.model.calibration.soundness import check_set
from coercivity.model.inputs.chain_settings import ChainSettings
from coercivity.model.inputs.evidence import EvidenceError, check_file


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
    try:
        return f"good, {len(check_file(path))} figures"
    except EvidenceError as error:
        raise UserError(str(error)) from error


def _check_folder(path: Path) -> str:
    """A set of evidence, and each base year of the chain it belongs to."""
    evidence = read_evidence(path)
    count = sum(len(list(evidence.facts(file))) for file in evidence.files)
    held = {fact.item for fact in evidence.facts("baskets", "share")}
    chains = [load_chain(file.stem) for file in sorted((conf_dir() / "chain").glob("*.yaml"))]
    chain = max(chains, key=lambda found: len(held & set(found.get("elements") or ())), default={})
    if held & set(chain.get("elements") or ()):
        try:
            check_set(evidence, ChainSettings.model_validate(chain), path.name)
        except EvidenceError as error:
            raise UserError(str(error)) from error
        return f"good, {count} figures of chain {chain['name']}"
    return f"good, {count} figures, of no chain in {conf_dir() / 'chain'}"


def _check_yaml(path: Path) -> str:
    """Everything that `run` would check of what a file asks for, up to the first step."""
    content, group = harmless(path), _group_of(path)
    if group is not None and group != "scenario":
        return _check_part(group, path.stem)
    if group == "scenario" or ("about" in content and not whole(content)):
        _check_scenario(path, content)
    composed = compose_file(path)
    kind = "a whole configuration of scenario" if whole(content) else "scenario"
    return f"good, {kind} `{composed.scenario}`: {composed.title}{_ready(composed)}"


def _check_part(group: str, name: str) -> str:
    """A file of the configuration, with all others that it needs."""
    if group == "uncertainty":
        read_uncertainties(name, evidence_dir())
    elif group in compose().choices:
        composed = compose([f"{group}=[{name}]" if group in MANY else f"{group}={name}"])
        return f"good{_ready(composed)}"
    return "good"


def _group_of(path: Path) -> str | None:
    """The group of the configuration that a file stands in; nothing for a file from elsewhere."""
    folder = path.resolve().parent
    return folder.name if folder.parent == conf_dir().resolve() else None


def _ready(composed: "Composed") -> str:
    """Build the world of a configuration, as a run does before its first step; what is noteworthy of it."""
    build_world(composed, evidence_of(composed.values))
    return "".join(f"\n  note: {remark}" for remark in remarks(composed))


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
