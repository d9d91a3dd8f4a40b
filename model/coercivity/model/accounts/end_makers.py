"""What users and those who make things of it have of a year, by place, apart from who makes the material."""

from dataclasses import dataclass

import numpy as np

from coercivity.model.accounts.objective import money
from coercivity.model.accounts.settlement import Ledger
from coercivity.model.behaviour.stake import worth_added
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array

__all__ = ["Standing", "ban_loss", "stand", "worth"]

THOUSAND = 1000.0


@dataclass(frozen=True, slots=True)
class Standing:
    """A place after a year, USD: welfare (S.2), users' surplus of it, and value added that end makers make.

    served, wanted: of services, t
    """

    welfare: float
    surplus: float
    added: float
    served: float
    wanted: float

    @property
    def rest(self) -> float:
        """What all others than users have: makers of the material, holders of licences, the state."""
        return self.welfare - self.surplus


def ban_loss(free: Standing, banned: Standing) -> tuple[float, float]:
    """(I.3) What a ban costs a place, and the windfall of its makers that is left out of it, USD.

    Users' and end makers' loss, and what others lose; what they gain takes nothing off it.
    """
    others = free.rest - banned.rest
    users, makers = free.surplus - banned.surplus, free.added - banned.added
    return users + makers + max(others, 0.0), max(-others, 0.0)


def stand(economy: Economy, ledger: Ledger, served: Array, wanted: Array) -> dict[str, Standing]:
    """Every region after a step. served, wanted: of every curve, t, (d)."""
    welfare, _ = money(economy, ledger)
    homes = economy.chain.homes
    surplus = dict.fromkeys(economy.chain.regions, 0.0)
    for (owner, kind, item), usd in ledger.accounts.items():
        if item == "consumer surplus" and homes[owner, kind] in surplus:
            surplus[homes[owner, kind]] += usd
    added = _value_added(economy)
    curves = economy.supply.layout.curves
    found = {}
    for place in economy.chain.regions:
        mine = [at for at, c in enumerate(curves) if c.kind == "use" and c.place == place and c.what]
        found[place] = Standing(
            welfare.get(place, 0.0),
            surplus[place],
            float((served[mine] * added[mine]).sum()) * THOUSAND,
            float(served[mine].sum()),
            float(wanted[mine].sum()),
        )
    return found


def worth(economy: Economy, wanted: Array, place: str) -> float:
    """What hangs on a place's uses: their value at base-year prices, and end makers' value added, USD."""
    mine = [at for at, c in enumerate(economy.supply.layout.curves) if c.kind == "use" and c.place == place]
    price = economy.base_price + _value_added(economy)
    return float((wanted * price)[mine].sum()) * THOUSAND


def _value_added(economy: Economy) -> Array:
    """End makers' value added a kg of every use of services, USD/kg; nothing for others, (d)."""
    numbers = economy.parameters
    shares = numbers["stake.added"], numbers["stake.absorbed"]
    revenue = {
        use.name: economy.evidence.number("uses", use.name, "value_at_stake", default=0.0)
        for use in economy.chain.uses
    }
    curves = economy.supply.layout.curves
    on = numbers.on("stake")
    each = [worth_added(revenue.get(c.what, 0.0), *shares) if c.kind == "use" and on else 0.0 for c in curves]
    return np.array(each)
