"""Which chain a run is about, and what its choice brings along: scenarios, states, evidence.

A scenario names its chain (`about.chain`, nothing for the usual one), a chain its baseline and its states,
so either is enough: `scenario=NAME` finds the chain, `chain=NAME` takes its baseline.
"""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from coercivity.experiments.base.errors import UserError, unknown
from coercivity.experiments.base.paths import conf_dir, evidence_of
from coercivity.experiments.config.evidence_reader import read_evidence

__all__ = [
    "chain_named",
    "check_chain",
    "chain_of",
    "complete_chain",
    "load_chain",
    "evidence_for",
    "home_of_default",
    "scenarios_of",
    "default_chain",
    "with_chain",
]


def default_chain() -> str:
    """The chain of a configuration that names none."""
    return _default_chain(conf_dir())


@functools.lru_cache(maxsize=8)
def _default_chain(conf: Path) -> str:
    listed = _content(conf / "config.yaml").get("defaults") or []
    return next((str(one["chain"]) for one in listed if isinstance(one, dict) and "chain" in one), "")


def home_of_default(conf: Path) -> str:
    """The home state of the chain that a folder of configuration has by default."""
    return str(_content(conf / "chain" / f"{_default_chain(conf)}.yaml")["home"])


def chain_of(scenario: str) -> str:
    """The chain a scenario is written for."""
    about = _content(conf_dir() / "scenario" / f"{scenario}.yaml").get("about")
    return str((about or {}).get("chain") or default_chain())


def scenarios_of(chain: str) -> list[str]:
    """The scenarios written for a chain, in order."""
    every = sorted(path.stem for path in (conf_dir() / "scenario").glob("*.yaml"))
    return [name for name in every if chain_of(name) == chain]


def load_chain(chain: str) -> Mapping[str, Any]:
    """What the file of a chain says."""
    return _content(conf_dir() / "chain" / f"{chain}.yaml")


def with_chain(choosing: Sequence[str]) -> list[str]:
    """The choices with those that a chain or a scenario implies. Raises UserError where the two differ."""
    chosen = dict(text.partition("=")[::2] for text in choosing)
    scenario, chain = chosen.get("scenario"), chosen.get("chain")
    owner = chain_of(scenario) if scenario else default_chain()
    if scenario and chain and owner != chain:
        known = ", ".join(scenarios_of(chain)) or "none yet"
        raise UserError(
            f"scenario={scenario} is written for chain={owner}, not for chain={chain}; "
            f"scenarios of chain={chain}: {known}"
        )
    named = chain or owner
    if named == default_chain():
        return list(choosing)
    content = load_chain(named)
    added = [] if chain else [f"chain={named}"]
    if not scenario and content.get("baseline"):
        added.append(f"scenario={content['baseline']}")
    if "state" not in chosen and content.get("states"):
        added.append(f"state=[{','.join(map(str, content['states']))}]")
    return [*choosing, *added]


def chain_named(words: Sequence[str]) -> str:
    """The chain that overrides are about: the one they name, or their first scenario's."""
    named = dict(reversed([word.partition("=")[::2] for word in words]))
    first = named.get("scenario", "").partition(",")[0]
    return named.get("chain") or (chain_of(first) if first else default_chain())


def evidence_for(words: Sequence[str]) -> Path:
    """The figures of the chain that overrides are about."""
    return evidence_of({"chain": load_chain(chain_named(words))})


def check_chain(values: Mapping[str, Any], evidence: Path) -> None:
    """Refuse a chain that is none, and rules or a baseline of it that do not exist."""
    chain, folder = values.get("chain") or {}, conf_dir()
    written = (values.get("about") or {}).get("chain")
    if written and written != chain.get("name"):
        raise UserError(
            f"`about.chain` is {written}, and the run is about {chain.get('name')}: chain=NAME chooses"
        )
    rules = [name for name in read_evidence(evidence).files if name.partition("_")[0] == "rules"]
    named = {
        "name": ("chain", [path.stem for path in folder.glob("chain/*.yaml")]),
        "baseline": ("scenario", [path.stem for path in folder.glob("scenario/*.yaml")]),
        "rules": ("set of rules", rules),
    }
    for key, (kind, known) in named.items():
        if key in chain and chain[key] not in known:
            raise UserError(f"`chain.{key}`: {unknown(kind, str(chain[key]), known)}")


def complete_chain(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """A stored configuration, its chain described even where it was written before chains were."""
    chain = values.get("chain")
    if isinstance(chain, Mapping) and "forms" in chain:
        return values
    name = str((chain or {}).get("name") or default_chain())
    return {**values, "chain": {**load_chain(name), **(chain or {})}}


def _content(path: Path) -> dict[str, Any]:
    stamp = path.stat().st_mtime_ns if path.is_file() else 0
    return _read(path, stamp)


@functools.lru_cache(maxsize=256)
def _read(path: Path, stamp: int) -> dict[str, Any]:
    """A file of the configuration as it is written; nothing where it cannot be read: others say why."""
    if not stamp:
        return {}
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}
