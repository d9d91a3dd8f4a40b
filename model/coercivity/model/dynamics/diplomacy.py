"""Diplomacy: what restrictions and incidents do to fear, relations and reputation."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from coercivity.model.accounts.exposure import Stakes
from coercivity.model.behaviour.relations import draw_incidents, mean_revert
from coercivity.model.behaviour.reputation import recover
from coercivity.model.behaviour.risk import update_risk
from coercivity.model.inputs.instruments import ExportCap, Incident, Instrument
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array, Index

__all__ = ["Diplomacy"]

CHINA, ALLIED = "china", "allied"
Mask = NDArray[np.bool_]


class Diplomacy:
    """Relations of every pair of places, (place, place), and who has coerced whom.

    cooled: by how much each pair fell last step; begun: year each measure in force began
    """

    def __init__(
        self, economy: Economy, stakes: Stakes, stream: Callable[[str], np.random.Generator]
    ) -> None:
        self.economy, self.stakes = economy, stakes
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
        self.holds = self._holds()
        self._home = np.array([self.at[f.place] for f in economy.chain.facilities])
        self._exports: dict[str, Mask] = {}
        self._alike: dict[str, Mask] = {}
        self._coverage: dict[str, tuple[Index, frozenset[str]]] = {}

    def _holds(self) -> dict[str, Index]:
        """Nodes at which every place holds something."""
        found: dict[str, list[int]] = {place: [] for place in self.places}
        for (place, _, side), node in self.economy.supply.layout.node.items():
            if side == "held":
                found[place].append(node)
        return {place: np.array(nodes, dtype=int) for place, nodes in found.items()}

    def _abroad(self, place: str) -> Mask:
        """Legal ways out of a place, (t)."""
        arcs = self.economy.supply.layout.arcs
        return np.array([a.origin == place != a.destination and a.channel == "legal" for a in arcs])

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

    def __call__(
        self, instruments: Sequence[Instrument], when: float, length: float, alarm: float = 0.0
    ) -> None:
        """Take in a step: fear jumps and fades, relations fall and mend, reputations suffer and heal.

        alarm: jump in everybody's perceived risk by decree of the scenario
        """
        e, numbers = self.economy, self.economy.parameters
        caps = [i for i in instruments if isinstance(i, ExportCap)]
        fallen, fear = np.zeros_like(self.mean), np.full(e.fear.size, alarm)
        self._incidents(instruments, length, fallen, fear)
        harm = self._restrictions(caps, when, fallen, fear)
        if numbers.on("risk"):
            e.fear = update_risk(e.fear, fear, numbers["risk.half_life"], length)
            e.risk = {place: self._usual(e.fear, place) for place in self.places}
        for place in e.reputation:
            done = numbers["reputation.harm"] * harm.get(place, 0.0) if numbers.on("reputation") else 0.0
            half_life = numbers["reputation.half_life"]
            e.reputation[place] = recover(e.reputation[place], done, half_life, length)
        self.cooled = fallen
        if numbers.on("relations"):
            better = mean_revert(self.relations, self.mean, numbers["relations.half_life"], length)
            self.relations = np.clip(better - fallen, -1.0, 1.0)

    def _incidents(
        self, instruments: Sequence[Instrument], length: float, fallen: Array, fear: Array
    ) -> None:
        """Quarrels by decree of the scenario, and by luck where that is asked for."""
        numbers = self.economy.parameters
        luck = np.array([self.draws[pair].random() for pair in self.pairs])
        found = [(i.state, i.other, i.severity) for i in instruments if isinstance(i, Incident)]
        if numbers.on("incident"):
            hit = draw_incidents(luck, numbers["incident.rate"], length)
            found += [(*pair, 1.0) for pair, now in zip(self.pairs, hit, strict=True) if now]
        for one, other, severity in found:
            self._fall(fallen, one, other, numbers["incident.hurt"] * severity)
            held = self.holds[other]
            fear[held] = np.maximum(fear[held], numbers["incident.fear"] * severity)
            self.events.append((one, "incident", other, f"severity {severity:g}"))

    def _restrictions(
        self, caps: Sequence[ExportCap], when: float, fallen: Array, fear: Array
    ) -> dict[str, float]:
        """What measures that began or tightened do; returns severity times share of exports, by coercer."""
        e, numbers = self.economy, self.economy.parameters
        harm: dict[str, float] = {}
        now: dict[str, float] = {}
        self.coerced = {}
        for i in caps:
            now[i.measure] = 1.0 - i.approval if i.approval is not None else self._tightness(i)
            tighter = max(now[i.measure] - e.in_force.get(i.measure, 0.0), 0.0) * i.alarm
            places = self._covered(i)
            if i.measure not in e.in_force:
                self.begun[i.measure] = when
                self.events.append((i.state, "export limit begins", ";".join(sorted(places)), i.measure))
            if tighter > 0:
                hangs = self.stakes.hanging_on(e.reference, self._ways(i))
            for place in places:
                pair = i.state, place
                self.coerced[pair] = max(self.coerced.get(pair, 0.0), now[i.measure])
                if tighter <= 0:
                    continue
                held, jump = self.holds[place], numbers["risk.jump"] * tighter * self._distrust(*pair)
                fear[held] = np.maximum(fear[held], jump * hangs[held])
                self._fall(fallen, *pair, numbers["relations.harm"] * tighter * self._usual(hangs, place))
            if numbers.on("reputation") and tighter > 0:
                harm[i.state] = harm.get(i.state, 0.0) + tighter * self._share(i)
                spilt = numbers["reputation.spill"] * numbers["risk.jump"] * tighter
                for place in set(self.places) - places - {i.state}:
                    held = self.holds[place]
                    fear[held] = np.maximum(fear[held], spilt * hangs[held])
        for measure in e.in_force.keys() - now.keys():
            self.events.append((measure.split(" ")[0], "export limit ends", "", measure))
            self.begun.pop(measure, None)
        e.in_force = now
        return harm

    def _usual(self, by_node: Array, place: str) -> float:
        """Mean over what a place uses, by value; of what is held there if it uses nothing."""
        e, held = self.economy, self.holds[place]
        if not held.size:
            return 0.0
        worth = np.maximum(e.use[held] * e.price[held], 0.0)
        return float(np.average(by_node[held], weights=worth if worth.sum() > 0 else None))

    def _tightness(self, cap: ExportCap) -> float:
        """By what share a tonnage is below what would go out without it."""
        e = self.economy
        weight, rows = e.supply.network.limit_weight, e.supply.limit_rows[cap.measure]
        flow = float((weight.value * e.reference[weight.column])[np.isin(weight.row, rows)].sum())
        return max(1.0 - (cap.tonnes or 0.0) * len(rows) / max(flow, 1e-9), 0.0)

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

    def _covered(self, cap: ExportCap) -> frozenset[str]:
        """Destinations a measure covers."""
        return self._reach(cap.measure)[1]

    def _reach(self, measure: str) -> tuple[Index, frozenset[str]]:
        """Arcs a measure covers, and where they lead."""
        if measure not in self._coverage:
            supply = self.economy.supply
            weight = supply.network.limit_weight
            arcs = np.unique(weight.column[np.isin(weight.row, supply.limit_rows[measure])])
            ends = frozenset(supply.layout.arcs[int(at)].destination for at in arcs)
            self._coverage[measure] = arcs, ends
        return self._coverage[measure]

    def _ways(self, cap: ExportCap) -> Mask:
        """Legal ways out of a state of what a measure covers, to those it covers and those it spares, (t)."""
        if cap.measure not in self._alike:
            arcs = self.economy.supply.layout.arcs
            hit = {arcs[int(at)].material for at in self._reach(cap.measure)[0]}
            self._alike[cap.measure] = self._abroad(cap.state) & np.array([a.material in hit for a in arcs])
        return self._alike[cap.measure]

    def _share(self, cap: ExportCap) -> float:
        """Share of what the state exports that a measure covers, by value."""
        e = self.economy
        if cap.state not in self._exports:
            self._exports[cap.state] = self._abroad(cap.state)
        worth = e.price[np.asarray(e.supply.network.origin)] * e.reference
        total = float(worth[self._exports[cap.state]].sum())
        return min(float(worth[self._reach(cap.measure)[0]].sum()) / total, 1.0) if total > 0 else 0.0

    def rivals(self) -> dict[str, dict[str, float]]:
        """Share of capacity at each stage that stands or is being built outside every place, as announced."""
        e, stages = self.economy, self.economy.chain.names.stages.every
        stage, size = e.chain.staged
        begun = (e.built[: size.size] > 0) | np.isfinite(e.opens[: size.size])
        total = np.bincount(stage[begun], size[begun], len(stages))
        lane = self._home[begun] * len(stages) + stage[begun]
        own = np.bincount(lane, size[begun], len(self.places) * len(stages)).reshape(-1, len(stages))
        share = np.divide(total - own, total, out=np.zeros_like(own), where=total > 0)
        return {
            place: dict(zip(stages, row, strict=True))
            for place, row in zip(self.places, share.tolist(), strict=True)
        }

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
