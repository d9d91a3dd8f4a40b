"""The rows of a sweep read from a CSV or Parquet file: a column a setting, a row a run.

An empty cell sets nothing. Every other cell is a value: `NA`, `null`, `nan` and their like are words, which
a setting may have (the code of Namibia) or refuses in its own words.
"""

import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from coercivity.experiments.base.errors import UserError, describe
from coercivity.experiments.base.files import refuse_special
from coercivity.experiments.sweeps.design import ABOUT

SEPARATORS = {";": "semicolons", "\t": "tabs"}
DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")


def read_rows(path: Path) -> dict[str, list[Any]]:
    """Read the columns of a file by setting: numbers as numbers, text without blanks around it.

    Parameters
    ----------
    path
        A CSV file in UTF-8 with commas, or a file whose name ends in `.parquet`.

    Raises
    ------
    UserError
        Where the file cannot be read as such a table; the message names row and column.
    """
    table = _read_table(path)
    names = [name.strip() for name in table.column_names]
    _check_names(path, names)
    if not set(names) - set(ABOUT):
        raise UserError(f"--rows {path}: it has no column of a setting")
    if not table.num_rows:
        raise UserError(f"--rows {path}: it has no rows")
    return {
        name: [
            _read_cell(value, path, name, row) for row, value in enumerate(_column_values(column, path, name))
        ]
        for name, column in zip(names, table.columns, strict=True)
        if name not in ABOUT
    }


def _read_table(path: Path) -> "pa.Table":
    refuse_special(path)
    if not path.is_file():
        raise UserError(f"--rows {path}: there is no such file; give a CSV or Parquet file")
    cells = pcsv.ConvertOptions(null_values=[""], strings_can_be_null=True)
    try:
        if path.suffix.lower() == ".parquet":
            return pq.read_table(path)
        _check_separator(path)
        return pcsv.read_csv(path, convert_options=cells)
    except (OSError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UserError(f"--rows {path}: cannot be read as a table: {describe(error)}") from error


def _check_separator(path: Path) -> None:
    """Refuse a file that a spreadsheet parted by something else than commas."""
    with path.open(encoding="utf-8", errors="replace") as stream:
        header = stream.readline()
    if not header.strip():
        raise UserError(f"--rows {path}: its first line is empty; begin with the names of settings")
    for sign, word in SEPARATORS.items():
        if sign in header and "," not in header:
            raise UserError(f"--rows {path}: its columns are parted by {word}; save it with commas")


def _check_names(path: Path, names: list[str]) -> None:
    """Refuse columns without a name, and names that stand twice."""
    for at, name in enumerate(names, 1):
        if not name or name.startswith(("Unnamed:", "__index_level_")):
            raise UserError(
                f"--rows {path}: column {at} has no setting as its name; leave the column out "
                "(pandas: index=False)"
            )
        if names.count(name) > 1:
            raise UserError(f"--rows {path}: the column `{name}` stands {names.count(name)} times; keep one")


def _column_values(column: "pa.ChunkedArray", path: Path, name: str) -> Iterable[Any]:
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        raise UserError(f"--rows {path}: the column `{name}` is not UTF-8 text; save the file as UTF-8")
    values: list[Any] = column.to_pylist()
    return values


def _read_cell(value: Any, path: Path, name: str, row: int) -> Any:
    if isinstance(value, str):
        if DECIMAL_COMMA.fullmatch(value.strip()):
            raise UserError(
                f"--rows {path}: row {row + 1} has {value.strip()} as `{name}`; write decimals with a point"
            )
        return value.strip() or None
    if isinstance(value, float) and not math.isfinite(value):
        raise UserError(
            f"--rows {path}: row {row + 1} has {value} as `{name}`; give a number, or leave the cell empty "
            "where the setting stays as it is"
        )
    return value
