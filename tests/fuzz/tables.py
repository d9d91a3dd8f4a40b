"""Damage to evidence: what spreadsheets, editors and mistaken hands leave behind."""

import csv
import io
import random
import shutil
from collections.abc import Callable
from pathlib import Path

Rows = list[list[str]]
CELLS = (
    "", " ", "nan", "NaN", "inf", "-inf", "-1", "0", "1e300", "-1e300", "1e-300", "5", "500", "0,5",
    "1 000", "1_000", "1.000,5", "12%", "abc", "１２", "²", "20²4", "=A1", "#REF!", "#N/A", "NA", "null",
    "None", "true", "2025-01", "Jan 24", "\u2028", "é", "x" * 140_000, "-", "--", "1e5", "0x10", "US",
    "XX", "oxide:Dy", "t/yr", "share", "USD/kg", "t", "<b>", '"',
)  # fmt: skip


def damaged(evidence: Path, folder: Path, seed: int) -> Path:
    """A copy of a folder of evidence with one file damaged; what it shares with the folder above is whole."""
    rng = random.Random(seed)
    parent = evidence.parent
    place = folder / evidence.name
    if (evidence / "shared.txt").is_file():
        folder.mkdir()
        for path in parent.glob("*.csv"):
            shutil.copy(path, folder)
    shutil.copytree(evidence, place, ignore=lambda at, names: [n for n in names if (Path(at) / n).is_dir()])
    path = rng.choice(sorted(place.glob("*.csv")))
    if rng.random() < 0.25:
        rng.choice(_FILES)(path, rng)
        return place
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        rng.choice(_ROWS)(rows, rng)
    _write(path, rows)
    return place


def _write(path: Path, rows: Rows, delimiter: str = ",", encoding: str = "utf-8") -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue(), encoding=encoding)


def _row(rows: Rows, rng: random.Random) -> int:
    return rng.randrange(1, max(len(rows), 2)) if len(rows) > 1 else 0


def _cell(rows: Rows, rng: random.Random) -> None:
    """Another value in a cell: mostly of the number."""
    at = _row(rows, rng)
    header = rows[0]
    column = header.index("value") if "value" in header and rng.random() < 0.6 else rng.randrange(len(header))
    if column < len(rows[at]):
        rows[at][column] = rng.choice(CELLS)


def _scale(rows: Rows, rng: random.Random) -> None:
    """A number in the wrong unit, or of the wrong sign."""
    at, header = _row(rows, rng), rows[0]
    column = header.index("value") if "value" in header else 0
    try:
        rows[at][column] = repr(float(rows[at][column]) * rng.choice((-1, 1000, 1e-3, 100, 0.01, 1e12)))
    except (ValueError, IndexError):
        return


def _drop(rows: Rows, rng: random.Random) -> None:
    if len(rows) > 1:
        del rows[_row(rows, rng)]


def _twice(rows: Rows, rng: random.Random) -> None:
    rows.append(list(rows[_row(rows, rng)]))


def _swap(rows: Rows, rng: random.Random) -> None:
    """Cells of a row change places."""
    at = _row(rows, rng)
    if len(rows[at]) > 1:
        a, b = rng.sample(range(len(rows[at])), 2)
        rows[at][a], rows[at][b] = rows[at][b], rows[at][a]


def _long(rows: Rows, rng: random.Random) -> None:
    rows[_row(rows, rng)].append("x")


def _short(rows: Rows, rng: random.Random) -> None:
    at = _row(rows, rng)
    rows[at] = rows[at][: rng.randrange(len(rows[at]) or 1)]


def _column(rows: Rows, rng: random.Random) -> None:
    """A column lost, doubled or misspelt."""
    at = rng.randrange(len(rows[0]))
    how = rng.choice(("lost", "doubled", "misspelt"))
    if how == "misspelt":
        rows[0][at] = rows[0][at][:-1] + " "
        return
    for row in rows:
        if at < len(row):
            row[at : at + 1] = [] if how == "lost" else [row[at], row[at]]


def _half(rows: Rows, rng: random.Random) -> None:
    del rows[max(len(rows) // 2, 1) :]


def _one_name(rows: Rows, rng: random.Random) -> None:
    """A name misspelt everywhere."""
    at = rng.randrange(min(3, len(rows[0])))
    name = rows[_row(rows, rng)][at] if at < len(rows[_row(rows, rng)]) else ""
    for row in rows[1:]:
        if at < len(row) and row[at] == name:
            row[at] = f"{name}x"


def _all(rows: Rows, rng: random.Random) -> None:
    """Every number of one attribute the same."""
    header = rows[0]
    if "value" not in header or "attribute" not in header or len(rows) < 2:
        return
    chosen = rows[_row(rows, rng)][header.index("attribute")]
    value = rng.choice(("0", "1", "-1", "1e9", ""))
    for row in rows[1:]:
        if len(row) == len(header) and row[header.index("attribute")] == chosen:
            row[header.index("value")] = value


_ROWS: tuple[Callable[[Rows, random.Random], None], ...] = (
    *(_cell, _cell, _cell, _cell, _scale, _scale, _drop, _twice, _swap),
    *(_long, _short, _column, _half, _one_name, _all),
)


def _read(path: Path) -> Rows:
    return list(csv.reader(path.read_text(encoding="utf-8").splitlines()))


def _excel(path: Path, rng: random.Random) -> None:
    """As a spreadsheet saves it where commas are decimal signs."""
    rows = [[cell.replace(".", ",") for cell in row] for row in _read(path)]
    _write(
        path,
        rows,
        rng.choice(";\t"),
        rng.choice(("utf-8-sig", "utf-16", "cp1252")) if rng.random() < 0.7 else "utf-8",
    )


def _bytes(path: Path, rng: random.Random) -> None:
    data = path.read_bytes()
    at = rng.randrange(len(data))
    path.write_bytes(
        data[:at]
        + rng.choice((b"\xff", b"\0", b'"', b"\n", b"\r", b",", b""))
        + data[at + rng.randint(0, 3) :]
    )


def _cut(path: Path, rng: random.Random) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: rng.choice((0, 1, 20, len(data) // 2, len(data) - 3))])


_FILES: tuple[Callable[[Path, random.Random], None], ...] = (
    lambda path, rng: path.unlink(),
    lambda path, rng: path.write_bytes(b""),
    lambda path, rng: _write(path, _read(path)[:1]),
    lambda path, rng: path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes()),
    lambda path, rng: path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n")),
    lambda path, rng: path.write_bytes(path.read_bytes().replace(b"\n", b"\r")),
    lambda path, rng: (path.unlink(), path.mkdir())[0],
    _excel,
    _bytes,
    _cut,
)  # fmt: skip
