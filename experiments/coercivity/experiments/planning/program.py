"""What a planner decides first, and what the market makes of it in one year of one world. Knows arrays only.

    min  c·x + ρ[ Σ w_b Q_b(E_y x) ],   A x ≥ b,  0 ≤ x ≤ u,  some of x whole
    Q_b(a) = min { k·y : M y + L a ≥ r,  0 ≤ l ≤ y ≤ u }

x are starts of plants and tonnes of stock; E_y says what of them stands in year y; a block b is one year of
one world, in peace or under a ban, and futures that differ in nothing else share it. Sources: Van Slyke and
Wets (1969), Birge and Louveaux (1988) for a cut a block; Rockafellar and Uryasev (2000) for CVaR.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from coercivity.optimise.market import Array

__all__ = [
    "Aim",
    "Block",
    "Cut",
    "FirstStage",
    "ShortageGoal",
    "Mask",
    "Matrix",
    "Part",
    "TwoStage",
    "Tail",
    "stack",
]

Mask = NDArray[np.bool_]
Matrix = Any  # a sparse matrix of scipy, by rows
Part = tuple[Any, Any, Any]  # rows, columns and values of some entries, values broadcast


@dataclass(frozen=True, slots=True, eq=False)
class FirstStage:
    """What may be decided, (x).

    cost: million USD today a unit; outlay: public money a unit, million USD; upper, whole: bounds, whether a
    whole number; matrix, right: rows A x ≥ b; stands: E_y of every year, (state, x)
    """

    names: tuple[str, ...]
    cost: Array
    outlay: Array
    upper: Array
    whole: Mask
    matrix: Matrix
    right: Array
    stands: tuple[Matrix, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One year of one world as a linear program, its state on the left of the rows.

    kind: peace, ban, or short (the least shortage that is attainable); group: the world it belongs to
    release, moves: the first of the columns that let stock go, and of those that move what is made
    """

    name: str
    kind: str
    group: int
    year: int
    cost: Array
    lower: Array
    upper: Array
    matrix: Matrix
    right: Array
    equal: Mask
    link: Matrix
    release: int = 0
    moves: int = 0


@dataclass(frozen=True, slots=True)
class Tail:
    """Risk aversion: a share `weight` of the objective is the mean of the worst 1 − level of futures.

    futures: chance of each, and the weight of every block in it, as pairs (block, weight)
    """

    weight: float
    level: float
    futures: tuple[tuple[float, tuple[tuple[int, float], ...]], ...]


@dataclass(frozen=True, slots=True)
class ShortageGoal:
    """Shortage ≤ limit in every block of a world, in all but a share `miss` of worlds.

    worlds: blocks of every world, with the shortage of each where nothing is done; chance: of every world
    """

    limit: float
    miss: float
    worlds: tuple[tuple[tuple[int, float], ...], ...]
    chance: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Aim:
    """What is wanted: worth of blocks (none: least cost), a goal, a budget of public money, aversion to risk.

    weight: of every block, chance × discount; nought for blocks that only goals look at
    """

    weight: tuple[float, ...]
    goal: ShortageGoal | None = None
    budget: float | None = None
    tail: Tail | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TwoStage:
    """A first stage, its blocks, and the least that each block may be worth."""

    first: FirstStage
    blocks: tuple[Block, ...]
    floor: Array = field(default_factory=lambda: np.zeros(0))

    def state(self, block: Block, x: Array) -> Array:
        """What stands in a block's year."""
        return np.asarray(self.first.stands[block.year] @ x)

    def of(self, kinds: Sequence[str]) -> tuple[int, ...]:
        """Positions of blocks of some kinds."""
        return tuple(at for at, block in enumerate(self.blocks) if block.kind in kinds)


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """θ ≥ constant + slope · state, of one block."""

    block: int
    constant: float
    slope: Array


def stack(parts: Sequence[Part], shape: tuple[int, int]) -> Matrix:
    """A sparse matrix from rows, columns and values in parts, values broadcast."""
    rows = np.concatenate([np.atleast_1d(np.asarray(r, dtype=np.int64)) for r, _, _ in parts])
    columns = np.concatenate([np.atleast_1d(np.asarray(c, dtype=np.int64)) for _, c, _ in parts])
    values = np.concatenate(
        [np.broadcast_to(np.asarray(v, dtype=float), np.atleast_1d(np.asarray(r)).shape) for r, _, v in parts]
    )
    return sparse.csr_matrix((values, (rows, columns)), shape)
