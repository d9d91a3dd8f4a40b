"""A base year as rows of evidence: written beside the other files, and read back."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from coercivity.model.calibration.base_year import BaseYear
from coercivity.model.inputs.evidence import COLUMNS, Evidence, EvidenceError
from coercivity.model.inputs.names import form

__all__ = ["read_base_year", "write_base_year"]

SOURCE = "coercivity calibrate base-year"


def base_year_path(folder: Path, year: int) -> Path:
    """Where the rows of a base year are kept."""
    return folder / f"base_{year}.csv"


def write_base_year(base: BaseYear, folder: Path) -> Path:
    """Write the rows of a base year beside the evidence, replacing those there were."""
    path = base_year_path(folder, base.year)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for entity, attribute, item, value, unit, note in _rows(base):
            source = f"{SOURCE} {base.year}"
            writer.writerow(
                (
                    entity,
                    attribute,
                    item,
                    f"{value:.10g}",
                    "",
                    "",
                    unit,
                    base.year,
                    source,
                    "calibrated",
                    note,
                )
            )
    return path


def _rows(base: BaseYear) -> Iterator[tuple[str, str, str, float, str, str]]:
    for name, value in base.multiplier.items():
        sigmas = np.log(value) / base.sigma[name]
        yield name, "multiplier", "", value, "ratio", f"{sigmas:+.2f} sigma of {base.sigma[name]:g}"
        yield name, "sigma", "", base.sigma[name], "log", ""
    for name, value in base.factor.items():
        yield f"{base.form}:{name}", "demand_factor", "", value, "ratio", "other uses, to reconciled supply"
    for name, value in base.wedge.items():
        yield name, "wedge", "", value, "USD/kg", "calibrated wedge"
    for name, value in base.markup.items():
        yield name, "markup", "", value, "USD/kg", "what prices leave over cost, at most as usual"
    for name, value in base.price.items():
        yield name, "price", "", value, "USD/kg", ""
    units = ("t/yr", "USD/kg", "t/yr", "USD/kg")
    for name, values in base.room.items():
        for item, value, unit in zip(("normal", "spread", "block", "rise"), values, units, strict=True):
            yield name, "room", item, value, unit, ""


def read_base_year(evidence: Evidence, year: int) -> BaseYear:
    """The stored rows of a base year. Raises EvidenceError if it was never calibrated."""
    file = f"base_{year}"
    tables: dict[str, dict[str, float]] = {
        name: {fact.entity: fact.number for fact in evidence.facts(file, name)}
        for name in ("multiplier", "sigma", "demand_factor", "wedge", "markup", "price")
    }
    if not tables["price"]:
        raise EvidenceError(
            f"{file}.csv has no price: the base year {year} is not reconciled; "
            f"`coercivity calibrate base-year {year}` does that"
        )
    room: dict[str, dict[str, float]] = {}
    for fact in evidence.facts(file, "room"):
        room.setdefault(fact.entity, {})[fact.item] = fact.number
    return BaseYear(
        year=year,
        form=next((form(name) for name in tables["demand_factor"]), ""),
        multiplier=tables["multiplier"],
        sigma=tables["sigma"],
        factor={name.partition(":")[2]: value for name, value in tables["demand_factor"].items()},
        price=tables["price"],
        wedge=tables["wedge"],
        markup=tables["markup"],
        room={n: (r["normal"], r["spread"], r["block"], r["rise"]) for n, r in room.items()},
    )
