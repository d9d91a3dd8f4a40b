"""Hosts: what their politics stop, how long their permits take, and what they refuse."""

from collections.abc import Callable, Iterable

import numpy as np

from coercivity.model.behaviour.outage import Stops, draw_outages
from coercivity.model.inputs.instruments import Instrument, Permitting, Stoppage
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array

__all__ = ["Hosts", "delay", "refused_projects"]


class Hosts:
    """Which plants stand still this step, by decree or by luck."""

    def __init__(self, economy: Economy, stream: Callable[[str], np.random.Generator]) -> None:
        self.economy = economy
        self.chance = {
            code: e
            for code in economy.chain.places
            if (e := economy.evidence.number("jurisdictions", code, "stop_probability", default=0.0)) > 0
        }
        self.stops = Stops({code: stream(f"outage {code}") for code in self.chance})
        self.place = np.array([f.place for f in economy.chain.facilities])
        self.stage = np.array([f.stage for f in economy.chain.facilities])
        self.events: list[tuple[str, str, str, str]] = []

    def stopped(self, instruments: Iterable[Instrument], date: float, length: float) -> Array:
        """Share of every plant that stands still, (p)."""
        e, numbers = self.economy, self.economy.parameters
        share = np.zeros(len(e.supply.network.plants))
        mine, extract = share[: self.place.size], e.chain.names.stages.extract
        begun = draw_outages(
            self.stops, self.chance, date, length, numbers["outage.scale"], numbers["outage.duration"]
        )
        if numbers.on("outage"):
            for place, until in self.stops.until.items():
                if until > date:
                    mine[(self.place == place) & (self.stage == extract)] = numbers["outage.severity"]
            self.events += [
                (p, "mines stop", "", f"until {self.stops.until[p]:.1f}")
                for p in begun
                if (self.place == p).any()
            ]
        for i in instruments:
            if isinstance(i, Stoppage):
                here = (self.place == i.state) & np.isin(self.stage, i.stages)
                mine[here] = np.maximum(mine[here], i.share)
        return share

    def take_events(self) -> list[tuple[str, str, str, str]]:
        """Events since they were last taken."""
        taken, self.events = self.events, []
        return taken


def delay(economy: Economy, instruments: Iterable[Instrument]) -> Array:
    """Years that permits add to a decision made now (below zero: that they save), (p)."""
    projects = economy.chain.projects
    out = np.zeros(len(economy.supply.network.plants))
    for i in instruments:
        if isinstance(i, Permitting):
            here = np.array(
                [f.place == i.state and f.stage in i.stages for f in projects.facilities], dtype=bool
            )
            out[projects.at[here]] += (i.factor - 1.0) * projects.permitting[here]
    return out


def refused_projects(economy: Economy, instruments: Iterable[Instrument]) -> set[int]:
    """Projects that a state lets nobody begin."""
    closed = {
        (i.state, stage) for i in instruments if isinstance(i, Permitting) and i.refuse for stage in i.stages
    }
    if not closed:
        return set()
    projects = economy.chain.projects
    found = zip(projects.at.tolist(), projects.facilities, strict=True)
    return {at for at, f in found if (f.place, f.stage) in closed}
