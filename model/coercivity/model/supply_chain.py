"""From the chain to the network the clearing sees: nodes, activities, arcs, curves and rows.

Every traded material has two nodes in a place: what is made there, which may be sold anywhere,
and what is held there, which may only be used. So nothing restricted can be sold on by a third
country except out of its own output.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from coercivity.model.chain import Chain, Facility, distance
from coercivity.model.evidence import Evidence
from coercivity.model.instruments import Measure
from coercivity.model.names import form, matches, substance
from coercivity.model.wiring import Activity, Arc, Curve, Layout
from coercivity.optimise import Network

__all__ = ["SupplyChain", "lay_out"]

# Which of two like plants treats which of two feeds would otherwise be anyone's guess: a hair of
# cost by plant size times a property of the feed decides it, whatever the plants are called.
TIE = 0.01  # USD/kg for a plant of 100,000 t a year and a property of one
HEAVY = "service:heavy"
GREY_ORIGIN = "CN"
BURDEN_STAGES = ("separation", "metal", "magnet", "recycling")


@dataclass(frozen=True, slots=True)
class SupplyChain:
    """The network, and what its positions mean.

    facility_row: capacity row of each facility; alternatives: row of each (use, region, recipe)
    limit_rows: rows of each measure; grey_row: capacity of the grey channel
    """

    chain: Chain
    layout: Layout
    network: Network
    alternatives: dict[tuple[str, str, str], int]
    limit_rows: dict[str, list[int]]
    quota_rows: dict[str, int]
    cap_rows: dict[tuple[str, str], int]
    ties: dict[int, tuple[int, int]]
    grey_row: int
    pollutants: tuple[str, ...]
    burden: np.ndarray[Any, np.dtype[np.float64]]

    def node(self, place: str, material: str) -> int | None:
        """The node that a place's price of a material is read at: where it is used, else made."""
        held = self.layout.node.get((place, material, "held"))
        return held if held is not None else self.layout.node.get((place, material, "made"))


def lay_out(
    evidence: Evidence,
    chain: Chain,
    measures: tuple[Measure, ...],
    caps: tuple[tuple[str, str], ...],
    public: tuple[tuple[str, str], ...],
    content: dict[str, float] | None = None,
) -> SupplyChain:
    """Lay out the network of a run.

    measures: export limits that a lever may set; caps: (place, pollutant) that a lever may cap;
    public: (place, material) that a state may stockpile
    content: factors on NdPr and heavy content per magnet, from the base-year reconciliation
    """
    layout = Layout()
    for facility in chain.facilities:
        layout.plant(facility.name)
    _mines(layout, evidence, chain)
    _separators(layout, evidence, chain)
    _metals(layout, evidence, chain)
    _magnets(layout, evidence, chain, content or {})
    _recyclers(layout, evidence, chain)
    alternatives = _uses(layout, evidence, chain)
    _stocks(layout, chain, public)
    grey_row = layout.plant(f"grey channel of {GREY_ORIGIN}")
    _trade(layout, evidence, chain, grey_row)
    _outlets(layout)
    ties = _ties(layout, chain)
    quota_rows = _quotas(layout, chain)
    pollutants, burden = _burdens(layout)
    cap_rows = {
        (place, pollutant): layout.cap(
            f"{pollutant} in {place}",
            {
                at: activity.burden[pollutant]
                for at, activity in enumerate(layout.activities)
                if activity.place == place and activity.burden.get(pollutant)
            },
        )
        for place, pollutant in caps
    }
    limit_rows = {measure.name: _limits(layout, measure) for measure in measures}
    return SupplyChain(
        chain=chain,
        layout=layout,
        network=layout.network(),
        alternatives=alternatives,
        limit_rows=limit_rows,
        quota_rows=quota_rows,
        cap_rows=cap_rows,
        ties=ties,
        grey_row=grey_row,
        pollutants=pollutants,
        burden=burden,
    )


def _mines(layout: Layout, evidence: Evidence, chain: Chain) -> None:
    """A tonne of concentrate carries its whole basket; its family says which."""
    for at, mine in chain.at_stage("mining"):
        material = f"concentrate:{mine.family}"
        route = evidence.text("burdens", mine.family, "route")
        burden = evidence.items("burdens", route, "burden")
        activity = Activity(
            f"mine {mine.name}", "mining", mine.place, at, material, mine.unit_cost, burden
        )
        layout.activity(activity, {layout.at(mine.place, material, "made"): 1.0}, at)


def _burden(evidence: Evidence, stage: str, place: str) -> dict[str, float]:
    home = evidence.items("burdens", stage, "burden")
    abroad = evidence.items("burdens", f"{stage}_abroad", "burden")
    return home if place == GREY_ORIGIN else abroad or home


def tie_break(plant: Facility, property_: float) -> float:
    """Named tie-breaking cost, USD/kg: far below any real difference in cost."""
    return TIE * (plant.capacity / 1e5) ** 0.5 * property_


def _separators(layout: Layout, evidence: Evidence, chain: Chain) -> None:
    """Each separator turns each family it takes into the oxides it makes; the rest is lost."""
    families = list(dict.fromkeys(f.family for _, f in chain.at_stage("mining")))
    for at, plant in chain.at_stage("separation"):
        makes = chain.elements if "all" in plant.products else plant.products
        for family in families:
            if not ({"all", family} & set(plant.route)):
                continue
            shares = {e: chain.baskets[family].get(e, 0.0) for e in makes}
            if sum(shares.values()) < 0.02:
                continue
            flows = {layout.at(plant.place, f"concentrate:{family}", "held"): -1.0}
            for element, share in shares.items():
                if share > 1e-5:
                    node = layout.at(plant.place, f"oxide:{element}", "made")
                    flows[node] = plant.recovery * share
            burden = _burden(evidence, "separation", plant.place)
            name = f"separate {family} at {plant.name}"
            rank = sum(i * chain.baskets[family].get(e, 0.0) for i, e in enumerate(chain.elements))
            cost = plant.unit_cost + tie_break(plant, rank)
            activity = Activity(
                name, "separation", plant.place, at, f"concentrate:{family}", cost, burden
            )
            layout.activity(activity, flows, at)


def _metals(layout: Layout, evidence: Evidence, chain: Chain) -> None:
    """Oxides to metal; NdPr takes more or less praseodymium, within the alloy's tolerance."""
    for at, plant in chain.at_stage("metal"):
        burden = _burden(evidence, "metal", plant.place)
        for metal in chain.metals:
            if substance(metal) not in plant.products:
                continue
            for label, inputs in _charges(evidence, metal, chain.year):
                flows = {
                    layout.at(plant.place, oxide, "held"): -amount
                    for oxide, amount in inputs.items()
                }
                flows[layout.at(plant.place, metal, "made")] = 1.0
                activity = Activity(
                    f"reduce {metal}{label} at {plant.name}",
                    "metal",
                    plant.place,
                    at,
                    metal,
                    plant.unit_cost + tie_break(plant, _blend(inputs)),
                    burden,
                )
                layout.activity(activity, flows, at)


def _blend(inputs: dict[str, float]) -> float:
    """A property of a furnace charge: its oxide per metal, heavier for the lead oxide."""
    return sum(amount**2 for amount in inputs.values())


def _charges(evidence: Evidence, metal: str, year: int) -> list[tuple[str, dict[str, float]]]:
    """Furnace charges of a metal, kg of oxide per kg: one, or two that bracket the Pr share."""
    inputs = evidence.items("recipes", metal, "input", year)
    share = evidence.find("recipes", metal, "praseodymium_share", year=year)
    if share is None:
        return [("", inputs)]
    base = share.number
    ends = (float(share.low), float(share.high))
    nd, pr = inputs["oxide:Nd"] / (1 - base), inputs["oxide:Pr"] / base
    return [
        (f" ({end:.0%} Pr)", {"oxide:Nd": nd * (1 - end), "oxide:Pr": pr * end}) for end in ends
    ]


def _magnets(
    layout: Layout, evidence: Evidence, chain: Chain, content: dict[str, float]
) -> None:
    """Metals to magnets; heavy content is a service that Dy or Tb delivers and thrift saves."""
    year = chain.year
    for at, plant in chain.at_stage("magnet"):
        burden = _burden(evidence, "magnet", plant.place)
        for grade in chain.grades:
            if substance(grade) not in plant.products:
                continue
            finished = evidence.number("recipes", grade, "finished_yield", year=year)
            swarf = evidence.number("recipes", grade, "swarf", "scrap:magnet", year)
            heavy = evidence.number("recipes", grade, "heavy_content", year=year, default=0.0)
            heavy *= content.get("heavy", 1.0)
            inputs = evidence.items("recipes", grade, "input", year)
            flows: dict[int, float] = {}
            for material, amount in inputs.items():
                if heavy and material in ("metal:Dy", "metal:Tb") or not amount:
                    continue
                factor = content.get(substance(material), 1.0)
                flows[layout.at(plant.place, material, "held")] = -amount * factor
            if heavy:
                flows[layout.at(plant.place, HEAVY, "held")] = -heavy
            flows[layout.at(plant.place, grade, "made")] = finished
            if substance(grade) != "SmCo":
                flows[layout.at(plant.place, "scrap:magnet", "made")] = swarf
            activity = Activity(
                f"make {grade} at {plant.name}", "magnet", plant.place, at, grade,
                plant.unit_cost + tie_break(plant, 10.0 * heavy), burden,
            )  # fmt: skip
            layout.activity(activity, flows, at)
    _doses(layout, evidence)


def _doses(layout: Layout, evidence: Evidence) -> None:
    """Heavy content from more or less terbium: one kg Tb stands for about two kg Dy."""
    grade = "magnet:high_coercivity"
    worth = evidence.number("recipes", grade, "tb_per_dy")
    ends = (
        evidence.number("recipes", grade, "tb_share_min"),
        evidence.number("recipes", grade, "tb_share_max"),
    )
    for place in [place for place, material, _ in layout.node if material == HEAVY]:
        node = layout.at(place, HEAVY, "held")
        for end in ends:
            flows = {
                layout.at(place, "metal:Dy", "held"): -(1.0 - end),
                layout.at(place, "metal:Tb", "held"): -end / worth,
                node: 1.0,
            }
            name = f"dose {end:.0%} Tb in {place}"
            layout.activity(Activity(name, "dose", place, -1, HEAVY, 0.0), flows, -1)
        layout.curve(Curve("thrift", place, "heavy content", HEAVY, f"magnet makers {place}"), node)


def _recyclers(layout: Layout, evidence: Evidence, chain: Chain) -> None:
    """Magnet scrap to oxides; a unit is a tonne of oxide recovered."""
    content = evidence.items("recipes", "scrap:magnet", "element_content", chain.year)
    for at, plant in chain.at_stage("recycling"):
        oxides = {}
        for element in plant.products:
            stoichiometry = evidence.number(
                "recipes", f"oxide:{element}", "stoichiometry", default=1.0
            )
            if content.get(element):
                oxides[element] = content[element] * stoichiometry * plant.recovery
        total = sum(oxides.values())
        if total <= 0:
            continue
        flows = {layout.at(plant.place, "scrap:magnet", "held"): -1.0 / total}
        for element, amount in oxides.items():
            flows[layout.at(plant.place, f"oxide:{element}", "made")] = amount / total
        burden = _burden(evidence, "recycling", plant.place)
        activity = Activity(
            f"recycle at {plant.name}",
            "recycling",
            plant.place,
            at,
            "scrap:magnet",
            plant.unit_cost,
            burden,
        )
        layout.activity(activity, flows, at)


def _uses(
    layout: Layout, evidence: Evidence, chain: Chain
) -> dict[tuple[str, str, str], int]:
    """Demand in every region: a service for each magnet use, one curve an oxide for all others.

    Uses of one oxide share its elasticity, so they share a curve; what each takes is its share.
    """
    alternatives: dict[tuple[str, str, str], int] = {}
    for region in chain.regions:
        for element in chain.elements[:-1]:
            if any(element in use.composition for use in chain.uses):
                oxide = f"oxide:{element}"
                node = layout.at(region, oxide, "held")
                layout.curve(Curve("use", region, "", oxide, f"users {region}"), node)
        for use in chain.uses:
            wanted = evidence.number("demand", use.name, "demand", region, chain.year, 0.0)
            if use.recipe and wanted > 0:
                _service(layout, evidence, use.name, use.recipe, region, alternatives)
    return alternatives


def _service(
    layout: Layout,
    evidence: Evidence,
    use: str,
    recipe: dict[str, float],
    region: str,
    alternatives: dict[tuple[str, str, str], int],
) -> None:
    """A service and its recipes: as in the base year, with little heavy, and free of rare earths."""
    node = layout.at(region, f"service:{use}", "held")
    layout.curve(Curve("use", region, use, f"service:{use}", f"users {region}"), node)
    usual = {layout.at(region, grade, "held"): -share for grade, share in recipe.items()}
    layout.activity(
        Activity(f"{use} as usual in {region}", "recipe", region, -1, f"service:{use}", 0.0),
        {**usual, node: 1.0},
        -1,
    )
    cheap = evidence.number("uses", use, "low_heavy_cost", default=0.0)
    if recipe.get("magnet:high_coercivity") and cheap:
        alternatives[use, region, "low_heavy"] = layout.plant(f"{use} low heavy in {region}")
        layout.activity(
            Activity(f"{use} low heavy in {region}", "recipe", region, -1, f"service:{use}", cheap),
            {layout.at(region, "magnet:standard", "held"): -1.0, node: 1.0},
            alternatives[use, region, "low_heavy"],
        )
    alternatives[use, region, "free"] = layout.plant(f"{use} free of rare earths in {region}")
    free = evidence.number("uses", use, "free_cost")
    layout.activity(
        Activity(f"{use} free of rare earths in {region}", "recipe", region, -1, f"service:{use}", free),
        {node: 1.0},
        alternatives[use, region, "free"],
    )


def _stocks(layout: Layout, chain: Chain, public: tuple[tuple[str, str], ...]) -> None:
    """Inventories of users, by oxide and magnet grade, and of states that hold a stockpile."""
    for place in chain.regions:
        for material in [*(f"oxide:{e}" for e in chain.elements), *chain.grades]:
            node = layout.node.get((place, material, "held"))
            if node is not None:
                layout.curve(Curve("private", place, material, material, f"users {place}"), node)
    for place, pattern in public:
        for (where, material, side), node in list(layout.node.items()):
            if where == place and side == "held" and matches(material, pattern):
                layout.curve(Curve("public", place, material, material, f"state {place}"), node)


def _trade(layout: Layout, evidence: Evidence, chain: Chain, grey_row: int) -> None:
    """Arcs from wherever a material is made to wherever it is used, and their grey twins."""
    made = [(p, m) for p, m, side in layout.node if side == "made"]
    held = [(p, m) for p, m, side in layout.node if side == "held"]
    for origin, material in made:
        for destination, wanted in held:
            if wanted != material:
                continue
            freight, insurance = _freight(evidence, chain, origin, destination, material)
            layout.arc(Arc(origin, destination, material, "legal", freight, insurance))
    regions = set(chain.regions)
    for origin, material in made:
        if origin != GREY_ORIGIN or not _smuggled(material):
            continue
        for destination, wanted in held:
            if wanted == material and destination != origin and destination in regions:
                freight, insurance = _freight(evidence, chain, origin, destination, material)
                layout.arc(Arc(origin, destination, material, "grey", freight, insurance), grey_row)


def _smuggled(material: str) -> bool:
    return form(material) in ("oxide", "magnet") or material in ("metal:Dy", "metal:Tb")


def _freight(
    evidence: Evidence, chain: Chain, origin: str, destination: str, material: str
) -> tuple[float, float]:
    """Freight, USD/kg, and insurance, share of value, between two places; nothing within one."""
    if origin == destination:
        return 0.0, 0.0
    kind = form(material)
    listed = evidence.find("freight", "distance", origin, destination) or evidence.find(
        "freight", "distance", destination, origin
    )
    if listed is not None:
        far = listed.number / 1000.0
    else:
        detour = evidence.number("freight", "any", "inland_factor", default=1.5)
        far = detour * distance(chain.places[origin], chain.places[destination])
    fixed = evidence.number("freight", kind, "freight_fixed")
    per_distance = evidence.number("freight", kind, "freight_per_1000_km")
    # Not part of freight: a hair of cost by true distance, so that no two routes cost the same.
    tie = 1e-4 * distance(chain.places[origin], chain.places[destination])
    return fixed + per_distance * far + tie, evidence.number("freight", kind, "insurance", default=0.0)


def _outlets(layout: Layout) -> None:
    """Surplus oxide need not be finished; surplus scrap and concentrate need not be used."""
    for (_, material, side), node in layout.node.items():
        if side == "made" and form(material) in ("oxide", "scrap"):
            layout.outlet(node)


def _ties(layout: Layout, chain: Chain) -> dict[int, tuple[int, int]]:
    """Feed of an integrated owner goes to its own separator first: contract -> (mine, plant)."""
    ties = {}
    for mine_at, mine in chain.at_stage("mining"):
        for plant_at, plant in chain.at_stage("separation"):
            own = mine.firm == plant.firm and mine.terms is None and plant.terms is None
            if not own:
                continue
            name = f"separate {mine.family} at {plant.name}"
            runs = {at: 1.0 for at, a in enumerate(layout.activities) if a.name == name}
            if runs:
                row = layout.contract(f"{mine.firm}: {mine.name} to {plant.name}", runs)
                ties[row] = (mine_at, plant_at)
    return ties


def _quotas(layout: Layout, chain: Chain) -> dict[str, int]:
    """One mining quota per kind of ore in China, over legal mines."""
    rows = {}
    for kind, families in (("light", ("bayan_obo", "sichuan", "weishan")), ("heavy", ("ionic_clay",))):
        weights = {
            at: 1.0
            for at, activity in enumerate(layout.activities)
            if activity.kind == "mining"
            and activity.place == GREY_ORIGIN
            and chain.facilities[activity.facility].family in families
            and not chain.facilities[activity.facility].firm.startswith("illicit")
        }
        if weights:
            rows[kind] = layout.cap(f"mining quota {kind}", weights)
    return rows


def _burdens(layout: Layout) -> tuple[tuple[str, ...], np.ndarray[Any, np.dtype[np.float64]]]:
    """Pollutants, and units of each per tonne of every activity, (pollutant, activity)."""
    pollutants = tuple(sorted({name for a in layout.activities for name in a.burden}))
    table = np.zeros((len(pollutants), len(layout.activities)))
    for at, activity in enumerate(layout.activities):
        for name, amount in activity.burden.items():
            table[pollutants.index(name), at] = amount
    return pollutants, table


def _limits(layout: Layout, measure: Measure) -> list[int]:
    """Rows of an export limit: one over everything, or apart by material, destination or both."""
    groups: dict[tuple[str, str], dict[int, float]] = {}
    for at, arc in enumerate(layout.arcs):
        if arc.origin != measure.place or arc.destination == measure.place or arc.channel != "legal":
            continue
        if not measure.covers(arc.material, arc.destination):
            continue
        material = arc.material if "material" in measure.apart else "*"
        destination = arc.destination if "destination" in measure.apart else "*"
        groups.setdefault((material, destination), {})[at] = measure.weight
    return [
        layout.limit(f"{measure.name}|{material}|{destination}", weights)
        for (material, destination), weights in groups.items()
    ]
