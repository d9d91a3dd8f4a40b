"""Limits that follow content: rows over what third countries take of what a measure covers."""

import math
from collections.abc import Iterable, Iterator, Mapping

from coercivity.model.inputs.names import form, matches, substance
from coercivity.model.inputs.provisions import LimitMeasure
from coercivity.model.network.chain import Chain
from coercivity.model.network.layout import Layout

__all__ = ["lay_out_third_countries"]


def lay_out_third_countries(
    layout: Layout, chain: Chain, measures: Iterable[LimitMeasure]
) -> Iterator[tuple[str, list[int]]]:
    """Rows of (B.50) of every measure that follows content, by its name: one a material and third country."""
    for measure in measures:
        if measure.follows and measure.targeted:
            yield measure.name, _rows(layout, chain, measure)


def _rows(layout: Layout, chain: Chain, measure: LimitMeasure) -> list[int]:
    followed = _follow_restrictions(layout, chain, measure)
    return [
        layout.limit(f"{measure.name}|{arc.material}|{arc.destination} (third country)", {at: 1.0})
        for at, arc in enumerate(layout.arcs)
        if arc.origin == measure.place
        and arc.channel == "legal"
        and followed[arc.material]
        and arc.destination != measure.place
        and not measure.covers(arc.material, arc.destination)
    ]


def _follow_restrictions(layout: Layout, chain: Chain, measure: LimitMeasure) -> Mapping[str, bool]:
    """Materials that are restricted, or hold more of what is than the de minimis share."""
    elements = {
        element
        for element in chain.elements
        for made in (f"{chain.names.forms.separated}:{element}", chain.names.worked_from.get(element, ""))
        if made and any(matches(made, pattern) for pattern in measure.materials)
    }
    return {
        material: any(matches(material, pattern) for pattern in measure.materials)
        or _content(material, chain, elements) > measure.de_minimis
        for material in {arc.material for arc in layout.arcs}
    }


def _content(material: str, chain: Chain, elements: set[str]) -> float:
    """Share of some elements in ore by mass; scrap holds what is worked; nothing else can be taken apart."""
    names = chain.names
    if form(material) == names.forms.extracted:
        basket = chain.baskets.get(substance(material), {})
        return math.fsum(max(share, 0.0) for element, share in basket.items() if element in elements)
    return float(material == names.scrap and not elements.isdisjoint(names.worked_from))
