"""What a set of evidence must hold as a whole: complete entities, known names, shares that sum, mass kept.

Files are checked by themselves (`faults_in`), then against each other (`faults_between`). What needs
the chain's names is checked when a world is built (evidence_chain.py).
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from coercivity.model.inputs.evidence_file import Fact, suggest
from coercivity.model.inputs.evidence_schema import REQUIRED_FILES, SCHEMAS, FileSchema, schema_of

__all__ = ["faults_between", "faults_of_base_years", "faults_in", "misnamed_file", "missing_files"]

Files = Mapping[str, Sequence[Fact]]
ROOM = ("normal", "spread", "block", "rise")
MOST_INPUT = 2.0  # kg of what is tracked in a kg of what is made: half is lost at most


def missing_files(files: Collection[str], folder: str) -> Iterator[str]:
    """Files that every chain needs and this set has not."""
    for name in REQUIRED_FILES:
        if name not in files:
            schema = schema_of(name)
            about = f" ({schema.about})" if schema else ""
            yield f"{folder}: there is no {name}.csv{about}; every chain needs one"


def misnamed_file(stem: str) -> Iterator[str]:
    """A file that nothing reads and whose name is nearly that of one that is read."""
    if near := get_close_matches(stem.lower(), SCHEMAS, 1, 0.75):
        yield f"{stem}.csv: nothing reads a file of that name; did you mean {near[0]}.csv?"


def faults_in(stem: str, facts: Sequence[Fact]) -> Iterator[str]:
    """What is wrong with a file by itself: entities without what they need, shares that do not sum."""
    schema = schema_of(stem)
    if schema is None or not facts:
        return
    held: dict[str, set[str]] = {}
    first: dict[str, Fact] = {}
    for fact in facts:
        held.setdefault(fact.entity, set()).add(fact.attribute)
        first.setdefault(fact.entity, fact)
    needed = [name for name, attribute in schema.attributes.items() if attribute.needed]
    for entity, attributes in held.items():
        missing = [name for name in needed if name not in attributes]
        if missing:
            yield f"{first[entity].place}: has no {', '.join(missing)}; give a row of each"
        if schema.any_of and not attributes & set(schema.any_of):
            yield f"{first[entity].place}: has neither {' nor '.join(schema.any_of)}; give one"
    for name, attribute in schema.attributes.items():
        if attribute.sums is not None:
            yield from _sums(name, attribute.sums, [f for f in facts if f.attribute == name])
    if stem.startswith("base_"):
        yield from _rooms(facts)
    elif stem in ("mines", "plants"):
        yield from _outputs(facts)
    elif stem == "recipes":
        yield from _recipes(facts)


def _by_year(facts: Iterable[Fact]) -> Iterator[tuple[str, int, dict[str, Fact]]]:
    """For each entity and each year of its rows, what holds then by item."""
    groups: dict[str, list[Fact]] = {}
    for fact in facts:
        groups.setdefault(fact.entity, []).append(fact)
    for entity, found in groups.items():
        found.sort(key=lambda fact: -fact.year)
        for year in sorted({fact.year for fact in found}):
            # The latest row not after the year, else the earliest after it, as `Evidence.find` has it.
            now = {fact.item: fact for fact in found if fact.year > year}
            now |= {fact.item: fact for fact in reversed(found) if fact.year <= year}
            yield entity, year, now


def _sums(name: str, tolerance: float, facts: Sequence[Fact]) -> Iterator[str]:
    """Shares that do not sum to one in a year."""
    for _, year, now in _by_year(facts):
        total = math.fsum(fact.number for fact in now.values())
        if abs(total - 1.0) > tolerance:
            fact = next(iter(now.values()))
            yield f"{fact.place}: {name} sums to {total:.3g} over {', '.join(now)} in {year}; expected 1"
            return


def _rooms(facts: Iterable[Fact]) -> Iterator[str]:
    """Mines and plants of a base year without one of the four figures of their room."""
    rooms: dict[str, dict[str, Fact]] = {}
    for fact in facts:
        if fact.attribute == "room":
            rooms.setdefault(fact.entity, {})[fact.item] = fact
    for found in rooms.values():
        missing = [item for item in ROOM if item not in found]
        if missing:
            yield f"{next(iter(found.values())).place}: room has no {', '.join(missing)}; give all four"


def _outputs(facts: Iterable[Fact]) -> Iterator[str]:
    """Mines and plants that made more than they can."""
    listed = [fact for fact in facts if fact.attribute in ("capacity", "output")]
    room = {(f.entity, f.year): f for f in listed if f.attribute == "capacity"}
    for fact in listed:
        can = room.get((fact.entity, fact.year))
        if fact.attribute == "output" and can is not None and fact.number > 1.001 * can.number:
            yield (
                f"{fact.place}: output is {fact.value} in {fact.year}, more than its capacity, {can.value} "
                f"(line {can.line})"
            )


def _recipes(facts: Sequence[Fact]) -> Iterator[str]:
    """Recipes that make something of nothing, lose most of it, or go round in a circle."""
    compounds = {fact.entity: fact.number for fact in facts if fact.attribute == "stoichiometry"}
    reduced = {fact.entity for fact in facts if fact.attribute == "yield"}
    inputs = [fact for fact in facts if fact.attribute == "input"]
    made = {fact.entity for fact in inputs}
    makes: dict[str, set[str]] = {}
    for fact in inputs:
        makes.setdefault(fact.entity, set()).add(fact.item)
    for entity, year, now in _by_year(inputs):
        total = math.fsum(fact.number / compounds.get(fact.item, 1.0) for fact in now.values())
        least = 0.99 if entity in reduced or (len(now) == 1 and not made & set(now)) else 0.0
        # A kg of an element takes a kg of it; an assembled good holds other things as well.
        assembled = any(item in made for item in now)
        least = 0.0 if assembled else least
        if not least <= total <= MOST_INPUT or total <= 0.0:
            fact = next(iter(now.values()))
            yield (
                f"{fact.place}: input sums to {total:.3g} kg of element a kg in {year}; expected "
                f"{'more than 0' if least == 0 else f'{least:g}'} and at most {MOST_INPUT:g}"
            )
    for ring in _rings(makes):
        fact = next(f for f in inputs if f.entity == ring[0])
        yield f"{fact.place}: recipes go round in a circle: {' from '.join((*ring, ring[0]))}; take one away"


def _rings(makes: Mapping[str, set[str]]) -> Iterator[tuple[str, ...]]:
    """The first circle among recipes, if there is one."""
    done: set[str] = set()
    for start in makes:
        path = [start]
        rest = [iter(sorted(makes[start]))]
        while rest:
            item = next(rest[-1], None)
            if item is None:
                rest.pop()
                done.add(path.pop())
            elif item in path:
                yield tuple(path[path.index(item) :])
                return
            elif item in makes and item not in done:
                path.append(item)
                rest.append(iter(sorted(makes[item])))


def faults_between(files: Files, stems: Iterable[str] | None = None) -> Iterator[str]:
    """What is wrong between files: names that other files do not know.

    stems: files to look at, else all; a file that is not there is not asked.
    """
    known = {name: {fact.entity: None for fact in facts} for name, facts in files.items()}
    for stem in files if stems is None else stems:
        schema = schema_of(stem)
        if schema is not None:
            for fact in files.get(stem, ()):
                yield from _references(fact, schema, known)
            yield from _uncovered_entities(stem, schema, known)


def faults_of_base_years(files: Files) -> Iterator[str]:
    """Mines and plants that a base year was reconciled with and that no file has any more."""
    known = {fact.entity for name in ("mines", "plants") for fact in files.get(name, ())}
    for stem, facts in files.items():
        for fact in facts if stem.startswith("base_") else ():
            if fact.attribute == "room" and fact.item == ROOM[0] and fact.entity not in known:
                yield (
                    f"mines.csv and plants.csv: no {fact.entity}, with which {stem}.csv was reconciled "
                    f"(line {fact.line}); bring its rows back, or reconcile anew"
                )


def _references(fact: Fact, schema: FileSchema, known: Mapping[str, Mapping[str, None]]) -> Iterator[str]:
    """Names in a row that no file knows."""
    declared = schema.attributes.get(fact.attribute)
    if schema.entities and fact.entity not in schema.also:
        yield from _unknown(fact, "entity", fact.entity, schema.entities, known)
    if declared is None:
        if schema.places and fact.unit == "km":
            yield from _unknown(fact, "attribute", fact.attribute, ("jurisdictions",), known)
            yield from _unknown(fact, "item", fact.item, ("jurisdictions",), known)
        return
    if declared.owners:
        yield from _unknown(fact, "entity", fact.entity, declared.owners, known)
    if declared.items:
        yield from _unknown(fact, "item", fact.item, (declared.items,), known)
    words = fact.value.split(";") if declared.many else [fact.value]
    if declared.words and not declared.refers and fact.value not in declared.words:
        hint = suggest(fact.value, declared.words)
        yield f"{fact.place}: {fact.attribute} is {fact.value!r}; expected {', '.join(declared.words)}{hint}"
    for word in words if declared.refers else ():
        if word.strip() not in declared.words:
            for file in declared.refers:
                yield from _unknown(fact, fact.attribute, word.strip(), (file,), known)


def _unknown(
    fact: Fact, what: str, name: str, files: tuple[str, ...], known: Mapping[str, Mapping[str, None]]
) -> Iterator[str]:
    """A name that is no entity of any of the files."""
    held = [known[file] for file in files if file in known]
    if held and not any(name in entities for entities in held):
        listed = [entity for entities in held for entity in entities]
        where = " or ".join(f"{file}.csv" for file in files)
        yield f"{fact.place}: {what} {name!r} is not in {where}{suggest(name, listed)}"


def _uncovered_entities(
    stem: str, schema: FileSchema, known: Mapping[str, Mapping[str, None]]
) -> Iterator[str]:
    """Entities of another file that a file has no row of."""
    missing = [name for name in known.get(schema.covers, ()) if name not in known[stem]]
    if missing:
        yield f"{stem}.csv: has no row of {', '.join(missing[:5])}, which {schema.covers}.csv has; give one"
