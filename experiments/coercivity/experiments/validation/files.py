"""Check scenario and evidence files received from anyone, without running them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import UserError, did_you_mean
from coercivity.experiments.base.files import refuse_special
from coercivity.experiments.base.paths import conf_dir, evidence_dir, evidence_of
from coercivity.experiments.config.chains import load_chain
from coercivity.experiments.config.compose import Composed, compose
from coercivity.experiments.config.ensemble import read_ensemble
from coercivity.experiments.config.evidence_reader import read_evidence, refuse_unseen
from coercivity.experiments.config.overrides import MANY, choices_of
from coercivity.experiments.config.places import check_places
from coercivity.experiments.config.remarks import remarks
from coercivity.experiments.config.uncertainty import read_uncertainties
from coercivity.experiments.config.validate import compose_file, harmless, whole
from coercivity.experiments.runs.run import build_world
from coercivity.experiments.sweeps.asking import SweepRequest, question_from_args
from coercivity.experiments.sweeps.question import check_rows, make_design
from coercivity.model.agents.rows import check_row_names, row_name_faults
from coercivity.model.calibration.soundness import check_set
from coercivity.model.inputs.chain_settings import ChainSettings
from coercivity.model.inputs.evidence import Evidence, EvidenceError, check_file
from coercivity.model.inputs.evidence_chain import chain_faults
from coercivity.model.inputs.evidence_file import SHOWN

Readers = Mapping[str, Callable[[str], object]]


def _read_sweep(name: str) -> None:
    """Read an experiment and every choice that its runs are made of."""
    question = question_from_args(SweepRequest(overrides=[f"experiment={name}"]))
    check_rows(make_design(question), question.fixed, question.uncertainties)


READERS: Readers = {  # of what is no choice of a run, by group of the configuration
    "uncertainty": lambda name: read_uncertainties(name, evidence_dir()),
    "ensemble": lambda name: read_ensemble(name, evidence_dir()),
    "experiment": _read_sweep,
}


def check(path: Path, readers: Readers | None = None) -> str:
    """What is right about a file, in a few words. Raises UserError saying what is wrong.

    readers: of groups of the configuration that later rooms read, by name
    """
    refuse_special(path)
    if not path.exists():
        known = (
            f"; did you mean `conf/scenario/{path.name}.yaml`?" if path.name in choices_of("scenario") else ""
        )
        raise UserError(f"there is no file {path}{known or _beside(path)}")
    if path.suffix == "" and path.is_dir():
        return _check_folder(path)
    if path.suffix == ".csv":
        return _check_evidence(path)
    if path.suffix in (".yaml", ".yml"):
        return _check_yaml(path, {**READERS, **(readers or {})})
    raise UserError(f"{path}: only .yaml and .csv files, and folders of evidence, can be checked")


def _beside(path: Path) -> str:
    """The file of the same folder that was probably meant, as the end of a sentence."""
    folder = path.parent if path.parent.is_dir() else conf_dir() / path.parent.name
    there = folder.iterdir() if folder.is_dir() else ()
    near = did_you_mean(
        path.name.partition(".")[0], {one.stem for one in there if one.suffix == path.suffix and one.exists()}
    )
    if folder != path.parent:
        near = near.replace("`", f"`{folder}/", 1)
    return near.replace("`?", f"{path.suffix}`?")


def _check_evidence(path: Path) -> str:
    """One file: by itself, and against the others of its folder as far as there are any."""
    for other in path.parent.glob("*.csv"):
        refuse_special(other)
    try:
        rows = check_file(path)
    except EvidenceError as error:
        raise UserError(str(error)) from error
    refuse_unseen(rows)
    try:
        evidence = read_evidence(path.parent)
    except UserError:  # another file of the folder is at fault
        return f"good, {len(rows)} figures"
    if (names := _chain_of(evidence)) is not None:
        found = [*row_name_faults(evidence, names), *chain_faults(evidence, names, path.parent.name)]
        if own := [fault for fault in found if fault.startswith(path.name)]:
            raise UserError("; ".join(own[:SHOWN]))
    return f"good, {len(rows)} figures"


def _chain_of(evidence: Evidence) -> ChainSettings | None:
    """The chain whose elements a set of evidence holds most of; None where it holds none of any."""
    held = {fact.item for fact in evidence.facts("baskets", "share")}
    chains = [load_chain(file.stem) for file in sorted((conf_dir() / "chain").glob("*.yaml"))]
    chain = max(chains, key=lambda found: len(held & set(found.get("elements") or ())), default={})
    return ChainSettings.model_validate(chain) if held & set(chain.get("elements") or ()) else None


def _check_folder(path: Path) -> str:
    """A set of evidence, and each base year of the chain it belongs to."""
    if not any(path.glob("*.csv")) and any(path.glob("*.y*ml")):
        raise UserError(f"{path} is no folder of evidence; give its files one by one, as in {path}/*.yaml")
    evidence = read_evidence(path)
    count = sum(len(list(evidence.facts(file))) for file in evidence.files)
    if (names := _chain_of(evidence)) is not None:
        try:
            check_row_names(evidence, names)
            check_set(evidence, names, path.name)
        except EvidenceError as error:
            raise UserError(str(error)) from error
        return f"good, {count} figures of chain {names.name}"
    return f"good, {count} figures, of no chain in {conf_dir() / 'chain'}"


def _check_yaml(path: Path, readers: Readers) -> str:
    """Everything that `run` would check of what a file asks for, up to the first step."""
    group = _group_of(path)
    if group is not None and group in readers:
        readers[group](path.stem)
        return "good"
    if path.resolve() == (conf_dir() / "places.yaml").resolve():
        check_places(path)
        return "good"
    content = harmless(path)
    if group is not None and group != "scenario":
        return _check_part(group, path.stem)
    if group == "scenario" or ("about" in content and not whole(content)):
        _check_scenario(path, content)
    composed = compose_file(path)
    kind = "a whole configuration of scenario" if whole(content) else "scenario"
    return f"good, {kind} `{composed.scenario}`: {composed.title}{_ready(composed)}"


def _check_part(group: str, name: str) -> str:
    """A file of the configuration, with all others that it needs."""
    if group in compose().choices:
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
