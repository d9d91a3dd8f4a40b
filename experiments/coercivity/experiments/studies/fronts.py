"""What a state that looks ahead could choose: fronts of cost and loss, of mean and bad case, and weights.

The first review of each state after a year lived as set: every option at several strengths, in the same
futures of its head, and the terms of its objective (O.3) in each.
"""

import csv
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from coercivity.experiments.base.paths import conf_dir, evidence_of
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.experiments.runs.execution import map_tasks
from coercivity.experiments.runs.run import build_world
from coercivity.experiments.studies.trials import Reuse
from coercivity.model.accounts.objective import Reached
from coercivity.model.dynamics.foresight import Outlook
from coercivity.model.inputs.observation import ForesightTerms
from coercivity.model.inputs.settings import TERMS

__all__ = ["Try", "best_by_weight", "front", "page", "settings", "weigh"]

DATA = "data/fronts.csv"
AS_SET = "as_set"
PUBLIC = "fiscal"
HELD = ("horizon=1", "tail=0", "inertia=1e9", "every=99")  # so that it lives its first year as set
Line = tuple[float, float]  # worth at weight nought, and what a unit of weight adds


class Try(NamedTuple):
    """An option at a strength: weighted terms of the objective, mean and bad case, million USD today."""

    option: str
    strength: float
    terms: Mapping[str, float]
    mean: float
    bad: float

    @property
    def name(self) -> str:
        """As pages call it."""
        return self.option if self.strength == 1.0 else f"{self.option} × {self.strength:g}"


Decision = tuple[str, str]  # scenario and state
Known = dict[Decision, list[Try]]


@cache
def settings() -> Mapping[str, Any]:
    """Scenarios, players and terms of looking, as conf/trial/fronts.yaml has them."""
    found = read_yaml(conf_dir() / "trial" / "fronts.yaml")
    assert isinstance(found, dict)
    return found


def page(out: Path, workers: int, seeds: int, reuse: Reuse, tell: Callable[[str], None]) -> str:
    """Imagine what is not known yet, keep it under data/, and write the page. seeds: how many futures"""
    known = {} if reuse is Reuse.NOTHING else _read(out / DATA)
    pairs = [(s, p) for s in settings()["scenarios"] for p in settings()["players"]]
    missing = [] if reuse is Reuse.ONLY else [pair for pair in pairs if pair not in known]
    tasks = [(scenario, player, seeds) for scenario, player in missing]
    for done, (at, tries) in enumerate(map_tasks(weigh, tasks, workers), 1):
        known[missing[at]] = tries
        _write(out / DATA, known)
        tell(f"{done} of {len(missing)}: {' '.join(missing[at])}")
    return "".join(_render({pair: known[pair] for pair in pairs if pair in known}, seeds))


def weigh(task: tuple[str, str, int]) -> list[Try]:
    """All tries of one state in one scenario, in so many futures of its head."""
    scenario, player, futures = task
    at, looking = f"state.{player}", settings()["looking"]
    words = [f"scenario={scenario}", *settings()["settings"], f"{at}.strategy=optimising"]
    composed = compose([*words, *(f"{at}.parameters.{held}" for held in HELD)])
    world = build_world(composed, evidence_of(composed.values))
    world.step()
    code = composed.values["state"][player]["code"]
    outlook = Outlook(world, next(state for state in world.states if state.place == code))
    terms = ForesightTerms(
        looking["horizon"], looking["tail"], looking["discount"], looking["others"] >= 1, futures
    )
    outlook.begin(np.random.default_rng(0), terms, 0.5, 2.0)
    tries: dict[str, tuple[str, float]] = {}
    for option in outlook.options:
        many = settings()["strengths"] if outlook.strength_of(option, 1.0) else (1.0,)
        tries |= {f"{option} {strength:g}": (option, float(strength)) for strength in many}
    each = outlook.outcomes(tries)
    whole = {name: told for name, told in tries.items() if all(name in found for found in each)}
    return [
        _judge(option, strength, [found[name] for found in each], terms)
        for name, (option, strength) in whole.items()
    ]


def _judge(option: str, strength: float, futures: Sequence[Sequence[Reached]], terms: ForesightTerms) -> Try:
    totals = np.array([terms.worth([year.total for year in years]) for years in futures]) / 1e6
    told = {
        term: math.fsum(terms.worth([y.weights[term] * y.terms[term] for y in years]) for years in futures)
        / (1e6 * len(futures))
        for term in TERMS
    }
    count = max(round(settings()["worst"] * totals.size), 1)
    return Try(option, strength, told, float(totals.mean()), float(np.sort(totals)[:count].mean()))


def front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Which points nothing beats on both: smaller is better, and of equals the first stays.

    >>> front([(0.0, 5.0), (1.0, 3.0), (2.0, 4.0), (1.0, 3.0)])
    [0, 1]
    """
    kept = []
    for at, (x, y) in enumerate(points):
        beaten = any(
            a <= x and b <= y and ((a, b) != (x, y) or other < at) for other, (a, b) in enumerate(points)
        )
        if not beaten:
            kept.append(at)
    return kept


def best_by_weight(lines: Sequence[Line], most: float) -> list[tuple[float, int]]:
    """From which weight on which line is the highest, from nought to the most.

    >>> best_by_weight([(0.0, 1.0), (1.0, 0.0)], 3.0)
    [(0.0, 1), (1.0, 0)]
    """
    met = {(a - c) / (d - b) for a, b in lines for c, d in lines if d != b}
    edges = [0.0, *sorted(w for w in met if 0.0 < w < most), most]
    found: list[tuple[float, int]] = []
    for left, right in itertools.pairwise(edges):
        middle = (left + right) / 2
        best = max(range(len(lines)), key=lambda at: lines[at][0] + middle * lines[at][1])
        if not found or found[-1][1] != best:
            found.append((left, best))
    return found


def _read(path: Path) -> Known:
    if not path.is_file():
        return {}
    known: Known = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            one = Try(
                row["option"], float(row["strength"]), {term: float(row[term]) for term in TERMS},
                float(row["mean"]), float(row["bad"]),
            )  # fmt: skip
            known.setdefault((row["scenario"], row["state"]), []).append(one)
    return known


def _write(path: Path, known: Known) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("scenario", "state", "option", "strength", *TERMS, "mean", "bad"))
        for (scenario, state), tries in sorted(known.items()):
            for t in tries:
                told = (f"{value:.3f}" for value in (*(t.terms[term] for term in TERMS), t.mean, t.bad))
                writer.writerow((scenario, state, t.option, f"{t.strength:g}", *told))


def _render(known: Known, seeds: int) -> Iterator[str]:
    firm = [pair for pair, tries in known.items() if not [*_changes(tries, 0.5, 2.0)]]
    yield HEAD.format(
        seeds=seeds, settings=" ".join(settings()["settings"]), most=settings()["most"],
        looking=", ".join(f"`{k}={v}`" for k, v in settings()["looking"].items()),
        bad=f"{settings()['worst']:.0%}".replace("%", " %"), firm=len(firm), count=len(known),
    )  # fmt: skip
    for scenario in settings()["scenarios"]:
        for player in settings()["players"]:
            if (scenario, player) in known:
                yield from _section(scenario, player, known[scenario, player])
    yield TAIL


def _section(scenario: str, player: str, tries: Sequence[Try]) -> Iterator[str]:
    """One decision: its fronts, and what would change it."""
    held = next(t for t in tries if t.option == AS_SET)
    best = _best(tries)
    cost = [held.terms[PUBLIC] - t.terms[PUBLIC] for t in tries]
    loss = [_loss(t) - _loss(held) for t in tries]
    by_cost = front(list(zip(cost, loss, strict=True)))
    by_risk = front([(-t.mean, -t.bad) for t in tries])
    yield f"\n## {player.replace('_', ' ').title()} in `{scenario}`\n\n"
    yield f"Best at the weights set: **{best.name}**.\n\n"
    yield "| try | public cost | all other loss | of it dependence | mean | bad case | fronts |\n"
    yield "| --- |" + " ---: |" * 5 + " --- |\n"
    for at in sorted({*by_cost, *by_risk}, key=lambda at: (cost[at], loss[at])):
        t = tries[at]
        numbers = (
            cost[at], loss[at], held.terms["security"] - t.terms["security"], t.mean - held.mean,
            t.bad - held.bad,
        )  # fmt: skip
        on = [name for name, kept in (("cost", by_cost), ("risk", by_risk)) if at in kept]
        yield f"| {t.name} | {' | '.join(f'{n:+,.0f}' for n in numbers)} | {', '.join(on)} |\n"
    told = [*_changes(tries, 0.0, settings()["most"])]
    yield f"\nThe choice changes: {'; '.join(told)}.\n" if told else "\nNo weight tried changes the choice.\n"


def _best(tries: Sequence[Try]) -> Try:
    return max(tries, key=lambda t: t.mean)


def _loss(t: Try) -> float:
    """All but public money, as a loss."""
    return -math.fsum(value for term, value in t.terms.items() if term != PUBLIC)


def _changes(tries: Sequence[Try], least: float, most: float) -> Iterator[str]:
    """For every term, the weights nearest to what is set at which another try is best; and for risk."""
    for term in TERMS:
        lines = [(t.mean - t.terms[term], t.terms[term]) for t in tries]
        found = best_by_weight(lines, most)
        here = max(at for at, (start, _) in enumerate(found) if start <= 1.0)
        below = f"under {found[here][0]:.2g} times the weight of `{term}`"
        if here > 0 and found[here][0] > least:
            yield f"{below}: {tries[found[here - 1][1]].name}"
        if here + 1 < len(found):
            start, at = found[here + 1]
            yield f"over {start:.2g} times the weight of `{term}`: {tries[at].name}"
    for start, at in best_by_weight([(t.mean, t.bad - t.mean) for t in tries], 1.0)[1:]:
        yield f"with {start:.2g} of the weight on the bad case: {tries[at].name}"


HEAD = """# What a state could choose, and when it would choose otherwise

In {firm} of {count} decisions the best try stays the best while any one weight of the objective is halved or
doubled, and however much of the weight is on the bad case.

Each state that may look ahead, at its first review after a year lived as set, tries every option of
`conf/state/` at several strengths (all levers that the option names together: days held, budgets, shares
withheld) in the same {seeds} futures of its head
([decision 43](decisions/0043-how-strong-and-at-which-weights.md)); `{settings}`; {looking}. Made by

    coercivity experiment fronts --seeds {seeds}

Numbers are million USD at today's worth against `as_set`, its levers and rules as they are, each term times
its weight (O.3). *Public cost* is the fiscal term; *all other loss* is everything else with its sign turned,
*of it dependence* what bans are expected to cost; *bad case* is the mean of the worst {bad} of futures.
*Front*: nothing else tried is better in both public cost and other loss (cost), or in both mean and bad case
(risk). Weights are tried one at a time, from nought to {most:g} times what is set.
"""
TAIL = """
*How to read it.* This is what a state's own head tells it, in which others follow their rules and luck is
drawn anew; [what came of looking ahead](strategies.md) is another page. Weights of `objective.csv` are
estimates: a choice that changes just beside what is set is no finding.
"""
