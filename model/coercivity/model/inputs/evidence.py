"""Sourced figures: rows that say value, unit, year, source and confidence, or are refused."""

import copy
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from coercivity.model.inputs.evidence_check import (
    faults_between,
    faults_in,
    faults_of_base_years,
    misnamed_file,
    missing_files,
)
from coercivity.model.inputs.evidence_file import (
    COLUMNS,
    CONFIDENCE,
    KNOWN,
    EvidenceError,
    Fact,
    load,
    refuse,
)
from coercivity.model.inputs.evidence_schema import schema_of
from coercivity.model.inputs.shared import shared_files

__all__ = [
    "COLUMNS",
    "CONFIDENCE",
    "KNOWN",
    "Evidence",
    "EvidenceError",
    "Fact",
    "check_file",
    "is_dated",
    "load",
]

# Files whose rows are records of their year. In the others, and in some attributes of these, a year
# tells of the source: places, names, what a process takes and costs, how firms, users and states behave.
DATED_FILES = (
    "account", "demand", "drivers", "events", "finishing", "history", "mines", "output", "plants", "policies",
    "prices", "quotas", "stocks", "taxes",
)  # fmt: skip
UNDATED = (
    "name", "firm", "jurisdiction", "stage", "kind", "family", "route", "products", "latitude", "longitude",
    "unit_cost", "fixed_cost", "recovery", "yield", "start_year", "end_year", "finishing_cost",
)  # fmt: skip


def is_dated(fact: Fact) -> bool:
    """Whether a figure is a record of its year, such as a price, an output or a tax."""
    file = fact.file.removesuffix(".csv")
    record = file in DATED_FILES or file.startswith(("base_", "projects", "account_"))
    return record and fact.attribute not in UNDATED


def check_file(path: Path) -> list[Fact]:
    """Rows of one file, checked by themselves and against the other files of its folder that can be read.

    Raises EvidenceError naming file, line and entity of what cannot be used.
    """
    own = load(path)
    try:
        above = shared_files(path.parent)
    except ValueError as error:
        raise EvidenceError(str(error)) from error
    others = sorted(other for other in path.parent.glob("*.csv") if other.name != path.name)
    found = list[Fact]()
    readable = [[other for other in paths if _is_readable(other)] for paths in (above, [*others, path])]
    for other in (*readable[0], *readable[1]):
        found += load(other)
    files: dict[str, list[Fact]] = {}
    for fact in _with_own_first(found, *readable):
        files.setdefault(fact.file[:-4], []).append(fact)
    gone = faults_of_base_years(files) if path.stem in ("mines", "plants") and len(files) > 2 else ()
    refuse([*faults_in(path.stem, files[path.stem])] or [*faults_between(files, (path.stem,)), *gone])
    return own


def _is_readable(path: Path) -> bool:
    try:
        load(path)
    except EvidenceError:
        return False
    return True


def _with_own_first(found: list[Fact], above: list[Path], own: list[Path]) -> list[Fact]:
    """The facts without those shared ones that a folder's own file of that name tells otherwise."""
    both = {path.name for path in above} & {path.name for path in own}
    shared = sum(len(load(path)) for path in above)
    told = {(f.file, f.entity, f.attribute, f.item) for f in found[shared:] if f.file in both}
    kept = [f for f in found[:shared] if (f.file, f.entity, f.attribute, f.item) not in told]
    return kept + found[shared:]


_SOUND: set[tuple[str, ...]] = set()  # sets that were checked, by names and content: once a process


class Evidence:
    """Every fact of a folder, found by file, entity, attribute and item.

    Raises EvidenceError for a set that is incomplete or contradicts itself, naming file, line and entity.
    """

    def __init__(self, folder: Path) -> None:
        try:
            own, above = sorted(folder.glob("*.csv")), shared_files(folder)
        except ValueError as error:
            raise EvidenceError(str(error)) from error
        if not own:
            raise EvidenceError(f"no evidence: {folder.name} holds no CSV file")
        faults, found = [], list[Fact]()
        for path in (*above, *own):
            try:
                found += load(path)
            except EvidenceError as error:
                faults.append(str(error))
        refuse(faults)
        self._facts = _with_own_first(found, above, own) if above else found
        self.shared = frozenset(fact for path in above for fact in load(path))
        self.read: set[Fact] | None = None
        self.hash = hashlib.sha256(b"".join(path.read_bytes() for path in (*above, *own))).hexdigest()
        named = (folder.name, *(path.name for path in (*above, *own)), self.hash)
        if named not in _SOUND:
            refuse(self._faults(folder.name))
            _SOUND.add(named)

    def _faults(self, folder: str) -> list[str]:
        """What is wrong with the set as a whole, in words."""
        faults = [*missing_files(self._files, folder)]
        for stem, facts in self._files.items():
            faults += faults_in(stem, facts) if schema_of(stem) else misnamed_file(stem)
        return faults or [*faults_between(self._files)]

    @cached_property
    def _index(self) -> dict[tuple[str, str, str, str], list[Fact]]:
        """Facts by file, entity, attribute and item, in order of years."""
        index: dict[tuple[str, str, str, str], list[Fact]] = {}
        for fact in self._facts:
            index.setdefault((fact.file[:-4], fact.entity, fact.attribute, fact.item), []).append(fact)
        for found in index.values():
            found.sort(key=lambda fact: fact.year)
        return index

    @cached_property
    def _items(self) -> dict[tuple[str, str, str], list[str]]:
        """Items by file, entity and attribute."""
        items: dict[tuple[str, str, str], list[str]] = {}
        for file, entity, attribute, item in self._index:
            if item:
                items.setdefault((file, entity, attribute), []).append(item)
        return items

    @cached_property
    def _files(self) -> dict[str, list[Fact]]:
        """Facts by file."""
        files: dict[str, list[Fact]] = {}
        for fact in self._facts:
            files.setdefault(fact.file[:-4], []).append(fact)
        return files

    @property
    def files(self) -> list[str]:
        """Names of the files, without `.csv`."""
        return list(self._files)

    def until(self, year: int) -> "Evidence":
        """The same without any figure known later, but for what has no date (`is_dated`)."""
        return self._with([fact for fact in self._facts if fact.known <= year or not is_dated(fact)])

    def replaced(self, file: str, values: Mapping[str, float]) -> "Evidence":
        """The same with other numbers in rows of `file`, by `entity.attribute` or `entity.attribute.item`.

        Raises EvidenceError for a row that is not there.
        """
        rows = {f"{f.entity}.{f.attribute}" + (f".{f.item}" if f.item else ""): f for f in self.facts(file)}
        for name in values:
            if name not in rows:
                raise EvidenceError(f"{file}.csv has no row {name}, so it cannot be given another number")
        new = {id(rows[name]): replace(rows[name], value=repr(float(v))) for name, v in values.items()}
        return self._with([new.get(id(fact), fact) for fact in self._facts])

    def watched(self) -> "Evidence":
        """The same, keeping in `read` every figure that is looked up."""
        other = self._with(self._facts)
        other.read = set()
        return other

    def _with(self, facts: list[Fact]) -> "Evidence":
        other = copy.copy(self)
        other._facts = facts
        for view in ("_index", "_items", "_files"):
            vars(other).pop(view, None)
        return other

    def _seen(self, found: Iterable[Fact]) -> None:
        if self.read is not None:
            self.read.update(found)

    def facts(self, file: str, attribute: str | None = None) -> Iterable[Fact]:
        """All rows of one file, in order, of one attribute if named."""
        found = self._files.get(file, [])
        if attribute is not None:
            found = [fact for fact in found if fact.attribute == attribute]
            self._seen(found)
        return found

    def by_entity(self, file: str) -> dict[str, list[Fact]]:
        """Rows of a file by entity, both in order."""
        found: dict[str, list[Fact]] = {}
        for fact in self.facts(file):
            found.setdefault(fact.entity, []).append(fact)
        return found

    def entities(self, file: str) -> list[str]:
        """Entities of a file in the order they first appear."""
        return list(dict.fromkeys(fact.entity for fact in self.facts(file)))

    def find(self, file: str, entity: str, attribute: str, item: str = "", year: int = 9999) -> Fact | None:
        """The latest row not after `year`, else the earliest after it, or None."""
        found = self._index.get((file, entity, attribute, item))
        if not found:
            return None
        chosen = found[-1]
        if chosen.year > year:
            chosen = next((fact for fact in reversed(found) if fact.year <= year), found[0])
        if self.read is not None:
            self.read.add(chosen)
        return chosen

    def number(
        self,
        file: str,
        entity: str,
        attribute: str,
        item: str = "",
        year: int = 9999,
        default: float | None = None,
    ) -> float:
        """The figure itself. Raises EvidenceError naming what is missing if there is no default."""
        fact = self.find(file, entity, attribute, item, year)
        if fact is not None:
            return fact.number
        if default is None:
            what = f"{attribute} {item}".strip()
            raise EvidenceError(f"{file}.csv has no {what} for {entity}")
        return default

    def text(self, file: str, entity: str, attribute: str, default: str | None = None) -> str:
        """The words of a text row."""
        fact = self.find(file, entity, attribute)
        if fact is not None:
            return fact.value
        if default is None:
            raise EvidenceError(f"{file}.csv has no {attribute} for {entity}")
        return default

    def items(self, file: str, entity: str, attribute: str, year: int = 9999) -> dict[str, float]:
        """Figures of one attribute by item, each as of `year`."""
        items = self._items.get((file, entity, attribute), ())
        return {item: self.number(file, entity, attribute, item, year) for item in items}

    def path(self, file: str, entity: str, attribute: str, item: str = "") -> dict[int, float]:
        """Figures of one attribute by year."""
        found = self._index.get((file, entity, attribute, item), [])
        self._seen(found)
        return {fact.year: fact.number for fact in found}
