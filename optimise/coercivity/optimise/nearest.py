"""The point of a polyhedron nearest to a given one: how what the equilibrium leaves open is told.

    min ½‖v − target‖²   subject to   G·v = h (equations),  G·v ≥ h (the rest)

There is one such point, whatever the order or the names of things; hence it is the tie-break for
flows that cost the same and for prices that any of an interval would support. Augmented
Lagrangian steps, each a piecewise quadratic solved by Newton (Rockafellar 1976).
"""

from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from coercivity.optimise.market import Array
from coercivity.optimise.smooth import Mask

__all__ = ["nearest"]

Rows = Any  # a CSR matrix, or a dense one where that is quicker

OUTER = 25
INNER = 60
STIFFNESS = 1e-3, 1e-7  # at first and at least, of multipliers
EXACT = 1e-12  # relative to the largest of target and h
HOPELESS = 0.5  # of what rows were broken by before: they contradict each other
SMALL = 40_000  # entries up to which a matrix is quicker dense


def nearest(target: Array, G: sparse.csr_matrix, h: Array, equal: Mask) -> Array:
    """The nearest point to `target`; `equal` says which rows of G are equations.

    Where the rows contradict each other, a point that breaks them little: its user checks.

    >>> nearest(np.zeros(2), sparse.csr_matrix([[1.0, 1.0]]), np.array([2.0]), np.array([True]))
    array([1., 1.])
    """
    rows, norm = _scaled(G)
    kept = np.flatnonzero(norm)
    rows, h, equal = rows[kept], h[kept] / norm[kept], equal[kept]
    largest = max(1.0, float(np.abs(target).max(initial=0.0)), float(np.abs(h).max(initial=0.0)))
    point, force, stiffness, before = target.copy(), np.zeros(h.size), STIFFNESS[0], np.inf
    for _ in range(OUTER):
        point, force = _settled(target, rows, h, equal, (point, force, stiffness, EXACT * largest))
        short = h - rows @ point
        broken = np.where(equal, np.abs(short), np.maximum(short, 0.0))
        most = float(broken.max(initial=0.0))
        if most <= 10 * EXACT * largest or (stiffness == STIFFNESS[1] and most > HOPELESS * before):
            return point
        stiffness, before = max(0.1 * stiffness, STIFFNESS[1]), most
    return point


def _scaled(G: sparse.csr_matrix) -> tuple[Rows, Array]:
    """Rows of length one, dense where that is quicker; how long they were."""
    if G.shape[0] * G.shape[1] <= SMALL:
        dense = G.toarray()
        norm = np.sqrt((dense * dense).sum(axis=1))
        return dense / np.where(norm > 0, norm, 1.0)[:, None], norm
    norm = np.sqrt(np.asarray(G.multiply(G).sum(axis=1)).ravel())
    return (sparse.diags(1.0 / np.where(norm > 0, norm, 1.0)) @ G).tocsr(), norm


def _settled(
    target: Array, G: Rows, h: Array, equal: Mask, state: tuple[Array, Array, float, float]
) -> tuple[Array, Array]:
    """The point at one stiffness, and the forces of its rows."""
    point, force, stiffness, exact = state

    def pull(at: Array) -> tuple[Array, Array]:
        wanted = force + (h - G @ at) / stiffness
        taken = np.where(equal, wanted, np.maximum(wanted, 0.0))
        return taken, at - target - G.T @ taken

    for _ in range(INNER):
        taken, unmet = pull(point)
        rounding = 1e-15 * float(np.abs(point).max(initial=0.0)) / stiffness
        if np.abs(unmet).max(initial=0.0) <= max(exact, rounding):
            break
        move = _move(G[np.flatnonzero(equal | (taken > 0))], unmet, stiffness)
        stride = 1.0
        start = float(move @ unmet)
        while stride > 1e-6 and float(move @ pull(point + stride * move)[1]) > 0.5 * abs(start):
            stride /= 2
        point = point + stride * move
    return point, pull(point)[0]


def _move(active: Rows, unmet: Array, stiffness: float) -> Array:
    """Newton's step: −(I + GᵀG / stiffness)⁻¹ unmet over the active rows."""
    rows = active.shape[0]
    if not rows:
        return -unmet
    if isinstance(active, np.ndarray):
        dense = np.diag(np.concatenate([np.ones(unmet.size), np.full(rows, -stiffness)]))
        dense[unmet.size :, : unmet.size], dense[: unmet.size, unmet.size :] = active, active.T
        return np.asarray(np.linalg.solve(dense, np.concatenate([-unmet, np.zeros(rows)]))[: unmet.size])
    system = sparse.bmat(
        [[sparse.identity(unmet.size), active.T], [active, -stiffness * sparse.identity(rows)]],
        format="csc",
    )
    return np.asarray(splu(system).solve(np.concatenate([-unmet, np.zeros(rows)]))[: unmet.size])
