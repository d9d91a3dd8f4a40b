"""What can go wrong between a question to the clearing and its answer.

ClearingError
├── MarketError       the question is malformed: a shape, a sign, a missing value
├── InfeasibleError   no flow satisfies the rows; the message names which and by how much
└── CertificateError  an answer came back, but it is not an equilibrium to tolerance
"""

__all__ = ["CertificateError", "ClearingError", "InfeasibleError", "MarketError"]


class ClearingError(Exception):
    """The market was not cleared."""


class MarketError(ClearingError, ValueError):
    """The market as stated makes no sense."""


class InfeasibleError(ClearingError):
    """No flow satisfies every row, or the objective has no bound."""


class CertificateError(ClearingError):
    """The answer fails its own certificate."""
