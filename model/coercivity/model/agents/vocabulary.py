"""What names settings may use: read from the chain and its evidence, and checked before a run."""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from coercivity.model.inputs.chain_settings import Forms
from coercivity.model.inputs.evidence import Evidence, EvidenceError
from coercivity.model.inputs.fields import Named, names_in
from coercivity.model.inputs.names import form, substance
from coercivity.model.inputs.settings import Settings
from coercivity.model.lever import levers
from coercivity.model.network.chain import Chain
from coercivity.model.role import roles

__all__ = ["UnknownNameError", "Vocabulary", "check_names", "check_part", "known_materials", "nearest",
           "vocabulary"]  # fmt: skip

Vocabulary = Mapping[str, Mapping[str, str]]  # names by kind, each with what it is called at length
PARTS = ("made", "signal", *Forms.model_fields)  # words for materials that every chain has its own names for
LISTED, SHOWN = (
    ("material", "project", "use"),
    30,
)  # kinds with a list of their own; names that a sentence shows
LIKELY = 0.55  # similarity from which a material may be what was meant: its form or substance is right
SURE = 0.72  # and any other name: Taiwan is not Thailand


class UnknownNameError(EvidenceError):
    """A setting names what nobody has described."""


def known_materials(chain: Chain) -> tuple[str, ...]:
    """Everything that is mined, made or collected in a chain, as it stands or may be built."""
    forms = chain.names.forms
    mined = sorted({f.family for f in chain.facilities if f.family})
    found = [f"{forms.extracted}:{family}" for family in mined]
    found += [f"{forms.separated}:{element}" for element in chain.elements]
    found += [*chain.metals, *chain.grades, *([chain.names.scrap] if chain.names.scrap else [])]
    return tuple(dict.fromkeys(found))


def vocabulary(evidence: Evidence, chain: Chain) -> Vocabulary:
    """The names of every kind that settings may use."""
    return {
        "jurisdiction": {code: place.name for code, place in chain.places.items()},
        "material": dict.fromkeys(known_materials(chain), ""),
        "element": dict.fromkeys((*chain.elements, "other"), ""),
        "substance": {substance(name): "" for name in known_materials(chain)},
        "pollutant": {fact.item: "" for fact in evidence.facts("burdens", "charge")},
        "ore": dict.fromkeys(chain.names.quotas, ""),
        "family": dict.fromkeys(chain.baskets, ""),
        "use": {use.name: use.title for use in chain.uses},
        "plant": {f.name: f.title for f in chain.facilities},
        "project": {f.name: f.title for f in chain.facilities if f.terms is not None},
    }


def check_names(settings: Settings, known: Vocabulary) -> None:
    """Refuse a name that nothing describes. Raises UnknownNameError with the nearest one."""
    for path, part in _parts(settings):
        of_state = settings.state[path[1]].code if path[0] == "state" else ""
        check_part(part, path, known, of_state)


def check_part(part: BaseModel, path: tuple[str, ...], known: Vocabulary, home: str = "") -> None:
    """Refuse a name in a group of settings, which stands at a path, that nothing describes.

    home: the state whose settings they are, which is not its own neighbour
    """
    for where, named, word in names_in(part, path):
        if named.others and word == home:
            raise UnknownNameError(
                f"`{'.'.join(where)}` names other states, and {home} is the state it is set for; "
                "name another, or leave it out"
            )
        if named.kind not in known or word in known[named.kind] or _stands_for_some(named, word, known):
            continue
        place = ".".join(where)
        if named.kind == "material" and not named.anything and "*" in word:
            raise UnknownNameError(f"`{place}` names materials one by one, such as oxide:Dy, not `{word}`")
        meant = _meant(named.kind, word, known[named.kind])
        raise UnknownNameError(f"`{place}`: there is no {named.kind} `{word}`{meant}")


def _parts(settings: Settings) -> Iterator[tuple[tuple[str, ...], BaseModel]]:
    """Settings of the run that may name things, then those of every lever and option that can be read."""
    yield ("chain",), settings.chain
    yield ("market",), settings.market
    yield ("what_if",), settings.what_if
    for name, state in settings.state.items():
        for role, given in state.role.items():
            if (read := _read(roles(), role, given)) is not None:
                yield ("state", name, "role", role), read
        menus: dict[tuple[str, ...], Mapping[str, Any]] = {("lever",): state.lever}
        menus |= {("options", option): given for option, given in state.options.items()}
        for where, menu in menus.items():
            for lever, given in menu.items():
                made = _read(levers(), lever, given)
                if made is not None:
                    yield ("state", name, *where, lever), made


def _read(known: Mapping[str, type[BaseModel]], name: str, given: Any) -> BaseModel | None:
    """Settings of a lever or role; nothing where they cannot be read, which is said elsewhere."""
    if name not in known or not isinstance(given, Mapping):
        return None
    try:
        return known[name](**given)
    except (ValidationError, TypeError):
        return None


def _stands_for_some(named: Named, word: str, known: Vocabulary) -> bool:
    """Whether a word means several names at once: all of them, a form's, or a part's of every chain."""
    if named.kind != "material":
        return named.anything and word in ("all", "*")
    if word in PARTS:
        return named.anything or word == "signal"
    of_a_form = word.endswith(":*") and any(form(name) == word[:-2] for name in known["material"])
    return named.anything and (word in ("all", "*") or of_a_form)


def _meant(kind: str, word: str, known: Mapping[str, str]) -> str:
    near = nearest(word, known)
    alike = [name for name in known if ":" in word and form(name) == form(word)] or known
    if near:
        return f"; did you mean `{near}`?"
    many = len(alike) > SHOWN and kind in LISTED
    return (
        f"; see `coercivity list {kind}s`" if many else f"; there are: {', '.join(sorted(alike)) or 'none'}"
    )


def nearest(word: str, known: Mapping[str, str]) -> str:
    """The name that was probably meant, by spelling, title, or as its abbreviation; or nothing.

    >>> nearest("Japan", {"JP": "Japan", "IN": "India"}), nearest("usa", {"US": "United States", "AU": ""})
    ('JP', 'US')
    >>> nearest("oxide:Dysprosium", {"oxide:NdPr": "", "oxide:Dy": ""}), nearest("Dy", {"oxide:Dy": ""})
    ('oxide:Dy', 'oxide:Dy')
    """
    said = _plain(word)
    alike = [name for name, title in known.items() if said in (_plain(name), _plain(title))]
    if alike or not said:
        return alike[0] if alike else ""
    inside, likely, longest = {name: name for name in known}, SURE, 3
    if any(":" in name for name in known):  # materials: the same form first, then the same substance
        if part := next((form(name) for name in known if said in (form(name), f"{form(name)}s")), ""):
            return f"{part}:*"
        likely, longest = LIKELY, len(said)
        same = [name for name in known if ":" in word and form(name) == form(word)]
        inside = {name: substance(name) for name in same or known}
        said = _plain(substance(word) if ":" in word else word)
    if said == "*":
        forms = {form(name): f"{form(name)}:*" for name in known}
        close = difflib.get_close_matches(form(word), list(forms), 1, LIKELY)
        return forms[close[0]] if close else ""
    titles = {_plain(title): name for name, title in known.items() if title}
    if close := difflib.get_close_matches(said, list(titles), 1, 0.8):
        return titles[close[0]]
    begun = [name for title, name in titles.items() if len(said) > 3 and f" {said}" in f" {title}"]
    if len(begun) == 1:  # a word of its title, or the beginning of one
        return begun[0]
    exact = [name for name, short in inside.items() if _plain(short) == said]
    abbreviated = [name for name, short in inside.items() if _abbreviates(_plain(short), said)]
    if exact or (abbreviated and 2 < len(said) <= longest):
        return (exact or sorted(abbreviated, key=lambda name: not said.startswith(_plain(inside[name]))))[0]
    texts = [(text, name) for name in inside for text in (known[name], inside[name]) if text]
    texts = [(text, name) for text, name in texts if likely == LIKELY or len(text) > 3]  # codes are all alike
    spelt = {_plain(text): name for text, name in reversed(texts)}
    close = difflib.get_close_matches(said, list(spelt), 1, likely)
    return spelt[close[0]] if close else ""


def _plain(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text.casefold()).strip()


def _abbreviates(short: str, word: str) -> bool:
    """Whether a short name is made of letters of a word in their order, the first being its first.

    >>> _abbreviates("nd", "neodymium"), _abbreviates("us", "usa"), _abbreviates("dy", "terbium")
    (True, True, False)
    """
    if not short or len(short) > 2 or not word.startswith(short[0]):
        return False
    rest = iter(word)
    return all(letter in rest for letter in short)
