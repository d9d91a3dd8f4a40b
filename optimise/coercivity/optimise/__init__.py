"""Clear one step of trade as a linear program. Knows arrays, not agents."""

from coercivity.optimise.clearer import Clearer, clear
from coercivity.optimise.errors import CertificateError, ClearingError, InfeasibleError, MarketError
from coercivity.optimise.market import Clearing, Conduct, Market, Network, Triplets

__all__ = [
    "CertificateError",
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
