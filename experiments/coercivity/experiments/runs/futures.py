"""The futures of a result: drawn for all its scenarios at once, kept in futures.json, read back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.config.compose import Composed
from coercivity.experiments.config.ensemble import (
    Ensemble,
    Future,
    apply_changes,
    changes_in,
    draw_futures,
    read_ensemble,
    set_apart,
)
from coercivity.experiments.runs.store import read_bound

FILE = "futures.json"


@dataclass(frozen=True)
class Futures:
    """The futures that a result meets.

    name, title: of the ensemble · drawn: the futures · assumptions: by drawn key, its range, unit and source
    fixed: drawn keys that a scenario or a setting sets, and that are the same in all futures therefore
    """

    name: str
    title: str
    drawn: tuple[Future, ...]
    assumptions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seed of every future."""
        return tuple(future.seed for future in self.drawn)

    def write(self, folder: Path, changes: Sequence[Mapping[str, Any]] = ()) -> None:
        """Write futures.json. changes: what each future sets in the configuration of a run's folder."""
        plain = {
            "ensemble": self.name,
            "title": self.title,
            "assumptions": self.assumptions,
            "fixed": list(self.fixed),
            "futures": [asdict(future) for future in self.drawn],
            **({"changes": list(changes)} if changes else {}),
        }
        text = json.dumps(plain, indent=1, ensure_ascii=False)
        (folder / FILE).write_text(text + "\n", encoding="utf-8")


def draw(
    ensemble_name: str, seeds: Sequence[int], every: "Mapping[str, Composed]", evidence: Path
) -> tuple[Futures, Ensemble]:
    """The futures of some scenarios, and the ensemble they come from."""
    first = next(iter(every.values()))
    chain = str((first.values.get("chain") or {}).get("name", ""))
    ensemble = read_ensemble(ensemble_name, evidence, chain)
    fixed = set_apart(every.values(), ensemble)
    about = {
        key: {"low": u.low, "high": u.high, "values": list(u.values), "unit": u.unit, "source": u.source}
        for key, (u, _) in ensemble.drawn.items()
        if key not in fixed
    }
    drawn = draw_futures(ensemble, seeds)
    return Futures(ensemble.name, ensemble.title, drawn, about, tuple(sorted(fixed))), ensemble


def in_each(composed: Composed, ensemble: Ensemble, futures: Futures) -> list[Composed]:
    """A configuration in every future."""
    return [apply_changes(composed, one) for one in changes_of(composed, ensemble, futures)]


def changes_of(composed: Composed, ensemble: Ensemble, futures: Futures) -> list[dict[str, Any]]:
    """What every future sets in a configuration."""
    return [changes_in(composed, ensemble, future, futures.fixed) for future in futures.drawn]


def read_futures(folder: Path) -> Futures | None:
    """The futures of a result folder; None where it has a single one. Raises UserError where changed."""
    return _read(folder)[0]


def read_changes(folder: Path) -> list[dict[str, Any]]:
    """What each future of a run's folder sets in its configuration; nothing where there is one."""
    return _read(folder)[1]


def _read(folder: Path) -> tuple[Futures | None, list[dict[str, Any]]]:
    if not (folder / FILE).is_file():
        return None, []
    try:
        stored = json.loads(read_bound(folder, FILE))
        futures = tuple(Future(**one) for one in stored["futures"])
        found = Futures(
            stored["ensemble"], stored["title"], futures, stored["assumptions"], tuple(stored["fixed"])
        )
        return found, list(stored.get("changes", []))
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{folder / FILE} cannot be understood: make the result again") from error
