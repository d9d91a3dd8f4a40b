"""Futures: a seed, a draw of the fit and a value of everything that is known only as a range.

What an ensemble draws is declared in conf/ensemble/: a Latin hypercube over rows of evidence with a seed of
its own, so that `futures=N` gives the same N futures to every scenario, today and tomorrow.
"""

import copy
import csv
import functools
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from coercivity.experiments.base.errors import UserError, unknown
from coercivity.experiments.base.hypercube import latin_hypercube
from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.chains import default_chain
from coercivity.experiments.config.compose import Composed, recompose
from coercivity.experiments.config.explain import fields_at
from coercivity.experiments.config.overrides import choices_of
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.experiments.config.uncertainty import Uncertainty, read_entry
from coercivity.model.inputs.settings import Settings

GROUP, USUAL, PLAIN = "ensemble", "default", "none"
KEYS = {"about", "futures", "seed", "fit", "luck", "uncertainties"}
MOST = 10_000  # futures of one command
FIT = "fit"
POSTERIOR = "_posterior"


@dataclass(frozen=True)
class Ensemble:
    """What differs from one future to the next, read from conf/ensemble/.

    futures: how many a comparison takes where nobody says · seed: of the hypercube · fit: whose draws in
    conf/calibrated are taken, by name and weight · luck: settings that leave more to chance, with where they
    come from · drawn: settings drawn, with what each is where nobody asks · columns: all keys of the file,
    also those of another chain, so that a key's draws hang on nothing else
    """

    name: str
    title: str = ""
    futures: int = 1
    seed: int = 0
    fit: str = ""
    draws: Mapping[str, float] = field(default_factory=dict)
    luck: Mapping[str, Any] = field(default_factory=dict)
    drawn: Mapping[str, tuple[Uncertainty, float | str]] = field(default_factory=dict)
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Future:
    """One future: its number, seed, draw of the fit (none: as configured) and value of every drawn key."""

    number: int
    seed: int
    fit: str = ""
    values: Mapping[str, float | str] = field(default_factory=dict)


def read_ensemble(name: str, evidence: Path, chain: str = "") -> Ensemble:
    """The ensemble conf/ensemble/NAME.yaml, as far as a chain has it. Raises UserError where it cannot be."""
    known = choices_of(GROUP)
    if name not in known:
        raise UserError(unknown("ensemble", name, known))
    path = conf_dir() / GROUP / f"{name}.yaml"
    stored = read_yaml(path)
    if not isinstance(stored, dict) or set(stored) - KEYS:
        raise UserError(f"{path}: an ensemble has {', '.join(sorted(KEYS))} and nothing else")
    groups = {key: stored.get(key) or {} for key in ("about", "luck", "uncertainties")}
    for key, group in groups.items():
        if not isinstance(group, dict):
            raise UserError(f"{path}: `{key}` must be a group of keys")
    luck: dict[str, Any] = {}
    entries = {
        str(key): dict(given) if isinstance(given, dict) else given or {}
        for key, given in groups["uncertainties"].items()
    }
    drawn = {}
    for key, given in (*groups["luck"].items(), *entries.items()):
        try:
            if key in groups["luck"]:
                luck[str(key)] = _settle(path, str(key), given, evidence)
            elif not isinstance(given, dict) or given.pop("chain", chain) == chain:
                drawn[key] = read_entry(path, key, given, evidence)
        except UserError:
            if chain in ("", default_chain()):  # another mineral need not have a row for each
                raise
    fit = str(stored.get("fit") or "")
    return Ensemble(
        name,
        str(groups["about"].get("title", name)),
        _whole(path, stored, "futures", 1),
        _whole(path, stored, "seed", 0),
        fit,
        _weights(path, fit) if fit else {},
        luck,
        drawn,
        tuple(entries),
    )


def _whole(path: Path, stored: Mapping[str, Any], key: str, least: int) -> int:
    found = stored.get(key, least)
    if not isinstance(found, int) or isinstance(found, bool) or found < least:
        raise UserError(f"{path}: `{key}` must be a whole number of {least} or more")
    return found


def _settle(path: Path, key: str, given: Any, evidence: Path) -> Any:
    """The value of a setting of luck: as written, or that of its row of evidence."""
    return read_entry(path, key, given, evidence)[1] if isinstance(given, dict) else given


def _weights(path: Path, fit: str) -> dict[str, float]:
    """The draws of a fit and their weights; equal where the files give none.

    A fit is `NAME`, files NAME_NN.yaml, or `NAME_posterior`, rows of the file of that name.
    """
    if rows := _rows_of(fit):
        return {f"{fit}_{number:03d}": 1.0 for number in range(len(rows))}
    names = [name for name in choices_of("calibrated") if name.removeprefix(f"{fit}_").isdigit()]
    if not names:
        raise UserError(f"{path}: conf/calibrated has no draws {fit}_NN.yaml; `coercivity calibrate history`")
    contents = {name: read_yaml(conf_dir() / "calibrated" / f"{name}.yaml") for name in names}
    return {name: float(content.get("weight", 1.0)) for name, content in contents.items()}


def draw_futures(ensemble: Ensemble, seeds: Sequence[int]) -> tuple[Future, ...]:
    """A future a seed. Every drawn key has one value in each of as many equal slices of its range."""
    rows = latin_hypercube(len(ensemble.columns) + 1, len(seeds), np.random.default_rng(ensemble.seed))
    names, weights = list(ensemble.draws), np.array(list(ensemble.draws.values()))
    ends = np.cumsum(weights) / weights.sum() if len(weights) else weights
    futures = []
    for number, (seed, row) in enumerate(zip(seeds, rows.tolist(), strict=True)):
        fit = names[min(int(np.searchsorted(ends, row[0], side="right")), len(names) - 1)] if names else ""
        shares = dict(zip(ensemble.columns, row[1:], strict=True))
        values = {key: uncertainty.at(shares[key]) for key, (uncertainty, _) in ensemble.drawn.items()}
        futures.append(Future(number, int(seed), fit, values))
    return tuple(futures)


def changes_in(
    composed: Composed, ensemble: Ensemble, future: Future, fixed: Collection[str] = ()
) -> dict[str, Any]:
    """What a future changes in a configuration, by key; not `fixed` keys, nor those it sets itself."""
    changes: dict[str, Any] = {"seed": future.seed}
    if future.fit and takes_fit(composed, ensemble):
        changes["calibrated"] = _calibrated_draws(future.fit)
    mine = set_apart([composed], ensemble)
    wanted = {**ensemble.luck, **future.values}
    free = [key for key in wanted if key not in fixed and key not in mine and has_place(composed, key)]
    return changes | {key: wanted[key] for key in free}


def apply_changes(composed: Composed, changes: Mapping[str, Any]) -> Composed:
    """A configuration with other values, checked afresh; it is still what its author asked for."""
    values = copy.deepcopy(dict(composed.values))
    for key, value in changes.items():
        _put(values, key.split("."), value)
    checked = recompose(values, [], composed.layers)
    return replace(checked, choices=composed.choices, overrides=composed.overrides)


def set_apart(every: Iterable[Composed], ensemble: Ensemble) -> frozenset[str]:
    """The keys that scenarios or the command line set, and which are therefore drawn in none of them."""
    plain: dict[str, tuple[Any, ...]] = dict.fromkeys(ensemble.luck, (None, False, 0, 0.0))
    plain |= {key: (None, centre) for key, (_, centre) in ensemble.drawn.items()}
    found = set()
    for composed in every:
        given = [text.lstrip("+~").partition("=")[0] for text in composed.overrides]
        for key, centre in plain.items():
            said = any(key == one or key.startswith(f"{one}.") for one in given)
            if said or _get(composed.values, key.split(".")) not in centre:
                found.add(key)
    return frozenset(found)


def has_place(composed: Composed, key: str) -> bool:
    """Whether a configuration has a key, or would take it though no file writes it."""
    *above, last = key.split(".")
    held = _get(composed.values, above)
    if isinstance(held, Mapping) and last in held:
        return True
    return above[0] in ("firm", "market") and last in (fields_at(Settings, above) or ())


def takes_fit(composed: Composed, ensemble: Ensemble) -> bool:
    """Whether a configuration rests on the fit whose draws the ensemble takes."""
    own = (composed.values.get("calibrated") or {}).get("name")
    said = any(text.startswith("calibrated") for text in composed.overrides)
    return bool(ensemble.fit) and own == ensemble.fit.removesuffix(POSTERIOR) and not said


def _rows_of(fit: str) -> tuple[dict[str, float], ...]:
    """The draws of a posterior; none where the fit is kept in files of its own."""
    path = conf_dir() / "calibrated" / f"{fit}.csv"
    return _read_rows(path) if fit.endswith(POSTERIOR) and path.is_file() else ()


@functools.lru_cache(maxsize=4)
def _read_rows(path: Path) -> tuple[dict[str, float], ...]:
    with path.open(encoding="utf-8", newline="") as file:
        return tuple({key: float(value) for key, value in row.items()} for row in csv.DictReader(file))


def _calibrated_draws(name: str) -> Any:
    fit, _, number = name.rpartition("_")
    if rows := _rows_of(fit):
        values = dict(rows[int(number)])
        driver, source = values.pop("driver"), "coercivity calibrate posterior, on records to 2014"
        return {"name": name, "source": source, "driver": driver, "values": values}
    found = _read_once(conf_dir() / "calibrated" / f"{name}.yaml")
    return {key: value for key, value in found.items() if key != "weight"}


@functools.lru_cache(maxsize=64)
def _read_once(path: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = read_yaml(path)
    return found


def _get(values: Any, place: Sequence[str]) -> Any:
    for part in place:
        values = values[part] if isinstance(values, Mapping) and part in values else None
    return values


def _put(values: Any, place: Sequence[str], value: Any) -> None:
    for part in place[:-1]:
        values = values.setdefault(part, {})
    values[place[-1]] = value


def read_asked(
    words: Sequence[str], otherwise: int | None, given: int | None = None
) -> tuple[list[str], int | None, str | None]:
    """The other words, and what `futures=N` and `ensemble=NAME` among them ask for; None where they do not.

    given: what --futures says, which is the same
    """
    others: list[str] = []
    count, name = given, None
    for word in words:
        key, _, value = word.partition("=")
        if key == "futures":
            if not re.fullmatch(r"[-+]?[0-9]{1,9}", value.strip()):
                raise UserError(f"`{word}`: how many futures is a whole number, as in futures=20")
            count = int(value)
        elif key == GROUP:
            name = value
        else:
            others.append(word)
    if count is not None and not 1 <= count <= MOST:
        raise UserError(f"futures={count}: from 1 (a single line) to {MOST:,} futures can be asked for")
    if name is not None and name not in choices_of(GROUP):
        raise UserError(unknown(GROUP, name, choices_of(GROUP)))
    return others, count if count is not None else otherwise, name
