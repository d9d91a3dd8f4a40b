"""Governments from settings: their levers and strategies, checked, and what the network must hold."""

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from pydantic import ValidationError

from coercivity.model.inputs.evidence import Evidence, EvidenceError
from coercivity.model.inputs.instruments import Instrument, ProductionQuota, QuotaShift
from coercivity.model.inputs.provisions import LimitMeasure
from coercivity.model.inputs.settings import Settings, StateSettings
from coercivity.model.lever import Lever, build, levers
from coercivity.model.network.chain import Chain
from coercivity.model.network.supply_chain import NetworkNeeds
from coercivity.model.role import Role, roles
from coercivity.model.strategy import Answering, Strategy, strategies

__all__ = ["SettingsError", "governments", "menus", "network_needs", "apply_quota_growth"]


class SettingsError(EvidenceError):
    """Settings of a state that name or mean nothing."""


def governments(
    settings: Settings, chain: Chain, evidence: Evidence
) -> tuple[dict[str, dict[str, Lever]], dict[str, Strategy]]:
    """Levers and strategy of every place; a place without settings holds none and follows rules.

    Raises SettingsError naming the state, lever or strategy at fault.
    """
    held: dict[str, dict[str, Lever]] = {place: {} for place in chain.places}
    chosen: dict[str, Strategy] = {place: strategies()["rule"]() for place in chain.places}
    for name, state in settings.state.items():
        if state.code not in chain.places:
            raise SettingsError(
                f"state.{name}.code is {state.code}, which no row of jurisdictions.csv describes; "
                f"known: {', '.join(chain.places)}"
            )
        held[state.code] = _levers(f"state.{name}.lever", state.lever, chain)
        chosen[state.code] = _strategy(name, state)
        found = _roles(f"state.{name}.role", state, evidence, chain.names.rules)
        strategy = chosen[state.code]
        if isinstance(strategy, Answering):
            strategy.answers = tuple(role.begin(state.code, chain.names) for role in found)
    return held, chosen


def _roles(where: str, state: StateSettings, evidence: Evidence, file: str) -> list[Role]:
    """What a state answers to, its numbers from evidence where the configuration gives none."""
    made: list[Role] = []
    for name, given in state.role.items():
        if name not in roles():
            raise SettingsError(f"{where}.{name} is not a role{_meant(name, roles())}")
        try:
            role = roles()[name](**given).informed(evidence, state.code, file)
        except ValidationError as error:
            first = error.errors()[0]
            inside = ".".join([name, *(str(part) for part in first["loc"])])
            said = first["msg"].removeprefix("Value error, ")
            raise SettingsError(f"{where}.{inside}: {said} (found {first.get('input')!r})") from error
        if role.active:
            made.append(role)
    return made


AS_SET = "as_set"


def menus(
    settings: Settings, chain: Chain, held: Mapping[str, Mapping[str, Lever]], chosen: Mapping[str, Strategy]
) -> dict[str, dict[str, dict[str, Lever]]]:
    """What every place that looks ahead may choose between: its levers as set, and its options.

    An option replaces the levers it names and keeps the others; an empty one is a lever left alone.
    One that comes to the same as another is left out; as set is more than its levers where roles answer.
    Raises SettingsError naming the state, option or lever at fault.
    """
    found: dict[str, dict[str, dict[str, Lever]]] = {place: {} for place in chain.places}
    for name, state in settings.state.items():
        if AS_SET in state.options:
            raise SettingsError(f"state.{name}.options.{AS_SET}: that name means the levers as they are set")
        if not getattr(chosen[state.code], "foresees", False):
            continue
        menu, answering = {AS_SET: dict(held[state.code])}, bool(getattr(chosen[state.code], "answers", ()))
        for option, given in state.options.items():
            kept = {k: lever for k, lever in held[state.code].items() if k not in given}
            tried = kept | _levers(f"state.{name}.options.{option}", given, chain)
            alike = [levers for name, levers in menu.items() if name != AS_SET or not answering]
            if getattr(chosen[state.code], "keeps_all", False) or tried not in alike:
                menu[option] = tried
        found[state.code] = menu
    return found


def _levers(where: str, given: Mapping[str, Any], chain: Chain) -> dict[str, Lever]:
    for lever in given:
        if lever not in levers():
            raise SettingsError(f"{where}.{lever} is not a lever{_meant(lever, levers())}")
    found: dict[str, Lever] = {}
    for lever, settings in given.items():
        try:
            found |= {name: made.in_chain(chain.names) for name, made in build({lever: settings}).items()}
        except ValidationError as error:
            first = error.errors()[0]
            inside = ".".join([lever, *(str(part) for part in first["loc"])])
            said = first["msg"].removeprefix("Value error, ")
            raise SettingsError(f"{where}.{inside}: {said} (found {first.get('input')!r})") from error
        except ValueError as error:
            raise SettingsError(f"{where}.{lever}: {error}") from error
    return found


def _strategy(name: str, state: StateSettings) -> Strategy:
    known = strategies()
    if state.strategy not in known:
        raise SettingsError(f"state.{name}.strategy is {state.strategy!r}{_meant(state.strategy, known)}")
    takes = {field.name for field in fields(known[state.strategy]) if field.init}
    anyone = {field.name for kind in known.values() for field in fields(kind) if field.init}
    for parameter in state.parameters:
        if parameter not in anyone:
            raise SettingsError(
                f"state.{name}.parameters.{parameter} is no parameter of a strategy"
                + _meant(parameter, dict.fromkeys(sorted(anyone)))
            )
    # What another strategy takes is kept for when that one is chosen, and left aside here.
    made: Strategy = known[state.strategy](**{k: v for k, v in state.parameters.items() if k in takes})
    return made


def _meant(word: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean {near[0]}?" if near else f"; known: {', '.join(known)}"


def network_needs(
    held: Mapping[str, Mapping[str, Lever]],
    options: Mapping[str, Mapping[str, Mapping[str, Lever]]],
    chosen: Mapping[str, Strategy],
    stocked: tuple[tuple[str, str], ...] = (),
) -> NetworkNeeds:
    """What the network must have rows and curves for, since a lever may use it.

    stocked: (place, material) of public stocks that exist anyway
    Raises SettingsError if one name stands for two measures.
    """
    each = [(place, lever) for place, found in held.items() for lever in found.values()]
    each += [(p, lever) for p, menu in options.items() for found in menu.values() for lever in found.values()]
    answers = ((place, answer) for place, s in chosen.items() for answer in getattr(s, "answers", ()))
    each += [(place, lever) for place, answer in answers for lever in answer.levers]
    measures: dict[str, LimitMeasure] = {}
    for place, lever in each:
        for measure in lever.measures(place):
            if measures.setdefault(measure.name, measure) != measure:
                raise SettingsError(
                    f"measure {measure.name}: two settings of it cover different things; "
                    "give one of them another name"
                )
    return NetworkNeeds(
        measures=tuple(measures.values()),
        caps=tuple(dict.fromkeys(c for place, lever in each for c in lever.caps(place))),
        public=tuple(dict.fromkeys([*stocked, *(p for place, lever in each for p in lever.public(place))])),
        ceilings=tuple(dict.fromkeys(c for place, lever in each for c in lever.ceilings(place))),
        deliveries=tuple(dict.fromkeys(d for place, lever in each for d in lever.deliveries(place))),
        reserves=tuple(dict.fromkeys(r for place, lever in each for r in lever.reserves(place))),
        investors=tuple(dict.fromkeys(i for place, lever in each for i in lever.investors(place))),
    )


def apply_quota_growth(instruments: Sequence[Instrument], length: float) -> list[Instrument]:
    """Instruments with every shift of a quota taken into the quota itself. length: of a step, years."""
    added: dict[tuple[str, str], float] = {}
    for i in instruments:
        if isinstance(i, QuotaShift):
            added[i.state, i.kind] = added.get((i.state, i.kind), 0.0) + i.growth * length
    return [
        replace(i, tonnes=i.tonnes * math.exp(added.get((i.state, i.kind), 0.0)))
        if isinstance(i, ProductionQuota)
        else i
        for i in instruments
    ]
