"""What settings of levers may hold: keys by each lever's declaration, names by the evidence."""

import difflib
import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pydantic

from coercivity.experiments.base.errors import SYNONYMS, UserError
from coercivity.experiments.config.chains import complete_chain
from coercivity.experiments.config.evidence_reader import hash_evidence, read_evidence
from coercivity.experiments.config.explain import explain, fields_at, open_at, unit_at
from coercivity.model.agents.vocabulary import Vocabulary, vocabulary
from coercivity.model.agents.vocabulary import check_names as check
from coercivity.model.inputs.chain_settings import ChainSettings
from coercivity.model.inputs.evidence import EvidenceError
from coercivity.model.inputs.fields import kind_at
from coercivity.model.inputs.settings import Settings
from coercivity.model.lever import Lever, levers
from coercivity.model.network.chain import read_chain

KEPT = 4096
_FOUND_RIGHT: set[tuple[str, str, str]] = set()  # (lever, its settings, chain): futures ask the same again


def declared_levers() -> "Mapping[str, type[Lever]]":
    """Every lever there is, with the keys it takes."""
    return levers()


def no_lever(word: str) -> str:
    """The end of a sentence on a lever that does not exist: the one that was probably meant.

    >>> no_lever("export_quota"), no_lever("stokpile")
    ('; did you mean `export_limit`?', '; did you mean `stockpile`?')
    """
    known = declared_levers()
    if meant := [name for name in SYNONYMS.get(word.lower(), ()) if name in known]:
        return f"; did you mean `{meant[0]}`?"
    if close := difflib.get_close_matches(word.lower(), list(known), 1, 0.85):
        return f"; did you mean `{close[0]}`?"
    asked = re.findall(r"[a-z]+", word.lower())

    def likeness(name: str) -> tuple[int, float]:
        said = re.findall(r"[a-z]+", known[name].summary.lower())
        shared = sum(2 * (part in name.split("_")) + (part in said) for part in asked)
        return shared, difflib.SequenceMatcher(None, word.lower(), name).ratio()

    best = max(known, key=likeness)
    near = likeness(best) > (0, 0.55)
    return f"; did you mean `{best}`?" if near else "; see `coercivity list levers`"


def kind_of_names(lever: str, path: Sequence[str]) -> str:
    """What kind of names stand at a place within a lever: a material, jurisdiction, ...; or nothing.

    >>> kind_of_names("stockpile", ["days"]), kind_of_names("import_tariff", ["rate", "oxide:Dy"])
    ('material', 'jurisdiction')
    """
    return kind_at(declared_levers()[lever], path)


def unit_of_setting(lever: str, path: Sequence[str]) -> str:
    """The unit of what is set at a place within a lever, by its declaration; nothing where it has none.

    >>> unit_of_setting("friendshoring", ["floor", "oxide:Nd", "price"])
    'USD/kg'
    """
    schema = declared_levers().get(lever)
    return unit_at(schema, path) if schema else ""


def known_names(values: Mapping[str, Any], evidence: Path) -> "Vocabulary":
    """The names of every kind that the evidence of a configuration's chain knows, each with its title."""
    whole = complete_chain(values)
    chain, market = json.dumps(whole["chain"], sort_keys=True), whole.get("market") or {}
    return _known_names(
        evidence, hash_evidence(evidence), chain, market.get("base_year"), market.get("until")
    )


def keys_inside(lever: str, inner: Sequence[str]) -> list[str] | None:
    """The keys a place within a lever may have; None where any name may be one."""
    schema = declared_levers().get(lever)
    if schema is None:
        return []
    return None if open_at(schema, inner) else fields_at(schema, inner)


def check_levers(
    values: Mapping[str, Any],
    chain: "ChainSettings",
    choices: Mapping[str, str],
    overrides: Sequence[str],
) -> None:
    """Refuse a lever nobody has written, and settings that it does not take."""
    described = repr(chain)
    for where, lever, given in _levers_set(values):
        known = declared_levers()
        if lever not in known:
            raise UserError(f"`{'.'.join(where)}`: there is no lever `{lever}`{no_lever(lever)}")
        if not isinstance(given, Mapping):
            name = ".".join((*where, lever))
            keys = ", ".join(f"`{key}`" for key in known[lever].model_fields)
            raise UserError(f"`{name}` must be a group of keys, not {given!r}; it has {keys}")
        asked = lever, repr(given), described
        if asked in _FOUND_RIGHT:
            continue
        try:
            known[lever].model_validate(dict(given)).in_chain(chain)
        except pydantic.ValidationError as error:
            place = (*where, lever)
            raise UserError(explain(error, known[lever], choices, overrides, place)) from error
        except ValueError as error:
            raise UserError(f"`{'.'.join((*where, lever))}`: {error}") from error
        if len(_FOUND_RIGHT) >= KEPT:
            _FOUND_RIGHT.clear()
        _FOUND_RIGHT.add(asked)


def check_names(settings: "Settings", values: Mapping[str, Any], evidence: Path) -> None:
    """Refuse a name in settings that the evidence does not know. Raises UserError with the nearest one."""
    try:
        check(settings, known_names(values, evidence))
    except EvidenceError as error:
        raise UserError(str(error)) from error
    check_bans(values, evidence)


def check_bans(values: Mapping[str, Any], evidence: Path) -> None:
    """Refuse imagined bans by or on a place that uses nothing: there is no loss of its to tell."""
    asked = values.get("what_if") or {}
    if not asked.get("every"):
        return
    users = sorted({fact.item for fact in read_evidence(evidence).facts("demand", "demand")})
    for key, named in (("source", [asked.get("source")]), ("targets", asked.get("targets") or ())):
        for place in named:
            if place not in users:
                raise UserError(
                    f"`what_if.{key}`: {place} has no row of its own in demand.csv, so there is no loss to "
                    f"tell; there are: {', '.join(users)}"
                )


@functools.lru_cache(maxsize=4)
def _known_names(evidence: Path, _hash: str, chain: str, year: int | None, until: int | None) -> "Vocabulary":
    """The names of every kind that evidence knows in a base year. chain: as JSON"""
    read = read_evidence(evidence) if until is None else read_evidence(evidence).until(until)
    described = ChainSettings.model_validate_json(chain)
    return vocabulary(read, read_chain(read, year or max(described.base_years), described))


def _levers_set(values: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str, Any]]:
    """Where levers are set, which, and how: a state's own, and those of the options it may choose."""
    for state, settings in (values.get("state") or {}).items():
        if not isinstance(settings, Mapping):
            continue
        places: dict[tuple[str, ...], Any] = {("lever",): settings.get("lever")}
        places |= {("options", str(name)): given for name, given in (settings.get("options") or {}).items()}
        for place, menu in places.items():
            for lever, given in (menu or {}).items():
                yield ("state", str(state), *place), str(lever), given if given is not None else {}
