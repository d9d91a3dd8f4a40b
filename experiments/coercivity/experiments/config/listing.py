"""What there is to choose from, read from the configuration and the evidence."""

import argparse
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import OK, UserError, unknown
from coercivity.experiments.base.paths import conf_dir, evidence_of
from coercivity.experiments.config import evidence_rows as evidence
from coercivity.experiments.config.chains import described, scenarios_of, usual

Item = dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `list`."""
    parser.add_argument("what", metavar="WHAT", help=f"one of: {', '.join(LISTS)}")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--chain", metavar="NAME", help="what the evidence of another mineral's chain has")


def main(args: argparse.Namespace) -> int:
    """Print one line for each."""
    if args.what not in LISTS:
        raise UserError(unknown("list", args.what, LISTS))
    chain = args.chain or usual()
    if chain not in (known := sorted(path.stem for path in (conf_dir() / "chain").glob("*.yaml"))):
        raise UserError(unknown("chain", chain, known))
    items = LISTS[args.what](chain)
    if args.json:
        print(json.dumps(items, indent=1, ensure_ascii=False))
        return OK
    width = max((len(item["name"]) for item in items), default=0)
    for item in items:
        print(f"{item['name']:<{width}}  {item['summary']}".rstrip())
    return OK


def _files(group: str) -> list[Item]:
    """The choices of a configuration group, each with what its file says about itself."""
    import yaml

    items: list[Item] = []
    for path in sorted((conf_dir() / group).glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        try:
            content = yaml.safe_load(text) or {}
        except yaml.YAMLError as error:
            raise UserError(f"{path} is not valid YAML; `coercivity validate {path}` says where") from error
        about = content.get("about") if isinstance(content, dict) else None
        about = about if isinstance(about, dict) else {}
        items.append({"name": path.stem, "summary": _summary(text, content, about), **about})
    return items


def _summary(text: str, content: Any, about: Mapping[str, Any]) -> str:
    if about.get("title"):
        purpose = about.get("purpose")
        return f"{about['title']}: {purpose}" if purpose else str(about["title"])
    for key in ("summary", "title", "name"):
        if isinstance(content, dict) and isinstance(content.get(key), str):
            return str(content[key])
    comments = (line.lstrip("# ").strip() for line in text.splitlines() if line.startswith("#"))
    return next((line for line in comments if line and not line.startswith("@package")), "")


def _states(chain: str) -> list[Item]:
    """The states with levers of their own, by code, strategy and what they set from the start."""
    from coercivity.experiments.config.compose import compose
    from coercivity.experiments.measures.catalogue import NAMES

    items: list[Item] = []
    for name, state in sorted(compose([f"chain={chain}"]).values["state"].items()):
        code, strategy = str(state.get("code", "")), str(state.get("strategy", ""))
        known = state.get("lever") or {}
        used = [lever for lever, given in known.items() if given and any(given.values())]
        said = f"{NAMES.get(code, state.get('name', name))}, {code}, strategy {strategy}"
        summary = said + (f", sets {', '.join(used)}" if used else "")
        items.append({"name": name, "summary": summary, "code": code, "strategy": strategy})
    return items


def _entities(file: str, detail: Callable[[evidence.Facts], Iterable[str]]) -> Callable[[str], list[Item]]:
    """The entities of an evidence file with a summary made of their attributes."""

    def items(chain: str) -> list[Item]:
        found: list[Item] = []
        for entity, facts in evidence.entities(file, _folder(chain)).items():
            said = [part for part in detail(facts) if part]
            texts = {key: value for key, value in facts.texts().items() if key != "name"}
            found.append({"name": entity, "summary": ", ".join(said), **texts})
        return found

    return items


def _mine(facts: evidence.Facts) -> Iterable[str]:
    return (
        facts.text("name"),
        facts.text("jurisdiction"),
        facts.text("family"),
        facts.latest("capacity"),
    )


def _plant(facts: evidence.Facts) -> Iterable[str]:
    return (
        facts.text("name"),
        facts.text("stage"),
        facts.text("jurisdiction"),
        facts.latest("capacity"),
    )


def _project(facts: evidence.Facts) -> Iterable[str]:
    start = facts.text("start")
    return (
        facts.text("name"),
        facts.text("kind"),
        facts.text("jurisdiction"),
        facts.latest("capacity"),
        f"from {start}" if start else "",
    )


def _use(facts: evidence.Facts) -> Iterable[str]:
    return facts.text("name"), facts.text("unit")


def _firm(facts: evidence.Facts) -> Iterable[str]:
    return facts.text("name"), facts.text("home"), facts.text("ownership")


def _folder(chain: str) -> Path:
    return evidence_of({"chain": described(chain)})


def materials(folder: Path, forms: Mapping[str, str]) -> dict[str, str]:
    """Every material with a price on record or a recipe, with its latest price. forms: of its chain."""
    ore, made = forms["extracted"], {name for name in forms.values() if name}
    found: dict[str, str] = {}
    for entity, facts in evidence.entities("prices.csv", folder).items():
        form, _, what = entity.partition(":")
        if what and form in made:
            found[entity] = facts.latest("fob") or facts.latest("domestic")
    for entity, facts in evidence.entities("baskets.csv", folder).items():
        shares = sorted(facts.items("share").items(), key=lambda pair: -float(pair[1]))[:3]
        basket = ", ".join(f"{element} {100 * float(share):.0f} %" for element, share in shares)
        price = found.get(f"{ore}:{entity}", "")
        found[f"{ore}:{entity}"] = "; ".join(part for part in (basket, price) if part)
    for row in evidence.rows("recipes.csv", folder):
        for name in (row["entity"], row["item"]):
            if name.partition(":")[0] in made - {ore}:
                found.setdefault(name, "")
    return found


def _materials(chain: str) -> list[Item]:
    found = materials(_folder(chain), described(chain)["forms"])
    return [{"name": name, "summary": found[name]} for name in sorted(found)]


def _estimates(chain: str) -> list[Item]:
    """Every figure that is an estimate, with its range and the reasoning."""
    items: list[Item] = []
    folder = _folder(chain)
    for file in evidence.files(folder):
        for row in evidence.rows(file.name, folder):
            if row["confidence"] != "estimate":
                continue
            name = ".".join(
                part for part in (row["entity"], row["attribute"], row["item"], row["year"]) if part
            )
            summary = f"{row['value']} {row['unit']} ({row['low']} to {row['high']}): {row['source']}"
            items.append({"name": name, "summary": summary, "file": file.name, "line": row.line, **row})
    return items


def _registered(*kinds: str) -> Callable[[str], list[Item]]:
    """What the register of mechanisms says of some kinds, one line each with its switch."""

    def items(_chain: str) -> list[Item]:
        from coercivity.model.mechanisms import mechanisms

        return [
            {
                "name": m.name,
                "summary": f"{m.summary}{_cited(m.equations)}; {m.switch}",
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


def _cited(equations: Iterable[str]) -> str:
    """Numbers of equations as the end of a sentence.

    >>> _cited(("B.1", "B.2"))
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
    "firms": _entities("firms.csv", _firm),
    "levers": _registered("lever"),
    "strategies": _registered("strategy"),
    "materials": _materials,
    "mines": _entities("mines.csv", _mine),
    "plants": _entities("plants.csv", _plant),
    "projects": _entities("projects.csv", _project),
    "uses": _entities("uses.csv", _use),
    "estimates": _estimates,
    "mechanisms": _registered("behaviour", "lever"),
    "experiments": _experiments,
}
