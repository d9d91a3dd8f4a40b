"""Numbers of behaviour: the configuration's where it gives one, else the evidence's row."""

from dataclasses import dataclass

from coercivity.model.behaviour import ParameterRow, rows
from coercivity.model.behaviour.expectation import growth_weight_limit
from coercivity.model.behaviour.inventory import Inventory
from coercivity.model.inputs.evidence import Evidence, EvidenceError
from coercivity.model.inputs.settings import FirmSettings

__all__ = ["Parameters", "parameters"]


@dataclass(frozen=True, slots=True)
class Parameters:
    """Every number of behaviour by `<behaviour>.<parameter>`, and which behaviours are off."""

    values: dict[str, float]
    off: frozenset[str]
    inventory: Inventory

    def __getitem__(self, name: str) -> float:
        return self.values[name]

    def on(self, behaviour: str) -> bool:
        """Whether a behaviour is switched on."""
        return behaviour not in self.off


def parameters(
    evidence: Evidence, settings: FirmSettings, elasticity: float = 1.0, year: int = 9999
) -> Parameters:
    """All numbers for a run. elasticity: factor on every demand elasticity; year: base year.

    The weight of trends in stocks is at most what the market bears (B.63), unless the configuration sets it.
    Raises EvidenceError for a row nobody wrote or a weight set beyond that.
    """
    given = settings.model_dump()
    off = frozenset(group for group, found in given.items() if not found["active"])
    values: dict[str, float] = {}
    for group, taken in rows().items():
        for parameter, row in taken.items():
            chosen = given[group][parameter]
            if chosen is None:
                chosen = _read(evidence, row)
            values[f"{group}.{parameter}"] = float(chosen)
    if "inventory" not in off:
        most = _growth_weight_limit(evidence, values, elasticity, year)
        if given["inventory"]["growth_weight"] is None:
            values["inventory.growth_weight"] = min(values["inventory.growth_weight"], most)
        elif values["inventory.growth_weight"] > most:
            raise EvidenceError(
                f"firm.inventory.growth_weight is {values['inventory.growth_weight']:g}: at these demand "
                f"elasticities and stocks holders would chase their own trend for ever; at most {most:.3g}"
            )
    inventory = Inventory(
        values["inventory.phi"],
        values["inventory.elasticity"],
        values["inventory.risk_weight"],
        values["inventory.growth_weight"],
        values["inventory.floor"],
    )
    return Parameters(values, off, inventory)


def _read(evidence: Evidence, row: ParameterRow) -> float:
    """A behaviour's number from its row, within the range that a setting in its place must lie in."""
    number = evidence.number("behaviour", row.entity, row.attribute, row.item)
    chosen = number * row.factor
    if not row.least <= chosen <= row.most or (row.above is not None and chosen <= row.above):
        fact = evidence.find("behaviour", row.entity, row.attribute, row.item)
        where = fact.place if fact else "behaviour.csv"
        least = f"more than {row.above:g}" if row.above is not None else f"at least {row.least:g}"
        per = "" if row.factor == 1.0 else f" (after a factor of {row.factor:g})"
        raise EvidenceError(
            f"{where}: {row.attribute} is {number:g}; expected {least} and at most {row.most:g}{per}"
        )
    return chosen


def _growth_weight_limit(evidence: Evidence, values: dict[str, float], elasticity: float, year: int) -> float:
    """How much weight holders can give to a trend without chasing their own into a lasting cycle.

    Judged where it is nearest: the holder with the longest cover, the element with the least elasticity.
    """
    known = {fact.item for fact in evidence.facts("baskets", "share")}
    listed = evidence.items("behaviour", "demand", "short_elasticity")
    least = elasticity * min(value for element, value in listed.items() if element in known)
    longest = max(
        evidence.number("stocks", place, "private_cover", year=year, default=0.0)
        for place in evidence.entities("stocks")
    )
    return growth_weight_limit(
        values["inventory.news_weight"],
        values["inventory.phi"],
        longest / 365.0 * 4.0,
        least,
        values["inventory.stability_margin"],
    )
