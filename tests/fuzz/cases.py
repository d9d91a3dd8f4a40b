"""Generated cases, each told by a seed and a number: the same pair gives the same case."""

import functools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from coercivity.experiments.config.chains import evidence_for
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.levers import declared_levers, known_names
from coercivity.experiments.config.overrides import choices_of
from coercivity.model.inputs.settings import Settings
from fuzz.values import ODD_MONTHS, ODD_NUMBERS, ODD_TEXTS, Maker, written

HERE = Path(__file__).parent
END = "clock.end=2025-07"
SCENARIOS = {
    "rare_earths": (
        "baseline",
        "embargo",
        "restrictions_2025",
        "flooding",
        "stockpile_first",
        "environmental_levelling",
        "friendshoring_pooled",
        "deep_sea",
        "africa_to_allies",
        "recycling_substitution",
        "free_trade",
    ),
    "gallium_germanium": ("gallium_baseline", "gallium_ban_2024", "gallium_licences_2023"),
}
KINDS = ("overrides", "overrides", "overrides", "raw", "scenario", "scenario", "text", "evidence", "evidence")


@dataclass(frozen=True)
class Case:
    """What is asked of the program: overrides, or a scenario file's bytes, or damage to evidence.

    kind: overrides, raw, scenario, text or evidence · damage: seed of what `fuzz.evidence` does to it
    """

    number: int
    kind: str
    chain: str
    overrides: tuple[str, ...] = ()
    file: bytes = b""
    damage: str = ""

    def told(self) -> dict[str, Any]:
        """All of it, for a log."""
        return {
            "chain": self.chain,
            "overrides": list(self.overrides),
            "file": self.file.decode("utf-8", "backslashreplace")[:4000],
            "damage": self.damage,
        }


def case(seed: int, number: int) -> Case:
    """The case of a number. A third are about the large chain, whose runs take seconds."""
    rng = random.Random(f"{seed}:{number}")
    kind = KINDS[number % len(KINDS)]
    chain = "rare_earths" if rng.random() < 0.25 else "gallium_germanium"
    return _MAKERS[kind](number, kind, chain, rng)


def _overrides(number: int, kind: str, chain: str, rng: random.Random) -> Case:
    """A scenario and a few settings of levers, market, firms and clock."""
    maker = Maker(rng, rng.choice((0.0, 0.02, 0.1, 0.4)), names(chain))
    words = [f"scenario={rng.choice(SCENARIOS[chain])}", END]
    if rng.random() < 0.7:
        words += [f"{key}={written(value, rng)}" for key, value in _levers(maker, chain)]
    if rng.random() < 0.7 or len(words) < 3:
        words += [f"{key}={written(value, rng)}" for key, value in _apart(maker)]
    return Case(number, kind, chain, tuple(words))


def _levers(maker: Maker, chain: str) -> Iterator[tuple[str, Any]]:
    """Some settings of some levers of some states, whole or key by key."""
    for _ in range(maker.rng.randint(1, 2)):
        name = maker.rng.choice(sorted(declared_levers()))
        place = f"state.{maker.rng.choice(states(chain))}.lever.{name}"
        given = maker.group(declared_levers()[name])
        if maker.rng.random() < 0.5:
            yield place, given
        else:
            yield from _deep(place, given, maker.rng)


def _deep(place: str, given: Any, rng: random.Random) -> Iterator[tuple[str, Any]]:
    """A group key by key, down to where chance stops."""
    if not isinstance(given, Mapping) or not given or rng.random() < 0.25:
        yield place, given
        return
    for key, value in given.items():
        yield from _deep(f"{place}.{key}", value, rng)


def _apart(maker: Maker) -> Iterator[tuple[str, Any]]:
    """Settings that are no lever's: market, firms, optimiser, objective, clock, seed."""
    parts: list[tuple[str, type[BaseModel]]] = [
        (name, info.annotation)
        for name, info in Settings.model_fields.items()
        if name in ("market", "firm", "what_if", "optimise", "clock") and isinstance(info.annotation, type)
    ]
    for _ in range(maker.rng.randint(1, 3)):
        place, schema = maker.rng.choice(parts)
        if place == "firm":
            group = maker.rng.choice(sorted(schema.model_fields))
            place, schema = f"firm.{group}", schema.model_fields[group].annotation  # type: ignore[assignment]
        name = maker.rng.choice(sorted(schema.model_fields))
        info = schema.model_fields[name]
        value = maker.value(info.annotation, info.metadata, name)
        yield f"{place}.{name}", value
    if maker.rng.random() < 0.1:
        yield "seed", maker.number((), int)


def _raw(number: int, kind: str, chain: str, rng: random.Random) -> Case:
    """Any key of the configuration with an odd value, or words that are hardly settings."""
    words = [f"scenario={rng.choice(SCENARIOS[chain])}", END]
    for _ in range(rng.randint(1, 2)):
        if rng.random() < 0.3:
            words.append(rng.choice(WORDS))
            continue
        key = rng.choice(keys(chain))
        key = rng.choice(
            (key, key, key, f"+{key}", f"++{key}", f"~{key}", key.rpartition(".")[0] or key, f"{key}.x")
        )
        value = rng.choice((*ODD_NUMBERS, *ODD_TEXTS, *ODD_MONTHS, 0.5, 1))
        words.append(f"{key}={written(value, rng)}")
    return Case(number, kind, chain, tuple(words))


WORDS = (
    *(HERE / "overrides.txt").read_text(encoding="utf-8").splitlines(),
    "x" * 300,
    f"seed={'9' * 5000}",
    f"seed={'[' * 500}",
)


def _scenario(number: int, kind: str, chain: str, rng: random.Random) -> Case:
    """A scenario file that is YAML, of generated settings."""
    maker = Maker(rng, rng.choice((0.0, 0.05, 0.2)), names(chain))
    content: dict[Any, Any] = {
        "about": {"title": "Generated", "source": "chance", "purpose": "to be tried", "chain": chain}
    }
    for key, value in [*_levers(maker, chain), *_apart(maker), ("clock.end", "2025-07")]:
        place = content
        *above, last = key.split(".")
        for part in above:
            inner = place.setdefault(part, {})
            if not isinstance(inner, dict):
                break
            place = inner
        place[last] = value
    if maker.strange():
        content[rng.choice(("scenario", "defaults", "about", "hydra", None, 1, "state"))] = rng.choice(
            ODD_TEXTS
        )
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=rng.random() < 0.5)
    return Case(number, kind, chain, file=f"# @package _global_\n{text}".encode("utf-8", "surrogatepass"))


def _text(number: int, kind: str, chain: str, rng: random.Random) -> Case:
    """A scenario file in odd YAML, or what is hardly YAML."""
    lead = "# @package _global_\n" if rng.random() < 0.9 else ""
    about = f"about: {{title: t, source: s, purpose: p, chain: {chain}}}\nclock: {{end: 2025-07}}\n"
    body = rng.choice(TEXTS).replace("STATE", rng.choice(states(chain)))
    text = (lead + (about if rng.random() < 0.85 else "") + body).encode("utf-8", "surrogatepass")
    change = rng.choice(("", "", "", "", "bom", "crlf", "latin", "cut", "twice", "nul", "utf16"))
    changed = {
        "bom": b"\xef\xbb\xbf" + text,
        "crlf": text.replace(b"\n", b"\r\n"),
        "latin": text + b"# \xe9\n",
        "cut": text[: rng.randint(0, len(text))],
        "twice": text + text,
        "nul": text + b"\0",
        "utf16": text.decode("utf-8", "replace").encode("utf-16"),
    }
    return Case(number, kind, chain, file=changed.get(change, text))


TEXTS = (
    *(HERE / "scenarios.txt").read_text(encoding="utf-8").split("=====\n"),
    "",
    "\0",
    "seed:\t3\n",
    "\tseed: 3\n",
    f"seed: {'9' * 4000}\n",
    f"a: {'[' * 2000}\n",
    f"a: {'{b: ' * 2000}\n",
    "a:\n" + "".join(" " * depth + "b:\n" for depth in range(1, 300)),
)


def _evidence(number: int, kind: str, chain: str, rng: random.Random) -> Case:
    """Damage to the evidence of either chain, by a seed of its own; the run is the plainest there is."""
    return Case(number, kind, chain, damage=str(rng.getrandbits(40)))


_MAKERS = {"overrides": _overrides, "raw": _raw, "scenario": _scenario, "text": _text, "evidence": _evidence}


@functools.cache
def _plain(chain: str) -> Mapping[str, Any]:
    return compose([f"scenario={SCENARIOS[chain][0]}"]).values


@functools.cache
def names(chain: str) -> Mapping[str, Sequence[str]]:
    """Names that the evidence of a chain knows, by kind."""
    known = known_names(_plain(chain), evidence_for([f"chain={chain}"]))
    found = {kind: sorted(some) for kind, some in known.items() if some}
    patterns = sorted({f"{name.partition(':')[0]}:*" for name in found["material"]})
    return {
        **found,
        "material": [*found["material"], *patterns],
        "stage": ["extract", "separate", "reduce", "assemble"],
    }


@functools.cache
def states(chain: str) -> Sequence[str]:
    """States of a chain, by their keys."""
    return sorted(_plain(chain)["state"])


@functools.cache
def keys(chain: str) -> Sequence[str]:
    """Every key of a configuration, and the groups."""
    return [
        *_walked(_plain(chain), ""),
        *(f"{group}" for group in ("calibrated", "market", "firm") if choices_of(group)),
    ]


def _walked(value: Any, above: str) -> list[str]:
    found = []
    for key, inner in value.items():
        place = f"{above}{key}"
        found += [place, *(_walked(inner, f"{place}.") if isinstance(inner, Mapping) else [])]
    return found
