"""The nearest point of a polyhedron satisfies the conditions that make it so, at any scale of its rows."""

import numpy as np
import pytest
from scipy.optimize import nnls

from coercivity.optimise.entries import entries_of
from coercivity.optimise.nearest import nearest


@pytest.mark.parametrize("seed", range(60))
def test_the_nearest_point_is_pulled_by_its_constraints_alone(seed: int) -> None:
    """Rows hold, grams beside kilotonnes; v − target is a sum of the rows in force (Kuhn, Tucker)."""
    rng = np.random.default_rng(seed)
    unknowns, equations, limits = rng.integers(1, 12), rng.integers(0, 6), rng.integers(0, 12)
    inside = np.where(rng.random(unknowns) < 0.4, 0.0, 10 ** rng.uniform(-4, 4, unknowns))
    equal = np.where(
        rng.random((equations, unknowns)) < 0.5, rng.choice([-1, 1, 0.005, 2], (equations, unknowns)), 0.0
    )
    if equations > 2:
        equal[0] = equal[1] + equal[2]  # says nothing new
    below = np.where(rng.random((limits, unknowns)) < 0.4, rng.normal(size=(limits, unknowns)), 0.0)
    slack = np.where(rng.random(limits) < 0.5, 0.0, rng.random(limits))
    rows = np.vstack([equal, below, np.eye(unknowns)])
    least = np.concatenate([equal @ inside, below @ inside - slack, np.zeros(unknowns)])
    held = np.arange(least.size) < equations
    target = rng.choice([0.0, 1.0]) * rng.normal(size=unknowns) * 5
    row, column = np.nonzero(rows)
    G = entries_of(rows.shape, row.astype(np.uint32), column.astype(np.uint32), rows[row, column])
    found = nearest(target, G, least, held)
    scale = max(1.0, float(np.abs(found).max()), float(np.abs(least).max()))
    spare = rows @ found - least
    assert np.abs(spare[held]).max(initial=0.0) <= 1e-11 * scale
    assert (-spare[~held]).max(initial=0.0) <= 1e-11 * scale
    force = ~held & (spare <= 1e-9 * scale)
    pulls = np.hstack([rows[held].T, -rows[held].T, rows[force].T])
    left = np.linalg.norm(found - target) if not pulls.size else nnls(pulls, found - target)[1]
    assert left <= 1e-8 * scale
