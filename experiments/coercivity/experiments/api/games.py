"""`cv.game`: the game between states from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coercivity.experiments.api.words import Settings, several, words_of
from coercivity.experiments.equilibrium.run_game import GameRequest, play_game

__all__ = ["game"]


def game(
    menu: str = "default",
    profiles: Sequence[str] = (),
    settings: Settings = (),
    *,
    check: str | None = None,
    futures: int | None = None,
    budget: int | None = None,
    trials: int = 200,
    rounds: int = 3,
    bound: float = 0.10,
    workers: int = 1,
    out: str | Path | None = None,
) -> Mapping[str, Any]:
    """Find which strategies hold against each other, and return what `game --json` prints.

    Parameters
    ----------
    menu
        Name of a game (`conf/game`).
    profiles
        Profiles to be shown beside what is found, as in `["china:flooding,japan:stockpile"]`.
    settings
        Settings of all runs, as for `run`.
    check
        A profile to be checked alone.
    futures
        Futures that every profile meets first (default: as the game says).
    budget
        Runs in all (default: as the game says).
    trials
        Deviations a player tried outside the menu.
    rounds
        Times that what wins outside the menu joins it.
    bound
        Gap outside the menu, as a share of the payoff range, that is small enough.
    workers
        Processes; more than one needs a script guarded by `if __name__ == "__main__":`.
    out
        Folder of the game (default: under `results/game`).
    """
    words = [f"game={menu}", *several("profiles", profiles), *words_of(settings)]
    words += [] if futures is None else [f"futures={futures}"]
    place = None if out is None else Path(out)
    request = GameRequest(words, check, budget, trials, rounds, bound, workers, place)
    return play_game(request, lambda _done, _asked: None, lambda _text: None)[0]
