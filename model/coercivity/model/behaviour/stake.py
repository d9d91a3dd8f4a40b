"""What is at stake for those who make things of what uses take: value added that stops with a missing part.

    end makers' loss = Σ_use (served without − with a ban) · value at stake · added · (1 − absorbed)   (I.3)

Value at stake is the revenue that hangs on a kg of what serves a use (uses.csv): a car on its magnets.
"""

from coercivity.model.behaviour import Behaviour, ParameterRow

__all__ = ["worth_added"]

BEHAVIOUR = Behaviour(
    "stake",
    {
        "added": ParameterRow("stake", "value_added_share", most=1.0),
        "absorbed": ParameterRow("stake", "absorbed_share", most=1.0),
    },
)


def worth_added(revenue: float, added: float, absorbed: float) -> float:
    """(I.3) What end makers lose a kg that is missing, USD. revenue: that hangs on it, USD/kg.

    added: value added over revenue; absorbed: share that price and the mix of products make good

    >>> worth_added(20000.0, 0.4, 0.5)
    4000.0
    """
    return revenue * added * (1.0 - absorbed)
