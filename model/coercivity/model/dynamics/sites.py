"""Captive ore at a site that stands still: its mine and its plant are judged as one."""

from collections.abc import Iterator

import numpy as np

from coercivity.model.inputs.names import OWN
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array, Index

__all__ = ["as_one_site", "waiting_mines"]


def waiting_mines(e: Economy) -> list[int]:
    """Mines whose ore is for plants of their owner's that are being built, while none of them stands."""
    plants: dict[int, list[int]] = {}
    for mine, plant in e.supply.ties.values():
        if OWN in e.chain.facilities[mine].buyers:
            plants.setdefault(mine, []).append(plant)
    return [
        mine
        for mine, own in plants.items()
        if not (e.built[own] > 0).any() and np.isfinite(e.opens[own]).any()
    ]


def as_one_site(e: Economy, price: Array, earned: Array) -> Array:
    """(B.68) What a unit of each activity earns, USD/kg, (a), where ore that only its owner's plants get is
    handed over at what leaves both the same share of their cost.

    It counts where the mine or the plant is shut: nothing trades there that would say what the ore is worth.
    price: that outputs were valued at, (n); earned: at those prices, (a)
    """
    out = earned.copy()
    for origin, held, mines, plants in _sites(e):
        dug, treated = _activities(e, mines), _activities(e, plants, origin[1])
        if not dug.size or not treated.size:
            continue
        here, there = e.supply.layout.node[(*origin, "made")], e.supply.layout.node[(*held, "held")]
        freight = max(float(e.landed[there] - e.price[here]), 0.0)
        paid = max(float(price[there]), float(e.landed[there]))
        fed = earned[treated] + (paid - float(price[here]) - freight)
        costs = [float((e.unit_cost + e.charge)[at].min()) for at in (dug, treated)]
        least = [max(cost, 0.1) for cost in costs]
        mine, plant = float(earned[dug].max()), float(fed.max())
        shift = (plant * least[0] - mine * least[1]) / (least[0] + least[1])
        out[dug] = earned[dug] + shift
        out[treated] = fed - shift
    return out


def _sites(e: Economy) -> Iterator[tuple[tuple[str, str], tuple[str, str], set[int], set[int]]]:
    """Captive ore by where it is dug and treated, with the mines and plants that stand, one of them shut."""
    found: dict[tuple[tuple[str, str], tuple[str, str]], tuple[set[int], set[int]]] = {}
    form = e.chain.names.forms.extracted
    for mine_at, plant_at in e.supply.ties.values():
        mine, plant = e.chain.facilities[mine_at], e.chain.facilities[plant_at]
        if OWN in mine.buyers and e.built[mine_at] > 0 and e.built[plant_at] > 0:
            ore = f"{form}:{mine.family}"
            mines, plants = found.setdefault(((mine.place, ore), (plant.place, ore)), (set(), set()))
            mines.add(mine_at)
            plants.add(plant_at)
    for (origin, held), (mines, plants) in found.items():
        if e.closure.shut[[*mines, *plants]].any():
            yield origin, held, mines, plants


def _activities(e: Economy, facilities: set[int], ore: str = "") -> Index:
    """Activities of facilities, of one ore if it is named."""
    layout = e.supply.layout
    runs = [at for facility in sorted(facilities) for at in layout.runs.get(facility, [])]
    return np.array([at for at in runs if ore in ("", layout.activities[at].product)], dtype=int)
