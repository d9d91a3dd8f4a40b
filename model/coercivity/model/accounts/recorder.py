"""Tidy rows of every step, as columns, ready to be written."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from coercivity.model.accounts.objective import Reached
from coercivity.model.accounts.settlement import Ledger
from coercivity.model.assembly.market import Assembled
from coercivity.model.inputs.instruments import ExportCap, Instrument
from coercivity.model.inputs.names import form
from coercivity.model.state.economy import Economy
from coercivity.optimise import Clearing
from coercivity.optimise.market import Array, Index

__all__ = ["Recorder"]

UseRow = tuple[str, str, str, float, float, str]
LEAST = 1e-9  # t: what is less was not shipped
NAMES = ("prices", "flows", "activity", "stocks", "uses", "limits", "levers", "accounts",
         "burdens", "objectives", "indicators", "events", "certificates", "base_imports")  # fmt: skip


class Recorder:
    """Collects blocks of columns by table; joins them once at the end."""

    def __init__(self, economy: Economy) -> None:
        self.economy = economy
        supply, layout = economy.supply, economy.supply.layout
        self.blocks: dict[str, list[dict[str, Any]]] = {name: [] for name in NAMES}
        places = sorted({place for place, _, _ in layout.node})
        materials = sorted({m for _, m, _ in layout.node if form(m) != "service"})
        found = [(p, m, supply.node(p, m)) for p in places for m in materials]
        self.priced = [(p, m, n) for p, m, n in found if n is not None]
        row = {(p, m): at for at, (p, m, _) in enumerate(self.priced)}
        self.at_node = np.array([row.get((p, m), len(row)) for p, m, _ in layout.node])
        self.priced_abroad: dict[str, list[tuple[int, str, int]]] = {}
        for at, (place, material, node) in enumerate(self.priced):
            if place != economy.chain.names.home:
                self.priced_abroad.setdefault(material, []).append((at, place, node))
        self.price_node = np.array([n for _, _, n in self.priced])
        self.price_place = np.array([p for p, _, _ in self.priced], dtype=object)
        self.price_material = np.array([m for _, m, _ in self.priced], dtype=object)
        self.arc_origin = np.array([a.origin for a in layout.arcs], dtype=object)
        self.arc_destination = np.array([a.destination for a in layout.arcs], dtype=object)
        self.arc_material = np.array([a.material for a in layout.arcs], dtype=object)
        self.arc_channel = np.array([a.channel for a in layout.arcs], dtype=object)
        self.abroad = self.arc_origin != self.arc_destination
        self.at_work, self.emitting = self._polluting()
        self.recipes = self._recipes()
        self.wants = [(at, curve) for at, curve in enumerate(layout.curves) if curve.kind == "use"]
        self.runs = np.array([i for i, a in enumerate(layout.activities) if a.facility >= 0])
        self.main = self._main_yield()
        self.made_by = self._made_by()
        self.base_imports: dict[tuple[str, str], float] = {}  # t a year by place and material
        self.with_price = np.zeros(len(self.priced), dtype=bool)  # whether there was one in the last step
        self._served: tuple[Clearing, list[UseRow]] | None = None
        self._prepare_text_columns()

    def _prepare_text_columns(self) -> None:
        """What rows of activities and stocks say but for numbers, by position."""
        layout, chain = self.economy.supply.layout, self.economy.chain
        entries = [layout.activities[i] for i in self.runs]
        plants = [chain.facilities[a.facility] for a in entries]
        self.facility = np.array([a.facility for a in entries], dtype=int)
        self.plant = {
            "plant": _words(f.name for f in plants), "firm": _words(f.firm for f in plants),
            "jurisdiction": _words(a.place for a in entries), "stage": _words(a.kind for a in entries),
            "activity": _words(a.name for a in entries),
        }  # fmt: skip
        curves = [layout.curves[i] for i in layout.stocks]
        self.stock = {
            "owner": _words(c.owner for c in curves), "kind": _words(c.kind for c in curves),
            "jurisdiction": _words(c.place for c in curves), "material": _words(c.material for c in curves),
        }  # fmt: skip

    def _made_by(self) -> tuple[Index, list[tuple[str, str]]]:
        """Of every activity in `runs` the number of its stage and place, and what each number means."""
        layout = self.economy.supply.layout
        made = [(layout.activities[i].kind, layout.activities[i].place) for i in self.runs]
        number = {key: at for at, key in enumerate(dict.fromkeys(made))}
        return np.array([number[key] for key in made], dtype=int), list(number)

    def _recipes(self) -> list[tuple[int, str, str, str]]:
        """Position, place, use and kind of every recipe."""
        found = []
        for at, activity in enumerate(self.economy.supply.layout.activities):
            if activity.kind == "recipe":
                use = activity.product.partition(":")[2]
                kind = activity.name.removeprefix(f"{use} ").partition(" in ")[0]
                found.append((at, activity.place, use, kind))
        return found

    def _polluting(self) -> tuple[dict[str, NDArray[np.intp]], sparse.csr_matrix]:
        """Activities of each place, and what each emits, (place and pollutant, activity)."""
        places = np.array([a.place for a in self.economy.supply.layout.activities], dtype=object)
        at_work = {place: np.flatnonzero(places == place) for place in sorted(set(places))}
        emitted = sparse.coo_matrix(self.economy.supply.burden)
        number = {place: at for at, place in enumerate(at_work)}
        row = np.array([number[place] for place in places[emitted.col]]) * emitted.shape[0] + emitted.row
        shape = len(at_work) * emitted.shape[0], len(places)
        return at_work, sparse.csr_matrix((emitted.data, (row, emitted.col)), shape=shape)

    def _main_yield(self) -> Array:
        """Main output of a unit of every activity: of separators what the chain counts, else the unit."""
        layout, names = self.economy.supply.layout, self.economy.chain.names
        technology = self.economy.supply.network.technology
        nodes = {n for (_, m, _), n in layout.node.items() if m in names.counted}
        counted = np.isin(technology.row, list(nodes)) & (technology.value > 0)
        out = np.bincount(technology.column[counted], technology.value[counted], len(layout.activities))
        separates = np.array([a.kind == names.stages.separate for a in layout.activities])
        return np.where(separates, out, 1.0)

    def add(self, table: str, step: int, date: str, **columns: Any) -> None:
        """A block of rows of one step."""
        size = next(
            (
                len(c)
                for c in columns.values()
                if isinstance(c, Sequence | np.ndarray) and not isinstance(c, str)
            ),
            1,
        )
        if size:
            self.blocks[table].append({"step": np.full(size, step), "date": [date] * size, **columns})

    def begin(self, date: str, flow: Array) -> None:
        """What places import in the base year, t a year: weights of prices outside that no policy moves."""
        total = self.base_imports
        for at in np.flatnonzero((flow > LEAST) & self.abroad):
            key = str(self.arc_destination[at]), str(self.arc_material[at])
            total[key] = total.get(key, 0.0) + float(flow[at])
        place, material = zip(*total, strict=True) if total else ((), ())
        self.add("base_imports", 0, date, jurisdiction=place, material=material,
                 tonnes=np.array(list(total.values())))  # fmt: skip

    def outside_price(self, clearing: Clearing, material: str) -> float | None:
        """Mean price outside the home state where there is one, by imports of the base year, USD/kg."""
        found = [
            (clearing.price[node], self.base_imports.get((place, material), 0.0))
            for at, place, node in self.priced_abroad.get(material, ())
            if self.with_price[at]
        ]
        weight = math.fsum(tonnes for _, tonnes in found)
        return math.fsum(price * tonnes for price, tonnes in found) / weight if weight > 0 else None

    def step(
        self, step: int, date: str, assembled: Assembled, clearing: Clearing, ledger: Ledger,
        instruments: Sequence[Instrument], levers: Iterable[tuple[str, str, str, float, str]],
        imagined: int = 0, origin_content: Array | None = None,
    ) -> None:  # fmt: skip
        """Everything a step leaves behind, but events and indicators.

        imagined: clearings in heads; origin_content: of the home's content in every arc's flow, (t)
        """
        if origin_content is None:
            origin_content = np.full(clearing.flow.size, np.nan)
        self.with_price = self._has_price(assembled, clearing)
        priced = np.flatnonzero(self.with_price)
        n = self.price_node[priced]
        low, high = (np.where(np.isfinite(end[n]), end[n], np.nan) for end in (clearing.low, clearing.high))
        self.add(
            "prices", step, date, jurisdiction=self.price_place[priced], material=self.price_material[priced],
            price=clearing.price[n], low=low, high=high,
        )  # fmt: skip
        some = np.flatnonzero((clearing.flow > LEAST) & self.abroad)
        self.add(
            "flows", step, date, origin=self.arc_origin[some], destination=self.arc_destination[some],
            material=self.arc_material[some], channel=self.arc_channel[some], tonnes=clearing.flow[some],
            origin_content=origin_content[some],
        )  # fmt: skip
        self._activity(step, date, assembled, clearing)
        self._stocks(step, date, clearing)
        self._uses(step, date, assembled, clearing)
        self._limits(step, date, assembled, clearing, instruments)
        self._burdens(step, date, assembled, clearing, ledger)
        rows = list(levers)
        if rows:
            state, lever, parameter, value, unit = zip(*rows, strict=True)
            self.add("levers", step, date, state=state, lever=lever, parameter=parameter,
                     value=np.array(value), unit=unit)  # fmt: skip
        owner, kind, item = zip(*ledger.accounts, strict=True)
        self.add("accounts", step, date, owner=owner, kind=kind, item=item,
                 usd=np.array(list(ledger.accounts.values())))  # fmt: skip
        numbers = {name: np.array([value]) for name, value in clearing.certificate.items()}
        self.add("certificates", step, date, **numbers, solves=np.array([clearing.solves]),
                 imagined=np.array([imagined]))  # fmt: skip

    def _has_price(self, assembled: Assembled, clearing: Clearing) -> NDArray[np.bool_]:
        """Whether a material is made, moved, held or wanted in a place: elsewhere it has no price."""
        network, market, size = self.economy.supply.network, assembled.market, len(self.at_node)
        technology = network.technology
        worked = np.abs(technology.value) * clearing.activity[technology.column]
        tonnes = market.supply.copy()
        for node, amount in (
            (technology.row, worked), (network.origin, clearing.flow), (network.destination, clearing.flow),
            (network.demand_node, np.maximum(clearing.served, market.scale)),
        ):  # fmt: skip
            tonnes += np.bincount(np.asarray(node), amount, size)
        here = np.bincount(self.at_node, tonnes, len(self.priced) + 1)
        return np.asarray(here[:-1] > LEAST)

    def objectives(self, step: int, date: str, reached: Mapping[str, Reached]) -> None:
        """Every state's objective by term, USD, and the weight of each."""
        rows = [
            (place, term, usd, found.weights[term])
            for place, found in reached.items()
            for term, usd in found.terms.items()
        ]
        state, term, usd, weight = zip(*rows, strict=True)
        self.add("objectives", step, date, state=state, term=term, usd=np.array(usd), weight=np.array(weight))

    def _activity(self, step: int, date: str, assembled: Assembled, clearing: Clearing) -> None:
        room = assembled.market.capacity + assembled.market.block
        busy = clearing.activity[self.runs] > LEAST
        some, plants = self.runs[busy], self.facility[busy]
        self.add(
            "activity", step, date, **{name: words[busy] for name, words in self.plant.items()},
            tonnes=clearing.activity[some] * self.main[some],
            capacity=room[plants], rent=clearing.rent[plants],
        )  # fmt: skip

    def _stocks(self, step: int, date: str, clearing: Clearing) -> None:
        held = self.economy.supply.layout.stocks
        self.add("stocks", step, date, **self.stock, tonnes=clearing.served[held])

    def _uses(self, step: int, date: str, assembled: Assembled, clearing: Clearing) -> None:
        rows = self.use_rows(assembled, clearing)
        place, use, recipe, served, wanted, unit = zip(*rows, strict=True)
        served_, wanted_ = np.array(served), np.array(wanted)
        short = np.maximum(
            1.0 - np.divide(served_, wanted_, out=np.ones_like(served_), where=wanted_ > 0), 0.0
        )
        self.add(
            "uses", step, date, jurisdiction=place, use=use, recipe=recipe, served=served_,
            wanted=wanted_, unit=unit, shortage=short,
        )  # fmt: skip

    def use_rows(self, assembled: Assembled, clearing: Clearing) -> list[UseRow]:
        """Place, use, recipe, served, wanted, unit. A service is served by its usual recipe or
        another; the others split what their element's curve takes. Kept for the clearing last asked for."""
        if self._served is not None and self._served[0] is clearing:
            return self._served[1]
        unit = self.economy.chain.names.units
        rows: list[UseRow] = []
        by_recipe: dict[tuple[str, str], dict[str, float]] = {}
        for at, place, use, kind in self.recipes:
            by_recipe.setdefault((place, use), {})[kind] = float(clearing.activity[at])
        for at, curve in self.wants:
            wanted, served = float(assembled.wanted[at]), float(clearing.served[at])
            if curve.what:
                got = by_recipe[curve.place, curve.what]
                total = math.fsum(got.values())
                for kind, amount in got.items():
                    share = amount / total if total > 0 else float(kind == "as usual")
                    if share > 1e-12:
                        rows.append(
                            (curve.place, curve.what, kind, served * share, wanted * share, unit.service)
                        )
                continue
            element = curve.material.partition(":")[2]
            rows.append((curve.place, f"other uses of {element}", curve.material, served, wanted, unit.other))
        self._served = clearing, rows
        return rows

    def _limits(
        self,
        step: int,
        date: str,
        assembled: Assembled,
        clearing: Clearing,
        instruments: Sequence[Instrument],
    ) -> None:
        network, market = self.economy.supply.network, assembled.market
        weight = network.limit_weight
        used = np.bincount(weight.row, weight.value * clearing.flow[weight.column], len(network.limits))
        for i in instruments:
            if not isinstance(i, ExportCap):
                continue
            rows = [
                *self.economy.supply.limit_rows[i.measure],
                *self.economy.supply.third_rows.get(i.measure, ()),
            ]
            rows = [row for row in rows if np.isfinite(market.limit[row])]
            names = [network.limits[r].split("|") for r in rows]
            self.add(
                "limits", step, date, state=[i.state] * len(rows), lever=[i.lever] * len(rows),
                limit=[network.limits[r] for r in rows], materials=[n[1] for n in names],
                destinations=[n[2] for n in names], allowed=market.limit[rows], used=used[rows],
                rent=(market.asking + clearing.licence)[rows],
            )  # fmt: skip

    def _burdens(
        self, step: int, date: str, assembled: Assembled, clearing: Clearing, ledger: Ledger
    ) -> None:
        pollutants = self.economy.supply.pollutants
        emitted = (self.emitting @ clearing.activity).reshape(len(self.at_work), -1)
        places: list[str] = []
        names: list[str] = []
        charges: list[Array] = []
        for (place, here), amounts in zip(self.at_work.items(), emitted, strict=True):
            some = np.flatnonzero(amounts > 0)
            if some.size:
                found = [pollutants[i] for i in some]
                total = float(ledger.charge[here].sum())
                charges.append(
                    self._charge_by_pollutant(place, found, amounts[some], total, assembled.factor)
                )
                places += [place] * some.size
                names += found
        if names:
            self.add(
                "burdens", step, date, jurisdiction=places, pollutant=names, amount=emitted[emitted > 0],
                unit=[UNITS.get(name, "t") for name in names], charge=np.concatenate(charges),
            )  # fmt: skip

    def _charge_by_pollutant(
        self,
        place: str,
        names: list[str],
        amounts: Array,
        total: float,
        factor: Mapping[tuple[str, str], float],
    ) -> Array:
        """A place's charges split by what each pollutant's rate in force makes of them."""
        charge = self.economy.figures.charge
        rates = [charge.get((place, n), 0.0) * factor.get((place, n), 1.0) for n in names]
        worth = np.array(rates) * amounts
        return np.asarray(total * worth / worth.sum()) if worth.sum() > 0 else np.zeros_like(worth)

    def table(self, name: str) -> pd.DataFrame:
        """A table over all steps so far."""
        blocks = self.blocks[name]
        if not blocks:
            return pd.DataFrame({column: [] for column in EMPTY[name]})
        columns = {}
        for column in blocks[0]:
            parts = [b[column] for b in blocks]
            if all(isinstance(part, np.ndarray) for part in parts):
                columns[column] = np.concatenate(parts)
            else:
                columns[column] = np.array([v for part in parts for v in part], dtype=object)
        return pd.DataFrame(columns)


def _words(words: Iterable[str]) -> NDArray[np.object_]:
    return np.array(list(words), dtype=object)


UNITS = {"waste_gas": "m3", "wastewater": "m3", "ammonia_nitrogen": "kg"}
EMPTY = {
    "base_imports": ("step", "date", "jurisdiction", "material", "tonnes"),
    "limits": (
        *("step", "date", "state", "lever", "limit"),
        *("materials", "destinations", "allowed", "used", "rent"),
    ),
    "levers": ("step", "date", "state", "lever", "parameter", "value", "unit"),
    "events": ("step", "date", "actor", "kind", "target", "detail"),
}  # fmt: skip
