"""The clearing as a linear program, equation by equation. Symbols: docs/notation.md.

    (C.1)  max  Σ v·d + Σ h·z − Σ (k + Σ e·τ)·x − Σ (g + Σ w·a)·f − Σ m·r − Σ q·s
    (C.2)  S + Σ A·x + Σ f[→n] − Σ f[n→] − Σ d − z = 0                  ∀ n   ↔ price π
    (C.3)  Σ r − Σ x − Σ f ≥ 0                                         ∀ p   ↔ rent ρ
    (C.4)  limit − Σ w·f ≥ 0                                           ∀ l   ↔ licence λ
    (C.5)  cap − Σ e·x ≥ 0                                             ∀ c   ↔ permit μ
    (C.6)  Σ contracted + s − promised ≥ 0                             ∀ k   ↔ priority κ
    (C.7)  0 ≤ d ≤ width,  0 ≤ r ≤ width,  0 ≤ f ≤ bound,  x, z, s ≥ 0

Every row reads "what there is, less what is used", so every dual is the price of one more
unit and none is negative where the row is an inequality. Demand d and rising-cost capacity
r are cut in steps of value v and cost m, in no order that counts (see `curves.py`).
Sources: Samuelson (1952), Takayama & Judge (1971), Koopmans (1951).
"""

from typing import Any

import numpy as np
import pyomo.environ as pyo

from coercivity.optimise.market import Network, Triplets

__all__ = ["formulate"]


def formulate(network: Network, demand_steps: int, rise_steps: int) -> Any:
    """Write the program of one network; its data are mutable, its shape is not."""
    lp = pyo.ConcreteModel()
    for letter, size in network.sizes.items():
        lp.add_component(letter.upper(), pyo.RangeSet(0, size - 1))
    lp.I = pyo.RangeSet(0, demand_steps - 1)
    lp.J = pyo.RangeSet(0, rise_steps - 1)
    _wire(lp, network)
    _data(lp)
    lp.x = pyo.Var(lp.A, bounds=(0, None))
    lp.f = pyo.Var(lp.T, bounds=lambda lp, t: (0, lp.bound[t]))
    lp.z = pyo.Var(lp.Z, bounds=(0, None))
    lp.s = pyo.Var(lp.K, bounds=(0, None))
    lp.d = pyo.Var(lp.D, lp.I, bounds=lambda lp, d, i: (0, lp.d_width[d, i]))
    lp.r = pyo.Var(lp.P, lp.J, bounds=lambda lp, p, j: (0, lp.r_width[p, j]))
    lp.welfare = pyo.Objective(rule=welfare, sense=pyo.maximize)
    lp.balance = pyo.Constraint(lp.N, rule=balance)
    lp.capacity = pyo.Constraint(lp.P, rule=capacity)
    lp.limit = pyo.Constraint(lp.L, rule=limit)
    lp.cap = pyo.Constraint(lp.C, rule=cap)
    lp.contract = pyo.Constraint(lp.K, rule=contract)
    return lp


def _data(lp: Any) -> None:
    """Declare what a step may change; zero until it is set."""
    scalar = {
        "k": lp.A, "tau": lp.C, "g": lp.T, "asking": lp.L, "bound": lp.T, "h": lp.Z, "q": lp.K,
        "supply": lp.N, "allowed": lp.L, "ceiling": lp.C, "promised": lp.K,
    }  # fmt: skip
    for name, index in scalar.items():
        lp.add_component(name, pyo.Param(index, mutable=True, initialize=0.0))
    for name in ("d_value", "d_width"):
        lp.add_component(name, pyo.Param(lp.D, lp.I, mutable=True, initialize=0.0))
    for name in ("r_cost", "r_width"):
        lp.add_component(name, pyo.Param(lp.P, lp.J, mutable=True, initialize=0.0))


def welfare(lp: Any) -> Any:
    """(C.1) Willingness to pay and avoided finishing, less every cost of making and moving."""
    worth = sum(lp.d_value[d, i] * lp.d[d, i] for d in lp.D for i in lp.I)
    avoided = sum(lp.h[z] * lp.z[z] for z in lp.Z)
    making = sum((lp.k[a] + sum(e * lp.tau[c] for c, e in lp.burdens[a])) * lp.x[a] for a in lp.A)
    moving = sum((lp.g[t] + sum(w * lp.asking[i] for i, w in lp.licences[t])) * lp.f[t] for t in lp.T)
    straining = sum(lp.r_cost[p, j] * lp.r[p, j] for p in lp.P for j in lp.J)
    failing = sum(lp.q[k] * lp.s[k] for k in lp.K)
    return worth + avoided - making - moving - straining - failing


def balance(lp: Any, n: int) -> Any:
    """(C.2) What a node is offered, makes and receives, less what it sends, uses and discards."""
    made = sum(coefficient * lp.x[a] for a, coefficient in lp.technology[n])
    received = sum(lp.f[t] for t in lp.arriving[n])
    sent = sum(lp.f[t] for t in lp.leaving[n])
    used = sum(lp.d[d, i] for d in lp.wanted[n] for i in lp.I)
    discarded = sum(lp.z[z] for z in lp.outlets[n])
    return _row(made + received - sent - used - discarded, -lp.supply[n], equal=True)


def capacity(lp: Any, p: int) -> Any:
    """(C.3) A plant's room r, at normal and then rising cost, covers all that runs through it."""
    strained = sum(lp.r[p, j] for j in lp.J)
    throughput = sum(lp.x[a] for a in lp.runs[p]) + sum(lp.f[t] for t in lp.carries[p])
    return _row(strained - throughput, 0.0)


def limit(lp: Any, i: int) -> Any:
    """(C.4) An export limit is whatever the law says it is: any weights over any arcs."""
    return _row(-sum(w * lp.f[t] for t, w in lp.counted[i]), -lp.allowed[i])


def cap(lp: Any, c: int) -> Any:
    """(C.5) A production quota, or the most of a pollutant a jurisdiction tolerates."""
    return _row(-sum(e * lp.x[a] for a, e in lp.emitters[c]), -lp.ceiling[c])


def contract(lp: Any, k: int) -> Any:
    """(C.6) What is promised is delivered, or its penalty is paid."""
    made = sum(w * lp.x[a] for a, w in lp.promising[k])
    moved = sum(w * lp.f[t] for t, w in lp.shipping[k])
    return _row(made + moved + lp.s[k], lp.promised[k])


def _row(body: Any, bound: Any, equal: bool = False) -> Any:
    """`body` = or ≥ `bound`; a row over nothing at all constrains nothing."""
    if isinstance(body, int | float):
        return pyo.Constraint.Skip
    return body == bound if equal else body >= bound


def _wire(lp: Any, network: Network) -> None:
    """Turn the network's arrays into neighbour lists, by node, plant, limit, cap and contract."""
    sizes = network.sizes
    lp.technology = _by_row(network.technology, sizes["n"])
    lp.leaving = _members(network.origin, sizes["n"])
    lp.arriving = _members(network.destination, sizes["n"])
    lp.wanted = _members(network.demand_node, sizes["n"])
    lp.outlets = _members(network.disposal_node, sizes["n"])
    lp.runs = _members(network.activity_plant, sizes["p"])
    lp.carries = _members(network.arc_plant, sizes["p"])
    lp.counted = _by_row(network.limit_weight, sizes["l"])
    lp.licences = _by_column(network.limit_weight, sizes["t"])
    lp.emitters = _by_row(network.cap_weight, sizes["c"])
    lp.burdens = _by_column(network.cap_weight, sizes["a"])
    lp.promising = _by_row(network.contract_activity, sizes["k"])
    lp.shipping = _by_row(network.contract_arc, sizes["k"])


def _members(owner: Any, size: int) -> list[list[int]]:
    groups: list[list[int]] = [[] for _ in range(size)]
    for member, group in enumerate(np.asarray(owner).tolist()):
        if group >= 0:
            groups[group].append(member)
    return groups


def _by_row(entries: Triplets, size: int) -> list[list[tuple[int, float]]]:
    groups: list[list[tuple[int, float]]] = [[] for _ in range(size)]
    for row, column, value in zip(entries.row, entries.column, entries.value, strict=True):
        groups[int(row)].append((int(column), float(value)))
    return groups


def _by_column(entries: Triplets, size: int) -> list[list[tuple[int, float]]]:
    return _by_row(Triplets(entries.column, entries.row, entries.value), size)
