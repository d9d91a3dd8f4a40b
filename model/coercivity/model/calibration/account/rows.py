"""The account as evidence rows: median and 16 to 84 % of whole paths, by quantity, variant and year."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from coercivity.model.calibration.account.description import AccountDescription
from coercivity.model.calibration.account.fit import Fit
from coercivity.model.calibration.account.flows import Flows
from coercivity.model.calibration.account.paths import Paths
from coercivity.model.calibration.account.slopes import Array
from coercivity.model.calibration.account.terms import series_values
from coercivity.model.inputs.evidence_file import COLUMNS, KNOWN

__all__ = ["account_path", "quantity_values", "write_account", "write_paths"]

ATTRIBUTE, SOURCE = "account", "coercivity calibrate account"
BAND = (50, 16, 84)


def account_path(folder: Path, last: int) -> Path:
    """Where the account that ends with a year is kept."""
    return folder / f"account_{last}.csv"


def quantity_values(account: AccountDescription, flows: Flows, name: str, years: int) -> Array:
    """A quantity or a series by year and draw, in its own unit."""
    if name in flows:
        return np.asarray(flows[name].stretch(years).value)
    series = account.series_of(name)
    values = series_values(flows, series, years).value
    return np.asarray(1 / (1 + np.exp(-values)) if series.scale == "logit" else np.exp(values))


def write_account(folder: Path, last: int, variants: Mapping[str, tuple[Fit, Paths]]) -> Path:
    """Write the rows of an account, by variant, replacing those there were."""
    path = account_path(folder, last)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((*COLUMNS, KNOWN))
        for variant, (fit, paths) in variants.items():
            writer.writerows(_rows(variant, fit, paths, last))
    return path


def _rows(variant: str, fit: Fit, paths: Paths, last: int) -> Iterator[tuple[object, ...]]:
    account, years = fit.problem.account, fit.problem.constants.years
    drawn, likely = fit.problem.flows(paths.x.T), fit.flows
    for unit, names in account.reported.items():
        for name in names:
            bands = np.percentile(quantity_values(account, drawn, name, len(years)), BAND, axis=1)
            best = quantity_values(account, likely, name, len(years))[:, 0]
            for at, year in enumerate(years):
                if best[at] == 0 and bands[2, at] == 0:
                    continue
                value, low, high = (f"{band[at]:.5g}" for band in bands)
                note = f"most likely {best[at]:.5g}"
                yield name, ATTRIBUTE, variant, value, low, high, unit, year, SOURCE, "calibrated", note, last


def write_paths(path: Path, variants: Mapping[str, tuple[Fit, Paths]]) -> Path:
    """Write whole paths of the quantities that runs draw, evenly among the draws of each variant."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        names = next(iter(variants.values()))[0].problem.account.whole_paths
        writer.writerow(("variant", "draw", "year", *names))
        for variant, (fit, paths) in variants.items():
            account, years = fit.problem.account, fit.problem.constants.years
            some = np.linspace(0, len(paths.x) - 1, min(account.paths, len(paths.x))).round().astype(int)
            flows = fit.problem.flows(paths.x[some].T)
            values = [quantity_values(account, flows, name, len(years)) for name in names]
            for draw in range(len(some)):
                for at, year in enumerate(years):
                    cells = (f"{value[at, draw]:.5g}" for value in values)
                    writer.writerow((variant, draw + 1, year, *cells))
    return path
