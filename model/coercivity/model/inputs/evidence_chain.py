"""Whether a set of evidence holds what a chain's description says, and its base year fits the rest."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from coercivity.model.inputs.chain_settings import ChainSettings
from coercivity.model.inputs.evidence_file import Fact, refuse, suggest
from coercivity.model.inputs.names import MINE, form, substance

__all__ = ["Footing", "chain_faults", "check_base", "check_chain"]

BY_ELEMENT = ("elasticity_short", "elasticity_long", "backstop", "backstop_price")  # of a use, also of a part


class Known(Protocol):
    """What is asked of a set of evidence."""

    def facts(self, file: str, attribute: str | None = None) -> Iterable[Fact]:
        """Rows of a file."""
        ...

    def entities(self, file: str) -> list[str]:
        """Entities of a file."""
        ...

    def find(self, file: str, entity: str, attribute: str, item: str = "", year: int = 9999) -> Fact | None:
        """One row."""
        ...

    def items(self, file: str, entity: str, attribute: str, year: int = 9999) -> dict[str, float]:
        """Figures by item."""
        ...


def check_chain(evidence: Known, names: ChainSettings, folder: str) -> None:
    """Refuse a set of evidence that does not hold what a chain's description says."""
    refuse([*chain_faults(evidence, names, folder)])


def chain_faults(evidence: Known, names: ChainSettings, folder: str) -> Iterator[str]:
    """What `check_chain` refuses, in words."""
    for name in names.files:
        if not evidence.entities(name):
            yield f"{folder}: there is no {name}.csv, which chain {names.name} has (chain.files)"
    for year in names.base_years[:-1] if "projects" in names.files else ():
        if not evidence.entities(f"projects_{year}"):
            yield f"{folder}: there is no projects_{year}.csv, what might have been built after {year}"
    separated = names.forms.separated
    held = {fact.item for fact in evidence.facts("baskets", "share")}
    for element in names.elements:
        material = f"{separated}:{element}"
        if element not in held:
            yield f"baskets.csv: no ore holds {element}, an element of chain {names.name}; give its share"
        if evidence.find("finishing", material, "finishing_cost") is None:
            yield f"finishing.csv has no finishing_cost of {material}; give a row"
        if evidence.find("behaviour", "demand", "short_elasticity", element) is None:
            yield f"behaviour.csv has no short_elasticity of demand for {element}; give a row"
    for element in names.scarce:
        if evidence.find("prices", f"{separated}:{element}", "domestic_ex_vat") is None:
            yield f"prices.csv has no domestic_ex_vat of {separated}:{element}; give a row"
    if evidence.find("taxes", names.home, "vat") is None:
        yield f"taxes.csv has no vat for {names.home}, the home of chain {names.name}; give a row"
    for code in (names.home, names.marginal):
        if code not in evidence.entities("jurisdictions"):
            yield f"jurisdictions.csv has no {code}, which chain {names.name} names; give its rows"
    for kind in (*names.forms.made, names.forms.extracted):
        if evidence.find("freight", kind, "freight_fixed") is None:
            yield f"freight.csv has no freight_fixed of {kind}; give a row"
    if names.forms.worked and not evidence.entities("recipes"):
        yield f"{folder}: there is no recipes.csv, which says what {' and '.join(names.forms.worked)} take"
    yield from _stages(evidence, names)
    yield from _materials(evidence, names)
    yield from _substances(evidence, names)
    yield from _pollutants(evidence)
    for grade, elements in names.essential.items():
        for element in elements:
            yield from _essential(evidence, names, grade, element)
    unworked = [element for element in names.makers_need if element not in names.worked_from]
    if unworked:
        yield (
            f"chain.makers_need: {', '.join(unworked)}, of which chain.worked_from says no material that "
            "makers could take; name one, or leave it out of makers_need"
        )


def _stages(evidence: Known, names: ChainSettings) -> Iterator[str]:
    """Stages that the chain does not have, also of plants that are gone and of projects of other years."""
    projects = ("projects", *(f"projects_{year}" for year in names.base_years[:-1]))
    known = (*names.stages.every, MINE)
    for file, attribute in (("plants", "stage"), *((file, "kind") for file in projects)):
        for fact in evidence.facts(file, attribute):
            if fact.value not in known:
                hint = suggest(fact.value, known, f"; chain {names.name} has {', '.join(names.stages.every)}")
                yield f"{fact.place}: no stage {fact.value!r}{hint}"


def _materials(evidence: Known, names: ChainSettings) -> Iterator[str]:
    """Elements, products and inputs that the chain does not know."""
    if not names.elements:
        return
    elements = (*names.elements, "other")
    recipes = evidence.entities("recipes")
    worked = [substance(name) for name in recipes if form(name) in names.forms.worked]
    inputs = [*(f"{names.forms.separated}:{element}" for element in elements), *recipes]
    listed: tuple[tuple[str, str, Sequence[str]], ...] = (
        *((file, "products", (*elements, *worked, "all")) for file in ("plants", "projects")),
        ("baskets", "share", elements),
        ("uses", "composition", elements),
        *(("uses", attribute, ("", *elements)) for attribute in BY_ELEMENT),
        ("recipes", "input", inputs),
        ("uses", "recipe", (*inputs, *(f"{name}:*" for name in names.forms.made))),
    )
    for file, attribute, known in listed:
        for fact in evidence.facts(file, attribute):
            for word in fact.value.split(";") if attribute == "products" else (fact.item,):
                if word.strip() not in known:
                    hint = suggest(word, known, f"; chain {names.name} has {', '.join(elements)}")
                    yield f"{fact.place}: {attribute} names {word!r}, which is not known{hint}"


def _substances(evidence: Known, names: ChainSettings) -> Iterator[str]:
    """Separated and reduced materials that are priced, finished, stored or taxed, of what no ore holds."""
    if not names.elements:
        return
    separated, reduced = names.forms.separated, names.forms.reduced
    worked = [substance(name) for name in evidence.entities("recipes") if form(name) in names.forms.worked]
    known = (*names.elements, "other", *worked)
    places = evidence.entities("jurisdictions")
    for file, by_item in (("prices", False), ("finishing", False), ("stocks", True), ("taxes", True)):
        for fact in evidence.facts(file):
            name = fact.item if by_item else fact.entity
            if form(name) not in (separated, reduced) or substance(name) in ("", *known):
                continue
            if file == "taxes" and substance(name) in (*places, "ROW"):
                continue
            hint = suggest(substance(name), known, f"; chain {names.name} has {', '.join(names.elements)}")
            yield f"{fact.place}: names {name!r}, which is not known{hint}"


def _pollutants(evidence: Known) -> Iterator[str]:
    """Pollutants that are charged and never made, or made and never charged where others are."""
    made, charged = (
        {fact.item for fact in evidence.facts("burdens", attribute)} for attribute in ("burden", "charge")
    )
    for attribute, known in (("charge", made), ("burden", charged)):
        for fact in evidence.facts("burdens", attribute):
            if known and fact.item not in known:
                hint = suggest(fact.item, known, f"; there are: {', '.join(sorted(known))}")
                yield f"{fact.place}: {attribute} names {fact.item!r}, which is not known{hint}"


def _essential(evidence: Known, names: ChainSettings, grade: str, element: str) -> Iterator[str]:
    """A grade without an element that it cannot do without."""
    material = names.worked_from.get(element, f"{names.forms.separated}:{element}")
    takes = [
        fact for fact in evidence.facts("recipes", "input") if (fact.entity, fact.item) == (grade, material)
    ]
    for where in [fact.place for fact in takes if fact.number <= 0.0] if takes else ["recipes.csv"]:
        yield f"{where}: {grade} takes no {material}, which it cannot do without; give more than 0 kg/kg"


@dataclass(frozen=True, slots=True)
class Footing:
    """What a base year stands on, as laid out from the evidence.

    standing: mines and plants there are; nodes, activities: of the network; priced: nodes where something
    was made or used, so that a price is known; moved: quantities that were reconciled
    """

    year: int
    standing: Collection[str]
    nodes: Collection[str]
    activities: Collection[str]
    priced: Collection[str]
    moved: Collection[str]


def check_base(evidence: Known, footing: Footing) -> None:
    """Refuse a base year that was reconciled with other evidence than there is."""
    refuse([*_faults_of_base(evidence, footing)])


def _faults_of_base(evidence: Known, footing: Footing) -> Iterator[str]:
    file, year = f"base_{footing.year}", footing.year
    again = f"bring the rows back, or reconcile anew: `coercivity calibrate base-year {year}`"
    needed = (("room", footing.standing), ("price", footing.priced), ("multiplier", footing.moved),
              ("sigma", footing.moved))  # fmt: skip
    runs = set(footing.activities)
    known = {"room": footing.standing, "price": set(footing.nodes), "wedge": runs, "markup": runs,
             "multiplier": footing.moved, "sigma": footing.moved}  # fmt: skip
    for attribute, names in needed:
        held = {fact.entity for fact in evidence.facts(file, attribute)}
        missing = [name for name in names if name not in held]
        if missing:
            yield f"{file}.csv has no {attribute} of {', '.join(sorted(missing)[:3])}; {again}"
    for attribute, names in known.items():
        for fact in evidence.facts(file, attribute):
            if fact.entity not in names:
                yield (
                    f"{fact.place}: no mine, plant, project or recipe of {year} gives rise to this "
                    f"{attribute}; {again}"
                )
