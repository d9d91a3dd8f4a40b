"""Deliveries bought ahead: some of what allies make goes first to those who signed for it.

    Σ f + s ≥ promised                                                        ∀ k        (C.6)

over the arcs from a contract's origins to its members. What it takes to be served first, the priority
κ, is paid by the members' states on what each receives, and never exceeds what they agreed to pay.
"""

from collections.abc import Iterable, Iterator

from coercivity.model.inputs.instruments import Instrument, Promise
from coercivity.model.inputs.names import matches
from coercivity.model.inputs.provisions import Delivery
from coercivity.model.network.layout import Layout
from coercivity.optimise.market import Array

__all__ = ["lay_out_deliveries", "penalties"]


def lay_out_deliveries(layout: Layout, wanted: Iterable[Delivery]) -> Iterator[tuple[int, Delivery]]:
    """One contract row a delivery, over every legal arc that counts towards it."""
    for delivery in wanted:
        arcs = {
            at: 1.0
            for at, arc in enumerate(layout.arcs)
            if arc.channel == "legal"
            and arc.origin in delivery.origins
            and arc.destination in delivery.members
            and any(matches(arc.material, pattern) for pattern in delivery.materials)
        }
        if arcs:
            yield layout.contract(delivery.name, {}, arcs), delivery


def penalties(rows: dict[int, Delivery], owned: Array, instruments: Iterable[Instrument]) -> Array:
    """What not delivering costs on every contract, USD/kg, (k); owned: on all but deliveries."""
    pay = {i.delivery: i.pay for i in instruments if isinstance(i, Promise)}
    out = owned.copy()
    for row, delivery in rows.items():
        out[row] = pay.get(delivery.name, 0.0)
    return out
