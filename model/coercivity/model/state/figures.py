"""What steps ask of the evidence, read before the first one, so that nothing looks it up inside a step."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from coercivity.model.inputs.evidence import Evidence
from coercivity.model.network.chain import Chain
from coercivity.model.network.supply_chain import SupplyChain

__all__ = ["Figures", "read_figures"]


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of the evidence that never change.

    most: share of a use that another recipe can serve in the end, by the plant that stands for it
    content: tonnes of what is counted in a tonne of each material
    cash: of firms at the start, million USD
    charge: on a pollutant, by place, in its unit of the base year
    """

    most: Mapping[int, float]
    content: Mapping[str, float]
    cash: Mapping[str, float]
    charge: Mapping[tuple[str, str], float]


def read_figures(evidence: Evidence, supply: SupplyChain) -> Figures:
    """Read them once. Raises EvidenceError for a row that is missing and has no default."""
    chain = supply.chain
    low = chain.names.recipes.low_attribute
    return Figures(
        most={
            plant: evidence.number(
                "uses", use, "free_share" if recipe == "free" else f"{low}_share", default=0.5
            )
            for (use, _, recipe), plant in supply.alternatives.items()
        },
        content=_content(evidence, chain),
        cash={name: _cash(evidence, name, chain.year) for name in evidence.entities("firms")},
        charge={
            (place, name): evidence.number("burdens", place, "charge", name, chain.year, 0.0)
            for place in chain.places
            for name in supply.pollutants
        },
    )


def _cash(evidence: Evidence, firm: str, year: int) -> float:
    """What an owner has as a run begins, million USD: of the base year, else the latest that is known."""
    latest = evidence.number("firms", firm, "cash", default=0.0)
    return evidence.path("firms", firm, "cash").get(year, latest)


def _content(evidence: Evidence, chain: Chain) -> dict[str, float]:
    """What is counted in a tonne of each material: itself, or about what it was made of."""
    made = dict.fromkeys(chain.names.counted, 1.0)
    for metal in chain.metals:
        made[metal] = math.fsum(evidence.items("recipes", metal, "input", chain.year).values())
    for grade in chain.grades:
        inputs = evidence.items("recipes", grade, "input", chain.year)
        made[grade] = math.fsum(
            made.get(m, 0.0) * amount for m, amount in inputs.items() if m in chain.metals
        )
    return made
