"""What nobody knows, declared in conf/uncertainty/: setting keys whose ranges are rows of evidence.

The range of `firm.<behaviour>.<parameter>` is that of its own row of behaviour.csv; any other key has
a row in uncertainty.csv. So no range stands without its source.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import UserError, unknown
from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.evidence_reader import read_evidence
from coercivity.experiments.config.overrides import choices_of
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.model.behaviour import rows
from coercivity.model.inputs.evidence import Fact

FILE = "uncertainty"


@dataclass(frozen=True)
class Uncertainty:
    """A setting and what it may be: a range, even or even in logarithms, or one of several values."""

    key: str
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    values: tuple[str, ...] = ()
    unit: str = ""
    source: str = ""
    confidence: str = ""

    def at(self, share: float) -> float | str:
        """The value with `share` of the range below it; share in [0, 1].

        >>> Uncertainty("a", 1.0, 100.0, log=True).at(0.5), Uncertainty("b", values=("x", "y")).at(0.7)
        (10.0, 'y')
        """
        if self.values:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        if self.log:
            return float(self.low * (self.high / self.low) ** share)
        return float(self.low + share * (self.high - self.low))

    def as_dict(self) -> dict[str, Any]:
        """As plan.json has it."""
        return {**asdict(self), "values": list(self.values)}


def read_uncertainties(name: str, evidence: Path) -> tuple[Uncertainty, ...]:
    """The uncertainties of conf/uncertainty/NAME.yaml, with ranges from the evidence."""
    known = choices_of("uncertainty")
    if name not in known:
        raise UserError(unknown("uncertainty file", name, known))
    path = conf_dir() / "uncertainty" / f"{name}.yaml"
    stored = read_yaml(path)
    entries = stored.get("uncertainties") if isinstance(stored, dict) else None
    if not isinstance(entries, dict) or not entries:
        raise UserError(
            f"{path}: `uncertainties` must be a group of setting keys, each {{}} or {{log: true}}"
        )
    return tuple(read_entry(path, str(key), given or {}, evidence)[0] for key, given in entries.items())


def read_entry(path: Path, key: str, given: Any, evidence: Path) -> tuple[Uncertainty, float | str]:
    """One entry of a file: what the setting may be, and what it is where nobody asks."""
    if not isinstance(given, dict) or set(given) - {"log", "values", "row"}:
        raise UserError(f"{path}: `{key}` takes `log: true`, `values: [...]`, `row: [...]` and nothing else")
    if "values" in given:
        values = given["values"]
        if not isinstance(values, list) or len(values) < 2:
            raise UserError(f"{path}: `{key}.values` must list two values or more")
        return Uncertainty(key, values=tuple(str(value) for value in values)), str(values[0])
    row, factor = _row(path, key, given.get("row"), evidence)
    try:
        low, high = float(row.low) * factor, float(row.high) * factor
    except ValueError:
        raise UserError(f"{path}: the row of `{key}` has no range; give its low and high") from None
    log = bool(given.get("log", False))
    if not low < high or (log and low <= 0):
        raise UserError(f"{path}: the range of `{key}`, {low:g} to {high:g}, is empty or not above 0")
    found = Uncertainty(key, low, high, log, (), row.unit, row.source, row.confidence)
    return found, float(row.value) * factor


def _row(path: Path, key: str, named: Any, evidence: Path) -> tuple["Fact", float]:
    """The latest row of evidence about a key, and the factor from its unit to the setting's."""
    file, wanted, factor = FILE, (key, "range", ""), 1.0
    group, _, parameter = key.removeprefix("firm.").partition(".")
    if key.startswith("firm.") and parameter in rows().get(group, {}):
        behaviour = rows()[group][parameter]
        file, factor = "behaviour", behaviour.factor
        wanted = (behaviour.entity, behaviour.attribute, behaviour.item)
    if named is not None:
        if not isinstance(named, list) or not 3 <= len(named) <= 4:
            raise UserError(f"{path}: `{key}.row` must be [file, entity, attribute] or with an item after it")
        name, entity, attribute, item = (*map(str, named), "")[:4]
        file, factor, wanted = name, 1.0, (entity, attribute, item)
    found = [
        fact
        for fact in read_evidence(evidence).facts(file)
        if (fact.entity, fact.attribute, fact.item) == wanted
    ]
    if not found:
        raise UserError(
            f"{path}: `{key}` has no range: {file}.csv has no row {' '.join(part for part in wanted if part)}"
        )
    return max(found, key=lambda fact: fact.year), factor
