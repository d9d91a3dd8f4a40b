"""What plants do: extract, separate, reduce, assemble, and recycle what comes back."""

import math

from coercivity.model.inputs.chain_settings import Dose
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.names import substance
from coercivity.model.network.captive import may_treat
from coercivity.model.network.chain import Chain, Facility
from coercivity.model.network.layout import Activity, Curve, Layout

__all__ = ["lay_out_plants", "tie_break"]

# Which of two like plants treats which of two feeds would otherwise be anyone's guess: a hair of
# cost by plant size times a property of the feed decides it, whatever the plants are called.
TIE = 0.01  # USD/kg for a plant of 100,000 t a year and a property of one


def lay_out_plants(layout: Layout, evidence: Evidence, chain: Chain, content: dict[str, float]) -> None:
    """Every activity of every facility. content: factors on what grades contain, by material."""
    _mines(layout, evidence, chain)
    _separators(layout, evidence, chain)
    _metals(layout, evidence, chain)
    _grades(layout, evidence, chain, content)
    _recyclers(layout, evidence, chain)


def _mines(layout: Layout, evidence: Evidence, chain: Chain) -> None:
    """A tonne of what is extracted carries its whole basket; its family says which."""
    stage, form = chain.names.stages.extract, chain.names.forms.extracted
    for at, mine in chain.at_stage(stage):
        material = f"{form}:{mine.family}"
        route = evidence.text("burdens", mine.family, "route")
        burden = evidence.items("burdens", route, "burden")
        activity = Activity(f"mine {mine.name}", stage, mine.place, at, material, mine.unit_cost, burden)
        layout.activity(activity, {layout.at(mine.place, material, "made"): 1.0}, at)


def _burden(evidence: Evidence, chain: Chain, stage: str, place: str) -> dict[str, float]:
    home = evidence.items("burdens", stage, "burden")
    abroad = evidence.items("burdens", f"{stage}_abroad", "burden")
    return home if place == chain.names.home else abroad or home


def tie_break(plant: Facility, property_: float) -> float:
    """Named tie-breaking cost, USD/kg: far below any real difference in cost."""
    return float(TIE * (plant.capacity / 1e5) ** 0.5 * property_)


def _separators(layout: Layout, evidence: Evidence, chain: Chain) -> None:
    """Each separator turns each family it takes into the elements it makes; the rest is lost."""
    stage, forms = chain.names.stages.separate, chain.names.forms
    families = list(dict.fromkeys(f.family for _, f in chain.at_stage(chain.names.stages.extract)))
    for at, plant in chain.at_stage(stage):
        makes = chain.elements if "all" in plant.products else plant.products
        for family in families:
            if not ({"all", family} & set(plant.route)) or not may_treat(chain, plant, family):
                continue
            shares = {e: chain.baskets[family].get(e, 0.0) for e in makes}
            if math.fsum(shares.values()) < 0.02:
                continue
            ore = f"{forms.extracted}:{family}"
            flows = {layout.at(plant.place, ore, "held"): -1.0}
            for element, share in shares.items():
                if share > 1e-5:
                    node = layout.at(plant.place, f"{forms.separated}:{element}", "made")
                    flows[node] = plant.recovery * share
            burden = _burden(evidence, chain, stage, plant.place)
            name = f"separate {family} at {plant.name}"
            rank = math.fsum(i * chain.baskets[family].get(e, 0.0) for i, e in enumerate(chain.elements))
            cost = plant.unit_cost + tie_break(plant, rank)
            activity = Activity(name, stage, plant.place, at, ore, cost, burden)
            layout.activity(activity, flows, at)


def _metals(layout: Layout, evidence: Evidence, chain: Chain) -> None:
    """Elements to what is made of them; a blend takes more or less of one, within its tolerance."""
    stage = chain.names.stages.reduce
    for at, plant in chain.at_stage(stage):
        burden = _burden(evidence, chain, stage, plant.place)
        for metal in chain.metals:
            if substance(metal) not in plant.products:
                continue
            for label, inputs in _charges(evidence, chain, metal):
                flows = {layout.at(plant.place, oxide, "held"): -amount for oxide, amount in inputs.items()}
                flows[layout.at(plant.place, metal, "made")] = 1.0
                activity = Activity(
                    f"reduce {metal}{label} at {plant.name}",
                    stage,
                    plant.place,
                    at,
                    metal,
                    plant.unit_cost + tie_break(plant, _blend(inputs)),
                    burden,
                )
                layout.activity(activity, flows, at)


def _blend(inputs: dict[str, float]) -> float:
    """A property of a furnace charge: what goes in per kg, heavier for the lead input."""
    return math.fsum(amount**2 for amount in inputs.values())


def _charges(evidence: Evidence, chain: Chain, metal: str) -> list[tuple[str, dict[str, float]]]:
    """Furnace charges of a material, kg per kg: one, or two that bracket the share in a blend."""
    inputs = evidence.items("recipes", metal, "input", chain.year)
    blend = chain.names.blend
    if blend is None or metal != blend.material:
        return [("", inputs)]
    share = evidence.find("recipes", metal, blend.share, year=chain.year)
    if share is None:
        return [("", inputs)]
    base = share.number
    ends = (float(share.low), float(share.high))
    main, part = inputs[blend.main] / (1 - base), inputs[blend.part] / base
    return [
        (f" ({end:.0%} {blend.label})", {blend.main: main * (1 - end), blend.part: part * end})
        for end in ends
    ]


def _grades(layout: Layout, evidence: Evidence, chain: Chain, content: dict[str, float]) -> None:
    """What is assembled; a dosed content is a service that one of two inputs delivers and thrift saves."""
    year, stage, dose, scrap = chain.year, chain.names.stages.assemble, chain.names.dose, chain.names.scrap
    for at, plant in chain.at_stage(stage):
        burden = _burden(evidence, chain, stage, plant.place)
        for grade in chain.grades:
            if substance(grade) not in plant.products:
                continue
            finished = evidence.number("recipes", grade, "finished_yield", year=year)
            swarf = evidence.number("recipes", grade, "swarf", scrap, year) if scrap else 0.0
            dosed = 0.0
            if dose:
                dosed = evidence.number("recipes", grade, dose.content, year=year, default=0.0)
                dosed *= content.get(dose.service, 1.0)
            inputs = evidence.items("recipes", grade, "input", year)
            flows: dict[int, float] = {}
            for material, amount in inputs.items():
                if (dose and dosed and material in (dose.main, dose.part)) or not amount:
                    continue
                factor = content.get(material, 1.0)
                flows[layout.at(plant.place, material, "held")] = -amount * factor
            if dose and dosed:
                flows[layout.at(plant.place, dose.service, "held")] = -dosed
            flows[layout.at(plant.place, grade, "made")] = finished
            if swarf and substance(grade) not in chain.names.unreturned:
                flows[layout.at(plant.place, scrap, "made")] = swarf
            activity = Activity(
                f"make {grade} at {plant.name}", stage, plant.place, at, grade,
                plant.unit_cost + tie_break(plant, 10.0 * dosed), burden,
            )  # fmt: skip
            layout.activity(activity, flows, at)
    if dose:
        _doses(layout, evidence, dose)


def _doses(layout: Layout, evidence: Evidence, dose: Dose) -> None:
    """A dosed content from more or less of the dearer input, a kg of which does the work of several."""
    worth = evidence.number("recipes", dose.grade, dose.worth)
    ends = (
        evidence.number("recipes", dose.grade, dose.least),
        evidence.number("recipes", dose.grade, dose.most),
    )
    for place in [place for place, material, _ in layout.node if material == dose.service]:
        node = layout.at(place, dose.service, "held")
        for end in ends:
            flows = {
                layout.at(place, dose.main, "held"): -(1.0 - end),
                layout.at(place, dose.part, "held"): -end / worth,
                node: 1.0,
            }
            name = f"dose {end:.0%} {dose.label} in {place}"
            layout.activity(Activity(name, "dose", place, -1, dose.service, 0.0), flows, -1)
        curve = Curve("thrift", place, dose.title, dose.service, f"{dose.makers} {place}")
        layout.curve(curve, node)


def _recyclers(layout: Layout, evidence: Evidence, chain: Chain) -> None:
    """Scrap back to elements; a unit is a tonne recovered."""
    stage, scrap, form = chain.names.stages.recycle, chain.names.scrap, chain.names.forms.separated
    content = evidence.items("recipes", scrap, "element_content", chain.year)
    for at, plant in chain.at_stage(stage):
        won = {}
        for element in plant.products:
            stoichiometry = evidence.number("recipes", f"{form}:{element}", "stoichiometry", default=1.0)
            if content.get(element):
                won[element] = content[element] * stoichiometry * plant.recovery
        total = math.fsum(won.values())
        if total <= 0:
            continue
        flows = {layout.at(plant.place, scrap, "held"): -1.0 / total}
        for element, amount in won.items():
            flows[layout.at(plant.place, f"{form}:{element}", "made")] = amount / total
        burden = _burden(evidence, chain, stage, plant.place)
        activity = Activity(
            f"recycle at {plant.name}",
            stage,
            plant.place,
            at,
            scrap,
            plant.unit_cost,
            burden,
        )
        layout.activity(activity, flows, at)
