"""The same linear programs written in linopy and handed to HiGHS: what a newcomer would pick today.

As its documentation shows it: labelled arrays of variables, one constraint array by grouping the entries of
the matrix by row, `io_api="direct"`, one thread like ours. Everything is written anew for every solve, as a
script that calls linopy step by step does.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from coercivity.optimise.compiled import Compiled
from coercivity.optimise.program import Numbers

__all__ = ["LinopyRoute", "has_linopy"]

OPTIONS = {"threads": 1, "output_flag": False}


def has_linopy() -> bool:
    """Whether linopy, which is optional, is installed."""
    from importlib.util import find_spec

    return find_spec("linopy") is not None


class LinopyRoute:
    """The program in linopy, of which only the entries of the matrix are kept from solve to solve."""

    def __init__(self, compiled: Compiled) -> None:
        self._entries = compiled.matrix.tocoo()

    def solve(self, numbers: Numbers) -> float:
        """Write and solve one program; welfare at its optimum, thousand USD."""
        model = self._written(numbers)
        logging.getLogger("linopy").setLevel(logging.ERROR)
        with _silence():
            _, condition = model.solve("highs", io_api="direct", **OPTIONS)
        if condition != "optimal":
            raise ArithmeticError(f"linopy's HiGHS says {condition}")
        return -float(model.objective.value)

    def _written(self, numbers: Numbers) -> Any:
        import linopy
        import pandas as pd
        import xarray as xr

        model = linopy.Model()
        column = pd.RangeIndex(numbers.cost.size, name="column")
        upper, cost = xr.DataArray(numbers.upper, [column]), xr.DataArray(numbers.cost, [column])
        flow = model.add_variables(lower=0, upper=upper, coords=[column], name="flow")
        used = xr.DataArray(self._entries.col, dims="entry")
        row = xr.DataArray(self._entries.row, dims="entry", name="row")
        brought = (xr.DataArray(self._entries.data, dims="entry") * flow.isel(column=used)).groupby(row).sum()
        rows = brought.indexes["row"]
        lower, upper = (xr.DataArray(side[rows], [rows]) for side in (numbers.row_lower, numbers.row_upper))
        held = np.isfinite(numbers.row_upper[rows])
        model.add_constraints(brought.isel(row=held) == lower.isel(row=held), name="balance")
        stated = ~held & np.isfinite(numbers.row_lower[rows])
        model.add_constraints(brought.isel(row=stated) >= lower.isel(row=stated), name="limit")
        model.add_objective((cost * flow).sum())
        return model


@contextmanager
def _silence() -> Iterator[None]:
    """Nothing on standard output: HiGHS writes its banner there before linopy's options reach it."""
    usual = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(usual, 1)
        os.close(nowhere)
        os.close(usual)
