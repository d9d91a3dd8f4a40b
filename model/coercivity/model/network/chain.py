"""The supply chain as the evidence tells it: who owns which facility, and what it turns into what."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from coercivity.model.inputs.chain_settings import ChainSettings
from coercivity.model.inputs.evidence import Evidence, EvidenceError
from coercivity.model.inputs.names import MINE, form
from coercivity.model.inputs.observation import Prospect
from coercivity.optimise.market import Array, Index

__all__ = ["Chain", "Facility", "Place", "Projects", "ProjectCosts", "Use", "read_chain"]


@dataclass(frozen=True, slots=True)
class Place:
    """A jurisdiction: where it is, on whose side, and what it costs and takes to build there.

    governance: mean of the World Bank's six indicators; permitting: years; hurdle: a year
    """

    code: str
    name: str
    latitude: float
    longitude: float
    bloc: str
    governance: float
    permitting: float
    hurdle: float


@dataclass(frozen=True, slots=True)
class ProjectCosts:
    """What building a project takes: capital, million USD; earliest year; years from decision.

    backing: share of the capital that states had given or lent by the base year
    """

    capex: float
    start: float
    lead_time: float
    status: str
    backing: float = 0.0


@dataclass(frozen=True, slots=True)
class Facility:
    """A mine, plant or project. capacity, output: t a year in the base year, of its own measure.

    unit_cost: USD/kg of that measure; recovery: share of what goes in that comes out
    family: what a mine's concentrate is made of; route: families a separator takes
    products: elements, reduced materials or grades it makes; terms: None if it stands
    buyers: places that alone get a mine's ore, or `own`: where its owner has plants for it; empty: anybody
    fixed_cost: USD/kg of usual use of what stands, on top of unit_cost: it goes on whatever is made
    """

    name: str
    title: str
    stage: str
    place: str
    firm: str
    family: str
    route: tuple[str, ...]
    products: tuple[str, ...]
    capacity: float
    output: float
    unit_cost: float
    recovery: float
    latitude: float
    longitude: float
    terms: ProjectCosts | None
    buyers: tuple[str, ...] = ()
    fixed_cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Use:
    """An end use. recipe: what serves it, by mass; composition: elements as such; one of them is empty."""

    name: str
    title: str
    unit: str
    recipe: dict[str, float]
    composition: dict[str, float]


@dataclass(frozen=True, slots=True)
class Projects:
    """Facilities that do not stand yet, by their positions, and what building each takes, (projects).

    capex: million USD; start: earliest year; lead_time, permitting: years, the one counted in the other
    """

    at: Index
    facilities: tuple[Facility, ...]
    capex: Array
    start: Array
    lead_time: Array
    permitting: Array


@dataclass(frozen=True)
class Chain:
    """Everything physical, fixed for a run."""

    names: ChainSettings
    year: int
    elements: tuple[str, ...]
    places: dict[str, Place]
    firms: dict[str, str]  # firm -> home jurisdiction
    facilities: tuple[Facility, ...]
    baskets: dict[str, dict[str, float]]
    uses: tuple[Use, ...]
    regions: tuple[str, ...]
    metals: tuple[str, ...]
    grades: tuple[str, ...]

    def at_stage(self, stage: str) -> Iterator[tuple[int, Facility]]:
        """Facilities of a stage, with their positions."""
        return ((i, f) for i, f in enumerate(self.facilities) if f.stage == stage)

    @cached_property
    def homes(self) -> "Homes":
        """Where accounts count."""
        return Homes(self)

    @cached_property
    def projects(self) -> Projects:
        """Facilities that do not stand yet."""
        found = [(at, f, f.terms) for at, f in enumerate(self.facilities) if f.terms is not None]
        usual = [min(self.places[f.place].permitting, terms.lead_time) for _, f, terms in found]
        return Projects(
            at=np.array([at for at, _, _ in found], dtype=int),
            facilities=tuple(f for _, f, _ in found),
            capex=np.array([terms.capex for _, _, terms in found], dtype=float),
            start=np.array([terms.start for _, _, terms in found], dtype=float),
            lead_time=np.array([terms.lead_time for _, _, terms in found], dtype=float),
            permitting=np.array(usual, dtype=float),
        )

    @cached_property
    def prospects(self) -> tuple[Prospect, ...]:
        """The same facilities, as everybody may read of them."""
        found = self.projects
        rows = zip(found.facilities, found.capex.tolist(), found.lead_time.tolist(), strict=True)
        return tuple(Prospect(f.name, f.place, f.stage, f.capacity, capex, lead) for f, capex, lead in rows)

    def at_costs(self, level: Mapping[str, float]) -> "Chain":
        """The same chain with factors on what its mines and plants cost to run, by place."""
        facilities = (replace(f, unit_cost=f.unit_cost * level.get(f.place, 1.0)) for f in self.facilities)
        return replace(self, facilities=tuple(facilities))

    @cached_property
    def staged(self) -> tuple[Index, Array]:
        """Number of the stage of every facility, among all stages, and its capacity, t a year."""
        stages = self.names.stages.every
        number = np.array([stages.index(f.stage) for f in self.facilities], dtype=int)
        return number, np.array([f.capacity for f in self.facilities], dtype=float)


class Homes(dict[tuple[str, str], str]):
    """Where an account counts, by owner and kind: a state's own, a firm's home, a holder's place."""

    def __init__(self, chain: Chain) -> None:
        super().__init__()
        self.chain = chain

    def __missing__(self, key: tuple[str, str]) -> str:
        owner, kind = key
        last = owner.rpartition(" ")[2]
        if kind == "state":
            self[key] = owner
        elif last in self.chain.places:
            self[key] = last
        else:
            self[key] = self.chain.firms.get(owner, self.chain.names.home)
        return self[key]


def read_chain(evidence: Evidence, year: int, names: ChainSettings) -> Chain:
    """The chain as of a base year: what stands then, and what may be built after.

    Projects of the latest base year are in projects.csv; an earlier one has its own, projects_<year>.csv.
    """
    elements = tuple(
        dict.fromkeys(fact.item for fact in evidence.facts("baskets", "share") if fact.item != "other")
    )
    order = {element: at for at, element in enumerate(_in_order(elements, names.elements))}
    facilities = tuple(_facilities(evidence, year, names))
    uses = tuple(_uses(evidence, year))
    firms = {name: evidence.text("firms", name, "home") for name in evidence.entities("firms")}
    recipes = evidence.entities("recipes")
    return Chain(
        names=names,
        year=year,
        elements=(*sorted(elements, key=order.__getitem__), "other"),
        places={code: _place(evidence, code) for code in evidence.entities("jurisdictions")},
        firms=firms,
        facilities=facilities,
        baskets={
            family: evidence.items("baskets", family, "share") for family in evidence.entities("baskets")
        },
        uses=uses,
        regions=tuple(dict.fromkeys(fact.item for fact in evidence.facts("demand", "demand"))),
        metals=tuple(name for name in recipes if form(name) == names.forms.reduced),
        grades=tuple(name for name in recipes if form(name) == names.forms.assembled),
    )


def _in_order(elements: tuple[str, ...], customary: tuple[str, ...]) -> list[str]:
    """Elements in their customary order, unknown ones after."""
    known = [element for element in customary if element in elements]
    return known + sorted(set(elements) - set(known))


def _place(evidence: Evidence, code: str) -> Place:
    def number(attribute: str) -> float:
        return evidence.number("jurisdictions", code, attribute)

    return Place(
        code=code,
        name=evidence.text("jurisdictions", code, "name"),
        latitude=number("latitude"),
        longitude=number("longitude"),
        bloc=evidence.text("jurisdictions", code, "bloc"),
        governance=number("governance"),
        permitting=number("permitting"),
        hurdle=number("capital_cost"),
    )


def _facilities(evidence: Evidence, year: int, names: ChainSettings) -> Iterator[Facility]:
    for file in ("mines", "plants"):
        for name in evidence.entities(file):
            capacity = evidence.number(file, name, "capacity", year=year, default=0.0)
            closed = evidence.number(file, name, "end_year", default=9999.0) < year
            if capacity > 0 and not closed:
                output = evidence.number(file, name, "output", year=year, default=0.0)
                yield _facility(evidence, file, name, names, year, capacity, output, None)
    projects = "projects" if year >= max(names.base_years) else f"projects_{year}"
    for name in evidence.entities(projects):
        terms = ProjectCosts(
            capex=evidence.number(projects, name, "capex"),
            start=evidence.number(projects, name, "start"),
            lead_time=evidence.number(projects, name, "lead_time"),
            status=evidence.text(projects, name, "stage"),
            backing=evidence.number(projects, name, "backing", default=0.0),
        )
        capacity = evidence.number(projects, name, "capacity")
        if terms.start > year:
            yield _facility(evidence, projects, name, names, year, capacity, 0.0, terms)


def _facility(
    evidence: Evidence,
    file: str,
    name: str,
    names: ChainSettings,
    year: int,
    capacity: float,
    output: float,
    terms: ProjectCosts | None,
) -> Facility:
    def text(attribute: str, default: str | None = None) -> str:
        fact = evidence.find(file, name, attribute, year=year)
        return fact.value if fact else evidence.text(file, name, attribute, default)

    def number(attribute: str, default: float | None = None) -> float:
        return evidence.number(file, name, attribute, year=year, default=default)

    stages = names.stages
    stage = MINE if file == "mines" else text("stage" if file == "plants" else "kind")
    stage = stages.extract if stage == MINE else stage
    if stage not in stages.every:
        fact = evidence.find(file, name, "stage" if file == "plants" else "kind")
        where = fact.place if fact else f"{file}.csv ({name})"
        raise EvidenceError(f"{where}: no stage {stage!r}; chain {names.name} has {', '.join(stages.every)}")
    place = evidence.text("jurisdictions", text("jurisdiction"), "name") and text("jurisdiction")
    return Facility(
        name=name,
        title=text("name"),
        stage=stage,
        place=place,
        firm=text("firm"),
        family=text("family", ""),
        route=_split_list(text("route", "")),
        products=_split_list(text("products", "")),
        capacity=capacity,
        output=output,
        unit_cost=number("unit_cost"),
        fixed_cost=number("fixed_cost", 0.0),
        recovery=number("recovery", 0.92 if stage == stages.separate else 1.0),
        latitude=number("latitude"),
        longitude=number("longitude"),
        terms=terms,
        buyers=_split_list(text("buyers", "")),
    )


def _split_list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _uses(evidence: Evidence, year: int) -> Iterator[Use]:
    for name in evidence.entities("uses"):
        recipe = evidence.items("uses", name, "recipe", year)
        composition = evidence.items("uses", name, "composition", year)
        yield Use(
            name=name,
            title=evidence.text("uses", name, "name"),
            unit=evidence.text("uses", name, "unit"),
            recipe={grade: share for grade, share in recipe.items() if share > 0},
            composition={element: share for element, share in composition.items() if share > 0},
        )


def distance(one: Place, other: Place) -> float:
    """Great-circle distance in thousand km.

    >>> a = Place("A", "", 0.0, 0.0, "", 0, 0, 0); b = Place("B", "", 0.0, 90.0, "", 0, 0, 0)
    >>> round(distance(a, b), 1)
    10.0
    """
    a, b = math.radians(one.latitude), math.radians(other.latitude)
    across = math.radians(other.longitude - one.longitude)
    cosine = math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(across)
    return 6.371 * math.acos(max(-1.0, min(1.0, cosine)))
