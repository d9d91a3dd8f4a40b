"""Menus of a game: who plays, between which strategies, and what may be searched beyond them (conf/game)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import UserError, unknown
from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.overrides import choices_of
from coercivity.experiments.config.plain_yaml import read_yaml

__all__ = ["GameMenu", "GamePlayer", "GameStrategy", "Profile", "SearchRange", "parse_profile", "read_menu"]

GROUP = "game"
NUMBERS = ("futures", "most", "budget", "tolerance", "discount")
KEYS = frozenset(("about", "settings", "ensemble", *NUMBERS, "allies", "players"))
STRATEGY = frozenset(("scenario", "about", "lever", "moves"))
Profile = tuple[str, ...]  # the strategy of every player, by name


@dataclass(frozen=True)
class GameStrategy:
    """What a player may do: its states as a scenario has them, and levers laid over that.

    moves: what it does in one period after another, where the game is played in several
    """

    name: str
    scenario: str
    about: str = ""
    lever: Mapping[str, Any] = field(default_factory=dict)
    moves: tuple[str, ...] = ()

    @property
    def content(self) -> dict[str, Any]:
        """What it asks for, whatever it is called."""
        return {"scenario": self.scenario, "lever": dict(self.lever)}


@dataclass(frozen=True)
class SearchRange:
    """A number of a lever that is searched: its path below the levers of a state, and its ends."""

    path: tuple[str, ...]
    low: float
    high: float


@dataclass(frozen=True)
class GamePlayer:
    """A player: a state, or several that act as one."""

    name: str
    states: tuple[str, ...]
    strategies: tuple[GameStrategy, ...]
    outside: tuple[SearchRange, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Its strategies by name."""
        return tuple(one.name for one in self.strategies)

    def strategy(self, name: str) -> GameStrategy:
        """A strategy by name. Raises UserError where there is none."""
        for one in self.strategies:
            if one.name == name:
                return one
        raise UserError(unknown(f"strategy of {self.name}", name, self.names))


@dataclass(frozen=True)
class GameMenu:
    """A game as its file has it, with the settings of the command line after those of the file.

    allies: players that might act as one
    """

    name: str
    title: str
    settings: tuple[str, ...]
    players: tuple[GamePlayer, ...]
    ensemble: str = "default"
    futures: int = 4
    most: int = 20
    budget: int = 1000
    tolerance: float = 0.01
    discount: float = 0.05
    allies: tuple[str, ...] = ()

    @property
    def start(self) -> Profile:
        """The first strategy of every player."""
        return tuple(player.names[0] for player in self.players)

    def with_strategy(self, player: int, strategy: GameStrategy) -> "GameMenu":
        """The same game with one strategy more."""
        mine = self.players[player]
        wider = replace(mine, strategies=(*mine.strategies, strategy))
        return replace(self, players=(*self.players[:player], wider, *self.players[player + 1 :]))


def read_menu(name: str, settings: Sequence[str] = ()) -> GameMenu:
    """The game conf/game/NAME.yaml. Raises UserError where there is none or it is not well formed."""
    known = choices_of(GROUP)
    if name not in known:
        raise UserError(unknown("game", name, known))
    path = conf_dir() / GROUP / f"{name}.yaml"
    stored = read_yaml(path)
    if not isinstance(stored, dict) or set(stored) - KEYS or not isinstance(stored.get("players"), dict):
        raise UserError(f"{path}: a game has {', '.join(sorted(KEYS))} and nothing else")
    numbers = {key: _number(path, stored, key) for key in NUMBERS if key in stored}
    whole = {key: int(value) for key, value in numbers.items() if key in ("futures", "most", "budget")}
    said = [str(word) for word in stored.get("settings") or []]
    players = tuple(_player(path, str(key), given) for key, given in stored["players"].items())
    if len(players) < 2:
        raise UserError(f"{path}: a game has two players or more")
    taken = [state for player in players for state in player.states]
    if len(set(taken)) < len(taken):
        raise UserError(f"{path}: a state belongs to one player only")
    allies = tuple(str(name) for name in stored.get("allies") or ())
    if strangers := [name for name in allies if name not in stored["players"]]:
        raise UserError(f"{path}: allies: {unknown('player', strangers[0], stored['players'])}")
    return GameMenu(
        name,
        str((stored.get("about") or {}).get("title", name)),
        (*said, *settings),
        players,
        str(stored.get("ensemble", "default")),
        allies=allies,
        **{**numbers, **whole},  # type: ignore[arg-type]
    )


def _number(path: Path, stored: Mapping[str, Any], key: str) -> float:
    value = stored[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise UserError(f"{path}: `{key}` must be a number of 0 or more")
    return value


def _player(path: Path, name: str, given: Any) -> GamePlayer:
    where = f"{path}: player `{name}`"
    if (
        not isinstance(given, dict)
        or not given.get("states")
        or not isinstance(given.get("strategies"), dict)
    ):
        raise UserError(f"{where} needs `states` and `strategies`")
    if extra := set(given) - {"states", "strategies", "outside"}:
        raise UserError(f"{where} has no `{sorted(extra)[0]}`; it has states, strategies, outside")
    strategies = [_strategy(where, str(key), one) for key, one in given["strategies"].items()]
    outside = [_range(where, str(key), one) for key, one in (given.get("outside") or {}).items()]
    return GamePlayer(name, tuple(map(str, given["states"])), tuple(strategies), tuple(outside))


def _strategy(where: str, name: str, given: Any) -> GameStrategy:
    if not isinstance(given, dict) or "scenario" not in given or set(given) - STRATEGY:
        raise UserError(f"{where}: strategy `{name}` has scenario, and if need be lever, about and moves")
    scenario, known = str(given["scenario"]), choices_of("scenario")
    if scenario not in known:
        raise UserError(f"{where}, strategy `{name}`: {unknown('scenario', scenario, known)}")
    moves = tuple(str(move) for move in given.get("moves") or ())
    return GameStrategy(name, scenario, str(given.get("about", "")), given.get("lever") or {}, moves)


def _range(where: str, path: str, given: Any) -> SearchRange:
    try:
        low, high = float(given["low"]), float(given["high"])
    except (TypeError, KeyError, ValueError):
        low = high = 0.0
    if not low < high:
        raise UserError(f"{where}: `outside.{path}` needs numbers low < high")
    return SearchRange(tuple(path.split(".")), low, high)


def parse_profile(menu: GameMenu, text: str) -> Profile:
    """A profile as one types it: `china:flooding,japan:stockpile`; who is not named does what comes first.

    Raises UserError for a player or a strategy that there is not.
    """
    chosen = dict(zip((player.name for player in menu.players), menu.start, strict=True))
    for part in filter(None, text.split(",")):
        name, colon, strategy = part.strip().partition(":")
        if not colon:
            raise UserError(f"`{text}` is no profile: write PLAYER:STRATEGY,..., as in `{_example(menu)}`")
        if name not in chosen:
            raise UserError(unknown("player", name, chosen))
        chosen[name] = next(p for p in menu.players if p.name == name).strategy(strategy).name
    return tuple(chosen.values())


def _example(menu: GameMenu) -> str:
    return ",".join(f"{player.name}:{player.names[-1]}" for player in menu.players[:2])
