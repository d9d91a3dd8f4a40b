"""HiGHS by its C interface, from the library that highspy carries: arrays go in and come out as they are.

highspy's own methods sort what is to change and hand answers over as lists of Python's numbers, which
is a good part of a hot re-solve. Source: `highs_c_api.h` of HiGHS 1.15.
"""

import ctypes
import weakref
from functools import cache
from pathlib import Path
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from coercivity.optimise.errors import MarketError
from coercivity.optimise.market import Array

__all__ = ["INFEASIBLE", "NOT_RUN", "OPTIMAL", "Highs"]

Status = highspy.HighsModelStatus
OPTIMAL, INFEASIBLE, NOT_RUN = Status.kOptimal.value, Status.kInfeasible.value, Status.kNotset.value
BASIC, BY_COLUMN = highspy.HighsBasisStatus.kBasic.value, highspy.MatrixFormat.kColwise.value
MINIMISE = highspy.ObjSense.kMinimize.value
LARGEST = 2**31 - 1  # of HiGHS's whole numbers
LETTERS = 512  # of a text option at most

_THIS, _INT, _REAL, _TEXT = ctypes.c_void_p, ctypes.c_int32, ctypes.c_double, ctypes.c_char_p
_WHERE, _RANGE = ctypes.c_void_p, (_INT, _INT)
# By kHighsOptionType: name, what C takes, what Python may give.
_KINDS: tuple[tuple[str, Any, tuple[type, ...]], ...] = (
    ("Bool", _INT, (bool,)),
    ("Int", _INT, (int,)),
    ("Double", _REAL, (int, float)),
    ("String", _TEXT, (str,)),
)
_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "create": (),
    "destroy": (_THIS,),
    "getOptionType": (_THIS, _TEXT, _WHERE),
    **{f"get{kind}OptionValue": (_THIS, _TEXT, _WHERE) for kind, *_ in _KINDS},
    **{f"set{kind}OptionValue": (_THIS, _TEXT, value) for kind, value, _ in _KINDS},
    "passLp": (_THIS, *[_INT] * 5, _REAL, *[_WHERE] * 8),
    "changeColsCostByRange": (_THIS, *_RANGE, _WHERE),
    "changeColsBoundsByRange": (_THIS, *_RANGE, _WHERE, _WHERE),
    "changeRowsBoundsByRange": (_THIS, *_RANGE, _WHERE, _WHERE),
    "clearSolver": (_THIS,),
    "run": (_THIS,),
    "getRunTime": (_THIS,),
    "getModelStatus": (_THIS,),
    "getSolution": (_THIS, *[_WHERE] * 4),
    "getBasis": (_THIS, _WHERE, _WHERE),
    "getIntInfoValue": (_THIS, _TEXT, _WHERE),
    "getDoubleInfoValue": (_THIS, _TEXT, _WHERE),
}
_RESULTS = {"create": _THIS, "destroy": None, "getRunTime": _REAL}


@cache
def _library() -> dict[str, Any]:
    """The functions of HiGHS that are used here, by name. Raises MarketError where it is not found."""
    folder = Path(highspy.__file__).parent
    found = min(folder.glob("libhighs.*"), key=lambda path: len(path.name), default=None)
    if found is None:
        raise MarketError(
            f"HiGHS's library is not in {folder}, as on Windows; optimise.backend=pyomo does without, slower"
        )
    library, functions = ctypes.CDLL(str(found)), {}
    for name, arguments in _ARGUMENTS.items():
        function = getattr(library, f"Highs_{name}")
        function.argtypes, function.restype = arguments, _RESULTS.get(name, _INT)
        functions[name] = function
    return functions


class Highs:
    """One HiGHS and the program in it. What HiGHS refuses raises MarketError."""

    def __init__(self) -> None:
        self._functions = _library()
        self._this: int = self._functions["create"]()
        # This also ends the threads of every HiGHS of the process, which begin anew when one next solves.
        weakref.finalize(self, self._functions["destroy"], self._this)
        self.set_option("output_flag", False)

    def set_option(self, name: str, value: Any) -> None:
        """Set an option of HiGHS."""
        kind, _, takes = self._kind(name)
        fits = isinstance(value, takes) and isinstance(value, bool) == (kind == "Bool")
        if isinstance(value, int) and abs(value) > LARGEST:  # ctypes would take what is left of it
            fits = False
        said = value.encode() if isinstance(value, str) else value
        if not fits or self._functions[f"set{kind}OptionValue"](self._this, name.encode(), said) != 0:
            raise MarketError(f"HiGHS's option {name} cannot be {value!r}")

    def option(self, name: str) -> Any:
        """An option as HiGHS has it."""
        kind, number, _ = self._kind(name)
        found = ctypes.create_string_buffer(LETTERS) if kind == "String" else number()
        self._call(f"get{kind}OptionValue", name.encode(), ctypes.byref(found))
        return found.value.decode() if kind == "String" else found.value

    def load(self, matrix: sparse.csc_matrix, cost: Array, upper: Array, rows: tuple[Array, Array]) -> None:
        """Take a program: cost and upper bounds of columns, whose lower ones are 0, and bounds of rows."""
        at = matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data
        sizes = matrix.shape[1], matrix.shape[0], matrix.nnz
        parts = cost, np.zeros_like(cost), upper, *rows  # kept by name until C has read them
        where = *map(_reals, parts), at[0].ctypes.data, at[1].ctypes.data, _reals(at[2])
        self._call("passLp", *sizes, BY_COLUMN, MINIMISE, 0.0, *where)

    def change_costs(self, first: int, cost: Array) -> None:
        """Set costs of columns from the first on."""
        self._call("changeColsCostByRange", first, first + cost.size - 1, _reals(cost))

    def change_columns(self, first: int, lower: Array, upper: Array) -> None:
        """Set bounds of columns from the first on."""
        at = _reals(lower), _reals(upper)
        self._call("changeColsBoundsByRange", first, first + upper.size - 1, *at)

    def change_rows(self, first: int, lower: Array, upper: Array) -> None:
        """Set bounds of rows from the first on."""
        at = _reals(lower), _reals(upper)
        self._call("changeRowsBoundsByRange", first, first + upper.size - 1, *at)

    def clear(self) -> None:
        """Forget the last basis."""
        self._call("clearSolver")

    def run(self) -> tuple[int, float]:
        """Solve: how it ended, and seconds as HiGHS tells them."""
        before: float = self._functions["getRunTime"](self._this)
        self._functions["run"](self._this)
        after: float = self._functions["getRunTime"](self._this)
        return self._functions["getModelStatus"](self._this), after - before

    def ended(self) -> str:
        """How the last solve ended, in HiGHS's words."""
        words: Any = highspy.Highs
        return str(words().modelStatusToString(Status(self._functions["getModelStatus"](self._this))))

    def solution(self, columns: int, rows: int) -> tuple[Array, Array]:
        """Values of columns, and duals of rows."""
        value, dual = (np.empty(columns), np.empty(columns)), (np.empty(rows), np.empty(rows))
        self._call("getSolution", *[part.ctypes.data for part in (*value, *dual)])
        return value[0], dual[1]

    def basis(self, columns: int, rows: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which columns are in the basis, and which rows."""
        column, row = np.empty(columns, np.int32), np.empty(rows, np.int32)
        self._call("getBasis", column.ctypes.data, row.ctypes.data)
        return column == BASIC, row == BASIC

    def iterations(self) -> int:
        """Simplex iterations of the last solve."""
        number = _INT()
        self._call("getIntInfoValue", b"simplex_iteration_count", ctypes.byref(number))
        return number.value

    def objective(self) -> float:
        """Cost of all columns together."""
        number = _REAL()
        self._call("getDoubleInfoValue", b"objective_function_value", ctypes.byref(number))
        return number.value

    def _kind(self, name: str) -> tuple[str, Any, tuple[type, ...]]:
        kind = _INT()
        if self._functions["getOptionType"](self._this, name.encode(), ctypes.byref(kind)) != 0:
            raise MarketError(f"HiGHS has no option {name!r}")
        return _KINDS[kind.value]

    def _call(self, name: str, *arguments: Any) -> None:
        if self._functions[name](self._this, *arguments) < 0:
            raise MarketError(f"HiGHS refuses {name}")


def _reals(values: Array) -> int:
    """Where C finds numbers. Raises MarketError for an array that C would read otherwise."""
    if values.dtype != np.float64 or not values.flags.c_contiguous:
        raise MarketError(f"HiGHS takes floats one after the other, not {values.dtype} in strides")
    return values.ctypes.data
