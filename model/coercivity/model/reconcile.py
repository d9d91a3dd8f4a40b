"""Base-year reconciliation: the smallest changes of uncertain inputs that make supply meet need.

    min Σ (ln mᵢ / σᵢ)²   s.t.   supplyₑ(m) = needₑ(m) for Nd, Pr, Dy and Tb            (E.1)

Supply is mines by basket and recovery plus returned swarf; need is magnets by composition and
yield plus other uses. Source: calibration notes, section 1.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from coercivity.model.chain import Chain
from coercivity.model.evidence import Evidence

__all__ = ["Reconciliation", "reconcile"]

SCARCE = ("Nd", "Pr", "Dy", "Tb")
# Relative uncertainty of each input (calibration notes, section 1, step 3). Bayan Obo is widened:
# the basket of record holds 24.8 % NdPr, commercial concentrate nearer 20 %.
SIGMA = {
    "known mines": 0.05,
    "bayan obo": 0.10,
    "sichuan": 0.08,
    "myanmar": 0.20,
    "myanmar heavy basket": 0.50,
    "ionic clay": 0.30,
    "recovery": 0.05,
    "magnet tonnage": 0.12,
    "NdPr per magnet": 0.06,
    "Pr share of NdPr": 0.15,
    "heavy per magnet": 0.30,
    "Tb share of heavy": 0.30,
    "other uses": 0.30,
}
HEAVY_ELEMENTS = ("Eu", "Gd", "Tb", "Dy", "Y", "other")


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Multipliers by input and their sigmas; supply and need by element after them, t a year."""

    multiplier: dict[str, float]
    sigma: dict[str, float]
    supply: dict[str, float]
    need: dict[str, float]

    def adjustment(self, name: str) -> float:
        """An adjustment in sigmas."""
        return float(np.log(self.multiplier[name]) / self.sigma[name])


def group_of(family: str) -> str:
    """The input a mine's uncertainty belongs to."""
    return {
        "bayan_obo": "bayan obo",
        "sichuan": "sichuan",
        "ionic_clay": "ionic clay",
        "ionic_clay_myanmar": "myanmar",
        "ionic_clay_laos": "myanmar",
    }.get(family, "known mines")


def reconcile(evidence: Evidence, chain: Chain, separated: dict[tuple[str, str], float]) -> Reconciliation:
    """Solve (E.1). separated: share of each element in each group's ore that separators
    recover, at unit recovery multiplier.

    Raises ValueError if no multipliers balance the four scarce elements.
    """
    names = list(SIGMA)
    mined = _mined(chain)
    table = _Tables(evidence, chain)

    sigma = np.array([SIGMA[name] for name in names])

    def gap(sigmas: np.ndarray) -> np.ndarray:
        m = dict(zip(names, np.exp(sigma * sigmas), strict=True))
        supply, need = _supply(mined, separated, m), table.need(m)
        return np.array([np.log(supply[e] / need[e]) for e in SCARCE])

    solved = minimize(
        lambda sigmas: float(sigmas @ sigmas),
        np.zeros(len(names)),
        jac=lambda sigmas: 2 * sigmas,
        constraints={"type": "eq", "fun": gap},
        method="SLSQP",
        options={"maxiter": 500, "ftol": 1e-10},
    )
    if not solved.success or np.abs(gap(solved.x)).max() > 1e-7:
        raise ValueError(f"the base year cannot be reconciled: {solved.message}")
    m = dict(zip(names, (float(v) for v in np.exp(sigma * solved.x)), strict=True))
    return Reconciliation(m, dict(SIGMA), _supply(mined, separated, m), table.need(m))


def _mined(chain: Chain) -> dict[str, dict[str, float]]:
    """Tonnes of each element in ore, by input group."""
    total: dict[str, dict[str, float]] = {}
    for _, mine in chain.at_stage("mining"):
        group = total.setdefault(group_of(mine.family), {})
        for element, share in chain.baskets[mine.family].items():
            group[element] = group.get(element, 0.0) + mine.output * share
    return total


def _supply(
    mined: dict[str, dict[str, float]], separated: dict[tuple[str, str], float], m: dict[str, float]
) -> dict[str, float]:
    supply: dict[str, float] = {}
    for group, elements in mined.items():
        for element, tonnes in elements.items():
            factor = m[group] * m["recovery"] * separated.get((group, element), 0.0)
            if group == "myanmar" and element in HEAVY_ELEMENTS:
                factor *= m["myanmar heavy basket"]
            supply[element] = supply.get(element, 0.0) + tonnes * factor
    return supply


class _Tables:
    """Need by element as a function of the multipliers."""

    def __init__(self, evidence: Evidence, chain: Chain) -> None:
        year = chain.year
        self.blanks: dict[str, float] = {}
        self.other: dict[str, float] = {}
        for use in chain.uses:
            for region in chain.regions:
                wanted = evidence.number("demand", use.name, "demand", region, year, 0.0)
                for grade, share in use.recipe.items():
                    blank = wanted * share / evidence.number("recipes", grade, "finished_yield", year=year)
                    self.blanks[grade] = self.blanks.get(grade, 0.0) + blank
                for element, share in use.composition.items():
                    self.other[element] = self.other.get(element, 0.0) + wanted * share
        self.ndpr = {
            grade: evidence.number("recipes", grade, "input", "metal:NdPr", year, 0.0)
            for grade in self.blanks
        }
        self.swarf = {
            grade: evidence.number("recipes", grade, "swarf", "scrap:magnet", year)
            for grade in self.blanks
            if self.ndpr[grade]
        }
        inputs = evidence.items("recipes", "metal:NdPr", "input", year)
        self.share = evidence.number("recipes", "metal:NdPr", "praseodymium_share", year=year)
        self.per_nd = inputs["oxide:Nd"] / (1 - self.share)
        self.per_pr = inputs["oxide:Pr"] / self.share
        grade = "magnet:high_coercivity"
        self.heavy = evidence.number("recipes", grade, "heavy_content", year=year)
        self.tb = evidence.number("recipes", grade, "input", "metal:Tb", year)
        self.worth = evidence.number("recipes", grade, "tb_per_dy")
        self.dy_oxide = evidence.number("recipes", "metal:Dy", "input", "oxide:Dy")
        self.tb_oxide = evidence.number("recipes", "metal:Tb", "input", "oxide:Tb")
        self.returned = self._returned(evidence, chain)

    def _returned(self, evidence: Evidence, chain: Chain) -> dict[str, float]:
        """Tonnes of oxide recovered per tonne of swarf, by element."""
        content = evidence.items("recipes", "scrap:magnet", "element_content", chain.year)
        plants = [f for _, f in chain.at_stage("recycling") if f.output > 0]
        recovery = sum(f.output * f.recovery for f in plants) / sum(f.output for f in plants)
        return {
            element: content[element]
            * evidence.number("recipes", f"oxide:{element}", "stoichiometry", default=1.0)
            * recovery
            for element in content
        }

    def need(self, m: dict[str, float]) -> dict[str, float]:
        """Net of returned swarf, t of oxide a year."""
        magnets = m["magnet tonnage"]
        ndpr = magnets * m["NdPr per magnet"] * sum(self.blanks[g] * self.ndpr[g] for g in self.blanks)
        share = self.share * m["Pr share of NdPr"]
        heavy = magnets * m["heavy per magnet"] * self.heavy * self.blanks["magnet:high_coercivity"]
        by_tb = heavy * (self.tb * self.worth / self.heavy) * m["Tb share of heavy"]
        swarf = magnets * sum(self.blanks[g] * self.swarf[g] for g in self.swarf)
        need = {element: tonnes * m["other uses"] for element, tonnes in self.other.items()}
        used = {
            "Nd": ndpr * (1 - share) * self.per_nd,
            "Pr": ndpr * share * self.per_pr,
            "Dy": (heavy - by_tb) * self.dy_oxide,
            "Tb": by_tb / self.worth * self.tb_oxide,
        }
        for element, tonnes in used.items():
            back = swarf * self.returned.get(element, 0.0)
            need[element] = need.get(element, 0.0) + tonnes - back
        return need
