"""Equal instalments."""

__all__ = ["annuity"]


def annuity(rate: float, years: float) -> float:
    """Instalment a year on a loan of one.

    >>> annuity(0.0, 10.0), round(annuity(0.1, 10.0), 4)
    (0.1, 0.1627)
    """
    if rate <= 0:
        return 1.0 / years
    return float(rate / (1.0 - (1.0 + rate) ** -years))
