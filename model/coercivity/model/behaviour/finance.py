"""Finance: what an owner can raise, what it owes, and when it goes bankrupt.

    need ≤ cash_multiple · cash + value_multiple · NPV           else the project waits    (B.14)
    bankrupt if  cash < quarters · burn,  burn = cash lost a quarter, smoothed over a year (B.15)

Owners pay what is left of a project after public money half by bonds, half by shares. Bonds and
public loans are paid back in equal instalments from the opening on, out of cash; a plant that stands
idle costs a share of its running cost all the same. A state that lent waits for what would leave its
debtor with less cash than a share of the loan (`forbearance`): it lent to have the supply (B.65). So low
prices, and debts made in good times, end entrants: Molycorp filed in 2015 with cash for about two
quarters. What owners owe as a run begins is evidence (firms.csv). Numbers: behaviour.csv.
"""

from coercivity.model.behaviour import Behaviour, ParameterRow

__all__ = ["due", "insolvent", "reach"]

BEHAVIOUR = Behaviour(
    "finance",
    {
        "cash_multiple": ParameterRow("finance", "cash_multiple"),
        "value_multiple": ParameterRow("finance", "value_multiple"),
        "bond_share": ParameterRow("finance", "bond_share", most=1.0),
        "bond_rate": ParameterRow("finance", "bond_rate"),
        "bond_years": ParameterRow("finance", "bond_years"),
        "idle_share": ParameterRow("finance", "idle_share", most=1.0),
        "care_share": ParameterRow("finance", "care_share", most=1.0),
        "forbearance": ParameterRow("finance", "forbearance", most=1.0),
        "quarters": ParameterRow("investment", "bankruptcy_quarters_of_cash"),
    },
)


def reach(cash: float, value: float, cash_multiple: float, value_multiple: float) -> float:
    """(B.14) Private capital an owner can find for a project, million USD.

    >>> reach(30.0, 100.0, 3.0, 1.0), reach(-5.0, 0.0, 3.0, 1.0)
    (190.0, 0.0)
    """
    return cash_multiple * max(cash, 0.0) + value_multiple * max(value, 0.0)


def insolvent(cash: float, burn: float, quarters: float) -> bool:
    """(B.15) Whether an owner goes bankrupt. burn: cash lost a quarter, million USD.

    >>> insolvent(10.0, 6.0, 2.0), insolvent(10.0, 4.0, 2.0), insolvent(-1.0, -1.0, 2.0)
    (True, False, False)
    """
    return burn > 0 and cash < quarters * burn


def due(instalment: float, owed: float, cash: float, forbearance: float) -> float:
    """(B.65) What a state that lent asks for now, million USD. cash: its debtor's; owed: the loan's balance

    >>> due(8.0, 100.0, 40.0, 0.15), due(8.0, 100.0, 20.0, 0.15), due(8.0, 100.0, 3.0, 0.15)
    (8.0, 5.0, 0.0)
    """
    return min(instalment, max(cash - forbearance * owed, 0.0))
