"""What there is to choose from, read from the configuration and the evidence."""

import functools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from coercivity.experiments.base.errors import UserError, quote_word
from coercivity.experiments.base.paths import conf_dir, evidence_of
from coercivity.experiments.config.chains import load_chain, scenarios_of
from coercivity.experiments.config.evidence_reader import latest_by_item, latest_of, quantity, read_evidence
from coercivity.experiments.config.places import NAMES
from coercivity.model.inputs.evidence import COLUMNS, Fact

Item = dict[str, Any]
Facts: TypeAlias = "list[Fact]"


def _files(group: str) -> list[Item]:
    """The choices of a configuration group, each with what its file says about itself."""
    paths = sorted((conf_dir() / group).glob("*.yaml"))
    return [dict(_file(path, path.stat().st_mtime_ns)) for path in paths]


@functools.lru_cache(maxsize=256)
def _file(path: Path, _changed: int) -> Item:
    """What one file says about itself, read once as long as it stays as it is."""
    text = path.read_text(encoding="utf-8")
    try:
        content = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise UserError(
            f"{path} is not valid YAML; `coercivity validate {quote_word(path)}` says where"
        ) from error
    about = content.get("about") if isinstance(content, dict) else None
    about = about if isinstance(about, dict) else {}
    return {"name": path.stem, "summary": _summary(text, content, about), **about}


def _summary(text: str, content: Any, about: Mapping[str, Any]) -> str:
    if about.get("title"):
        purpose = about.get("purpose")
        return f"{about['title']}: {purpose}" if purpose else str(about["title"])
    for key in ("summary", "title", "name"):
        if isinstance(content, dict) and isinstance(content.get(key), str):
            return str(content[key])
    comments = (line.lstrip("# ").strip() for line in text.splitlines() if line.startswith("#"))
    return next((line for line in comments if line and not line.startswith("@package")), "")


def short_title(scenario: str) -> str:
    """What sentences call a scenario, by its file; nothing where there is none that says so."""
    path = conf_dir() / "scenario" / f"{scenario}.yaml"
    return str(_file(path, path.stat().st_mtime_ns).get("short") or "") if path.is_file() else ""


def _states(chain: str) -> list[Item]:
    """The states with levers of their own, by code, strategy and what they set from the start."""
    from coercivity.experiments.config.compose import compose  # slow to start, as is the register below

    items: list[Item] = []
    for name, state in sorted(compose([f"chain={chain}"]).values["state"].items()):
        code, strategy = str(state.get("code", "")), str(state.get("strategy", ""))
        known = state.get("lever") or {}
        used = [lever for lever, given in known.items() if given and any(given.values())]
        said = f"{NAMES.get(code, state.get('name', name))}, {code}, strategy {strategy}"
        summary = said + (f", sets {', '.join(used)}" if used else "")
        items.append({"name": name, "summary": summary, "code": code, "strategy": strategy})
    return items


def _entities(file: str, detail: Callable[[Facts], Iterable[str]]) -> Callable[[str], list[Item]]:
    """The entities of an evidence file with a summary made of their attributes."""

    def items(chain: str) -> list[Item]:
        found: list[Item] = []
        for entity, facts in read_evidence(_folder(chain)).by_entity(file).items():
            said = [part for part in detail(facts) if part]
            words = (fact for fact in facts if fact.unit == "text" and not fact.item)
            texts = {fact.attribute: fact.value for fact in words if fact.attribute != "name"}
            found.append({"name": entity, "summary": ", ".join(said), **texts})
        return found

    return items


def _text(facts: Facts, attribute: str) -> str:
    """The latest value of an attribute, as written."""
    fact = latest_of(facts, attribute)
    return fact.value if fact else ""


def _mine(facts: Facts) -> Iterable[str]:
    return (
        _text(facts, "name"),
        _text(facts, "jurisdiction"),
        _text(facts, "family"),
        quantity(latest_of(facts, "capacity")),
    )


def _plant(facts: Facts) -> Iterable[str]:
    return (
        _text(facts, "name"),
        _text(facts, "stage"),
        _text(facts, "jurisdiction"),
        quantity(latest_of(facts, "capacity")),
    )


def _project(facts: Facts) -> Iterable[str]:
    start = _text(facts, "start")
    return (
        _text(facts, "name"),
        _text(facts, "kind"),
        _text(facts, "jurisdiction"),
        quantity(latest_of(facts, "capacity")),
        f"from {start}" if start else "",
    )


def _use(facts: Facts) -> Iterable[str]:
    return _text(facts, "name"), _text(facts, "unit")


def _firm(facts: Facts) -> Iterable[str]:
    return _text(facts, "name"), _text(facts, "home"), _text(facts, "ownership")


def _folder(chain: str) -> Path:
    return evidence_of({"chain": load_chain(chain)})


def materials(folder: Path, forms: Mapping[str, str]) -> dict[str, str]:
    """Every material with a price on record or a recipe, with its latest price. forms: of its chain."""
    ore, made = forms["extracted"], {name for name in forms.values() if name}
    found: dict[str, str] = {}
    evidence = read_evidence(folder)
    for entity, facts in evidence.by_entity("prices").items():
        form, _, what = entity.partition(":")
        if what and form in made:
            found[entity] = quantity(latest_of(facts, "fob")) or quantity(latest_of(facts, "domestic"))
    for entity, facts in evidence.by_entity("baskets").items():
        shares = sorted(latest_by_item(facts, "share").items(), key=lambda pair: -pair[1].number)[:3]
        basket = ", ".join(f"{element} {100 * share.number:.0f} %" for element, share in shares)
        price = found.get(f"{ore}:{entity}", "")
        found[f"{ore}:{entity}"] = "; ".join(part for part in (basket, price) if part)
    for fact in evidence.facts("recipes"):
        for name in (fact.entity, fact.item):
            if name.partition(":")[0] in made - {ore}:
                found.setdefault(name, "")
    return found


def _materials(chain: str) -> list[Item]:
    found = materials(_folder(chain), load_chain(chain)["forms"])
    return [{"name": name, "summary": found[name]} for name in sorted(found)]


def _estimates(chain: str) -> list[Item]:
    """Every figure that is an estimate, with its range and the reasoning."""
    items: list[Item] = []
    folder = _folder(chain)
    for file in sorted(path.stem for path in folder.glob("*.csv")):
        for fact in read_evidence(folder).facts(file):
            if fact.confidence != "estimate":
                continue
            row = {column: str(getattr(fact, column)) for column in COLUMNS}
            name = ".".join(row[part] for part in ("entity", "attribute", "item", "year") if row[part])
            summary = f"{fact.value} {fact.unit} ({fact.low} to {fact.high}): {fact.source}"
            items.append({"name": name, "summary": summary, "file": fact.file, "line": fact.line, **row})
    return items


def _list_register(*kinds: str) -> Callable[[str], list[Item]]:
    """What the register of mechanisms says of some kinds, one line each with its switch."""

    def items(_chain: str) -> list[Item]:
        from coercivity.model.mechanisms import mechanisms

        return [
            {
                "name": m.name,
                "summary": f"{m.summary}{_cite_equations(m.equations)}; {m.switch}",
                "kind": m.kind,
                "switch": m.switch,
                "equations": list(m.equations),
                "file": m.file,
                "parameters": list(m.parameters),
            }
            for m in mechanisms()
            if m.kind in kinds
        ]

    return items


def _cite_equations(equations: Iterable[str]) -> str:
    """Numbers of equations as the end of a sentence.

    >>> _cite_equations(("B.1", "B.2"))
    ' (B.1, B.2)'
    """
    numbers = ", ".join(equations)
    return f" ({numbers})" if numbers else ""


def _experiments(_chain: str) -> list[Item]:
    """Those that have a name, each with the command that makes it."""
    trials = [(item, f"coercivity experiment {item['name']}") for item in _files("trial")]
    sweeps = [(item, f"coercivity sweep experiment={item['name']}") for item in _files("experiment")]
    return [
        {**item, "summary": f"{item['summary']} ({command})", "command": command}
        for item, command in (*trials, *sweeps)
    ]


def _scenarios(chain: str) -> list[Item]:
    """Those written for a chain."""
    mine = set(scenarios_of(chain))
    return [item for item in _files("scenario") if item["name"] in mine]


LISTS: Mapping[str, Callable[[str], list[Item]]] = {
    "chains": lambda _chain: _files("chain"),
    "scenarios": _scenarios,
    "states": _states,
    "firms": _entities("firms", _firm),
    "levers": _list_register("lever"),
    "strategies": _list_register("strategy"),
    "materials": _materials,
    "mines": _entities("mines", _mine),
    "plants": _entities("plants", _plant),
    "projects": _entities("projects", _project),
    "uses": _entities("uses", _use),
    "estimates": _estimates,
    "mechanisms": _list_register("behaviour", "lever"),
    "experiments": _experiments,
}
