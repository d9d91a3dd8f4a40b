"""Host: ore kept at home when it is dear, unless somebody pays for plants there; permits for who pays.

P(an ore export ban in a step) = 1 − exp(−(base + dear · max(ln p/p₀, 0)) Δt)                 (D.54)

with p the price of its own ore and p₀ what it was when the run began. An offer of public capital for a
separator there is what such bans are after: none begins while there is one, and one in force ends. The
side that offers most gets its plants permitted faster.
"""

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

from numpy.random import Generator

from coercivity.model.inputs.chain_settings import ChainSettings
from coercivity.model.inputs.instruments import Instrument, Permitting
from coercivity.model.inputs.names import form
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever
from coercivity.model.lever.ore_export_ban import OreExportBan
from coercivity.model.role import Option, Reason, Reasoning, Role, compare_options, number


class Host(Role):
    """A state with ore in the ground and little made of it."""

    summary: ClassVar[str] = (
        "bans ore exports when ore is dear and nobody pays for plants; permits who offers most"
    )
    base: float | None = number("chance of a ban at the price of the start", "per year", ge=0, le=10)
    dear: float | None = number("added per log of the price of its ore over that", "per year", ge=0, le=10)
    share: float | None = number("of former ore shipments kept at home", "share", ge=0, le=1)
    lasts: float | None = number("mean time such a ban is in force", "years", gt=0, le=50)
    offer: float | None = number("public capital that counts as an offer", "million USD/yr", ge=0)
    fast: float | None = number(
        "factor on the years of permits for plants that are paid for", "ratio", gt=0, le=5
    )

    def begin(self, place: str, names: ChainSettings) -> "Hosting":
        """With no ban in force."""
        ban = OreExportBan(share=self.share).in_chain(names)
        return Hosting(self, names, (ban,))


@dataclass(slots=True)
class Hosting(Reasoning):
    """A host during a run. began: year a ban in force began; first: prices of its ores at the start."""

    settings: Any  # a Host whose numbers are all known
    names: ChainSettings
    levers: tuple[Lever, ...]
    began: float | None = None
    courted: str = ""
    first: dict[str, float] = field(default_factory=dict)

    def decide(self, view: StateView, rng: Generator) -> tuple[Instrument, ...]:
        """The ban in force, and permits for who pays."""
        begin, end = rng.random(2).tolist()
        if view.assessment is None:
            return ()
        offers = view.assessment.offers
        paid = {who: math.fsum(by.values()) for who, by in offers.items()}
        paid = {who: usd for who, usd in paid.items() if usd >= self.settings.offer}
        for_plants = any(self.names.stages.separate in offers[who] for who in paid)
        self._weigh_ban(view, begin, end, for_plants)
        found: list[Instrument] = []
        if self.began is not None:
            found += self.levers[0].decide(view, 1.0)
        best = self._court(paid)
        if best:
            stages = tuple(sorted(offers[best]))
            found.append(Permitting(view.place, stages, self.settings.fast, False, lever="permitting"))
        return tuple(found)

    def _weigh_ban(self, view: StateView, begin: float, end: float, for_plants: bool) -> None:
        """(D.54) Begin a ban, or end it."""
        s, ore = self.settings, self.names.forms.extracted
        mined = {m: view.offered[m] for m, t in view.output.items() if form(m) == ore and t > 1.0}
        for material, price in mined.items():
            self.first.setdefault(material, price)
        rises = [math.log(max(p, 1e-3) / max(self.first[m], 1e-3)) for m, p in mined.items()]
        rise = max(rises, default=0.0)
        if self.began is not None:
            over = end < -math.expm1(-view.length / s.lasts)
            if for_plants or over:
                why = "public capital for a separator is on offer" if for_plants else "it has had its time"
                self.reasons.append(Reason("ore export ban lifted", "", why))
                self.began = None
        elif mined and not for_plants:
            rate = s.base + s.dear * max(rise, 0.0)
            if begin < -math.expm1(-rate * view.length):
                self.began = view.now
                why = f"nobody pays for a separator; its ore is {math.expm1(rise):+.0%} against the start"
                self.reasons.append(Reason("ore export ban chosen", "", why))

    def _court(self, paid: dict[str, float]) -> str:
        """Whose plants are permitted faster: who offers most."""
        if not paid:
            self.courted = ""
            return ""
        best, told = compare_options([Option(who, 1e6 * usd) for who, usd in paid.items()])
        if best.name != self.courted:
            self.reasons.append(Reason("offer taken", best.name, told))
        self.courted = best.name
        return best.name


ROLE = Host
