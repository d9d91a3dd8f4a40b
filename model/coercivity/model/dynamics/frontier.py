"""The frontier: deposits still to be found, and those of the deep sea that wait for a permit."""

from collections.abc import Callable, Iterable

import numpy as np

from coercivity.model.behaviour.exploration import chance
from coercivity.model.inputs.instruments import Instrument, SeabedPermit
from coercivity.model.inputs.names import SEABED, UNDISCOVERED
from coercivity.model.state.economy import Economy

__all__ = ["Frontier"]


class Frontier:
    """Which deposits nobody can decide on yet."""

    def __init__(self, economy: Economy, stream: Callable[[str], np.random.Generator]) -> None:
        self.economy = economy
        status = {at: f.terms.status for at, f in enumerate(economy.chain.facilities) if f.terms}
        self.unknown = {
            at: stream(f"exploration {economy.chain.facilities[at].name}")
            for at, s in status.items()
            if s == UNDISCOVERED
        }
        self.seabed = {at for at, s in status.items() if s == SEABED}
        self.ready: dict[int, float] = {}  # year from which a find may be decided on
        self.events: list[tuple[str, str, str, str]] = []

    def explore(self, date: float, length: float) -> None:
        """(B.33) What is found this step."""
        e = self.economy
        numbers = e.parameters
        node = e.supply.node(e.chain.names.home, e.chain.names.signal)
        base = float(e.listed[node]) if node is not None else 0.0
        dear = float(np.exp(e.anchor[node])) / base if node is not None and base > 0 else 1.0
        odds = chance(numbers["exploration.rate"], dear, numbers["exploration.response"], length)
        for at, rng in self.unknown.items():
            luck = float(rng.random())
            if at not in self.ready and luck < odds and numbers.on("exploration"):
                facility = e.chain.facilities[at]
                self.ready[at] = date + numbers["exploration.study"]
                told = (facility.firm, "deposit found", facility.name, f"ready {self.ready[at]:.1f}")
                self.events.append(told)

    def closed(self, instruments: Iterable[Instrument], date: float) -> set[int]:
        """Projects that cannot be begun yet: unknown, still studied, or without a permit."""
        permitted = {i.state for i in instruments if isinstance(i, SeabedPermit)}
        waiting = {at for at in self.seabed if self.economy.chain.facilities[at].place not in permitted}
        return waiting | {at for at in self.unknown if self.ready.get(at, np.inf) > date}

    def take_events(self) -> list[tuple[str, str, str, str]]:
        """Events since they were last taken."""
        taken, self.events = self.events, []
        return taken
