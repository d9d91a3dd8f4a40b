"""Rows of evidence that nobody reads because a name in them is misspelt: of rules, behaviour and borders.

What the model looks up with something to fall back on (a place's own rule, a distance, a tariff) would else
be passed over without a word. Rows that are only records stay, unless they are nearly one that is read.
"""

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

from coercivity.model.behaviour import rows
from coercivity.model.inputs.chain_settings import ChainSettings
from coercivity.model.inputs.evidence import Evidence, Fact
from coercivity.model.inputs.evidence_file import refuse, suggest
from coercivity.model.inputs.evidence_schema import SCHEMAS
from coercivity.model.inputs.names import ILLICIT, MINE, form
from coercivity.model.role import roles

__all__ = ["check_row_names", "row_name_faults"]

SURE = 0.88  # likeness from which a row is taken for a misspelt one; the nearest two that differ have 0.87
STATUS = ("construction", "feasibility", "prefeasibility", "scoping", "replication", "ramp_up")
ALONE = ("demand long_elasticity", "demand service_elasticity", "supply normal_cost_spread",
         "supply output_fall_real_share", "expectation market_growth", "grey grey_value_share",
         "grey grey_value_share_heavy")  # fmt: skip


def check_row_names(evidence: Evidence, names: ChainSettings) -> None:
    """Refuse rows of a chain's own files that name what it does not have, saying what was probably meant."""
    refuse([*row_name_faults(evidence, names)])


def row_name_faults(evidence: Evidence, names: ChainSettings) -> Iterator[str]:
    """What `check_row_names` refuses, in words."""
    yield from _of_rules(evidence)
    yield from _of_behaviour(evidence, names)
    yield from _of_borders(evidence, names)
    yield from _of_making(evidence, names)


def _own(evidence: Evidence, file: str) -> Iterator[Fact]:
    """Rows of a file, without those that other chains share: their names are those chains'."""
    return (fact for fact in evidence.facts(file) if fact not in evidence.shared)


def _wrong(fact: Fact, name: str, known: Collection[str]) -> Iterator[str]:
    if name not in known:
        listed = ", ".join(word for word in known if word)
        hint = suggest(name, known, f"; there are: {listed}" if listed else "")
        yield f"{fact.place}: {fact.attribute} names {name!r}, which is not known{hint}"


def _of_rules(evidence: Evidence) -> Iterator[str]:
    """Roles that nobody has, and numbers that a role does not take."""
    files = (name for name in evidence.files if name.partition("_")[0] == "rules")
    for fact in (fact for name in files for fact in _own(evidence, name)):
        role = roles().get(fact.attribute)
        if role is None:
            yield f"{fact.place}: there is no role {fact.attribute!r}{suggest(fact.attribute, roles())}"
        else:
            yield from _wrong(fact, fact.item, role.open_numbers())


def _of_behaviour(evidence: Evidence, names: ChainSettings) -> Iterator[str]:
    """Elements, places, stages and statuses that are not known, and rows nearly like one that is read."""
    places, elements = evidence.entities("jurisdictions"), (*names.elements, "other")
    listed: dict[str, Collection[str]] = {
        "demand short_elasticity": elements,
        "base_year exported_to_marginal": elements,
        "investment hurdle_rate": places,
        "investment survival": STATUS,
        "investment ramp_up": (*names.stages.every, MINE),
        "investment quota_capital": (*names.quotas, "separation"),
    }
    taken = (row for group in rows().values() for row in group.values())
    read = {*ALONE, *(" ".join((row.entity, row.attribute, row.item)).strip() for row in taken)}
    for fact in _own(evidence, "behaviour"):
        about = f"{fact.entity} {fact.attribute}"
        if about in listed:
            yield from _wrong(fact, fact.item, listed[about]) if names.elements else ()
        else:
            yield from _nearly(fact, f"{about} {fact.item}".strip(), (*read, *listed))


def _of_borders(evidence: Evidence, names: ChainSettings) -> Iterator[str]:
    """Kinds of mine, forms that are shipped and forms that are taxed."""
    kinds = (*names.quotas, *(f"{ILLICIT}_{kind}" for kind in names.quotas), "all")
    for fact in _own(evidence, "output"):
        yield from _wrong(fact, fact.item, kinds)
    for fact in _own(evidence, "quotas"):
        yield from _nearly(fact, fact.item, (*names.quotas, "total"), 0.7)
    forms = [name for name in vars(names.forms).values() if name]
    ways = {(fact.attribute, fact.item): fact.line for fact in evidence.facts("freight") if fact.unit == "km"}
    for fact in _own(evidence, "freight"):
        yield from _nearly(fact, fact.entity, (*forms, "any", "distance"), 0.7)
        if (line := ways.get((fact.item, fact.attribute), 0)) and line <= fact.line:
            yield f"{fact.place}: {fact.attribute} to {fact.item} is on line {line}; a way is the same back"
    for fact in _own(evidence, "prices"):
        if fact.item:
            yield from _wrong(
                fact, fact.item, (*evidence.entities("jurisdictions"), *evidence.entities("firms"))
            )
    for fact in _own(evidence, "taxes"):
        if fact.attribute in ("vat_refund", "import_tariff", "export_duty"):
            yield from _nearly(fact, form(fact.item), forms, 0.7)


def _of_making(evidence: Evidence, names: ChainSettings) -> Iterator[str]:
    """Uses whose goods come back, elements of scrap, ways of mining, and attributes a chain names itself."""
    uses = evidence.entities("uses")
    by_item = {"lifetime": uses, "collection_rate": uses, "element_content": names.elements}
    for fact in _own(evidence, "recipes"):
        if fact.attribute in by_item:
            yield from _wrong(fact, fact.item, by_item[fact.attribute])
    ways = {fact.value for fact in evidence.facts("burdens", "route")}
    ways |= {name for stage in names.stages.every for name in (stage, f"{stage}_abroad")}
    for fact in _own(evidence, "burdens"):
        if fact.attribute == "burden":
            yield from _nearly(fact, fact.entity, ways, 0.8)
    low, dose, blend = names.recipes.low_attribute, names.dose, names.blend
    named = {
        "recipes": [*([dose.content, dose.worth, dose.least, dose.most] if dose else []),
                    *([blend.share] if blend else [])],
        "uses": [f"{low}_cost", f"{low}_share"] if low else [],
    }  # fmt: skip
    for file, known in named.items():
        declared = SCHEMAS[file].attributes
        for fact in _own(evidence, file):
            if fact.attribute not in declared:
                yield from _nearly(fact, fact.attribute, known, 0.85)


def _nearly(fact: Fact, name: str, read: Iterable[str], sure: float = SURE) -> Iterator[str]:
    """A name that is none of those that are read, and nearly one of them."""
    near = [] if name in read else get_close_matches(name, list(read), 1, sure)
    if near and not name.startswith(f"{near[0]}_"):
        yield f"{fact.place}: nothing reads {name!r}; did you mean {near[0]}?"
