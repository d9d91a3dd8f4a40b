"""How firm an equilibrium is: the share of futures, and of weights, in which it still is one."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from coercivity.experiments.base.hypercube import latin_hypercube
from coercivity.experiments.config.evidence_reader import read_evidence
from coercivity.experiments.equilibrium.menus import GameMenu, Profile
from coercivity.experiments.equilibrium.normal_form import NormalForm, Payoffs
from coercivity.experiments.equilibrium.payoffs import PayoffTable
from coercivity.experiments.equilibrium.solve import build_form, list_deviations, list_profiles
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.settings import TERMS

__all__ = ["count_futures_held", "count_weights_held"]

DRAWS, SEED = 400, 2014
FILE = "objective"


def count_futures_held(
    table: PayoffTable, menu: GameMenu, profile: Profile, spans: Payoffs
) -> tuple[int, int]:
    """Futures in which nobody gains more than the tolerance by leaving, and how many were met."""
    around = [(i, one) for i in range(len(menu.players)) for one in list_deviations(menu, profile, i)]
    met = min([table.count_futures(profile), *(table.count_futures(one) for _, one in around)])
    held = 0
    for k in range(met):
        here = table.payoff(profile, k)
        gains = [(table.payoff(one, k)[i] - here[i]) / max(float(spans[i]), 1e-12) for i, one in around]
        held += int(max(gains, default=0.0) <= menu.tolerance)
    return int(held), met


def count_weights_held(
    table: PayoffTable, menu: GameMenu, profile: Profile, evidence: Path
) -> tuple[int, int]:
    """Draws of the weights of states, from their ranges, in which the profile is still an equilibrium."""
    rows = read_evidence(evidence)
    states = [(i, table.codes[s]) for i, player in enumerate(menu.players) for s in player.states]
    ends = np.array([[_ends(rows, code, term) for term in TERMS] for _, code in states])
    units = latin_hypercube(ends.shape[0] * ends.shape[1], DRAWS, np.random.default_rng(SEED))
    shares = units.reshape(DRAWS, *ends.shape[:2])
    weights = ends[..., 0] + shares * (ends[..., 1] - ends[..., 0])
    worth = np.array(
        [_mean_terms(table, one, menu.futures, [code for _, code in states]) for one in list_profiles(menu)]
    )
    by_state = np.einsum("pst,dst->dps", worth, weights)
    owner = np.array([i for i, _ in states])
    payoffs = np.stack([by_state[..., owner == i].sum(axis=-1) for i in range(len(menu.players))], axis=-1)
    form = build_form(table, menu, [0], "objective")
    at = tuple(player.names.index(name) for player, name in zip(menu.players, profile, strict=True))
    held = 0
    for one in payoffs:
        game = NormalForm(form.players, form.strategies, one.reshape(form.payoffs.shape))
        held += int((game.regret(game.pure(at)) <= menu.tolerance * game.spans).all())
    return held, DRAWS


def _ends(rows: Evidence, code: str, term: str) -> tuple[float, float]:
    """The range of a state's weight: of its row, else of everybody's."""
    fact = rows.find(FILE, code, "weight", term) or rows.find(FILE, "all", "weight", term)
    if fact is None:
        return 0.0, 0.0
    return float(fact.low or fact.number), float(fact.high or fact.number)


def _mean_terms(table: PayoffTable, profile: Profile, count: int, codes: list[str]) -> Payoffs:
    """Mean discounted terms of states, million USD: state, term."""
    found: Payoffs = np.mean([_terms(table.worth(profile, k), codes) for k in range(count)], axis=0)
    return found


def _terms(worth: Mapping[str, Mapping[str, tuple[float, float]]], codes: list[str]) -> Payoffs:
    return np.array([[worth[code][term][0] / 1e6 for term in TERMS] for code in codes])
