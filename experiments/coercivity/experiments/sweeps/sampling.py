"""Samples of the unit cube: Latin hypercube, Saltelli's rows for Sobol indices, Morris' trajectories.

McKay, Beckman and Conover (1979); Saltelli et al. (2010); Morris (1991). The last two are drawn by
SALib (Iwanaga, Usher and Herman 2022), which analyses them too.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.hypercube import latin_hypercube

GRID, LATIN, SOBOL, MORRIS, LIST, POSTERIOR = (
    "grid",
    "latin-hypercube",
    "sobol",
    "morris",
    "list",
    "posterior",
)
KINDS = (GRID, LATIN, SOBOL, MORRIS, LIST, POSTERIOR)
SAMPLED = (LATIN, SOBOL, MORRIS)
MOST = 20_000_000  # rows that a design may have
LEVELS = 4  # of a Morris design


def problem(names: list[str]) -> dict[str, Any]:
    """A problem as SALib has it, in the unit cube."""
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def sample(kind: str, names: list[str], samples: int, seed: int) -> NDArray[np.float64]:
    """Rows of the unit cube, a column a name. samples: rows, base rows (Sobol) or trajectories (Morris)."""
    if samples < 1:
        raise UserError(f"--samples {samples}: a {kind} design needs at least 1")
    each = {LATIN: 1, SOBOL: len(names) + 2, MORRIS: len(names) + 1}[kind]
    if samples * each > MOST:
        raise UserError(f"--samples {samples} gives {samples * each:,} rows; at most {MOST:,} are made")
    if kind == LATIN:
        return latin_hypercube(len(names), samples, np.random.default_rng(seed))
    if kind == SOBOL:
        if samples & (samples - 1):
            nearest = 1 << (samples - 1).bit_length()
            raise UserError(f"--samples {samples}: a sobol design needs a power of two, such as {nearest}")
        from SALib.sample import sobol

        return np.asarray(sobol.sample(problem(names), samples, calc_second_order=False, seed=seed))
    from SALib.sample import morris

    return np.asarray(morris.sample(problem(names), samples, num_levels=LEVELS, seed=seed))


def seeds(study: int, count: int) -> list[int]:
    """A seed a future, from the study's; the n-th depends on the study and n alone."""
    return [
        int(np.random.SeedSequence(entropy=study, spawn_key=(at,)).generate_state(1, np.uint32)[0])
        for at in range(count)
    ]
