"""What plants do: ore to concentrate, oxide, metal, magnet, and scrap back to oxide."""

from coercivity.model.chain import Chain, Facility
from coercivity.model.evidence import Evidence
from coercivity.model.names import substance
from coercivity.model.wiring import Activity, Curve, Layout

__all__ = ["HEAVY", "HOME", "lay_out_plants", "tie_break"]

# Which of two like plants treats which of two feeds would otherwise be anyone's guess: a hair of
# cost by plant size times a property of the feed decides it, whatever the plants are called.
TIE = 0.01  # USD/kg for a plant of 100,000 t a year and a property of one
HEAVY = "service:heavy"
HOME = "CN"  # burdens differ here and abroad; limits, quotas and the grey channel start here


def lay_out_plants(layout: Layout, evidence: Evidence, chain: Chain, content: dict[str, float]) -> None:
    """Every activity of every facility. content: factors on what magnets contain."""
    _mines(layout, evidence, chain)
    _separators(layout, evidence, chain)
    _metals(layout, evidence, chain)
    _magnets(layout, evidence, chain, content)
    _recyclers(layout, evidence, chain)


def _mines(layout: Layout, evidence: Evidence, chain: Chain) -> None:
    """A tonne of concentrate carries its whole basket; its family says which."""
    for at, mine in chain.at_stage("mining"):
        material = f"concentrate:{mine.family}"
        route = evidence.text("burdens", mine.family, "route")
        burden = evidence.items("burdens", route, "burden")
        activity = Activity(f"mine {mine.name}", "mining", mine.place, at, material, mine.unit_cost, burden)
        layout.activity(activity, {layout.at(mine.place, material, "made"): 1.0}, at)


def _burden(evidence: Evidence, stage: str, place: str) -> dict[str, float]:
    home = evidence.items("burdens", stage, "burden")
    abroad = evidence.items("burdens", f"{stage}_abroad", "burden")
    return home if place == HOME else abroad or home


def tie_break(plant: Facility, property_: float) -> float:
    """Named tie-breaking cost, USD/kg: far below any real difference in cost."""
    return float(TIE * (plant.capacity / 1e5) ** 0.5 * property_)


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
            activity = Activity(name, "separation", plant.place, at, f"concentrate:{family}", cost, burden)
            layout.activity(activity, flows, at)


def _metals(layout: Layout, evidence: Evidence, chain: Chain) -> None:
    """Oxides to metal; NdPr takes more or less praseodymium, within the alloy's tolerance."""
    for at, plant in chain.at_stage("metal"):
        burden = _burden(evidence, "metal", plant.place)
        for metal in chain.metals:
            if substance(metal) not in plant.products:
                continue
            for label, inputs in _charges(evidence, metal, chain.year):
                flows = {layout.at(plant.place, oxide, "held"): -amount for oxide, amount in inputs.items()}
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
    return [(f" ({end:.0%} Pr)", {"oxide:Nd": nd * (1 - end), "oxide:Pr": pr * end}) for end in ends]


def _magnets(layout: Layout, evidence: Evidence, chain: Chain, content: dict[str, float]) -> None:
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
                if (heavy and material in ("metal:Dy", "metal:Tb")) or not amount:
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
            stoichiometry = evidence.number("recipes", f"oxide:{element}", "stoichiometry", default=1.0)
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
