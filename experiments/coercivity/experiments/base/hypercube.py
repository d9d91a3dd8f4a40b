"""Latin hypercubes (McKay, Beckman and Conover 1979)."""

import numpy as np
from numpy.typing import NDArray


def latin_hypercube(columns: int, rows: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """One draw in each of `rows` equal slices of every column, slices paired at random.

    >>> unit = latin_hypercube(3, 8, np.random.default_rng(0))
    >>> bool((np.sort((unit * 8).astype(int), axis=0) == np.arange(8)[:, None]).all())
    True
    """
    slices = np.argsort(rng.random((rows, columns)), axis=0)
    return (slices + rng.random((rows, columns))) / rows
