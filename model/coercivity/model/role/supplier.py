"""Supplier: export limits that come with tension, incidents and others' measures, and go with time.

P(a step up against t in a step) = 1 − exp(−(base + tension · max(−r, 0)) Δt − news)         (D.50)
news = incident · fall of relations + tariff · rise of t's tariffs + technology · bans by t
worth of severity s = lasts · [weight (1 − r) s L − margin s X − provoked s² L]              (D.51)

with r relations, L what the target would lose in a year without the listed materials, X own exports of
them. A step up takes in the next list; the severity of the greatest worth is set, none if that is none.
"""

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

from numpy.random import Generator

from coercivity.model.inputs.chain_settings import ChainSettings
from coercivity.model.inputs.fields import Abroad, MaterialPattern, setting
from coercivity.model.inputs.instruments import ExportCap, Instrument
from coercivity.model.inputs.observation import Assessment, StateView
from coercivity.model.lever import Lever
from coercivity.model.lever.export_limit import ExportLimit, MeasureSettings
from coercivity.model.role import Option, Reason, Reasoning, Role, compare_options, number

SEVERITIES = (0.2, 0.4, 0.6, 0.8, 1.0)  # of the harshest


class Supplier(Role):
    """A state whose exports others depend on."""

    summary: ClassVar[str] = "tightens and lifts export limits with tension, incidents and others' measures"
    targets: list[Abroad] = setting([], "states that may be restricted, each for itself", "codes")
    lists: dict[str, list[MaterialPattern]] = setting(
        {},
        "materials by a name of your own: the first list is restricted first, each step up adds the next",
        "patterns",
        {"heavy": ["oxide:Dy", "oxide:Tb"]},
    )
    base: float | None = number("chance of a step up without any cause", "per year", ge=0, le=10)
    tension: float | None = number("added per point that relations are below nought", "per year", ge=0, le=50)
    incident: float | None = number(
        "log chance per point that relations fell last step", "ratio", ge=0, le=50
    )
    tariff: float | None = number("log chance per point of a new tariff", "ratio", ge=0, le=50)
    technology: float | None = number("log chance for a new ban on technology", "ratio", ge=0, le=50)
    weight: float | None = number("share of a target's loss that counts as gain", "ratio", ge=0, le=10)
    margin: float | None = number("share of own exports lost that counts as cost", "ratio", ge=0, le=10)
    provoked: float | None = number(
        "share of a target's loss that comes back as lost custom at full severity", "ratio", ge=0, le=10
    )
    harshest: float | None = number("most of former shipments withheld", "share", ge=0, le=1)
    least: float | None = number("shortest time in force", "years", ge=0, le=50)
    lasts: float | None = number("mean time in force after the shortest", "years", gt=0, le=50)
    delay: float | None = number("in which first applications wait and nothing passes", "months", ge=0, le=36)

    def begin(self, place: str, names: ChainSettings) -> "Restricting":
        """With nothing in force."""
        limits = ExportLimit(
            measure={
                _measure(name, target): MeasureSettings(
                    materials=materials, destinations=[target], apart=["material", "destination"]
                )
                for name, materials in self.lists.items()
                for target in self.targets
                if target != place
            }
        )
        patterns = {
            name: tuple(p for word in words for p in names.patterns(word))
            for name, words in self.lists.items()
        }
        return Restricting(self, place, patterns, (limits.in_chain(names),))


@dataclass(slots=True)
class Against:
    """What is in force against one target. level: lists in force; since: years."""

    level: int = 0
    severity: float = 0.0
    since: float = 0.0
    tariff: float | None = None
    technology: bool | None = None
    own_doing: bool = False


@dataclass(slots=True)
class Restricting(Reasoning):
    """A supplier during a run."""

    settings: Any  # a Supplier whose numbers are all known
    place: str
    patterns: dict[str, tuple[str, ...]]
    levers: tuple[Lever, ...]
    against: dict[str, Against] = field(default_factory=dict)

    def decide(self, view: StateView, rng: Generator) -> tuple[Instrument, ...]:
        """Measures in force against each target, begun, tightened or lifted now."""
        found: list[Instrument] = []
        for target in self.settings.targets:
            tighten, lift = rng.random(2).tolist()  # drawn whatever happens, so that luck is the same
            if target == self.place or view.assessment is None:
                continue
            state = self.against.setdefault(target, Against())
            why = self._provoked(target, state, view, view.assessment, tighten)
            before = state.level, state.severity
            if why and state.level < len(self.settings.lists):
                self._step_up(target, state, view, view.assessment, why)
            elif self._has_had_its_time(state, view, lift):
                self._lift(target, state, view)
            state.own_doing = (state.level, state.severity) > before
            found += self._in_force(target, state, view)
        return tuple(found)

    def _provoked(self, target: str, state: Against, view: StateView, seen: Assessment, luck: float) -> str:
        """(D.50) Why a step up is on the table now; nothing if it is not."""
        s = self.settings
        near = view.relations.get(target, 0.0)
        tariff, technology = seen.tariffs.get(target, 0.0), target in seen.technology
        new_tariff = 0.0 if state.tariff is None else max(tariff - state.tariff, 0.0)
        new_ban = state.technology is False and technology
        quarrel = 0.0 if state.own_doing else view.cooled.get(target, 0.0)
        state.tariff, state.technology = tariff, technology
        strain = s.base + s.tension * max(-near, 0.0)
        news = {
            f"relations fell by {quarrel:.2f}": s.incident * quarrel,
            f"a tariff rose by {new_tariff:.0%}": s.tariff * new_tariff,
            "a ban on technology": s.technology * new_ban,
            f"relations at {near:+.2f}": strain * view.length,
        }
        if luck >= -math.expm1(-math.fsum(news.values())):
            return ""
        return max(news, key=lambda what: news[what])

    def _step_up(self, target: str, state: Against, view: StateView, seen: Assessment, why: str) -> None:
        """(D.51) Take in the next list at the severity of the greatest worth."""
        s = self.settings
        names = tuple(s.lists)[: state.level + 1]
        covered = [p for name in names for p in self.patterns[name]]
        loss = _under(seen.losses.get(target, {}).get(self.place, {}), covered, view)
        sales = _under(seen.exports.get(target, {}), covered, view)
        near = view.relations.get(target, 0.0)

        def worth(severity: float) -> float:
            gain = s.weight * (1.0 - near) * severity * loss
            return float(s.lasts * (gain - s.margin * severity * sales - s.provoked * severity**2 * loss))

        least = state.severity if state.level else 0.0
        tried = [x * s.harshest for x in SEVERITIES]
        menu = {f"withhold {severity:.0%}": severity for severity in tried if severity >= least}
        # Going without is going on as now: what is in force stays.
        options = [Option("no step up", worth(least) if state.level else 0.0)]
        options += [Option(name, worth(severity)) for name, severity in menu.items()]
        best, told = compare_options(options)
        if best.name not in menu:
            self.reasons.append(Reason("export limit weighed", target, f"{why}; {told}"))
            return
        state.level, state.severity, state.since = state.level + 1, menu[best.name], view.now
        listed = ", ".join(names)
        detail = f"{best.name} of {listed}, since {why}; {told}"
        self.reasons.append(Reason("export limit chosen", target, detail))

    def _has_had_its_time(self, state: Against, view: StateView, luck: float) -> bool:
        served = view.now - state.since >= self.settings.least - 1e-9
        return state.level > 0 and served and luck < -math.expm1(-view.length / self.settings.lasts)

    def _lift(self, target: str, state: Against, view: StateView) -> None:
        lasted = view.now - state.since
        self.reasons.append(
            Reason("export limit lifted", target, f"after {lasted:.1f} years, nothing new having come up")
        )
        state.level, state.severity = 0, 0.0

    def _in_force(self, target: str, state: Against, view: StateView) -> list[Instrument]:
        """One cap a list; nothing passes while first applications wait."""
        waits = max(self.settings.delay / 12.0 - (view.now - state.since), 0.0)
        opened = 1.0 - min(waits / view.length, 1.0)
        approval = (1.0 - state.severity) * opened
        return [
            ExportCap(view.place, f"{view.place} {_measure(name, target)}", approval, lever="export_limit")
            for name in tuple(self.settings.lists)[: state.level]
        ]


def _measure(name: str, target: str) -> str:
    return f"{name} to {target}"


def _under(by_material: Any, patterns: list[str], view: StateView) -> float:
    """Sum of what falls under any of some patterns."""
    fits = (v for m, v in by_material.items() if any(view.falls_under(m, p) for p in patterns))
    return float(math.fsum(fits))


ROLE = Supplier
