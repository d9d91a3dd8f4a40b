"""The evidence as every command reads it: one reader, the model's, with its faults as a user hears them."""

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from coercivity.experiments.base.errors import UserError, say_unseen
from coercivity.experiments.base.files import refuse_special
from coercivity.model.inputs.evidence import Evidence, EvidenceError, Fact
from coercivity.model.inputs.evidence_schema import schema_of
from coercivity.model.inputs.shared import shared_files

# A name with what programs and people add to it when they keep another file beside it: mines (1), ~$mines.
COPY = re.compile(r"[~$._ ]*([a-z]\w*?)([\s(.-].*|_+(old|new|copy|bak|backup|orig|final|v?\d+))?")

OBEYED = "\0\x1b"  # by what prints or reads a text

__all__ = ["hash_evidence", "latest_by_entity", "latest_by_item", "latest_of", "quantity", "read_evidence"]


def read_evidence(folder: Path) -> "Evidence":
    """The evidence of a folder, read once while its files stay as they are.

    Raises UserError naming file, line and entity of what cannot be used.
    """
    return _read(folder, hash_evidence(folder))


def hash_evidence(folder: Path) -> str:
    """The sha256 of the names and bytes of all evidence files."""
    if not folder.is_dir():
        raise UserError(f"there is no evidence folder {folder}; give one with --evidence DIR")

    digest = hashlib.sha256()
    for path in folder.iterdir():
        refuse_special(path)
    refuse_copies(folder)
    try:
        for path in [*sorted(folder.iterdir()), *shared_files(folder)]:
            if path.suffix in (".csv", ".bib"):
                digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
                digest.update(path.read_bytes())
    except ValueError as error:
        raise UserError(str(error)) from error
    except OSError as error:
        raise UserError(f"{error.filename}: the evidence cannot be read: {error.strerror}") from error
    return digest.hexdigest()


def refuse_copies(folder: Path) -> None:
    """Refuse a file that nothing reads and that was kept beside one that is read, as `mines (1).csv`."""
    for path in sorted(folder.glob("*.csv")):
        kept = COPY.fullmatch(path.stem.lower())
        if kept and schema_of(path.stem) is None and schema_of(kept[1]) is not None:
            raise UserError(
                f"{path.name}: nothing reads a file of that name; did you mean {kept[1]}.csv? "
                "A copy kept beside it belongs elsewhere"
            )


@lru_cache(maxsize=8)
def _read(folder: Path, _hash: str) -> "Evidence":
    try:
        read = Evidence(folder)
    except EvidenceError as error:
        raise UserError(str(error)) from error
    for file in read.files:
        refuse_unseen(read.facts(file))
    return read


def refuse_unseen(facts: Iterable[Fact]) -> None:
    """Refuse a source or a note with NUL or ESC, which no text holds; other odd marks are its own."""
    for fact in facts:
        for column, cell in (("source", fact.source), ("note", fact.note)):
            if found := [mark for mark in OBEYED if mark in cell]:
                raise UserError(f"{fact.place}: {column} holds {say_unseen(found[0])}; take it out")


def latest_of(facts: "Iterable[Fact]", attribute: str) -> "Fact | None":
    """The latest row of an attribute, whatever its item."""
    return max((f for f in facts if f.attribute == attribute), key=lambda fact: fact.year, default=None)


def latest_by_item(facts: "Iterable[Fact]", attribute: str) -> "dict[str, Fact]":
    """The latest row of an attribute for each item."""
    found = [fact for fact in facts if fact.attribute == attribute]
    return {fact.item: fact for fact in sorted(found, key=lambda fact: fact.year)}


def latest_by_entity(folder: Path, file: str, attribute: str) -> dict[str, str]:
    """The latest value of an attribute for each entity of a file."""
    found = [fact for fact in read_evidence(folder).facts(file) if fact.attribute == attribute]
    return {fact.entity: fact.value for fact in sorted(found, key=lambda fact: fact.year)}


def quantity(fact: "Fact | None") -> str:
    """A figure with its unit and year, nothing where there is none.

    >>> from coercivity.model.inputs.evidence import Fact
    >>> quantity(Fact("", 1, "", "", "", "45500", "", "", "t REO/yr", 2024, "", "", "", 2024))
    '45,500 t REO/yr (2024)'
    """
    return f"{_group_digits(fact.value)} {fact.unit} ({fact.year})" if fact else ""


def _group_digits(number: str) -> str:
    """A number with its thousands apart.

    >>> _group_digits("45500")
    '45,500'
    """
    try:
        return f"{float(number):,.6g}" if abs(float(number)) < 1e4 else f"{float(number):,.0f}"
    except ValueError:
        return number
