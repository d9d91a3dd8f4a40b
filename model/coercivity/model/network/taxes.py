"""What crosses a border pays: value added tax not refunded, export duty, tariff, insurance."""

import numpy as np

from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.instruments import ExportTax, HomeSubsidy, Tariff, VatRefund
from coercivity.model.inputs.names import form, matches, substance
from coercivity.model.network.layout import Arc
from coercivity.optimise.market import Array

__all__ = ["BorderTaxes", "border_taxes", "last_change"]

USUAL = 2024  # a tariff known for this year stood before it too


class BorderTaxes:
    """Export and import rates of every arc, as shares of the origin's price, (t).

    home: share that a state pays for users at home; ad_valorem: all of them, over the price
    """

    def __init__(self, export: Array, tariff: Array, other: Array, home: Array) -> None:
        self.export, self.tariff, self.other, self.home = export, tariff, other, home
        # FOB = price (1 + export); landed = FOB (1 + tariff) + insurance, evasion: over price.
        self.ad_valorem: Array = (1.0 + export) * (1.0 + tariff) - 1.0 + other - home


def border_taxes(
    evidence: Evidence,
    arcs: list[Arc],
    year: int,
    watched: tuple[str, ...] = (),
    taxes: tuple[ExportTax, ...] = (),
    tariffs: tuple[Tariff, ...] = (),
    refunds: tuple[VatRefund, ...] = (),
    subsidies: tuple[HomeSubsidy, ...] = (),
) -> BorderTaxes:
    """Rates in force in a year, with what states set on top. Levers replace rates in evidence.

    A grey shipment pays no tax but its evasion, as a share of value: more for what is watched more closely.
    """
    export, tariff, other, home = (np.zeros(len(arcs)) for _ in range(4))
    out_of = {
        key: _export_rate(evidence, *key, year, taxes, refunds)
        for key in {(arc.origin, arc.material) for arc in arcs}
    }
    into = {
        key: _usual_tariff(evidence, *key, year)
        for key in {(arc.destination, form(arc.material), arc.origin) for arc in arcs}
    }
    evasion = {
        seen: evidence.number("behaviour", "grey", name)
        for seen, name in ((True, "grey_value_share_heavy"), (False, "grey_value_share"))
        if any(arc.channel == "grey" and (substance(arc.material) in watched) is seen for arc in arcs)
    }
    for at, arc in enumerate(arcs):
        other[at] = arc.insurance
        if arc.origin == arc.destination:
            home[at] = _home_rate(arc, subsidies)
            continue
        if arc.channel == "grey":
            other[at] += evasion[substance(arc.material) in watched]
            continue
        export[at] = out_of[arc.origin, arc.material]
        raised = [
            t.rate
            for t in tariffs
            if t.state == arc.destination
            and t.origin in ("all", arc.origin)
            and matches(arc.material, t.material)
        ]
        tariff[at] = raised[-1] if raised else into[arc.destination, form(arc.material), arc.origin]
    return BorderTaxes(export, tariff, other, home)


def last_change(evidence: Evidence) -> int:
    """Year from which the rates in evidence stay as they are."""
    return max([USUAL, *(fact.year for fact in evidence.facts("taxes"))])


def _home_rate(arc: Arc, subsidies: tuple[HomeSubsidy, ...]) -> float:
    """Share of the price at home that the state pays; the last pattern that fits holds."""
    rates = [s.rate for s in subsidies if s.state == arc.origin and matches(arc.material, s.material)]
    return rates[-1] if rates else 0.0


def _export_rate(
    evidence: Evidence,
    origin: str,
    material: str,
    year: int,
    taxes: tuple[ExportTax, ...],
    refunds: tuple[VatRefund, ...],
) -> float:
    """(1 + VAT not refunded) (1 + duty) - 1, and a lever's rate in the duty's or the refund's place."""
    kind = form(material)
    vat = evidence.number("taxes", origin, "vat", year=year, default=0.0)
    refund = evidence.number("taxes", origin, "vat_refund", kind, year, default=vat)
    back = [r.share for r in refunds if r.state == origin and matches(material, r.material)]
    if back:
        refund = back[-1] * vat
    found = [
        fact
        for item in (material, kind, "all")
        if (fact := evidence.find("taxes", origin, "export_duty", item, year)) and fact.year <= year
    ]
    duty = max(found, key=lambda fact: fact.year).number if found else 0.0
    set_ = [t.rate for t in taxes if t.state == origin and matches(material, t.material)]
    if set_:
        duty = set_[-1]
    return (1.0 + max(vat - refund, 0.0)) * (1.0 + duty) - 1.0


def _usual_tariff(evidence: Evidence, destination: str, kind: str, origin: str, year: int) -> float:
    """The tariff in evidence on what an origin sends, or on what anyone does."""
    for sender in (origin, "ROW"):
        fact = evidence.find("taxes", destination, "import_tariff", f"{kind}:{sender}", year)
        if fact is not None and fact.year <= max(year, USUAL):
            return fact.number
    return 0.0
