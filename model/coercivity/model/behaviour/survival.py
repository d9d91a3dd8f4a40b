"""Survival: what is planned or under construction may be given up any year until it opens.

    λ = −ln(S) / T,   given up once  ∫ λ (1 − backing) dt > −ln(u)                         (B.55)

S is the share of projects of a status that ever produce, T the years it had to go in the base year, u a
project's own luck, drawn once, backing the share of its capital that states offer or have paid. Without
backing, a project that opens when announced does so with chance S; one that waits longer, with less.
"""

import math

__all__ = ["given_up", "hazard"]


def hazard(survival: float, years: float) -> float:
    """(B.55) Chance a year of being given up, such that `survival` is left after `years`.

    >>> hazard(1.0, 4.0), round(math.exp(-4.0 * hazard(0.45, 4.0)), 9)
    (0.0, 0.45)
    """
    return -math.log(min(max(survival, 1e-6), 1.0)) / max(years, 0.25) + 0.0


def given_up(luck: float, worn: float) -> bool:
    """(B.55) Whether a project ends. luck: uniform, its own; worn: hazard lived through.

    >>> given_up(0.5, 0.6), given_up(0.5, 0.8)
    (False, True)
    """
    return worn > -math.log(max(luck, 1e-300))
