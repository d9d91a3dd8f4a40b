"""What the first screen of the explorer is made of: its data, and the page as a single file."""

import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.explain import meaning
from coercivity.experiments.config.lever_files import describe_field, example_of
from coercivity.experiments.config.levers import declared_levers
from coercivity.experiments.config.overrides import choices_of
from coercivity.experiments.config.places import NAMES
from coercivity.experiments.explorer.controls import uncertainties
from coercivity.experiments.explorer.emulator_file import fresh_emulator
from coercivity.experiments.explorer.outcomes import OUTCOMES
from coercivity.experiments.explorer.sliders import BASE, PUBLIC, STOCKS, describe_sliders, templates
from coercivity.model.inputs.settings import Settings

FILES = ("front.css", "emulator.js", "front.js")


def has_front() -> bool:
    """Whether the configuration has the scenarios that sliders and stories are made from."""
    return {BASE, PUBLIC, STOCKS} <= set(choices_of("scenario"))


def front_data(evidence: Path, server: bool) -> dict[str, Any]:
    """All the page needs: sliders, stories, what they stand for, the emulator where it is fresh."""
    emulator, why = fresh_emulator(evidence)
    return {
        **describe_sliders(),
        "base": BASE,
        "templates": templates(),
        "outcomes": dict(OUTCOMES),
        "emulator": emulator,
        "why": why,
        "server": server,
        "reference": list(reference(evidence)),
        "levers": list(lever_keys()),
        "states": states(),
    }


def reference(evidence: Path) -> Iterator[dict[str, str]]:
    """Settings of the market and of behaviour that are not sliders, with their sources."""
    values = compose([f"scenario={BASE}"]).values
    seen = set()
    found, _ = uncertainties([values], evidence)
    for one in found:
        seen.add(str(one["key"]))
        means = " ".join(str(one.get(name) or "") for name in ("help", "unit")).strip()
        yield _entry(one["key"], one["label"], means, one["now"][0], str(one.get("source") or ""))
    for key, now in values["market"].items():
        if f"market.{key}" not in seen:
            yield _entry(f"market.{key}", f"Market: {_plain(key)}", meaning(Settings, ["market", key]), now)


def lever_keys() -> Iterator[dict[str, str]]:
    """Every key of every lever, which any state may set: what it means, its unit and range, an example."""
    for lever, schema in declared_levers().items():
        for key, field in schema.model_fields.items():
            if field.description:
                example = example_of(schema, key)
                yield {
                    "key": f"{lever}.{key}",
                    "label": f"{_plain(lever)}, {_plain(key)}",
                    "means": describe_field(schema, key),
                    "example": "" if example is None else json.dumps(example),
                    "source": f"conf/lever/{lever}.yaml",
                }


def states() -> list[dict[str, str]]:
    """The states that may set levers."""
    held = compose([f"scenario={BASE}"]).values["state"]
    return [
        {"name": name, "title": NAMES.get(str(state.get("code")), _plain(name).title())}
        for name, state in held.items()
    ]


def _entry(key: str, label: str, means: str, now: Any, source: str = "") -> dict[str, str]:
    text = "" if now is None or isinstance(now, dict) else str(now)
    return {"key": str(key), "label": label, "means": means, "now": text, "source": source}


def _plain(name: str) -> str:
    return name.replace("_", " ")


def static_page(evidence: Path) -> str:
    """The page as one file to host or mail. Raises UserError where no emulator describes the model."""
    data = front_data(evidence, server=False)
    if data["emulator"] is None:
        raise UserError(f"a page without a server answers from the emulator alone, and {data['why']}")
    return _inline(read_file("front.html"), data)


def _inline(html: str, data: dict[str, Any]) -> str:
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")
    scripts = "".join(f"<script>{read_file(name)}</script>" for name in FILES if name.endswith(".js"))
    style = f"<style>{read_file('front.css')}</style>"
    html = re.sub(r"<!--STYLE-->.*?<!--/STYLE-->", lambda _: style, html, flags=re.DOTALL)
    made = f"<script>window.EXPLORER={text}</script>{scripts}"
    return re.sub(r"<!--SCRIPT-->.*?<!--/SCRIPT-->", lambda _: made, html, flags=re.DOTALL)


def read_file(name: str) -> str:
    """A file of the page."""
    return (resources.files("coercivity.experiments") / "explorer" / name).read_text(encoding="utf-8")
