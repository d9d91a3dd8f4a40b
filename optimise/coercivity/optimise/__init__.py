"""Clear one step of trade as a linear program. Knows arrays, not agents."""

import os

# Matrices here are small or sparse: more threads of BLAS would only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from coercivity.optimise.clearer import Clearer, clear
from coercivity.optimise.errors import ClearingError, InfeasibleError, MarketError
from coercivity.optimise.market import Clearing, Conduct, Market, Network, Triplets

__all__ = [
    "Clearer",
    "Clearing",
    "ClearingError",
    "Conduct",
    "InfeasibleError",
    "Market",
    "MarketError",
    "Network",
    "Triplets",
    "clear",
]
