"""One file of evidence: text to facts, every row checked against what its file may hold."""

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from coercivity.model.inputs.evidence_schema import Attribute, FileSchema, fits, limits_of, schema_of

__all__ = ["COLUMNS", "CONFIDENCE", "KNOWN", "EvidenceError", "Fact", "load", "refuse", "suggest"]

COLUMNS = (
    "entity", "attribute", "item", "value", "low", "high",
    "unit", "year", "source", "confidence", "note",
)  # fmt: skip
KNOWN = "known"  # a further column that a file may have: the year in which a figure could be read
CONFIDENCE = ("looked-up", "recall", "derived", "estimate", "calibrated")
NEEDED = ("entity", "attribute", "value", "unit", "year", "source", "confidence")
PROSE = ("source", "note")
SHOWN = 3  # faults of a set that are named one by one
LARGEST = 50_000_000  # bytes of a file; ours are a few hundred thousand
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
YEAR = re.compile(r"(19|20|21)[0-9]{2}")


class EvidenceError(ValueError):
    """Rows that cannot be used; the message names file, line, entity and what would be right."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure. low, high: its range, nothing where none is given; known: the year it could be read."""

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
                f"{self.place}: {self.attribute} is {self.value!r}, which is not a number"
            ) from None

    @property
    def place(self) -> str:
        """Where it stands: file, line and entity."""
        return f"{self.file}:{self.line} ({self.entity})"


def suggest(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """`; did you mean ...?` of the name nearest to a word, else what is given."""
    near = get_close_matches(word, list(known), 1)
    return f"; did you mean {near[0]}?" if near else otherwise


def refuse(faults: list[str]) -> None:
    """Raise EvidenceError with the first few faults, if there are any."""
    if faults:
        more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise EvidenceError("; ".join(faults[:SHOWN]) + more)


def load(path: Path) -> list[Fact]:
    """Read one evidence file. Raises EvidenceError naming unusable rows."""
    try:
        if path.stat().st_size > LARGEST:
            raise EvidenceError(f"{path.name}: is larger than {LARGEST / 1e6:.0f} MB; split it")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise EvidenceError(f"{path.name}:{line}: is not UTF-8 text; save it as CSV in UTF-8") from error
    except OSError as error:
        raise EvidenceError(f"{path.name}: cannot be read ({error.strerror})") from error
    return list(_facts_in(path.name, text))


@lru_cache(maxsize=128)
def _facts_in(name: str, text: str) -> tuple[Fact, ...]:
    """The facts of a file, read once however many runs a process makes."""
    reader = csv.reader(io.StringIO(text, newline=""))
    schema = schema_of(name.removesuffix(".csv"))
    facts, faults = list[Fact](), list[str]()
    seen: dict[tuple[str, str, str, str], int] = {}
    line = 1
    try:
        header = next(reader, [])
        _check_header(name, header)
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                found = list(_faults(cells, len(header), schema, seen, line))
                faults += [f"{name}:{line} ({cells[0].strip() or '?'}): {fault}" for fault in found]
                if not found:
                    facts.append(_fact(name, line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise EvidenceError(f"{name}:{line}: {_said_of_csv(error)}") from error
    refuse(faults)
    if not facts:
        raise EvidenceError(f"{name}: holds no row; give some, or remove the file")
    return tuple(facts)


def _said_of_csv(error: csv.Error) -> str:
    """What the reader of CSV stumbled over, in words."""
    if "field limit" in str(error):
        return (
            f"holds a cell of more than {csv.field_size_limit():,} characters; is a quotation mark left open?"
        )
    return f"is not CSV ({error}); save it with commas between cells"


def _check_header(name: str, header: list[str]) -> None:
    """Refuse other columns than every file has."""
    if tuple(header) in (COLUMNS, (*COLUMNS, KNOWN)):
        return
    if not any(header):
        raise EvidenceError(f"{name}: is empty; begin it with the line {','.join(COLUMNS)}")
    joined = ",".join(header)
    for mark, word in ((";", "semicolons"), ("\t", "tabs")):
        if joined.replace(mark, ",").replace(" ", "") == ",".join(COLUMNS):
            raise EvidenceError(
                f"{name}:1: cells are separated by {word}; save it with commas between cells and "
                "points in numbers"
            )
    missing = [column for column in COLUMNS if column not in header]
    extra = [column for column in header if column not in COLUMNS]
    found = ", ".join(header)[:200] or "none"
    why = f"missing: {', '.join(missing)}" if missing else f"too many: {', '.join(extra)[:200]}"
    why = why if missing or extra else "in another order or twice"
    raise EvidenceError(f"{name}:1: expected the columns {', '.join(COLUMNS)}; found {found} ({why})")


def _fact(name: str, line: int, cells: list[str]) -> Fact:
    entity, attribute, item, value, low, high, unit, year, source, confidence, note = cells[: len(COLUMNS)]
    known = int((cells[len(COLUMNS) :] or [year])[0] or year)
    return Fact(
        name,
        line,
        entity,
        attribute,
        item,
        value,
        low,
        high,
        unit,
        int(year),
        source,
        confidence,
        note,
        known,
    )


def _faults(
    cells: list[str],
    width: int,
    schema: FileSchema | None,
    seen: dict[tuple[str, str, str, str], int],
    line: int,
) -> Iterator[str]:
    """What is wrong with a row, in words. seen: lines of rows so far, by what they are about."""
    if len(cells) != width:
        hint = "; a comma inside a cell needs quotation marks" if len(cells) > width else ""
        yield f"has {len(cells)} cells; expected {width} cells, as the first line has{hint}"
        return
    entity, attribute, item, _, _, _, unit, year, _, confidence, _ = cells[: len(COLUMNS)]
    known = cells[len(COLUMNS)] if width > len(COLUMNS) else ""
    for name, cell in zip(COLUMNS, cells, strict=False):
        if name in NEEDED and not cell.strip():
            yield f"{attribute or 'the row'} has no {name}"
        elif name not in PROSE and (cell != cell.strip() or not cell.isprintable()):
            yield f"{name} {cell!r} has a blank at an end, or what cannot be seen; write {_seen(cell)!r}"
    if confidence and confidence not in CONFIDENCE:
        yield f"confidence {confidence!r} is none of {', '.join(CONFIDENCE)}"
    if not YEAR.fullmatch(year):
        yield f"year {year!r} is not a year; write it in four digits, such as 2024"
    if known and not YEAR.fullmatch(known):
        yield f"{KNOWN} {known!r} is not a year; write it in four digits, such as 2024"
    declared = schema.attributes.get(attribute) if schema else None
    if schema and declared is None and schema.attributes and not (schema.places and unit == "km"):
        yield from _near(attribute, schema)
    if declared and not declared.takes(item):
        named = " or ".join(name for name in declared.named if name)
        yield f"{attribute} has the item {item!r}; expected " + (
            f"{named}{suggest(item, declared.named)}" if named else f"none: nothing reads {attribute} by item"
        )
    if declared and unit and not fits(unit, declared.units):
        yield f"{attribute} has the unit {unit!r}; expected {' or '.join(declared.units)}"
    elif unit != "text":
        yield from _faults_of_number(cells, declared)
    elif cells[COLUMNS.index("low")] or cells[COLUMNS.index("high")]:
        yield f"{attribute} is text and has no range; leave low and high empty"
    key = (entity, attribute, item, year)
    if key in seen:
        yield f"repeats line {seen[key]}"
    seen[key] = line


def _seen(cell: str) -> str:
    """A cell as it looks."""
    return "".join(letter for letter in cell if letter.isprintable()).strip()


def _near(attribute: str, schema: FileSchema) -> Iterator[str]:
    """Whether an attribute looks like a misspelt one."""
    near = get_close_matches(attribute, schema.attributes, 1, 0.85)
    if near and not attribute.startswith(f"{near[0]}_") and not near[0].startswith(f"{attribute}_"):
        yield f"no attribute {attribute}; did you mean {near[0]}?"


def _faults_of_number(cells: list[str], declared: Attribute | None) -> Iterator[str]:
    """What is wrong with a value and its range."""
    _, attribute, _, value, low, high, unit, _, _, confidence, _ = cells[: len(COLUMNS)]
    if value.strip() and not _is_number(value):
        yield f"{attribute} is {value!r}, which is not a number{_why(value)} (unit {unit})"
        return
    for name, end in (("low", low), ("high", high)):
        if end and not _is_number(end):
            yield f"{attribute} has {name} {end!r}, which is not a number{_why(end)}"
            return
    if not value.strip():
        return
    number = float(value)
    bottom, top = float(low) if low else number, float(high) if high else number
    if confidence == "estimate" and not (low and high):
        yield f"{attribute} is an estimate without a range; give low and high"
    elif bool(low) != bool(high):
        yield f"{attribute} has only one end of a range; give low and high, or neither"
    elif bottom > top:
        yield f"{attribute} has a range from {low} to {high}; low must not be above high"
    elif not bottom <= number <= top:
        yield f"{attribute} is {value}, which lies outside its own range, {low} to {high}"
    least, most = declared.limits(unit) if declared else limits_of(unit)
    if not least <= bottom <= top <= most:
        wrong = value if not least <= number <= most else low if bottom < least else high
        yield f"{attribute} is {wrong}; expected {least:g} to {most:g} ({unit})"
    elif declared and declared.above is not None and number <= declared.above:
        yield f"{attribute} is {value}; expected more than {declared.above:g} ({unit})"


def _is_number(text: str) -> bool:
    """Whether a cell is a finite number, in plain digits with a point."""
    return NUMBER.fullmatch(text) is not None and math.isfinite(float(text))


def _why(text: str) -> str:
    """What to write instead, where it can be guessed."""
    if re.fullmatch(r"[+-]?[0-9]+,[0-9]+", text.strip()):
        return ": write a decimal point"
    return ": write plain digits" if re.search(r"\d", text) else ""
