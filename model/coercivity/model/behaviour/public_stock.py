"""Public stocks: kept at what they aim at along one falling curve, and released when it is dear.

    H(p) = [S + φ (S* − S)] (p / p_exp)^(−e'),   e' = e φ S* / [S + φ (S* − S)]            (D.3)

which is, to first order, a target that falls as the price rises: H = (1 − φ) S + φ S* (p / p_exp)^(−e), so
that a stock settles at S* (p / p_exp)^(−e) whatever the length of a step.

    S* = 0, e' = e and φ of release while p > release_above · p_exp, or while limits withhold at least the
    share `withheld` of former supply of what it holds; else φ of filling
    S* − S shrinks by clip(½ − ln(p / (buy_below · p_exp)) / (2 ln FADE), 0, 1) where it is a gap to fill:
    states do not refill at the prices of a scare

A stock without a target aims at what it held when the run began: it exists, and is used in need.
"""

import math

from coercivity.model.behaviour import Behaviour, ParameterRow

__all__ = ["bought_share", "curve_of"]

BEHAVIOUR = Behaviour(
    "public_stock",
    {
        "elasticity": ParameterRow("stock", "public_elasticity", least=0.05),
        "fill": ParameterRow("stock", "public_fill", most=4.0),
        "release": ParameterRow("stock", "public_release", most=4.0),
        "release_above": ParameterRow("stock", "public_release_above", above=1.0),
        "buy_below": ParameterRow("stock", "public_buy_below", above=0.0),
        "withheld": ParameterRow("stock", "public_release_withheld", above=0.0, most=1.0),
    },
)

AT_ONCE = 0.99  # share a year from which a gap is closed at once, nearly
FADE = 1.25  # times `buy_below`, either way, within which buying fades out: nobody stops at one price


def bought_share(price: float, dear: float) -> float:
    """(D.3) Share of the gap that is bought at a price, of which half is at a dear one, USD/kg.

    >>> bought_share(75.0, 100.0), bought_share(100.0, 100.0), bought_share(130.0, 100.0)
    (1.0, 0.5, 0.0)
    """
    if price <= 0.0 or not math.isfinite(dear):
        return 1.0
    if dear <= 0.0:
        return 0.0
    return min(max(0.5 - 0.5 * math.log(price / dear) / math.log(FADE), 0.0), 1.0)


def curve_of(stock: float, aim: float, speed: float, elasticity: float, length: float) -> tuple[float, float]:
    """(D.3) What is held if the price is as expected, t, and e'. speed: share of the gap closed a year.

    aim: S*, 0 where the stock is let go

    >>> curve_of(100.0, 100.0, 0.5, 0.5, 1.0), curve_of(100.0, 0.0, 0.75, 0.5, 1.0)
    ((100.0, 0.25), (25.0, 0.5))
    """
    closed = 1.0 - (1.0 - min(speed, AT_ONCE)) ** length
    scale = max(stock + closed * (aim - stock), 0.0)
    return scale, elasticity * closed * aim / scale if aim > 0 and scale > 0 else elasticity
