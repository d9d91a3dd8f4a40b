"""Sourced figures: rows that say value, unit, year, source and confidence, or are refused."""

import copy
import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

from coercivity.model.inputs.shared import shared_files

__all__ = ["COLUMNS", "CONFIDENCE", "Evidence", "EvidenceError", "Fact", "is_dated", "load"]

COLUMNS = (
    "entity", "attribute", "item", "value", "low", "high",
    "unit", "year", "source", "confidence", "note",
)  # fmt: skip
KNOWN = "known"  # a further column that a file may have: the year in which a figure could be read
CONFIDENCE = ("looked-up", "recall", "derived", "estimate", "calibrated")
REQUIRED = ("entity", "attribute", "value", "unit", "year", "source", "confidence")


class EvidenceError(ValueError):
    """Rows that cannot be used; the message names file, line, entity and what is missing."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure. low, high: its range, nan where none is given; known: the year it could be read."""

    file: str
    line: int
    entity: str
    attribute: str
    item: str
    value: str
    low: str
    high: str
    unit: str
    year: int
    source: str
    confidence: str
    note: str
    known: int

    @property
    def number(self) -> float:
        """The value as a number."""
        try:
            return float(self.value)
        except ValueError:
            raise EvidenceError(
                f"{self.file}:{self.line} ({self.entity}): {self.attribute} is {self.value!r}, "
                "which is not a number"
            ) from None


def load(path: Path) -> list[Fact]:
    """Read one evidence file. Raises EvidenceError listing every unusable row."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EvidenceError(f"{path.name}: cannot be read ({error})") from error
    return list(_facts_in(path.name, text))


@lru_cache(maxsize=128)
def _facts_in(name: str, text: str) -> tuple[Fact, ...]:
    """The facts of a file, read once however many runs a process makes."""
    reader = csv.DictReader(text.splitlines())
    if tuple(reader.fieldnames or ()) not in (COLUMNS, (*COLUMNS, KNOWN)):
        raise EvidenceError(
            f"{name}: expected the columns {', '.join(COLUMNS)} (and {KNOWN}, if wanted); "
            f"found {', '.join(reader.fieldnames or ()) or 'none'}"
        )
    facts, faults = [], []
    seen: dict[tuple[str, str, str, str], int] = {}
    for row in reader:
        line = reader.line_num
        key = (row["entity"], row["attribute"], row["item"], row["year"])
        found = list(_faults(row))
        if key in seen:
            found.append(f"repeats line {seen[key]}")
        seen[key] = line
        faults += [f"{name}:{line} ({row['entity'] or '?'}): {fault}" for fault in found]
        if not found:
            texts = {column: row[column] for column in COLUMNS if column != "year"}
            known = int(row.get(KNOWN) or row["year"])
            facts.append(Fact(name, line, year=int(row["year"]), known=known, **texts))
    if faults:
        shown = "; ".join(faults[:10])
        more = f"; and {len(faults) - 10} more" if len(faults) > 10 else ""
        raise EvidenceError(shown + more)
    return tuple(facts)


def _faults(row: dict[str, str]) -> Iterator[str]:
    """What is wrong with a row, in words."""
    if None in row or any(value is None for value in row.values()):
        yield f"expected {len(COLUMNS)} cells"
        return
    for name in REQUIRED:
        if not row[name].strip():
            yield f"{row['attribute'] or 'the row'} has no {name}"
    if row["confidence"] and row["confidence"] not in CONFIDENCE:
        yield f"confidence {row['confidence']!r} is none of {', '.join(CONFIDENCE)}"
    if not (row["year"].isdigit() and len(row["year"]) == 4):
        yield f"year {row['year']!r} is not a year"
    known = row.get(KNOWN, row["year"])
    if known != row["year"] and not (known.isdigit() and len(known) == 4):
        yield f"{KNOWN} {known!r} is not a year"
    numeric = row["unit"] != "text"
    if numeric and not _is_number(row["value"]):
        yield f"{row['attribute']} is {row['value']!r}, which is not a number (unit {row['unit']})"
    if row["confidence"] == "estimate" and numeric:
        if not (_is_number(row["low"]) and _is_number(row["high"])):
            yield f"{row['attribute']} is an estimate without a range; give low and high"
        elif _is_number(row["value"]) and not (
            float(row["low"]) <= float(row["value"]) <= float(row["high"])
        ):
            yield f"{row['attribute']} lies outside its own range"


def _is_number(text: str) -> bool:
    try:
        return float(text) == float(text)
    except ValueError:
        return False


# Files whose rows are records of their year. In the others, and in some attributes of these, a year
# tells of the source: places, names, what a process takes and costs, how firms, users and states behave.
DATED_FILES = (
    "account", "demand", "drivers", "events", "finishing", "history", "mines", "output", "plants", "policies",
    "prices", "quotas", "stocks", "taxes",
)  # fmt: skip
UNDATED = (
    "name", "firm", "jurisdiction", "stage", "kind", "family", "route", "products", "latitude", "longitude",
    "unit_cost", "recovery", "yield", "start_year", "end_year", "finishing_cost",
)  # fmt: skip


def is_dated(fact: Fact) -> bool:
    """Whether a figure is a record of its year, such as a price, an output or a tax."""
    file = fact.file.removesuffix(".csv")
    record = file in DATED_FILES or file.startswith(("base_", "projects", "account_"))
    return record and fact.attribute not in UNDATED


def _with_own_first(found: list[Fact], above: list[Path], own: list[Path]) -> list[Fact]:
    """The facts without those shared ones that a folder's own file of that name tells otherwise."""
    both = {path.name for path in above} & {path.name for path in own}
    shared = sum(len(load(path)) for path in above)
    told = {(f.file, f.entity, f.attribute, f.item) for f in found[shared:] if f.file in both}
    kept = [f for f in found[:shared] if (f.file, f.entity, f.attribute, f.item) not in told]
    return kept + found[shared:]


class Evidence:
    """Every fact of a folder, found by file, entity, attribute and item."""

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
        if faults:
            raise EvidenceError("; ".join(faults))
        self._facts = _with_own_first(found, above, own) if above else found
        self.read: set[Fact] | None = None
        self.hash = hashlib.sha256(b"".join(path.read_bytes() for path in (*above, *own))).hexdigest()

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

    def entities(self, file: str) -> list[str]:
        """Entities of a file in the order they first appear."""
        return list(dict.fromkeys(fact.entity for fact in self.facts(file)))

    def find(self, file: str, entity: str, attribute: str, item: str = "", year: int = 9999) -> Fact | None:
        """The latest row not after `year`, else the earliest after it, or None."""
        found = self._index.get((file, entity, attribute, item))
        if not found:
            return None
        chosen = next((fact for fact in reversed(found) if fact.year <= year), found[0])
        self._seen((chosen,))
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
