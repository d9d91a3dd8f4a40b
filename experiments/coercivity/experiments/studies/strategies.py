"""Does looking ahead pay? Each state by `optimising`, the others by rule, by its own objective."""

import csv
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.experiments.runs.gathered import Tables
from coercivity.experiments.studies.trials import Reuse, map_runs

RULE = "rule"  # of everybody: one run serves every player
PLAIN = "without power"  # the terms of conf/trial/strategies.yaml, `power`, at nought
DATA = "data/strategies.csv"
COLUMNS = ("scenario", "seed", "player", "weights", "objective", "imagined", "choices")


class Case(NamedTuple):
    """A run. player: who looks ahead, or `rule`; weights: `all`, or `without power`"""

    scenario: str
    seed: int
    player: str
    weights: str


Known = dict[Case, dict[str, str]]


@cache
def settings() -> Mapping[str, Any]:
    """Scenarios, players, settings and discount, as conf/trial/strategies.yaml has them."""
    found = read_yaml(conf_dir() / "trial" / "strategies.yaml")
    assert isinstance(found, dict)
    return found


@cache
def codes() -> Mapping[str, str]:
    """Jurisdiction of every player."""
    states = compose(["scenario=baseline"]).values["state"]
    return {player: states[player]["code"] for player in settings()["players"]}


def page(out: Path, workers: int, seeds: int, reuse: Reuse, tell: Callable[[str], None]) -> str:
    """Run what is not known yet, keep it under data/, and write the page from all of it."""
    known = {} if reuse is Reuse.NOTHING else _read(out / DATA)
    players = settings()["players"]
    cases = [
        Case(scenario, seed, player, weights)
        for seed in range(seeds)
        for scenario in settings()["scenarios"]
        for player, weights in [(RULE, "all"), *((p, "all") for p in players), (players[0], PLAIN)]
    ]
    ran = {(c.scenario, c.seed, c.player if c.player == RULE else f"{c.player} {c.weights}") for c in known}
    wanted = {"|".join(map(str, c)): words(c) for c in cases if _run_of(c) not in ran}
    wanted = {} if reuse is Reuse.ONLY else wanted
    reduce = partial(extract, codes=dict(codes()))
    for done, (name, found) in enumerate(map_runs(wanted, reduce, workers), 1):
        scenario, seed, player, weights = name.split("|")
        for (code_of, counted), row in found.items():
            if player == RULE:
                known[Case(scenario, int(seed), RULE, f"{code_of} {counted}")] = row
            elif code_of == player and counted == weights:
                known[Case(scenario, int(seed), player, weights)] = row
        _write(out / DATA, known)
        tell(f"{done} of {len(wanted)}: {name}")
    return _page(known)


def _run_of(case: Case) -> tuple[str, int, str]:
    """What identifies the run that a case is read from."""
    return case.scenario, case.seed, RULE if case.player == RULE else f"{case.player} {case.weights}"


def words(case: Case) -> Sequence[str]:
    """Overrides of a case's run."""
    found = [f"scenario={case.scenario}", f"seed={case.seed}", *settings()["settings"]]
    if case.player == RULE:
        return found
    at = f"state.{case.player}"
    found.append(f"{at}.strategy=optimising")
    found += [f"{at}.parameters.{name}={value}" for name, value in settings()["looking"].items()]
    if case.weights == PLAIN:
        found += [f"{at}.objective.{term}=0" for term in settings()["power"]]
    return found


def extract(tables: Tables, codes: Mapping[str, str]) -> dict[tuple[str, str], dict[str, str]]:
    """Every player's objective over a run, million USD at today's worth, with all terms and without power;
    steps imagined; options chosen. codes: jurisdiction of every player
    """
    imagined = str(int(tables["certificates"]["imagined"].sum()))
    events, found = tables["events"], {}
    for player, code in codes.items():
        mine = tables["objectives"].query("state == @code")
        plain = mine[~mine["term"].isin(settings()["power"])]
        chosen = events[(events["kind"] == "option chosen") & (events["actor"] == code)]["target"]
        for counted, rows in (("all", mine), (PLAIN, plain)):
            yearly = (rows["usd"] * rows["weight"]).groupby(rows["step"]).sum()
            worth = float((yearly * (1.0 + settings()["discount"]) ** -(yearly.index + 0.5)).sum()) / 1e6
            row = {"objective": f"{worth:.3f}", "imagined": imagined, "choices": " ".join(chosen)}
            found[player, counted] = row
    return found


def _read(path: Path) -> Known:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        Case(row.pop("scenario"), int(row.pop("seed")), row.pop("player"), row.pop("weights")): row
        for row in rows
    }


def _write(path: Path, known: Known) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for case, row in sorted(known.items(), key=lambda pair: _order(pair[0])):
            writer.writerow({**case._asdict(), **row})


def _order(case: Case) -> tuple[int, int, int, str]:
    players = [RULE, *settings()["players"]]
    return settings()["scenarios"].index(case.scenario), case.seed, players.index(case.player), case.weights


def gains(known: Known, scenario: str, player: str, weights: str = "all") -> tuple[np.ndarray, np.ndarray]:
    """Of every seed with both runs: the objective of looking ahead less that of the rule, and the rule's."""
    pairs = []
    for case, row in known.items():
        if (case.scenario, case.player, case.weights) != (scenario, player, weights):
            continue
        rule = known.get(Case(scenario, case.seed, RULE, f"{player} {weights}"))
        if rule:
            pairs.append((float(row["objective"]) - float(rule["objective"]), float(rule["objective"])))
    table = np.array(pairs).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _page(known: Known) -> str:
    scenarios, players = settings()["scenarios"], settings()["players"]
    rows, plain, worse, unsure, count = [], [], [], [], 0
    beats = dict.fromkeys(scenarios, 0)
    supplier = 0
    for scenario in scenarios:
        for player in players:
            gain, rule = gains(known, scenario, player)
            if not gain.size:
                continue
            count = max(count, gain.size)
            rows.append(_line(known, Case(scenario, 0, player, "all"), gain, rule))
            better = gain.mean() > 0
            supplier += int(better and player == players[0])
            beats[scenario] += int(better and player != players[0])
            if not better:
                worse.append(f"{_title(player)} in `{scenario}` ({gain.mean():+,.0f})")
            elif gain.size > 1 and gain.mean() < _half_width(gain):
                unsure.append(f"{_title(player)} in `{scenario}`")
        gain, rule = gains(known, scenario, players[0], PLAIN)
        if gain.size:
            plain.append(_line(known, Case(scenario, 0, players[0], PLAIN), gain, rule))
    importers = sum(1 for number in beats.values() if number >= 3)
    told = (
        f"It does worse on average: {', '.join(worse)}. {WHY} "
        if worse
        else "It never does worse on average. "
    )
    told += "Perhaps by luck, since the interval holds nought: " + ", ".join(unsure) + "." if unsure else ""
    return TEXT.format(
        count=count, tried=len(scenarios), supplier=supplier, importers=importers, told=told,
        rows="\n".join(rows), plain="\n".join(plain), cost=_cost(known),
        power=", ".join(settings()["power"]), settings=" ".join(settings()["settings"]),
        looking=", ".join(f"`{k}={v}`" for k, v in settings()["looking"].items()),
    )  # fmt: skip


def _title(player: str) -> str:
    return player.replace("_", " ").title()


def _line(known: Known, case: Case, gain: np.ndarray, rule: np.ndarray) -> str:
    spread = f" ± {_half_width(gain):,.0f}" if gain.size > 1 else ""
    ahead, mean = int((gain >= -1e-6 * np.abs(rule)).sum()), rule.mean()
    cells = (
        f"`{case.scenario}`", _title(case.player), f"{mean:,.0f}", f"{mean + gain.mean():,.0f}",
        f"{gain.mean():+,.0f}{spread}", f"{ahead} of {gain.size}",
        _favourites(known, case),
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _half_width(values: np.ndarray) -> float:
    """Half of the 95 % interval of a mean of several values, by Student's t."""
    from scipy.stats import t

    return float(t.ppf(0.975, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size))


def _favourites(known: Known, like: Case) -> str:
    chosen: dict[str, int] = {}
    for case, row in known.items():
        if (case.scenario, case.player, case.weights) == (like.scenario, like.player, like.weights):
            for option in row["choices"].split():
                chosen[option] = chosen.get(option, 0) + 1
    total = sum(chosen.values())
    parts = sorted(chosen.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{option} {100 * n / total:.0f} %" for option, n in parts)


def _cost(known: Known) -> str:
    steps = [int(row["imagined"]) for case, row in known.items() if case.player != RULE]
    return f"{np.mean(steps):.0f}" if steps else "no"


WHY = (
    "The look-ahead takes others to follow their rules and luck to be drawn anew; where options are worth "
    "nearly the same it errs, and changing its mind has a cost it does not foresee."
)
TEXT = """# Looking ahead against the rule

Does a state that looks ahead (`strategy=optimising`: D.5, its levers and roles as set or one of the options
of `conf/state/`) do better by its own objective (O.3, million USD at today's worth) than by its rule, while
everybody else follows theirs? Made by

    coercivity experiment strategies --seeds {count}

under the same {count} futures; `{settings}`; {looking}.

China does better on average in {supplier} of {tried} scenarios; all three importers do in {importers} of
{tried}. {told}

| scenario | who looks ahead | rule | looking ahead | difference, mean ± 95 % | no worse in | what it chose |
| --- | --- | ---: | ---: | ---: | ---: | --- |
{rows}

## Without the terms that nobody has measured

The same for China with the weights of {power} at nought, in its head and in the count:

| scenario | who looks ahead | rule | looking ahead | difference, mean ± 95 % | no worse in | what it chose |
| --- | --- | ---: | ---: | ---: | ---: | --- |
{plain}

It imagined {cost} steps a run on top of the ten it lived. `as_set` is the rule itself. Options are whole
bundles of levers on the terms of shipped scenarios, not searched over; what stands in the last imagined year
counts for six more.

Read the choices with care: they follow the weights of `objective.csv`, which are estimates. What flooding
earns is what the model counts: cheap inputs for users at home, leverage kept, rivals discouraged; it leaves
out what miners at home lose beyond their profits.
"""
