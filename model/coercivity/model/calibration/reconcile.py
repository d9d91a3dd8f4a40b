"""Base-year reconciliation: the smallest changes of uncertain inputs that make supply meet need.

    min Σ (ln mᵢ / σᵢ)²   s.t.   supplyₑ(m) = needₑ(m) for every scarce element         (E.1)

Supply is mines by basket and recovery plus returned swarf; need is services by composition and
yield plus other uses. Which inputs are uncertain, and by how much, is the chain's `reconcile`.
Source: calibration notes, section 1.
"""

import math
from dataclasses import dataclass

import numpy as np

from coercivity.model.inputs.chain_settings import ChainSettings
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.names import form, substance
from coercivity.model.network.chain import Chain

__all__ = ["Reconciliation", "reconcile"]


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


def reconcile(evidence: Evidence, chain: Chain, separated: dict[tuple[str, str], float]) -> Reconciliation:
    """Solve (E.1). separated: share of each element in each group's ore that separators
    recover, at unit recovery multiplier.

    Raises ValueError if no multipliers balance the scarce elements.
    """
    inputs, scarce = chain.names.reconcile, chain.names.scarce
    names = list(inputs)
    mined = _mined_content(chain)
    table = ElementNeeds(evidence, chain)
    sigma = np.array([inputs[name].sigma for name in names])

    def gap(sigmas: np.ndarray) -> np.ndarray:
        m = dict(zip(names, np.exp(sigma * sigmas), strict=True))
        supply, need = _supply(chain.names, mined, separated, m), table(m)
        return np.array([np.log(supply[e] / need[e]) for e in scarce])

    from scipy.optimize import minimize  # slow to import, and only a new base year asks for it

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
    sigmas = {name: inputs[name].sigma for name in names}
    return Reconciliation(m, sigmas, _supply(chain.names, mined, separated, m), table(m))


def _mined_content(chain: Chain) -> dict[str, dict[str, float]]:
    """Tonnes of each element in ore, by input group."""
    total: dict[str, dict[str, float]] = {}
    for _, mine in chain.at_stage(chain.names.stages.extract):
        group = total.setdefault(chain.names.input_of(mine.family), {})
        for element, share in chain.baskets[mine.family].items():
            group[element] = group.get(element, 0.0) + mine.output * share
    return total


def _supply(
    names: ChainSettings,
    mined: dict[str, dict[str, float]],
    separated: dict[tuple[str, str], float],
    m: dict[str, float],
) -> dict[str, float]:
    supply: dict[str, float] = {}
    recovery = m.get(names.moved_by("recovery"), 1.0)
    richer = {
        (names.input_of(family), element): m[name]
        for name, moved in names.reconcile.items()
        if moved.moves == "basket"
        for family in moved.families
        for element in moved.elements
    }
    for group, elements in mined.items():
        for element, tonnes in elements.items():
            factor = m.get(group, 1.0) * recovery * separated.get((group, element), 0.0)
            factor *= richer.get((group, element), 1.0)
            supply[element] = supply.get(element, 0.0) + tonnes * factor
    return supply


class ElementNeeds:
    """Need by element as a function of the multipliers."""

    def __init__(self, evidence: Evidence, chain: Chain) -> None:
        year, names = chain.year, chain.names
        self.names, self.evidence, self.chain = names, evidence, chain
        self.blanks: dict[str, float] = {}
        self.other: dict[str, float] = {}
        for use in chain.uses:
            for region in chain.regions:
                wanted = evidence.number("demand", use.name, "demand", region, year, 0.0)
                for grade, share in use.recipe.items():
                    made = evidence.number("recipes", grade, "finished_yield", year=year, default=1.0)
                    self.blanks[grade] = self.blanks.get(grade, 0.0) + wanted * share / made
                for element, share in use.composition.items():
                    self.other[element] = self.other.get(element, 0.0) + wanted * share
        self.assembled = {grade: tonnes for grade, tonnes in self.blanks.items() if grade in chain.grades}
        self.returned = self._returned()

    def _of(self, entity: str, attribute: str, item: str = "", default: float | None = None) -> float:
        return self.evidence.number("recipes", entity, attribute, item, self.chain.year, default)

    def _returned(self) -> dict[str, float]:
        """Tonnes of each element recovered per tonne of swarf."""
        names = self.names
        content = self.evidence.items("recipes", names.scrap, "element_content", self.chain.year)
        plants = [f for _, f in self.chain.at_stage(names.stages.recycle) if f.output > 0]
        if not plants:
            return {}
        recovery = math.fsum(f.output * f.recovery for f in plants) / math.fsum(f.output for f in plants)
        form = names.forms.separated
        return {
            element: content[element]
            * self.evidence.number("recipes", f"{form}:{element}", "stoichiometry", default=1.0)
            * recovery
            for element in content
        }

    def __call__(self, m: dict[str, float]) -> dict[str, float]:
        """Net of returned swarf, t a year."""
        services = m.get(self.names.moved_by("services"), 1.0)
        others = m.get(self.names.moved_by("others"), 1.0)
        used: dict[str, float] = {}
        for found in (self._blended(m, services), self._dosed(m, services), self._plain(services)):
            for element, tonnes in found.items():
                used[element] = used.get(element, 0.0) + tonnes
        swarf = services * self._swarf()
        need = {element: tonnes * others for element, tonnes in self.other.items()}
        for element, tonnes in used.items():
            back = swarf * self.returned.get(element, 0.0)
            need[element] = need.get(element, 0.0) + tonnes - back
        return need

    def _blend_inputs(self) -> dict[str, float]:
        blend = self.names.blend
        if blend is None:
            return {}
        return {grade: self._of(grade, "input", blend.material, 0.0) for grade in self.assembled}

    def _swarf(self) -> float:
        """Tonnes of swarf that come back, per unit of services: of grades that hold the blend."""
        held = self._blend_inputs()
        scrap = self.names.scrap
        return math.fsum(self.blanks[g] * self._of(g, "swarf", scrap) for g in self.assembled if held.get(g))

    def _blended(self, m: dict[str, float], services: float) -> dict[str, float]:
        """What the blend takes of its two elements."""
        names, blend = self.names, self.names.blend
        if blend is None:
            return {}
        held = self._blend_inputs()
        inputs = self.evidence.items("recipes", blend.material, "input", self.chain.year)
        base = self._of(blend.material, blend.share)
        per_main, per_part = inputs[blend.main] / (1 - base), inputs[blend.part] / base
        total = services * m.get(names.moved_by("blend"), 1.0)
        total = total * math.fsum(self.blanks[g] * held[g] for g in held)
        share = base * m.get(names.moved_by("blend_share"), 1.0)
        return {
            substance(blend.main): total * (1 - share) * per_main,
            substance(blend.part): total * share * per_part,
        }

    def _dosed(self, m: dict[str, float], services: float) -> dict[str, float]:
        """What the dosed content takes of its two elements."""
        names, dose = self.names, self.names.dose
        if dose is None:
            return {}
        content, worth = self._of(dose.grade, dose.content), self._of(dose.grade, dose.worth)
        part = self._of(dose.grade, "input", dose.part)
        total = services * m.get(names.moved_by("dose"), 1.0) * content * self.blanks[dose.grade]
        by_part = total * (part * worth / content) * m.get(names.moved_by("dose_share"), 1.0)
        made = {material: self._made_of(material) for material in (dose.main, dose.part)}
        (main, per_main), (other, per_other) = (next(iter(made[x].items())) for x in (dose.main, dose.part))
        return {main: (total - by_part) * per_main, other: by_part / worth * per_other}

    def _plain(self, services: float) -> dict[str, float]:
        """What elements, and reduced materials, that serve uses as they are take of elements."""
        used: dict[str, float] = {}
        for material, tonnes in self.blanks.items():
            for element, amount in () if material in self.assembled else self._made_of(material).items():
                used[element] = used.get(element, 0.0) + services * tonnes * amount
        return used

    def _made_of(self, material: str) -> dict[str, float]:
        """Elements that a kg of a material takes, kg: an element is its own."""
        if form(material) == self.names.forms.separated:
            return {substance(material): 1.0}
        inputs = self.evidence.items("recipes", material, "input", self.chain.year)
        return {substance(source): amount for source, amount in inputs.items()}
