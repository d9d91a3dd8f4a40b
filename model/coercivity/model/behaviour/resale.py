"""Resale: the site of a failed owner is put on sale, written down, and what pays on its own starts again.

price = price_share · capital,  restart = restart_share · capital,  capital = unit capital · room (B.67)
bought if NPV of its margin over all cost, from restart_time on > price + restart

For as long as the `procedure` lasts nobody decides on the site: nothing reopens, nothing is begun. Then
whoever finds that a plant of it pays buys the site; old debts are gone, plants that do not pay stay shut, so
that a mine may sell its ore while the separator it was built for stands still. What has restarted runs at
what it saves by stopping, as what was newly built does (B.62).
"""

from coercivity.model.behaviour import Behaviour, ParameterRow

__all__ = ["written_down"]

BEHAVIOUR = Behaviour(
    "resale",
    {
        "procedure": ParameterRow("finance", "insolvency_years"),
        "price_share": ParameterRow("finance", "resale_share", most=1.0),
        "restart_share": ParameterRow("finance", "restart_share", most=1.0),
    },
)


def written_down(capital: float, price_share: float, restart_share: float) -> tuple[float, float]:
    """(B.67) Price of a plant that stands idle, and what its restart costs. capital: new, million USD

    >>> written_down(100.0, 0.25, 0.5)
    (25.0, 50.0)
    """
    return price_share * capital, restart_share * capital
