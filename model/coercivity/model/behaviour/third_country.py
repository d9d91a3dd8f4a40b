"""Third countries under a limit that follows content: how much more of it they take than before.

    Σ f(home → third country) ≤ reference flow × (1 + x),   x = added × (1 − enforcement)   (B.50)

A third country complies (x is nil: the sealed bound), is capped (x up to a half: the leaky bound), or
passes on whatever pays (`firm.third_country.active=false`). Nothing of it can be sold on as it is,
since what a place holds it can only use; what (B.50) stops is more of it being worked there for the
destinations of the limit.
"""

from coercivity.model.behaviour import Behaviour, ParameterRow

__all__ = ["allowed_share"]

BEHAVIOUR = Behaviour(
    "third_country",
    {
        "added": ParameterRow("third_country", "added_share", most=10.0),
        "enforcement": ParameterRow("third_country", "enforcement", most=1.0),
    },
)


def allowed_share(added: float, enforcement: float) -> float:
    """(B.50) Most that reaches a third country, as a share of the flow before the measure.

    added: share of that flow it would add; enforcement: share of what it would add that is stopped

    >>> allowed_share(0.5, 0.0), allowed_share(0.5, 1.0), allowed_share(0.0, 0.0)
    (1.5, 1.0, 1.0)
    """
    return 1.0 + added * (1.0 - enforcement)
