"""The report of a game as one HTML page: what holds in words, gaps with intervals, payoffs, threats."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from coercivity.experiments.figures.chart import Figure, Ranges, Series, Style
from coercivity.experiments.figures.look import SCENARIO
from coercivity.experiments.reports import page
from coercivity.experiments.reports.page import Section
from coercivity.experiments.runs.manifest import Manifest, deriving, read_manifest
from coercivity.experiments.runs.store import read_bound

__all__ = ["FILE", "game_page", "sentences", "write_page"]

FILE = "game.json"
Document = Mapping[str, Any]
Rows = list[tuple[str, list[str]]]


def write_page(folder: Path) -> None:
    """Build the report of a stored game anew, and its payoffs as a table."""
    document = json.loads(read_bound(folder, FILE))
    with deriving(folder):
        html = game_page(document, read_manifest(folder))
        (folder / "report.html").write_text(html, encoding="utf-8")
        with (folder / "payoffs.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([*document["players"], "player", "objective million USD", "money million USD"])
            writer.writerows(_payoff_rows(document))


def _payoff_rows(document: Document) -> Iterator[list[str]]:
    """Means over futures of every profile and player."""
    for one in document.get("table") or []:
        for player, worth in one["payoffs"].items():
            yield [*one["strategies"], player, f"{worth:.1f}", f"{one['money'][player]:.1f}"]


def game_page(document: Document, manifest: Manifest) -> str:
    """The report as HTML."""
    period = f"{document['runs']} runs of at most {document['budget']}; payoffs in {document['unit']}"
    parts = [
        Section("found", "What was found", page.lead(list(sentences(document)))),
        Section("gaps", "What leaving would gain", _gaps(document)),
        Section("payoffs", "What it is worth", _payoffs(document)),
        Section("table", "Payoffs of all profiles", _table(document)),
        Section("views", "Equilibria by how payoffs are counted", _views(document)),
        Section("stages", "One move after another", _stages(document)),
        Section("pooling", "Acting as one", _pooling(document)),
        Section("threats", "Threats", _threats(document)),
        Section("time", "Time bought", _time_bought(document)),
        Section("firm", "What decides whether it holds", _drivers(document)),
        Section("strategies", "The strategies", _strategies(document)),
        Section("answers", "Is the solver right?", _answers(document)),
        Section("source", "Where this comes from", _source(document, manifest)),
    ]
    return page.page(document["title"], period, parts)


def spell(name: str) -> str:
    """A player's name as one writes it."""
    return name.replace("_", " ").title().replace(" Of ", " of ")


def profile_words(strategies: Mapping[str, str]) -> str:
    """A profile in words."""
    return ", ".join(
        f"{spell(player)} {strategy.replace('_', ' ')}" for player, strategy in strategies.items()
    )


def sentences(document: Document) -> Iterator[str]:
    """What was found, the most important first."""
    for profile in document["profiles"][:1]:
        yield _holds(profile, document)
        if profile["gap_outside"]:
            player = max(profile["gap_outside"], key=lambda name: profile["gap_outside"][name])
            yield (
                f"Outside the menu the best of {profile['trials_outside'][player]} other settings a player "
                f"gains {profile['gap_outside'][player]:.1%} of its payoff range: {spell(player)}, by "
                f"{profile['best_outside'][player].removeprefix('found: ')}."
            )
        elif "strategies" in profile:
            yield "Nothing was searched outside the menu."
    if firm := document.get("firmness"):
        weights = f" and in {firm['weights_held']} of {firm['weights']} draws of all weights"
        yield (
            f"It is an equilibrium in {firm['futures_held']} of {firm['futures']} futures taken one by one"
            f"{weights if 'weights' in firm else ''}."
        )
    if stages := document.get("stages"):
        told = "; then ".join(profile_words(joint) for joint in stages["path"])
        yield f"Where each moves again, knowing what was done: {told}."
    if pooled := document.get("coalitions"):
        yield (
            f"Acting as one, {', '.join(map(spell, pooled['members']))} have {_number(pooled['gain'])} "
            f"million USD more than each alone."
        )
    working = [one for one in document.get("threats") or [] if one["works"]]
    if "threats" in document:
        yield _threat_words(working[0]) if working else "No threat of one player to another would be obeyed."


def _holds(profile: Document, document: Document) -> str:
    """The profile and how certain it is."""
    limits = [one["limit"] for one in profile["gap_inside_interval"].values()]
    what = profile_words(profile["strategies"]) if "strategies" in profile else "The players mix"
    if profile["certified"]:
        return (
            f"{what}. Nobody gains more than {document['tolerance']:.0%} of its payoff range by leaving, "
            "with 95 % confidence."
        )
    worst = max(profile["gap_inside"].values(), default=0.0)
    least = None if not limits or None in limits else max(limits)
    sure = (
        "it cannot be told how much at most" if least is None else f"at most {least:.1%} with 95 % confidence"
    )
    if profile["equilibrium"]:
        return (
            f"{what}. By means nobody gains by leaving; {sure}: not certain to {document['tolerance']:.0%}."
        )
    return f"No equilibrium was found. Nearest: {what}; the best deviation gains {worst:.1%}, {sure}."


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _gaps(document: Document) -> str:
    """Gaps inside and outside the menu with their intervals: a figure and its table."""
    parts = []
    for profile in document["profiles"][:1]:
        kinds = ["inside", *(["outside"] if profile["gap_outside"] else [])]
        styles = [Style(f"{kind} the menu", *SCENARIO[n]) for n, kind in enumerate(kinds)]
        players = list(profile["gap_inside"])
        series = [_gap_series(profile, *pair, players) for pair in zip(kinds, styles, strict=True)]
        names, nothing = tuple(map(spell, players)), 100.0 * document["tolerance"]
        unit = "% of the payoff range"
        panel = Ranges("gain of the best deviation", unit, names, tuple(series), reference=nothing)
        said, note = "Mean gain, with an 80 % band over futures.", "The line is what counts as no gain."
        figure = Figure("gaps", "Who would gain by leaving", said, (panel,), legend=tuple(styles), note=note)
        parts += [page.figures([figure]), _gap_table(profile, players)]
    return "".join(parts)


def _gap_series(profile: Document, kind: str, style: Style, players: Sequence[str]) -> Series:
    every = profile[f"gap_{kind}"], profile[f"gap_{kind}_interval"]
    values = tuple(100.0 * every[0][p] if p in every[0] else None for p in players)
    low, high = (
        tuple(100.0 * every[1][p][end] if p in every[1] else None for p in players) for end in ("low", "high")
    )
    return Series(style, values, low, high)


def _gap_table(profile: Document, players: Sequence[str]) -> str:
    rows: Rows = []
    for player in players:
        inside, limit = profile["gap_inside"][player], profile["gap_inside_interval"][player]["limit"]
        outside = profile["gap_outside"].get(player)
        rows.append(
            (
                escape(spell(player)),
                [
                    f"{inside:.1%}",
                    "unknown" if limit is None else f"{limit:.1%}",
                    profile["best_inside"][player].replace("_", " "),
                    "not searched" if outside is None else f"{outside:.1%}",
                    profile["best_outside"].get(player, "").removeprefix("found: "),
                ],
            )
        )
    heads = ["inside, mean", "inside, at most (95 %)", "best other strategy", "outside, mean", "by"]
    return page.table("player", heads, rows, (0, 1, 3))


def _payoffs(document: Document) -> str:
    """Payoffs of the profiles shown, with bands."""
    groups = {}
    for profile in document["profiles"]:
        if "money" not in profile:
            continue
        rows: Rows = []
        for player, worth in profile["payoffs"].items():
            cells = [
                profile["strategies"][player].replace("_", " "),
                _spread(worth),
                _spread(profile["money"][player]),
            ]
            rows.append((escape(spell(player)), cells))
        groups[profile["name"].replace("_", " ")] = rows
    heads = ["plays", "objective (80 % band)", "of that money (80 % band)"]
    return page.grouped_table("player", heads, groups, (1, 2)) if groups else ""


def _spread(worth: Document) -> str:
    if worth["mean"] is None:
        return "unknown"
    return f"{_number(worth['mean'])} ({_number(worth['low'])} to {_number(worth['high'])})"


def _table(document: Document) -> str:
    """The payoff table; a long one opens on demand."""
    every = document.get("table")
    if not every:
        return ""
    players = document["players"]
    rows: Rows = [
        (
            escape(", ".join(one["strategies"]).replace("_", " ")),
            [_number(one["payoffs"][player]) for player in players],
        )
        for one in every
    ]
    corner = ", ".join(map(spell, players))
    shown = page.table(corner, [spell(player) for player in players], rows, range(len(players)))
    return page.foldable(f"{len(rows)} profiles, means over futures", shown)


def _views(document: Document) -> str:
    rows: Rows = []
    for found in (document.get("views") or {}).values():
        named = "; ".join(_chances(one["chances"]) for one in found["equilibria"]) or "none was found"
        leaders = [
            f"{spell(player)} {one['strategy'].replace('_', ' ')} ({_number(one['payoff'])})"
            for player, one in found["leaders"].items()
        ]
        rows.append((escape(found["counts"]), [named, "; ".join(leaders)]))
    return (
        page.table("payoffs count", ["equilibria", "who binds itself first does (and has)"], rows)
        if rows
        else ""
    )


def _chances(chances: Mapping[str, Mapping[str, float]]) -> str:
    told = []
    for player, mine in chances.items():
        parts = [name if len(mine) == 1 else f"{name} {chance:.0%}" for name, chance in mine.items()]
        told.append(f"{spell(player)} {' or '.join(parts)}")
    return ", ".join(told).replace("_", " ")


def _stages(document: Document) -> str:
    stages = document.get("stages")
    if not stages:
        return ""
    rows: Rows = []
    for one in stages["after"]:
        before = "; then ".join(profile_words(joint) for joint in one["history"]) or "at first"
        rows.append((escape(before), [_chances(one["moves"])]))
    several = (
        "" if stages["unique"] else '<p class="soft">Of several equilibria, that with the largest sum.</p>'
    )
    return page.table("after", ["what holds"], rows) + several


def _pooling(document: Document) -> str:
    pooled = document.get("coalitions")
    if not pooled:
        return ""
    shares: Rows = [
        (escape(spell(name)), [_number(one[key]) for key in ("alone", "share", "gain")])
        for name, one in pooled["members"].items()
    ]
    rows: Rows = [
        (
            escape(" and ".join(map(spell, one["members"]))),
            [
                _number(one["gain"]),
                profile_words(one["profile"]) + (" (what it is sure of)" if one["sure"] else ""),
            ],
        )
        for one in pooled["coalitions"]
        if len(one["members"]) > 1
    ]
    core = "No part of them" if pooled["core"] else "Some part of them"
    return (
        page.table("member", ["alone", "Shapley share", "gain"], shares, (0, 1, 2))
        + page.table("who acts as one", ["gains together", "and what is played then"], rows, (0,))
        + f'<p class="soft">{core} would have more by itself than by these shares.</p>'
    )


def _threat_words(one: Document) -> str:
    how = (
        "credible" if one["credible"] else f"costs the sender {_number(one['cost'])} million USD to carry out"
    )
    threat, demand = (one[key].replace("_", " ") for key in ("threat", "demand"))
    return (
        f"{spell(one['sender'])} can threaten {threat} unless {spell(one['target'])} turns to {demand}: "
        f"worth {_number(one['worth'])} million USD; {how}."
    )


def _threats(document: Document) -> str:
    rows: Rows = [
        (
            escape(f"{spell(one['sender'])}: {one['threat']}".replace("_", " ")),
            [
                f"{spell(one['target'])} to {one['demand']}".replace("_", " "),
                *(_number(one[key]) for key in ("worth", "cost", "harm", "price")),
                "obeyed" if one["works"] else "refused",
                "yes" if one["credible"] else "no",
            ],
        )
        for one in document.get("threats") or []
    ]
    heads = [
        "unless",
        "worth to sender",
        "cost to sender",
        "harm to target",
        "price of obeying",
        "is",
        "credible",
    ]
    return page.table("threat", heads, rows, (1, 2, 3, 4)) if rows else ""


def _time_bought(document: Document) -> str:
    """By answer of the others, what each strategy of the supplier buys."""
    groups: dict[str, Rows] = {}
    for one in document.get("time_bought") or []:
        cells = [f"{one['years']:+.2f} ({one['low']:+.2f} to {one['high']:+.2f})", f"{one['left']:.0%}"]
        rows = groups.setdefault(f"against {profile_words(one['answer'])}", [])
        rows.append((escape(f"{spell(one['supplier'])} {one['strategy']}".replace("_", " ")), cells))
    heads = ["years of dependence bought (80 % band)", "dependence left at the end"]
    return page.grouped_table("strategy", heads, groups, (0, 1)) if groups else ""


def _drivers(document: Document) -> str:
    rows: Rows = [
        (
            f"<code>{escape(one['name'])}</code>",
            [
                f"{one['correlation']:+.2f}" + ("" if one["sure"] else " (may be luck)"),
                f"{one['low']:.0%}",
                f"{one['high']:.0%}",
            ],
        )
        for one in (document.get("firmness") or {}).get("drivers") or []
    ]
    heads = ["rank correlation with the gain of leaving", "holds where it is low", "holds where it is high"]
    return page.table("what futures differ in", heads, rows, (0, 1, 2)) if rows else ""


def _strategies(document: Document) -> str:
    groups: dict[str, Rows] = {
        spell(player): [(escape(name.replace("_", " ")), [about]) for name, about in mine.items()]
        for player, mine in (document.get("strategies") or {}).items()
    }
    return page.grouped_table("strategy", ["what it is"], groups) if groups else ""


def _answers(document: Document) -> str:
    rows: Rows = [
        (escape(name.replace("_", " ")), [f"{error:.2%}"])
        for name, error in document["known_answers"].items()
    ]
    return page.table("game with an answer on paper", ["relative error"], rows, (0,))


def _source(document: Document, manifest: Manifest) -> str:
    facts = {
        "game": document["game"],
        "settings": " ".join(document["settings"]),
        "futures from": document["ensemble"],
        "ended": document.get("ended", "one profile was checked"),
    }
    again = "; the same <code>coercivity game</code> gives the same digits"
    return page.provenance("from the payoffs in game.json beside this file", facts, manifest, again)
