"""Arrays that carry their derivatives by the unknowns: forward differentiation, exact and dense.

A kept library of automatic differentiation would bring its own arrays and a compiler for a system of
some hundred unknowns that NumPy differentiates in milliseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Union

import numpy as np
from numpy.typing import NDArray

__all__ = ["Operand", "Sloped", "add_up", "exp", "constant_path", "join", "keep_positive", "log", "total"]

Array = NDArray[np.float64]
Operand = Union["Sloped", Array, float]


@dataclass(frozen=True, eq=False, slots=True)
class Sloped:
    """Values along years and their derivatives by every unknown; no slope where it is not wanted.

    value: (years, draws), where one year stands for all and one draw is the rule · slope: (years,
    unknowns), of a single draw
    """

    value: Array
    slope: Array | None

    __array_ufunc__ = None  # NumPy leaves arithmetic with arrays to this class

    def __add__(self, other: Operand) -> "Sloped":
        value, slope = _parts(other)
        return Sloped(self.value + value, _sum(self.slope, slope, max(len(self.value), len(value))))

    def __radd__(self, other: Operand) -> "Sloped":
        return self + other

    def __neg__(self) -> "Sloped":
        return Sloped(-self.value, None if self.slope is None else -self.slope)

    def __sub__(self, other: Operand) -> "Sloped":
        return self + (-other)

    def __rsub__(self, other: Operand) -> "Sloped":
        return -self + other

    def __mul__(self, other: Operand) -> "Sloped":
        value, slope = _parts(other)
        mine = None if self.slope is None else self.slope * value
        its = None if slope is None else slope * self.value
        return Sloped(self.value * value, _sum(mine, its, max(len(self.value), len(value))))

    def __rmul__(self, other: Operand) -> "Sloped":
        return self * other

    def __truediv__(self, other: Operand) -> "Sloped":
        if not isinstance(other, Sloped):
            return self * (1.0 / np.asarray(other, dtype=float))
        inverse = 1.0 / other.value
        slope = None if other.slope is None else -other.slope * inverse**2
        return self * Sloped(inverse, slope)

    def __getitem__(self, at: slice | Sequence[int]) -> "Sloped":
        rows = at if isinstance(at, slice) else list(at)
        return Sloped(self.value[rows], None if self.slope is None else self.slope[rows])

    def __len__(self) -> int:
        return len(self.value)

    @property
    def only(self) -> Array:
        """The values by year, where there is one draw."""
        return self.value[:, 0]

    def stretch(self, length: int) -> "Sloped":
        """The same for every year, where one value holds for all."""
        return self[[0] * length] if len(self) == 1 else self


def exp(x: Sloped) -> Sloped:
    """The exponential."""
    value = np.exp(x.value)
    return Sloped(value, None if x.slope is None else x.slope * value)


def log(x: Sloped) -> Sloped:
    """The natural logarithm."""
    return Sloped(np.log(x.value), None if x.slope is None else x.slope / x.value)


def keep_positive(x: Sloped, least: float) -> Sloped:
    """The same, and below `least` an exponential that meets it: a search may pass, a log stays finite."""
    low = x.value < least
    tail = least * np.exp(np.where(low, x.value / least - 1.0, 0.0))
    value = np.where(low, np.maximum(tail, 1e-200), x.value)
    return Sloped(value, None if x.slope is None else x.slope * np.where(low, tail / least, 1.0))


def join(parts: Sequence[Sloped]) -> Sloped:
    """One after the other along years."""
    draws = max(part.value.shape[1] for part in parts)
    value = np.concatenate([np.broadcast_to(part.value, (len(part), draws)) for part in parts])
    wide = [part.slope.shape[1] for part in parts if part.slope is not None]
    if not wide:
        return Sloped(value, None)
    none = np.zeros((max(len(part) for part in parts), wide[0]))
    slopes = [none[: len(part)] if part.slope is None else part.slope for part in parts]
    return Sloped(value, np.concatenate(slopes))


def add_up(x: Sloped) -> Sloped:
    """Running sums along years."""
    return Sloped(np.cumsum(x.value, axis=0), None if x.slope is None else np.cumsum(x.slope, axis=0))


def total(parts: Sequence[Sloped]) -> Sloped:
    """The sum of one or more."""
    result = parts[0]
    for part in parts[1:]:
        result = result + part
    return result


def constant_path(values: Array | Sequence[float]) -> Sloped:
    """What does not depend on the unknowns, by year."""
    return Sloped(np.asarray(values, dtype=float)[:, None], None)


def _parts(x: Operand) -> tuple[Array, Array | None]:
    if isinstance(x, Sloped):
        return x.value, x.slope
    return np.atleast_1d(np.asarray(x, dtype=float))[:, None], None


def _sum(a: Array | None, b: Array | None, years: int) -> Array | None:
    """The sum of slopes, in as many years as the sum of values has."""
    if a is None or b is None:
        slope = b if a is None else a
        return slope if slope is None or len(slope) == years else np.repeat(slope, years, axis=0)
    return a + b
