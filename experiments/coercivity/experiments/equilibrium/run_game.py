"""`coercivity game`: a menu, its payoffs by simulation, what holds in it, and a folder with all of that."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import evidence_of, results_dir
from coercivity.experiments.config.compose import compose, config_hash
from coercivity.experiments.config.evidence_reader import hash_evidence
from coercivity.experiments.equilibrium.document import (
    describe_neighbours,
    describe_profile,
    describe_solution,
)
from coercivity.experiments.equilibrium.known_answers import check_known_answers
from coercivity.experiments.equilibrium.menus import GameMenu, parse_profile, read_menu
from coercivity.experiments.equilibrium.oracle import run_oracle, search_all
from coercivity.experiments.equilibrium.outside import SearchEffort
from coercivity.experiments.equilibrium.page import FILE, write_page
from coercivity.experiments.equilibrium.payoffs import OnRun, PayoffTable, Simulation
from coercivity.experiments.equilibrium.solve import certify, seen_spans
from coercivity.experiments.runs.execution import read_workers
from coercivity.experiments.runs.folders import default_out, writing
from coercivity.experiments.runs.manifest import seal
from coercivity.experiments.runs.store import make_manifest, write_config

__all__ = ["GameRequest", "play_game", "read_request"]

USUAL = "default"


@dataclass(frozen=True)
class GameRequest:
    """What a game is asked for. words: `game=NAME`, `futures=N`, profiles and settings, in any order

    check: a profile to be checked alone · trials: a player, outside the menu · rounds: of the double oracle
    bound: gap outside the menu, as a share of the payoff range, at which it stops
    """

    words: Sequence[str] = ()
    check: str | None = None
    budget: int | None = None
    trials: int = 200
    rounds: int = 3
    bound: float = 0.10
    workers: int | None = None
    out: Path | None = None
    evidence: Path | None = None
    cache: Path | None = None
    force: bool = False


def read_request(request: GameRequest) -> tuple[GameMenu, list[str]]:
    """The menu that is asked for, and the profiles. Raises UserError in one sentence."""
    name, futures = USUAL, None
    settings, profiles = list[str](), list[str]()
    for word in request.words:
        key, equals, value = word.partition("=")
        if equals and key == "game":
            name = value
        elif equals and key == "futures":
            futures = _whole(word, value)
        elif equals or word.startswith("~"):
            settings.append(word)
        else:
            profiles.append(word)
    for option in ("trials", "rounds", "bound"):
        if getattr(request, option) < 0:
            raise UserError(f"--{option} {getattr(request, option)}: 0 or more is needed")
    menu = read_menu(name, settings)
    if futures is not None:
        menu = replace(menu, futures=futures, most=max(menu.most, futures))
    if request.budget is not None:
        if request.budget < 1:
            raise UserError(f"--budget {request.budget}: at least 1 run is needed")
        menu = replace(menu, budget=request.budget)
    for text in (*profiles, *([request.check] if request.check is not None else [])):
        parse_profile(menu, text)
    return menu, profiles


def _whole(word: str, value: str) -> int:
    if not value.isdigit() or int(value) < 2:
        raise UserError(f"`{word}`: a game needs a whole number of 2 futures or more, as in futures=4")
    return int(value)


def play_game(
    request: GameRequest, on_run: OnRun, note: Callable[[str], None]
) -> tuple[dict[str, Any], Path]:
    """Play a game and write its folder. Raises UserError for what cannot be played."""
    menu, texts = read_request(request)
    base = compose(menu.settings)
    evidence = request.evidence or evidence_of(base.values)
    workers = read_workers(request.workers)
    cache = request.cache or results_dir() / "payoffs"
    asked = {"menu": repr(menu), "profiles": texts, "check": request.check, "trials": request.trials}
    digest = config_hash({**asked, "rounds": request.rounds, "bound": request.bound})
    out = request.out or default_out("game", menu.name, digest, hash_evidence(evidence))
    start = time.perf_counter()
    with writing(out, "game", request.force) as draft, _telling_kept(cache):
        simulation = Simulation(menu, evidence, cache, workers, on_run)
        table = PayoffTable(menu, simulation, simulation.codes)
        document = {
            "game": menu.name,
            "title": menu.title,
            "settings": list(menu.settings),
            "ensemble": menu.ensemble,
            "unit": "million USD over the horizon, discounted",
            "discount": menu.discount,
            "tolerance": menu.tolerance,
            **_content(request, table, menu, texts, evidence, note),
            "budget": menu.budget,
            "runs": table.spent,
            "known_answers": check_known_answers(),
        }
        (draft / FILE).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        write_config(draft, base.values)
        make_manifest(base, evidence, "game", time.perf_counter() - start).write(draft)
        seal(draft)
        write_page(draft)
    note(f"{simulation.made} runs made, {table.spent - simulation.made} known before")
    return document, out


@contextmanager
def _telling_kept(cache: Path) -> Iterator[None]:
    """Who interrupts hears what is kept."""
    try:
        yield
    except KeyboardInterrupt as stopped:
        stopped.add_note(f"no result was written, payoffs so far are kept in {cache}")
        raise


def _content(
    request: GameRequest,
    table: PayoffTable,
    menu: GameMenu,
    texts: Sequence[str],
    evidence: Path,
    note: Callable[[str], None],
) -> dict[str, Any]:
    """What was found: of the whole game, or of one profile that is checked."""
    effort = SearchEffort(request.trials, fresh=min(max(menu.most - 1, 1), 4))
    if request.check is not None:
        return _check_one(table, menu, request.check, effort, evidence, note)
    around = 1 + sum(len(player.strategies) - 1 for player in menu.players)
    if around * menu.futures > menu.budget:
        what = "one profile and the deviations from it"
        raise UserError(f"--budget {menu.budget} holds not even {what}; give more")
    found = run_oracle(table, menu, effort, (request.rounds, request.bound), note)
    changes = getattr(table.source, "changes", ())
    said = describe_solution(table, found, evidence, changes)
    for text in texts:
        profile = parse_profile(menu, text)
        check = certify(table, found.solved.menu, profile, found.solved.spans)
        said["profiles"].append(describe_profile(table, found.solved.menu, profile, check, {}, text))
    return said


def _check_one(
    table: PayoffTable,
    menu: GameMenu,
    text: str,
    effort: SearchEffort,
    evidence: Path,
    note: Callable[[str], None],
) -> dict[str, Any]:
    """The gaps of one profile; ranges are those of the profiles seen for it."""
    profile = parse_profile(menu, text)
    first = certify(table, replace(menu, most=menu.futures), profile, seen_spans(table, menu))
    if first is None:
        raise UserError(f"--budget {menu.budget} holds not even the deviations from this profile; give more")
    spans = seen_spans(table, menu)
    check = certify(table, menu, profile, spans)
    outside = search_all(table, menu, profile, spans, effort, 0, note)
    return {
        "players": [player.name for player in menu.players],
        "ranges": dict(zip((p.name for p in menu.players), map(float, spans), strict=True)),
        **describe_neighbours(table, menu, profile, spans, evidence, getattr(table.source, "changes", ())),
        "profiles": [describe_profile(table, menu, profile, check, outside, text)],
    }
