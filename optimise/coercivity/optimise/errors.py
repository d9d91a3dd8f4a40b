"""What can go wrong between a question to the clearing and its answer.

ClearingError
├── MarketError       the question is malformed: a shape, a sign, a missing value
└── InfeasibleError   no flow satisfies the rows; the message names which and by how much
"""

__all__ = ["ClearingError", "InfeasibleError", "MarketError"]


class ClearingError(Exception):
    """The market was not cleared."""


class MarketError(ClearingError, ValueError):
    """The market as stated makes no sense."""


class InfeasibleError(ClearingError):
    """No flow satisfies every row, or the objective has no bound."""
