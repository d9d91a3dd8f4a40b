"""The tables of a run: their columns, their canonical order and the hash of their content."""

import hashlib
import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class TableSpec:
    """A table: the columns that say which row it is, then the columns that say what it holds."""

    keys: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns in the order of the interface."""
        return self.keys + self.values


def _spec(keys: str, values: str) -> TableSpec:
    return TableSpec(("step", "date", *keys.split()), tuple(values.split()))


TABLES: Mapping[str, TableSpec] = {
    "prices": _spec("jurisdiction material", "price low high"),
    "flows": _spec("origin destination material channel", "tonnes origin_content"),
    "activity": _spec("plant firm jurisdiction stage activity", "tonnes capacity rent"),
    "stocks": _spec("owner kind jurisdiction material", "tonnes"),
    "uses": _spec("jurisdiction use recipe", "served wanted unit shortage"),
    "limits": _spec("state lever limit materials destinations", "allowed used rent"),
    "levers": _spec("state lever parameter", "value unit"),
    "accounts": _spec("owner kind item", "usd"),
    "burdens": _spec("jurisdiction pollutant", "amount unit charge"),
    "objectives": _spec("state term", "usd weight"),
    "indicators": _spec("jurisdiction indicator", "value unit"),
    "events": _spec("actor kind target detail", ""),
    "base_imports": _spec("jurisdiction material", "tonnes"),
    "certificates": _spec("", "primal dual sign complementarity gap mass row welfare solves imagined"),
}
ROWS = 1024  # written and hashed at once
FUTURE = "future"  # the column that tables of more than one future begin with
OF_FUTURES: Mapping[str, TableSpec] = {
    name: TableSpec((FUTURE, *spec.keys), spec.values) for name, spec in TABLES.items()
}
TIMING = TableSpec(("step", "date", "phase"), ("seconds",))


class TableError(ValueError):
    """A table that does not have the shape the interface promises."""


def tidy(name: str, frame: pd.DataFrame, spec: TableSpec) -> pd.DataFrame:
    """A table with its columns in order, ISO dates and rows sorted by their keys."""
    if set(frame.columns) != set(spec.columns):
        missing = sorted(set(spec.columns) - set(frame.columns))
        extra = sorted(set(frame.columns) - set(spec.columns))
        raise TableError(f"table {name}: missing columns {missing}, columns too many {extra}")
    table = frame.loc[:, list(spec.columns)].copy()
    table["step"] = table["step"].astype("int64")
    for column in table.columns.drop("step"):
        table[column] = _settle_column(table[column], date=column == "date")
    return table.sort_values(list(spec.columns), kind="stable", ignore_index=True)


def _settle_column(column: "pd.Series[Any]", date: bool) -> "pd.Series[Any]":
    """A column as ISO dates, 64-bit numbers or text; nothing between."""
    if date:
        written = {value: str(value)[:10] for value in set(column)}
        return column.map(written).astype(object)
    if pd.api.types.is_bool_dtype(column):
        return column.astype(object).map(str)
    if pd.api.types.is_integer_dtype(column):
        return column.astype("int64")
    if pd.api.types.is_float_dtype(column):
        return column.astype("float64")
    if len(column) and all(isinstance(value, (int, float, np.number)) for value in column):
        return column.astype("float64")
    if pd.api.types.infer_dtype(column, skipna=False) == "string":
        return column.astype(object)
    return column.astype(object).map(lambda value: "" if value is None else str(value))


def content_hash(table: pd.DataFrame) -> str:
    """The sha256 of a tidy table's content: a header, then rows; no digit of a number is lost.

    >>> nearly = 0.1 + 2e-17
    >>> frames = [pd.DataFrame({"step": [0], "x": [value]}) for value in (0.1, 0.1 + 1e-18, nearly)]
    >>> [content_hash(frame) == content_hash(frames[0]) for frame in frames]
    [True, True, False]
    """
    digest = hashlib.sha256("\t".join(map(str, table.columns)).encode())
    columns = [_write_values(table[column]) for column in table.columns]
    rows = map("\t".join, zip(*columns, strict=True))
    while some := list(itertools.islice(rows, ROWS)):
        digest.update("\n".join(["", *some]).encode())
    return digest.hexdigest()


def _write_values(column: "pd.Series[Any]") -> Iterable[str]:
    """Values as text. Names come again and again, so each is written once."""
    if column.dtype.kind in "iuf":
        return map(repr, column.tolist())
    texts = [str(value) for value in column.tolist()]
    written = {text: json.dumps(text, ensure_ascii=False) for text in set(texts)}
    return map(written.__getitem__, texts)
