"""A question with everything its answers depend on; plan.json and design.parquet of a dataset."""

import functools
import hashlib
import importlib.metadata
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pydantic

from coercivity.experiments.base.errors import UserError, describe
from coercivity.experiments.base.files import refuse_special, refuse_special_inside
from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.config.compose import Composer, config_hash
from coercivity.experiments.config.evidence_reader import hash_evidence
from coercivity.experiments.config.overrides import groups
from coercivity.experiments.sweeps.design import Design, read_design
from coercivity.experiments.sweeps.question import SweepSpec, make_design

NAME, DESIGN = "plan.json", "design.parquet"
FORMAT = 1
CODE = ("coercivity.model", "coercivity.optimise")
MEASURES = (  # they too decide what is recorded
    *(f"measures/{name}.py" for name in ("catalogue", "quantities", "resilience")),
    "runs/run.py",
    "config/compose.py",
)
PACKAGES = ("mesa", "pyomo", "highspy", "numpy", "scipy", "pandas")
# What a dataset depends on, and how its change is told.
PARTS = {
    "question": "what is asked (settings, design, policies or tables)",
    "design": "the rows of the design",
    "settings": "files in conf/",
    "evidence": "the evidence",
    "code": "the code of the model",
    "packages": "the versions of packages",
}


@dataclass(frozen=True)
class Plan:
    """What every run of a dataset has in common.

    parts: hash of each thing the answers depend on · evidence: the folder of figures · tables: those kept
    """

    question: SweepSpec
    parts: Mapping[str, str]
    evidence: Path
    tables: tuple[str, ...]
    runs: int

    @property
    def fixed(self) -> tuple[str, ...]:
        """The overrides that all runs share."""
        return self.question.fixed

    @property
    def hash(self) -> str:
        """The fingerprint that every shard carries."""
        return config_hash(self.parts)

    def write(self, folder: Path) -> None:
        """Write plan.json."""
        stored = {
            "format": FORMAT,
            "runs": self.runs,
            "tables": list(self.tables),
            "evidence": None if self.evidence == evidence_dir().absolute() else str(self.evidence),
            "parts": dict(self.parts),
            "question": self.question.as_dict(),
        }
        text = json.dumps(stored, indent=1, ensure_ascii=False)
        (folder / NAME).write_text(text + "\n", encoding="utf-8")


def make_plan(question: SweepSpec, evidence: Path, tables: tuple[str, ...]) -> tuple[Plan, Design]:
    """The plan of a question and its rows."""
    design = make_design(question)
    if not len(design):
        raise UserError("this design has no rows; give at least one value for every setting")
    parts = {
        "question": question_hash(question, tables),
        "design": design.hash(),
        "settings": _settings(question, design),
        "evidence": hash_evidence(evidence),
        "code": code_hash(),
        "packages": config_hash({name: _version(name) for name in PACKAGES}),
    }
    return Plan(question, parts, evidence.absolute(), tables, len(design)), design


def question_hash(question: SweepSpec, tables: tuple[str, ...]) -> str:
    """The hash of what is asked; names the dataset. How the answers are looked at does not count."""
    asked = {**question.as_dict(), "tables": list(tables), "format": FORMAT}
    return config_hash({key: value for key, value in asked.items() if key not in ("title", "outcomes")})


def read_plan(folder: Path) -> Plan:
    """The plan of a dataset. Raises UserError when the folder is not one."""
    path = folder / NAME
    refuse_special(path)
    if not path.is_file():
        raise UserError(f"{folder} is not the dataset of a sweep: it has no {NAME}")
    refuse_special_inside(folder)
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(plain, dict) and plain.get("format") != FORMAT:
            raise UserError(f"{path} has format {plain.get('format')}; this version reads {FORMAT}")
        stored = _Stored.model_validate(plain)
    except (ValueError, RecursionError, OSError) as error:
        said = error.errors()[0]["msg"] if isinstance(error, pydantic.ValidationError) else describe(error)
        raise UserError(f"{path} cannot be understood ({said}): it was changed or cut short") from error
    evidence = Path(stored.evidence) if stored.evidence else evidence_dir().absolute()
    plan = Plan(stored.question, stored.parts, evidence, stored.tables, stored.runs)
    if (rows := _count_rows(folder)) != plan.runs:
        raise UserError(
            f"{path} says {plan.runs:,} runs and {DESIGN} has {rows:,} rows: one of them was changed"
        )
    return plan


class _Stored(pydantic.BaseModel):
    """plan.json as it is read back."""

    format: int
    runs: pydantic.PositiveInt
    tables: tuple[str, ...]
    evidence: str | None
    parts: dict[str, str]
    question: SweepSpec


def _count_rows(folder: Path) -> int:
    try:
        return int(pq.read_metadata(folder / DESIGN).num_rows)
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"{folder / DESIGN} cannot be read ({describe(error)})") from error


def check_unchanged(folder: Path, plan: Plan, design: Design) -> None:
    """Refuse a dataset whose stored question or design is not the one its runs were made from."""
    found = {"question": question_hash(plan.question, plan.tables), "design": design.hash()}
    for part, digest in found.items():
        if plan.parts.get(part) != digest:
            name = NAME if part == "question" else DESIGN
            raise UserError(
                f"{folder / name} was changed after the sweep: {PARTS[part]} is not what runs met"
            )


def stored_design(folder: Path) -> Design:
    """The rows of a dataset."""
    try:
        return read_design(folder / DESIGN)
    except (OSError, pa.ArrowException, KeyError) as error:
        raise UserError(f"{folder / DESIGN} cannot be read ({describe(error)})") from error


def check_same(old: Plan, new: Plan, folder: Path) -> None:
    """Refuse to go on with a dataset that was begun from something else. Names what differs."""
    changed = [said for part, said in PARTS.items() if old.parts.get(part) != new.parts.get(part)]
    if changed:
        raise UserError(
            f"{folder} was begun with something else: {' and '.join(changed)} changed since, and old and new "
            "runs are never mixed; give another --out, or delete the folder to begin anew"
        )


def _settings(question: SweepSpec, design: Design) -> str:
    """The hash of the composed configuration of every choice of files, before values are set."""
    known = groups()
    chosen = [key for key in design.keys if key in known or key[0] in "+~"]
    composer = Composer(question.fixed)
    rows = design.table.select(chosen).group_by(chosen).aggregate([]).to_pylist() if chosen else [{}]
    return config_hash({json.dumps(row, sort_keys=True): composer(row).hash for row in rows})


@functools.cache
def code_hash() -> str:
    """The hash of the sources that decide what a run answers."""
    digest = hashlib.sha256()
    files: list[Path] = []
    for package in CODE:
        spec = find_spec(package)
        for place in (spec.submodule_search_locations or []) if spec else []:
            files += sorted(Path(place).rglob("*.py"))
    here = Path(__file__).parent.parent
    for path in (*files, *(here / name for name in MEASURES)):
        digest.update(f"{path.name}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
