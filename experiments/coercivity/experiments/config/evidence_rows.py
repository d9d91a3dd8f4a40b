"""Evidence files as rows of text, for listing; the model reads them through its own checks."""

import csv
from collections.abc import Iterator
from pathlib import Path

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import evidence_dir


class Row(dict[str, str]):
    """One fact, with the line it stands on."""

    line: int = 0


class Facts:
    """What the evidence says of one entity."""

    def __init__(self) -> None:
        self._rows: list[Row] = []

    def add(self, row: Row) -> None:
        """Take one more fact."""
        self._rows.append(row)

    def text(self, attribute: str) -> str:
        """The latest value of an attribute, as written."""
        row = self._latest(attribute)
        return row["value"] if row else ""

    def latest(self, attribute: str) -> str:
        """The latest value of an attribute with its unit and year."""
        row = self._latest(attribute)
        return f"{_grouped(row['value'])} {row['unit']} ({row['year']})" if row else ""

    def texts(self) -> dict[str, str]:
        """The attributes that are text."""
        return {
            row["attribute"]: row["value"] for row in self._rows if row["unit"] == "text" and not row["item"]
        }

    def items(self, attribute: str) -> dict[str, str]:
        """The latest value of an attribute for each item."""
        rows = sorted(
            (row for row in self._rows if row["attribute"] == attribute), key=lambda row: row["year"]
        )
        return {row["item"]: row["value"] for row in rows}

    def _latest(self, attribute: str) -> Row | None:
        rows = [row for row in self._rows if row["attribute"] == attribute]
        return max(rows, key=lambda row: row["year"]) if rows else None


def files(folder: Path | None = None) -> list[Path]:
    """The evidence files, in order."""
    return sorted((folder or evidence_dir()).glob("*.csv"))


def rows(name: str, folder: Path | None = None) -> Iterator[Row]:
    """The rows of an evidence file; none when there is no such file."""
    from coercivity.model.inputs.shared import shared_files

    place = folder or evidence_dir()
    own = list(_rows(place / name))
    told = {(row["entity"], row["attribute"], row["item"]) for row in own}
    for path in shared_files(place):
        if path.name == name:
            shared = _rows(path)
            yield from (r for r in shared if (r["entity"], r["attribute"], r["item"]) not in told)
    yield from own


def _rows(path: Path) -> Iterator[Row]:
    if not path.is_file():
        return
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            for plain in reader:
                row = Row({str(key): value or "" for key, value in plain.items() if isinstance(key, str)})
                row.line = reader.line_num
                yield row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: the evidence cannot be read: {error}") from error


def entities(name: str, folder: Path | None = None) -> dict[str, Facts]:
    """The entities of an evidence file, each with its facts."""
    found: dict[str, Facts] = {}
    for row in rows(name, folder):
        found.setdefault(row["entity"], Facts()).add(row)
    return found


def _grouped(number: str) -> str:
    """A number with its thousands apart.

    >>> _grouped("45500")
    '45,500'
    """
    try:
        return f"{float(number):,.6g}" if abs(float(number)) < 1e4 else f"{float(number):,.0f}"
    except ValueError:
        return number
