"""What a game found, as the one document that `game --json` prints and game.json keeps."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from coercivity.experiments.equilibrium.coalitions import share_gain
from coercivity.experiments.equilibrium.commitment import list_threats, solve_leader
from coercivity.experiments.equilibrium.gaps import GapCheck, PlayerGap
from coercivity.experiments.equilibrium.menus import GameMenu, Profile
from coercivity.experiments.equilibrium.mixed import find_equilibria
from coercivity.experiments.equilibrium.normal_form import Mixture, NormalForm, Payoffs
from coercivity.experiments.equilibrium.oracle import GameSolution
from coercivity.experiments.equilibrium.outside import OutsideAnswer
from coercivity.experiments.equilibrium.payoffs import PayoffTable, view_names
from coercivity.experiments.equilibrium.robustness import (
    count_weights_held,
    gains_by_future,
    meet_futures,
    rank_drivers,
)
from coercivity.experiments.equilibrium.solve import SolvedGame, build_form, build_neighbours, list_profiles
from coercivity.experiments.equilibrium.stages import solve_stages
from coercivity.experiments.equilibrium.time_bought import list_time_bought
from coercivity.experiments.measures.bands import band

__all__ = ["describe_neighbours", "describe_profile", "describe_solution"]

MOST_THREATS = 12
Entry = dict[str, Any]


def describe_profile(
    table: PayoffTable,
    menu: GameMenu,
    profile: Profile,
    check: GapCheck | None,
    outside: Mapping[str, OutsideAnswer],
    name: str,
) -> Entry:
    """A profile of single strategies with payoffs, bands over its futures, and gaps."""
    count = table.count_futures(profile)
    payoffs, money = {}, {}
    for i, player in enumerate(menu.players):
        payoffs[player.name] = _spread([float(table.payoff(profile, k)[i]) for k in range(count)])
        money[player.name] = _spread([float(table.payoff(profile, k, "money")[i]) for k in range(count)])
    return {
        "name": name,
        "strategies": dict(zip((player.name for player in menu.players), profile, strict=True)),
        "futures": count,
        "payoffs": payoffs,
        "money": money,
        **_describe_gaps(check, outside),
    }


def _spread(values: Sequence[float]) -> Entry:
    if not values:
        return {"mean": None, "low": None, "high": None}
    found = band(values)
    return {"mean": math.fsum(values) / len(values), "low": found.low, "high": found.high}


def _describe_gaps(check: GapCheck | None, outside: Mapping[str, OutsideAnswer]) -> Entry:
    gaps = check.gaps if check else {}
    return {
        "gap_inside": {player: gap.share for player, gap in gaps.items()},
        "gap_inside_interval": {player: _interval(gap) for player, gap in gaps.items()},
        "best_inside": {player: gap.best for player, gap in gaps.items()},
        "gap_outside": {player: answer.gap.share for player, answer in outside.items()},
        "gap_outside_interval": {player: _interval(answer.gap) for player, answer in outside.items()},
        "best_outside": {player: answer.strategy.about for player, answer in outside.items()},
        "trials_outside": {player: answer.trials for player, answer in outside.items()},
        "equilibrium": bool(check and check.holds),
        "certified": bool(check and check.certified),
        "refuted": bool(check and check.refuted),
    }


def _interval(gap: PlayerGap) -> Entry:
    return {"low": gap.low, "high": gap.high, "limit": _finite(gap.limit), "futures": gap.futures}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _describe_form(form: NormalForm) -> Entry:
    """The equilibria of a game, what moving first is worth, in names."""
    found = find_equilibria(form)
    return {
        "complete": found.complete,
        "equilibria": [_describe_mixture(form, one) for one in found.found],
        "leaders": _describe_leaders(form),
    }


def _describe_mixture(form: NormalForm, mixture: Mixture) -> Entry:
    chances = {
        player: {name: float(chance) for name, chance in zip(names, mine, strict=True) if chance > 0}
        for player, names, mine in zip(form.players, form.strategies, mixture, strict=True)
    }
    payoffs = form.expected(mixture)
    return {"chances": chances, "payoffs": dict(zip(form.players, map(float, payoffs), strict=True))}


def _describe_leaders(form: NormalForm) -> Entry:
    leaders: Entry = {}
    for i, player in enumerate(form.players):
        found = solve_leader(form, i)
        if found is not None:
            leaders[player] = {
                "strategy": form.strategies[i][found.strategy],
                "payoff": float(found.payoffs[i]),
                "unique": found.unique,
                "answer": _describe_mixture(form, found.answer)["chances"],
            }
    return leaders


def _describe_threats(form: NormalForm, profile: Profile) -> list[Entry]:
    """Threats at a profile whose fulfilment would be worth something to the sender, those that work first."""
    at = tuple(names.index(name) for names, name in zip(form.strategies, profile, strict=True))
    threats = [one for one in list_threats(form, at) if one.worth > 0]
    threats.sort(key=lambda one: (not (one.works and one.credible), not one.works, -one.worth))
    return [
        {
            "sender": form.players[one.sender],
            "threat": form.strategies[one.sender][one.strategy],
            "target": form.players[one.target],
            "demand": form.strategies[one.target][one.demand],
            "harm": one.harm,
            "cost": one.cost,
            "worth": one.worth,
            "price": one.price,
            "works": one.works,
            "credible": one.credible,
        }
        for one in threats[:MOST_THREATS]
    ]


def _describe_coalitions(form: NormalForm, allies: Sequence[str]) -> Entry:
    """What allies gain by acting as one, by part of them, and each one's share."""
    players = [form.players.index(name) for name in allies]
    found = share_gain(form, players)
    return {
        "gain": found.gain,
        "core": found.core,
        "members": {
            form.players[i]: {"alone": found.alone[i], "share": share, "gain": share - found.alone[i]}
            for i, share in found.shares.items()
        },
        "coalitions": [
            {
                "members": [form.players[i] for i in one.members],
                "worth": one.worth,
                "gain": one.worth - sum(found.alone[i] for i in one.members),
                "sure": one.sure,
                "profile": _name_profile(form, one.profile),
            }
            for one in found.coalitions
        ],
    }


def _name_profile(form: NormalForm, at: Sequence[int]) -> dict[str, str]:
    return {player: names[k] for player, names, k in zip(form.players, form.strategies, at, strict=True)}


def _describe_stages(form: NormalForm, menu: GameMenu) -> Entry | None:
    """What holds where everybody moves again and knows what was done; None where strategies are no paths."""
    found = solve_stages(form, [[one.moves for one in player.strategies] for player in menu.players])
    if found is None:
        return None
    named = [dict(zip(form.players, joint, strict=True)) for joint in found.path]
    return {
        "path": named,
        "payoffs": dict(zip(form.players, map(float, found.payoffs), strict=True)),
        "unique": found.unique,
        "after": [
            {"history": [dict(zip(form.players, one, strict=True)) for one in history], "moves": moves}
            for history, moves in sorted(found.after.items(), key=lambda pair: (len(pair[0]), pair[0]))
        ],
    }


def describe_solution(
    table: PayoffTable, found: GameSolution, evidence: Path, changes: Sequence[Mapping[str, Any]] = ()
) -> Entry:
    """All of a solution: profiles, payoffs, equilibria by every way to count, leaders, threats, firmness.

    changes: what each future sets, to say which of that decides
    """
    solved, chosen = found.solved, found.chosen
    menu = solved.menu
    said: Entry = {
        "players": [player.name for player in menu.players],
        "strategies": {
            player.name: {one.name: one.about for one in player.strategies} for player in menu.players
        },
        "ranges": dict(zip((p.name for p in menu.players), map(float, solved.spans), strict=True)),
        "searched": None if solved.form is not None else [list(move) for move in solved.moves],
        "cycle": solved.cycle,
        "rounds": [
            {"profile": profile and list(profile), "gap_outside": _finite(gap)}
            for profile, gap in found.history
        ],
        "ended": found.ended,
        "profiles": [],
    }
    if chosen.profile is not None:
        entry = describe_profile(table, menu, chosen.profile, chosen.check, found.outside, "chosen")
        said["profiles"].append(entry)
    elif chosen.mixture is not None and solved.form is not None:
        said["profiles"].append(
            {
                "name": "chosen",
                **_describe_mixture(solved.form, chosen.mixture),
                **_describe_gaps(chosen.check, {}),
            }
        )
    if found.whole is not None:
        said |= _describe_whole(table, found.whole)
    if chosen.profile is not None and chosen.check is not None:
        said |= describe_neighbours(table, menu, chosen.profile, solved.spans, evidence, changes)
    return said


def describe_neighbours(
    table: PayoffTable,
    menu: GameMenu,
    profile: Profile,
    spans: Payoffs,
    evidence: Path,
    changes: Sequence[Mapping[str, Any]],
) -> Entry:
    """What needs a profile and the deviations from it: firmness, threats, time bought."""
    meet_futures(table, menu, profile)
    gains = gains_by_future(table, menu, profile, spans)
    held, draws = count_weights_held(table, menu, profile, evidence)
    return {
        "firmness": {
            "futures_held": sum(gain <= menu.tolerance for gain in gains),
            "futures": len(gains),
            "drivers": [asdict(one) for one in rank_drivers(gains, changes, menu.tolerance)],
            "weights_held": held,
            "weights": draws,
        },
        "threats": _describe_threats(build_neighbours(table, menu, profile), profile),
        "time_bought": [asdict(one) for one in list_time_bought(table, menu, profile)],
    }


def _describe_whole(table: PayoffTable, whole: SolvedGame) -> Entry:
    """What needs the payoffs of all profiles of a menu."""
    menu, form = whole.menu, whole.form
    assert form is not None
    stages = _describe_stages(form, menu)
    return {
        "menu": {player.name: list(player.names) for player in menu.players},
        "views": {
            view: {"counts": counts, **_describe_form(build_form(table, menu, range(menu.futures), view))}
            for view, counts in view_names().items()
        },
        "table": [
            {
                "strategies": list(one),
                "payoffs": _means(table, menu, one, "objective"),
                "money": _means(table, menu, one, "money"),
            }
            for one in list_profiles(menu)
        ],
        **({"coalitions": _describe_coalitions(form, menu.allies)} if len(menu.allies) > 1 else {}),
        **({"stages": stages} if stages else {}),
    }


def _means(table: PayoffTable, menu: GameMenu, profile: Profile, view: str) -> Entry:
    every = [table.payoff(profile, k, view) for k in range(menu.futures)]
    return {
        player.name: math.fsum(float(one[i]) for one in every) / len(every)
        for i, player in enumerate(menu.players)
    }
