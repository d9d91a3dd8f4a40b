"""Diplomacy: what restrictions and incidents do to fear, relations and reputation."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from coercivity.model.behaviour.relations import mended, struck
from coercivity.model.behaviour.reputation import regained
from coercivity.model.behaviour.risk import remembered
from coercivity.model.economy import Economy
from coercivity.model.instruments import ExportCap, Instrument
from coercivity.model.programmes import Incident
from coercivity.optimise.market import Array

__all__ = ["Diplomacy"]

CHINA, ALLIED = "china", "allied"


class Diplomacy:
    """Relations of every pair of places, (place, place), and who has coerced whom.

    cooled: by how much each pair fell last step; begun: year each measure in force began
    """

    def __init__(self, economy: Economy, stream: Callable[[str], np.random.Generator]) -> None:
        self.economy = economy
        self.places = list(economy.chain.places)
        self.at = {place: i for i, place in enumerate(self.places)}
        self.mean = self._means()
        self.relations = self.mean.copy()
        self.cooled = np.zeros_like(self.mean)
        self.coerced: dict[tuple[str, str], float] = {}
        self.begun: dict[str, float] = {}
        bloc = {p: place.bloc for p, place in economy.chain.places.items()}
        self.pairs = [
            (a, b) for a in self.places for b in self.places if (bloc[a], bloc[b]) == (CHINA, ALLIED)
        ]
        self.draws = {pair: stream(f"incident {pair[0]} {pair[1]}") for pair in self.pairs}
        self.events: list[tuple[str, str, str, str]] = []

    def _means(self) -> Array:
        """What each pair comes back to, by bloc."""
        numbers = self.economy.parameters
        bloc = np.array([place.bloc for place in self.economy.chain.places.values()])
        allies, china = bloc == ALLIED, bloc == CHINA
        mean = np.full((bloc.size, bloc.size), numbers["relations.mean_others"])
        mean[np.ix_(allies, allies)] = numbers["relations.mean_allies"]
        mean[np.ix_(allies, china)] = mean[np.ix_(china, allies)] = numbers["relations.mean_rivals"]
        np.fill_diagonal(mean, 1.0)
        return mean

    def __call__(self, instruments: Sequence[Instrument], when: float, length: float) -> None:
        """Take in a step: fear jumps and fades, relations fall and mend, reputations suffer and heal."""
        e, numbers = self.economy, self.economy.parameters
        caps = [i for i in instruments if isinstance(i, ExportCap)]
        fallen, fear = np.zeros_like(self.mean), dict.fromkeys(e.risk, 0.0)
        self._incidents(instruments, length, fallen, fear)
        harm = self._restrictions(caps, when, fallen, fear)
        if numbers.on("risk"):
            for place, risk in e.risk.items():
                e.risk[place] = remembered(risk, fear[place], numbers["risk.half_life"], length)
        for place in e.reputation:
            done = numbers["reputation.harm"] * harm.get(place, 0.0) if numbers.on("reputation") else 0.0
            half_life = numbers["reputation.half_life"]
            e.reputation[place] = regained(e.reputation[place], done, half_life, length)
        self.cooled = fallen
        if numbers.on("relations"):
            better = mended(self.relations, self.mean, numbers["relations.half_life"], length)
            self.relations = np.clip(better - fallen, -1.0, 1.0)

    def _incidents(
        self, instruments: Sequence[Instrument], length: float, fallen: Array, fear: dict[str, float]
    ) -> None:
        """Quarrels by decree of the scenario, and by luck where that is asked for."""
        numbers = self.economy.parameters
        luck = np.array([self.draws[pair].random() for pair in self.pairs])
        found = [(i.state, i.other, i.severity) for i in instruments if isinstance(i, Incident)]
        if numbers.on("incident"):
            hit = struck(luck, numbers["incident.rate"], length)
            found += [(*pair, 1.0) for pair, now in zip(self.pairs, hit, strict=True) if now]
        for one, other, severity in found:
            self._fall(fallen, one, other, numbers["incident.hurt"] * severity)
            fear[other] = max(fear[other], numbers["incident.fear"] * severity)
            self.events.append((one, "incident", other, f"severity {severity:g}"))

    def _restrictions(
        self, caps: Sequence[ExportCap], when: float, fallen: Array, fear: dict[str, float]
    ) -> dict[str, float]:
        """What measures that began or tightened do; returns severity times share of exports, by coercer."""
        e, numbers = self.economy, self.economy.parameters
        harm: dict[str, float] = {}
        now: dict[str, float] = {}
        self.coerced = {}
        for i in caps:
            now[i.measure] = 1.0 - i.approval if i.approval is not None else 0.5
            tighter = max(now[i.measure] - e.in_force.get(i.measure, 0.0), 0.0) * i.alarm
            places, share = self._covered(i)
            if i.measure not in e.in_force:
                self.begun[i.measure] = when
                self.events.append((i.state, "export limit begins", ";".join(sorted(places)), i.measure))
            for place in places:
                pair = i.state, place
                self.coerced[pair] = max(self.coerced.get(pair, 0.0), now[i.measure])
                jump = numbers["risk.jump"] * tighter * self._distrust(*pair)
                fear[place] = max(fear[place], jump)
                self._fall(fallen, *pair, numbers["relations.harm"] * tighter)
            if numbers.on("reputation") and tighter > 0:
                harm[i.state] = harm.get(i.state, 0.0) + tighter * share
                for place in fear.keys() - places - {i.state}:
                    spilt = numbers["reputation.spill"] * numbers["risk.jump"] * tighter
                    fear[place] = max(fear[place], spilt)
        for measure in e.in_force.keys() - now.keys():
            self.events.append((measure.split(" ")[0], "export limit ends", "", measure))
            self.begun.pop(measure, None)
        e.in_force = now
        return harm

    def _distrust(self, one: str, other: str) -> float:
        """(B.23) How much more a restriction frightens for what went before."""
        numbers = self.economy.parameters
        if not numbers.on("relations"):
            return 1.0
        a, b = self.at[one], self.at[other]
        return 1.0 + numbers["relations.distrust"] * max(float(self.mean[a, b] - self.relations[a, b]), 0.0)

    def _fall(self, fallen: Array, one: str, other: str, amount: float) -> None:
        a, b = self.at[one], self.at[other]
        fallen[a, b] = fallen[b, a] = max(fallen[a, b], amount)

    def _covered(self, cap: ExportCap) -> tuple[set[str], float]:
        """Destinations a measure covers, and its share of what the state exports, by value."""
        e = self.economy
        weight, arcs = e.supply.network.limit_weight, e.supply.layout.arcs
        covered = np.unique(weight.column[np.isin(weight.row, e.supply.limit_rows[cap.measure])])
        origin = np.asarray(e.supply.network.origin)
        worth = e.price[origin] * e.reference
        abroad = np.array([a.origin == cap.state != a.destination and a.channel == "legal" for a in arcs])
        total = float(worth[abroad].sum())
        share = float(worth[covered].sum()) / total if total > 0 else 0.0
        return {arcs[int(at)].destination for at in covered}, min(share, 1.0)

    def seen_by(self, place: str) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
        """What a state knows of it: its relations, how far each has just cooled, who restricts it."""
        row = self.at[place]
        near = dict(zip(self.places, self.relations[row].tolist(), strict=True))
        cooled = dict(zip(self.places, self.cooled[row].tolist(), strict=True))
        by = {one: severity for (one, other), severity in self.coerced.items() if other == place}
        return near, cooled, by

    def told(self) -> Iterator[tuple[str, str, float, str]]:
        """Jurisdiction, indicator, value and unit of every supplier's standing and ties with China."""
        home = next(p for p, place in self.economy.chain.places.items() if place.bloc == CHINA)
        for place in self.economy.chain.regions:
            if place != home:
                yield place, "relations with China", self.relations[self.at[place], self.at[home]], "index"
        yield home, "reputation", self.economy.reputation[home], "index"

    def take_events(self) -> list[tuple[str, str, str, str]]:
        """Events since they were last taken."""
        taken, self.events = self.events, []
        return taken
