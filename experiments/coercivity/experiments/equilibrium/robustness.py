"""How firm an equilibrium is: in how many futures and for what weights it still is one, and what decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from coercivity.experiments.base.hypercube import latin_hypercube
from coercivity.experiments.config.evidence_reader import read_evidence
from coercivity.experiments.equilibrium.menus import GameMenu, Profile
from coercivity.experiments.equilibrium.normal_form import Payoffs
from coercivity.experiments.equilibrium.payoffs import PayoffTable
from coercivity.experiments.equilibrium.solve import list_deviations, list_seen
from coercivity.experiments.measures.drivers import rank_correlation
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.settings import TERMS

__all__ = ["DecidingDraw", "count_weights_held", "gains_by_future", "meet_futures", "rank_drivers"]

DRAWS, SEED = 400, 2014
FILE = "objective"
FEWEST = 8  # futures of which anything is said about what decides


@dataclass(frozen=True)
class DecidingDraw:
    """What futures differ in, by how the largest gain of leaving moves with it.

    correlation: of ranks · low, high: of futures with less and with more of it, the share in which it holds
    sure: whether the largest of as many unrelated ones would be as large less than one time in 20
    """

    name: str
    correlation: float
    low: float
    high: float
    sure: bool


def meet_futures(table: PayoffTable, menu: GameMenu, profile: Profile) -> None:
    """Let a profile and what may be done instead meet all futures of the game, as far as the budget goes."""
    around = [one for i in range(len(menu.players)) for one in list_deviations(menu, profile, i)]
    for k in range(menu.most):
        if not table.sample((one, k) for one in (profile, *around)):
            return


def gains_by_future(table: PayoffTable, menu: GameMenu, profile: Profile, spans: Payoffs) -> list[float]:
    """What leaving gains at most in each future, whoever leaves, as a share of its payoff range."""
    around = [(i, one) for i in range(len(menu.players)) for one in list_deviations(menu, profile, i)]
    met = min([table.count_futures(profile), *(table.count_futures(one) for _, one in around)])
    found = []
    for k in range(met):
        here = table.payoff(profile, k)
        gains = [(table.payoff(one, k)[i] - here[i]) / max(float(spans[i]), 1e-12) for i, one in around]
        found.append(float(max(gains, default=0.0)))
    return found


def rank_drivers(
    gains: Sequence[float], changes: Sequence[Mapping[str, Any]], tolerance: float, most: int = 5
) -> list[DecidingDraw]:
    """What the gain of leaving moves with most, over futures. changes: what each future sets

    >>> rank_drivers([0.0] * 8, [{"x": 1.0}] * 8, 0.01)
    []
    """
    from scipy.stats import norm

    met, gained = changes[: len(gains)], np.array(gains)
    if len(gains) < FEWEST or np.ptp(gained) == 0.0:
        return []
    holds, found = gained <= tolerance, []
    for name in sorted({key for one in met for key in one} - {"seed"}):
        values = np.array([float(one[name]) for one in met if isinstance(one.get(name), int | float)])
        if len(values) < len(met) or (less := values <= np.median(values)).all():
            continue
        correlation = rank_correlation(values, gained)
        shares = float(holds[less].mean()), float(holds[~less].mean())
        found.append(DecidingDraw(name, correlation, *shares, False))
    by_chance = norm.ppf(1.0 - 0.025 / max(len(found), 1)) / np.sqrt(len(gains) - 1)
    found.sort(key=lambda one: -abs(one.correlation))
    return [replace(one, sure=bool(abs(one.correlation) > by_chance)) for one in found[:most]]


def count_weights_held(
    table: PayoffTable, menu: GameMenu, profile: Profile, evidence: Path
) -> tuple[int, int]:
    """Draws of the weights of states, from their ranges, in which the profile is still an equilibrium.

    Ranges of payoffs are those of the profiles seen, by each draw's own weights.
    """
    rows = read_evidence(evidence)
    states = [(i, table.codes[s]) for i, player in enumerate(menu.players) for s in player.states]
    codes = [code for _, code in states]
    ends = np.array([[_ends(rows, code, term) for term in TERMS] for code in codes])
    units = latin_hypercube(ends.shape[0] * ends.shape[1], DRAWS, np.random.default_rng(SEED))
    shares = units.reshape(DRAWS, *ends.shape[:2])
    weights = ends[..., 0] + shares * (ends[..., 1] - ends[..., 0])
    seen = {one: at for at, one in enumerate(list_seen(table, menu))}
    worth = np.array([_mean_terms(table, one, menu.futures, codes) for one in seen])
    by_state = np.einsum("pst,dst->dps", worth, weights)
    owner = np.array([i for i, _ in states])
    held = np.ones(DRAWS, dtype=bool)
    for i in range(len(menu.players)):
        mine = by_state[..., owner == i].sum(axis=-1)  # draw, profile
        others = [seen[one] for one in list_deviations(menu, profile, i)]
        gain = mine[:, others].max(axis=1) - mine[:, seen[profile]] if others else np.zeros(DRAWS)
        held &= gain <= menu.tolerance * np.ptp(mine, axis=1)
    return int(held.sum()), DRAWS


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
