"""Who wants what, who holds what, and every way from where it is made to where it is used."""

from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.names import form, matches
from coercivity.model.network.captive import destinations
from coercivity.model.network.chain import Chain, Use, distance
from coercivity.model.network.layout import Activity, Arc, Curve, Layout

__all__ = ["lay_out_stocks", "lay_out_trade", "lay_out_uses"]


def lay_out_uses(layout: Layout, evidence: Evidence, chain: Chain) -> dict[tuple[str, str, str], int]:
    """Demand in every region: a service for each use of what is worked, one curve an element for all others.

    Uses of one element as such share its elasticity, so they share a curve; what each takes is its share.
    """
    alternatives: dict[tuple[str, str, str], int] = {}
    for region in chain.regions:
        for element in chain.elements[:-1]:
            if any(element in use.composition for use in chain.uses):
                material = f"{chain.names.forms.separated}:{element}"
                node = layout.at(region, material, "held")
                layout.curve(Curve("use", region, "", material, f"users {region}"), node)
        for use in chain.uses:
            wanted = evidence.number("demand", use.name, "demand", region, chain.year, 0.0)
            if use.recipe and wanted > 0:
                _service(layout, evidence, chain, use, region, alternatives)
    return alternatives


def _service(
    layout: Layout,
    evidence: Evidence,
    chain: Chain,
    wanted: Use,
    region: str,
    alternatives: dict[tuple[str, str, str], int],
) -> None:
    """A service and its recipes: as in the base year, with little of what is dosed, and without any."""
    use, recipe, names = wanted.name, wanted.recipe, chain.names
    node = layout.at(region, f"service:{use}", "held")
    layout.curve(Curve("use", region, use, f"service:{use}", f"users {region}"), node)
    usual = {layout.at(region, grade, "held"): -share for grade, share in recipe.items()}
    layout.activity(
        Activity(f"{use} as usual in {region}", "recipe", region, -1, f"service:{use}", 0.0),
        {**usual, node: 1.0},
        -1,
    )
    dose, low = names.dose, f"{use} {names.recipes.low} in {region}"
    cheap = evidence.number("uses", use, f"{names.recipes.low_attribute}_cost", default=0.0) if dose else 0.0
    if dose and recipe.get(dose.grade) and cheap:
        alternatives[use, region, "low"] = layout.plant(low)
        layout.activity(
            Activity(low, "recipe", region, -1, f"service:{use}", cheap),
            {layout.at(region, dose.plain, "held"): -1.0, node: 1.0},
            alternatives[use, region, "low"],
        )
    without = f"{use} {names.recipes.free} in {region}"
    alternatives[use, region, "free"] = layout.plant(without)
    free = evidence.number("uses", use, "free_cost")
    layout.activity(
        Activity(without, "recipe", region, -1, f"service:{use}", free),
        {node: 1.0},
        alternatives[use, region, "free"],
    )


def lay_out_stocks(
    layout: Layout,
    chain: Chain,
    public: tuple[tuple[str, str], ...],
    reserves: tuple[tuple[str, str], ...] = (),
) -> None:
    """Inventories of users, by what plants make, and of states with a stockpile."""
    for place in chain.regions:
        separated = (f"{chain.names.forms.separated}:{e}" for e in chain.elements)
        for material in [*separated, *chain.metals, *chain.grades]:
            node = layout.node.get((place, material, "held"))
            if node is not None:
                layout.curve(Curve("private", place, material, material, f"users {place}"), node)
    stocked: set[int] = set()
    for place, pattern in public:
        for (where, material, side), node in list(layout.node.items()):
            if where == place and side == "held" and matches(material, pattern) and node not in stocked:
                stocked.add(node)
                layout.curve(Curve("public", place, material, material, f"state {place}"), node)
    for place, pattern in reserves:
        for (where, material, side), node in list(layout.node.items()):
            if where == place and side == "made" and matches(material, pattern):
                layout.curve(Curve("public", place, "reserve", material, f"state {place}"), node)


def lay_out_trade(layout: Layout, evidence: Evidence, chain: Chain, grey_row: int) -> None:
    """Arcs from wherever a material is made to wherever it is used, and their grey twins."""
    made = [(p, m) for p, m, side in layout.node if side == "made"]
    held = [(p, m) for p, m, side in layout.node if side == "held"]
    captive = destinations(chain)
    for origin, material in made:
        buyers = captive.get((origin, material))
        for destination, wanted in held:
            if wanted != material or (buyers is not None and destination not in buyers):
                continue
            freight, insurance = _freight(evidence, chain, origin, destination, material)
            layout.arc(Arc(origin, destination, material, "legal", freight, insurance))
    regions = set(chain.regions)
    for origin, material in made:
        if origin != chain.names.home or not chain.names.smuggles(material):
            continue
        for destination, wanted in held:
            if wanted == material and destination != origin and destination in regions:
                freight, insurance = _freight(evidence, chain, origin, destination, material)
                layout.arc(Arc(origin, destination, material, "grey", freight, insurance), grey_row)


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
