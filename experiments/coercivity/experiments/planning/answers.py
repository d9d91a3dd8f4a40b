"""What else a plan can be asked, from the same blocks and the cuts already found.

EVPI and the value of the stochastic solution, the price of speed, what stocks are worth and from which hazard
on, the supply curve of security, and alone against pooled with Shapley's shares.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from coercivity.experiments.base.errors import UserError, unknown
from coercivity.experiments.measures.shapley import shapley_shares
from coercivity.experiments.planning.benders import Solution, solve
from coercivity.experiments.planning.candidates import build_menu, first_stage
from coercivity.experiments.planning.goal import WantedGoal
from coercivity.experiments.planning.making import Made, aim_of, futures_of, make_problem, weights
from coercivity.experiments.planning.program import Aim, TwoStage
from coercivity.optimise.market import Array

__all__ = ["QUESTIONS", "answer", "read_questions"]

QUESTIONS = {
    "stocks": "what every stock is worth, and from which hazard on",
    "speed": "what permits a year earlier are worth",
    "information": "EVPI and value of the stochastic solution",
    "curve": "supply curve of security, with a goal",
    "shares": "alone against pooled, with Shapley's shares",
    "scenarios": "what shipped scenarios reach, and the least cost of as much, with a goal",
}

LIMITS = (0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05)  # of a supply curve
Say = Callable[[str], None]


def read_questions(text: str) -> tuple[str, ...]:
    """Further questions by name. Raises UserError for one that there is not."""
    names = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    for name in names:
        if name not in QUESTIONS:
            raise UserError(unknown("question of --also", name, QUESTIONS))
    return names


def answer(
    names: Sequence[str],
    made: Made,
    found: Solution,
    goal: WantedGoal | None,
    budget: float | None,
    gap: float,
    workers: int,
    say: Say,
    scenarios: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    """The answers to some questions about a plan, by name; those that its aim does not allow are left out."""
    codes = [member.code for member in made.menu.members]
    asked: dict[str, Callable[[], dict[str, Any]]] = {
        "speed": lambda: price_of_speed(made, found, goal, budget, gap),
        "shares": lambda: shapley(made, goal, codes, gap, workers, say),
    }
    if goal is None:
        asked["stocks"] = lambda: insurance(made, found)
        asked["information"] = lambda: value_of_information(made, budget, gap, say)
    else:
        asked["curve"] = lambda: supply_curve(made, goal, gap, say)
        asked["scenarios"] = scenarios
    left = [name for name in names if name not in asked]
    if left:
        say(f"not asked of a plan {'with' if goal else 'without'} a goal: {', '.join(left)}")
    return {name: asked[name]() for name in names if name in asked}


def value_of_information(made: Made, budget: float | None, gap: float, say: Say) -> dict[str, Any]:
    """EVPI: what to know the future beforehand would add. VSS: what planning for all of them adds to
    planning for
    the mean one. Both at the relaxation, so that they can be told apart from rounding.

    The mean future is the mean of worlds with no ban where most have none: a plan for it is judged in all.
    """
    problem, aim = aim_of(made, None, budget)
    relaxed = solve(problem, aim, made.pool, gap, whole=False)
    waiting = 0.0
    every = futures_of(made)
    for number, (chance, parts) in enumerate(every, start=1):
        known = np.zeros(len(problem.blocks))
        for block, weight in parts:
            known[block] = weight
        alone = solve(problem, Aim(tuple(known.tolist()), None, budget), made.pool, gap, whole=False)
        waiting += chance * alone.bound
        say(f"knowing the future: {number} of {len(every)}")
    likely = np.zeros(len(problem.blocks))
    for (_, y), block in made.peace.items():
        likely[block] = made.discount[y] / len(made.lived)
    naive = solve(problem, Aim(tuple(likely.tolist()), None, budget), made.pool, gap, whole=False)
    naive_value = _value(made, problem, naive.x)
    evpi, vss = relaxed.objective - waiting, naive_value - relaxed.objective
    gain = relaxed.nothing - relaxed.objective
    return {
        "title": "What knowing more would be worth",
        "evpi_usd": evpi * 1e6,
        "vss_usd": vss * 1e6,
        "said": [
            f"To know each future beforehand would add {evpi:,.0f} million USD to {gain:,.0f} gained (EVPI).",
            f"Planning for every future, not for the likeliest, which has no ban, adds {vss:,.0f} (VSS).",
        ],
    }


def _value(made: Made, problem: TwoStage, x: Array) -> float:
    """Cost and expected cost of blocks at a decision, million USD."""
    weight = weights(made)
    wanted = [at for at, w in enumerate(weight) if w > 0]
    values = made.pool.ask(problem.first, x, wanted)
    return float(problem.first.cost @ x) + sum(weight[at] * values[at] for at in wanted)


def price_of_speed(
    made: Made, found: Solution, goal: WantedGoal | None, budget: float | None, gap: float
) -> dict[str, Any]:
    """What permits a year earlier everywhere would save, or add to the gain, million USD."""
    faster = made.with_first(first_stage(made.menu, sooner=1.0))
    problem, aim = aim_of(faster, goal, budget)
    sooner = solve(problem, aim, made.pool, gap)
    usd = found.objective - sooner.objective
    verb = "saves" if goal else "adds"
    said = f"Plants a year sooner everywhere {verb} {usd:,.0f} million USD: the price of a year of permits."
    return {"title": "The price of speed", "usd_a_year": usd * 1e6, "said": [said]}


def insurance(made: Made, found: Solution) -> dict[str, Any]:
    """Worth of every stock in a plan, its carrying, and the hazard from which it pays."""
    menu, first = made.menu, made.problem.first
    years, c = menu.years, len(menu.projects)
    wanted = [*made.ban.values()]
    with_ = made.pool.ask(first, found.x, wanted)
    lines, said = [], []
    for at, k in enumerate(menu.stocks):
        mine = slice((c + at) * years, (c + at + 1) * years)
        held = found.x[mine]
        if held.max() < 1e-3 * k.most or held.max() <= 0:
            continue
        x = found.x.copy()
        x[mine] = 0.0
        without = made.pool.ask(first, x, wanted)
        saved = sum(
            made.chances[y] * float(made.discount[y]) * (without[b] - with_[b]) / len(made.lived)
            for (_, y), b in made.ban.items()
        )
        cost = float(first.cost[mine] @ held)
        even = menu.settings["hazard"] * cost / saved if saved > 0 else math.inf
        name = f"{k.place} {k.material}"
        line = {"stock": name, "tonnes": float(held.max()), "days": float(held.max() / k.a_day)}
        line |= {"saves_usd": saved * 1e6, "carrying_usd": cost * 1e6, "break_even_hazard": even}
        lines.append(line)
        said.append(
            f"{name}: {held.max():,.0f} t ({held.max() / k.a_day:.0f} days) save {saved:,.0f} million USD "
            f"expected and "
            f"cost {cost:,.0f} to carry; they pay from a hazard of about {even:.3f} a year on."
        )
    return {"title": "What stocks are worth", "lines": lines, "said": said}


def supply_curve(made: Made, goal: WantedGoal, gap: float, say: Say) -> dict[str, Any]:
    """Least cost of every level of shortage, as the program promises it, and the price of a point."""
    lines: list[dict[str, float]] = []
    said: list[str] = []
    before: tuple[float, float] | None = None
    for limit in sorted({*LIMITS, goal.limit}, reverse=True):
        problem, aim = aim_of(made, replace(goal, limit=limit), None)
        found = solve(problem, aim, made.pool, gap)
        if not found.met:
            said.append(f"{100 * limit:.0f} % is out of reach.")
            break
        outlay = float(problem.first.outlay @ found.x)
        line = {"shortage": limit, "cost_usd": found.cost * 1e6, "public_usd": outlay * 1e6}
        text = f"{100 * limit:.0f} %: {found.cost:,.0f} million USD, {outlay:,.0f} of public money"
        if before is not None:
            line["usd_a_point"] = (found.cost - before[1]) * 1e6 / (100 * (before[0] - limit))
            text += f"; a point less costs {line['usd_a_point'] / 1e6:,.0f}"
        before = limit, found.cost
        lines.append(line)
        said.append(f"{text}.")
        say(f"supply curve of security: {text}")
    return {"title": "The supply curve of security", "lines": lines, "said": said}


def shapley(
    made: Made, goal: WantedGoal | None, codes: Sequence[str], gap: float, workers: int, say: Say
) -> dict[str, Any]:
    """What every coalition of members costs, or gains, on its own, and each member's fair part of the
    whole."""
    settings, worth = made.menu.settings, {frozenset[str](): 0.0}
    for size in range(1, len(codes) + 1):
        for group in itertools.combinations(codes, size):
            menu = build_menu(made.lived, settings, group)
            own = make_problem(menu, made.lived, goal, goal is None, workers)
            own = replace(own, premium=np.broadcast_to(made.premium.mean(0), own.premium.shape))
            problem, aim = aim_of(own, goal, None)
            found = solve(problem, aim, own.pool, gap)
            value = found.cost if goal else found.nothing - found.objective
            worth[frozenset(group)] = value if found.met else math.inf
            say(
                f"{', '.join(group)} alone: {value:,.0f} million USD"
                + ("" if found.met else ", out of reach")
            )
            del own
    return _tell_shares(worth, tuple(codes), "cost" if goal else "gain")


def _tell_shares(worth: dict[frozenset[str], float], codes: tuple[str, ...], verb: str) -> dict[str, Any]:
    """What coalitions cost or gain, million USD, in words; no shares where one cannot do it at any cost."""
    whole, apart = worth[frozenset(codes)], sum(worth[frozenset([code])] for code in codes)
    coalitions = {"+".join(sorted(group)): usd * 1e6 for group, usd in worth.items() if group}
    title = {"title": "Alone and pooled"}
    out = [name for name, usd in coalitions.items() if math.isinf(usd)]
    if out:
        said = [f"Out of reach of {', '.join(out)} on their own, so that the pool's cost has no fair parts."]
        known = {name: None if math.isinf(usd) else usd for name, usd in coalitions.items()}
        return {**title, "shares_usd": {}, "coalitions_usd": known, "said": said}
    shares = shapley_shares(worth, codes)
    said = [
        f"{code}: alone {verb} {worth[frozenset([code])]:,.0f}, fair part of the pool {shares[code]:,.0f}"
        for code in codes
    ]
    twice = (
        "" if verb == "cost" else "; gains are of markets everywhere, so that it counts the same plants twice"
    )
    said.insert(0, f"Pooled {verb} {whole:,.0f} million USD, the sum of each alone {apart:,.0f}{twice}.")
    usd = {code: share * 1e6 for code, share in shares.items()}
    return {**title, "shares_usd": usd, "coalitions_usd": coalitions, "said": said}
