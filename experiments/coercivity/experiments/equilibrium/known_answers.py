"""Games whose answers are known on paper, put through the same menus, search, solver and certificates.

Payoffs come from formulas in the place of runs; all that follows is what a game of the model goes through.
Each error is relative, and the bar is 0.1 %.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from coercivity.experiments.equilibrium.coalitions import share_gain
from coercivity.experiments.equilibrium.commitment import solve_leader
from coercivity.experiments.equilibrium.menus import GameMenu, GamePlayer, GameStrategy, SearchRange
from coercivity.experiments.equilibrium.mixed import find_equilibria
from coercivity.experiments.equilibrium.normal_form import Mixture, NormalForm, Payoffs
from coercivity.experiments.equilibrium.outside import SearchEffort, search_outside
from coercivity.experiments.equilibrium.payoffs import Draw, PayoffTable, Worth
from coercivity.experiments.equilibrium.solve import certify, solve_game
from coercivity.experiments.equilibrium.stages import solve_stages

__all__ = ["Formula", "check_known_answers"]

ROUNDS = 30  # of the double oracle


class Formula:
    """Payoffs by formula. worth: of the levers of all players, in a future"""

    def __init__(self, worth: Callable[[Sequence[Mapping[str, float]], int], Sequence[float]]) -> None:
        self.worth = worth

    def evaluate(self, menu: GameMenu, draws: Sequence[Draw]) -> list[Worth]:
        """What each profile is worth to each player, as million USD of surplus."""
        found: list[Worth] = []
        for profile, future in draws:
            pairs = zip(menu.players, profile, strict=True)
            payoffs = self.worth([player.strategy(name).lever for player, name in pairs], future)
            states = [player.states[0] for player in menu.players]
            terms = [{"surplus": (1e6 * one, 1.0), "fiscal": (0.0, 1.0)} for one in payoffs]
            found.append(dict(zip(states, terms, strict=True)))
        return found


def check_known_answers() -> dict[str, float]:
    """Relative error of every known answer."""
    return {
        "cournot": _cournot(),
        "stackelberg_export_tax": _export_tax(),
        "friendshoring_dilemma": _dilemma(),
        "matching_pennies": _pennies(),
        "cyclic_game": _cycle(),
        "three_player_pennies": _three_players(),
        "planted_dominated_strategy": _plant_dominated(),
        "relabelling": _relabelling(),
        "shares_of_a_public_good": _public_good(),
        "deterrence_that_is_not_credible": _deterrence(),
    }


def _cournot() -> float:
    """Two firms choose quantities, P = 10 − q₁ − q₂, costs 1 and 2, by the double oracle."""
    costs = np.array([1.0, 2.0])

    def worth(levers: Sequence[Mapping[str, float]], _future: int) -> list[float]:
        q = np.array([lever["q"] for lever in levers])
        return [float(one) for one in (10.0 - q.sum() - costs) * q]

    players = tuple(
        GamePlayer(name, (name,), (_plain("low", 0.5), _plain("high", 4.5)), (SearchRange(("q",), 0.0, 5.0),))
        for name in ("one", "two")
    )
    menu = GameMenu("cournot", "Cournot", (), players, futures=2, most=4, budget=10**7, tolerance=1e-6)
    table = PayoffTable(menu, Formula(worth), {"one": "one", "two": "two"})
    effort = SearchEffort(trials=48, look=1, fresh=1, finalists=1, proposed=0.0)
    for number in range(ROUNDS):
        solved = solve_game(table, menu, [menu.start], None, mixed=False)
        here = solved.candidates[0]
        answers = [search_outside(table, here, i, 1.0, effort, f"found {number}") for i in (0, 1)]
        better = [(i, one) for i, one in enumerate(answers) if one and one.gap.share > 1e-7]
        if not better:
            break
        for i, one in better:
            menu = menu.with_strategy(i, one.strategy)
            table.offer(i, one.strategy)
    if certify(table, menu, here, solved.spans) is None:
        return float("inf")
    quantities = [player.strategy(name).lever["q"] for player, name in zip(menu.players, here, strict=True)]
    return _relative(quantities, [10.0 / 3.0, 7.0 / 3.0])


def _plain(name: str, quantity: float) -> GameStrategy:
    return GameStrategy(name, "", "", {"q": quantity})


def _export_tax() -> float:
    """An exporter taxes first, the importer's tariff follows; supply c + dQ, demand a − bQ.

    The importer chooses k in a tariff s = kQ, which is best at k = d whatever the tax. Hence
    Q = (A − t) / (b + 2d) with A = a − c, and the tax t = A (b + d) / (2b + 3d).
    """
    a, b, c, d = 10.0, 1.0, 1.0, 0.7
    tax = np.linspace(0.0, a - c, 2600)
    steep = np.linspace(0.0, 2.0, 499)
    q = (a - c - tax[:, None]) / (b + d + steep[None, :])
    exporter = d * q**2 / 2.0 + tax[:, None] * q
    importer = (b / 2.0 + steep[None, :]) * q**2
    names = tuple(tuple(f"{x:.4f}" for x in one) for one in (tax, steep))
    found = solve_leader(NormalForm(("exporter", "importer"), names, np.stack([exporter, importer], -1)), 0)
    if found is None:
        return float("inf")
    exact = (a - c) * (b + d) / (2.0 * b + 3.0 * d)
    sold = (a - c - exact) / (b + 2.0 * d)
    return _relative([tax[found.strategy], found.payoffs[0]], [exact, d * sold**2 / 2.0 + exact * sold])


def _dilemma() -> float:
    """Three allies may pay 3 for supply worth 2 to each of them: none pays, though all would gain."""
    worth = np.zeros((2, 2, 2, 3))
    for at in np.ndindex(2, 2, 2):
        worth[at] = 10.0 + 2.0 * sum(at) - 3.0 * np.array(at)
    game = NormalForm(("a", "b", "c"), (("wait", "friendshore"),) * 3, worth)
    together = float(worth[1, 1, 1].min() - worth[0, 0, 0].max())
    if together <= 0:
        return float("inf")
    return _only(game, [np.array([1.0, 0.0])] * 3)


def _pennies() -> float:
    """Matching pennies with heads worth three to the first player: the second plays them one in three."""
    first = np.array([[3.0, -1.0], [-1.0, 1.0]])
    second = np.array([[-1.0, 1.0], [1.0, -1.0]])
    game = NormalForm(("row", "column"), (("heads", "tails"),) * 2, np.stack([first, second], -1))
    return _only(game, [np.array([0.5, 0.5]), np.array([1.0, 2.0]) / 3.0])


def _cycle() -> float:
    """Rock, paper, scissors with stakes 1, 2 and 3: every strategy by the stake of the other two's match."""
    game = _stakes(1.0, 2.0, 3.0)
    chance = np.array([3.0, 2.0, 1.0]) / 6.0
    return _only(game, [chance, chance])


def _stakes(p: float, q: float, r: float) -> NormalForm:
    """Paper beats rock by p, rock beats scissors by q, scissors beat paper by r."""
    first = np.array([[0.0, -p, q], [p, 0.0, -r], [-q, r, 0.0]])
    return NormalForm(("a", "b"), (("rock", "paper", "scissors"),) * 2, np.stack([first, -first], -1))


def _three_players() -> float:
    """Jordan's pennies: each wants to match the next, the last to differ from the first; all mix evenly."""
    worth = np.zeros((2, 2, 2, 3))
    for i, j, k in np.ndindex(2, 2, 2):
        worth[i, j, k] = [float(i == j), float(j == k), float(k != i)]
    game = NormalForm(("a", "b", "c"), (("heads", "tails"),) * 3, worth)
    return _only(game, [np.array([0.5, 0.5])] * 3)


def _plant_dominated() -> float:
    """A strategy always worse, planted in the cyclic game: the largest chance an equilibrium gives it."""
    game = _with_dominated()
    return max((float(mixture[i][3]) for mixture in find_equilibria(game).found for i in (0, 1)), default=1.0)


def _with_dominated() -> NormalForm:
    small = _stakes(1.0, 2.0, 3.0).payoffs
    worth = np.zeros((4, 4, 2))
    worth[:3, :3] = small
    worth[3, :3, 0], worth[:3, 3, 0] = small[0, :, 0] - 0.5, 1.0
    worth[:3, 3, 1], worth[3, :3, 1] = small[:, 0, 1] - 0.5, 1.0
    worth[3, 3] = -0.5
    names = ("rock", "paper", "scissors", "worse")
    return NormalForm(("a", "b"), (names, names), worth)


def _public_good() -> float:
    """Three give or not: a gift costs 3 and is worth 2, 2 and 4 to them. Alone only the third gives.

    Worth of the players alone 2, 2, 1; of any two 6; of all 15, so that their shares are 31/6, 31/6, 14/3.
    """
    use = np.array([2.0, 2.0, 4.0])
    worth = np.array([sum(given) * use - 3.0 * np.array(given) for given in np.ndindex(2, 2, 2)])
    game = NormalForm(("a", "b", "c"), (("keep", "give"),) * 3, worth.reshape(2, 2, 2, 3))
    found = share_gain(game, (0, 1, 2))
    error = _relative([found.shares[i] for i in range(3)], [31.0 / 6.0, 31.0 / 6.0, 14.0 / 3.0])
    return max(error, _relative([found.gain], [10.0])) if found.core else float("inf")


def _deterrence() -> float:
    """A newcomer enters or stays out, then the owner fights or yields. To fight is an equilibrium threat of
    paths chosen at once, and nothing that the owner would do when it comes to it: the newcomer enters.
    """
    worth = np.array([[[-1.0, -1.0], [1.0, 1.0]], [[0.0, 2.0], [0.0, 2.0]]])
    game = NormalForm(("new", "old"), (("in", "out"), ("fight", "yield")), worth)
    found = solve_stages(game, [[("in", ""), ("out", "")], [("", "fight"), ("", "yield")]])
    if found is None or len(find_equilibria(game).found) < 2:
        return float("inf")
    return _relative(found.payoffs, [1.0, 1.0])


def _relabelling() -> float:
    """Players and strategies of a random game in another order: the same equilibria."""
    rng = np.random.default_rng(7)
    worth = rng.standard_normal((2, 3, 2, 3))
    names = (("a0", "a1"), ("b0", "b1", "b2"), ("c0", "c1"))
    game = NormalForm(("a", "b", "c"), names, worth)
    players, orders = (2, 0, 1), ((1, 0), (2, 0, 1), (1, 0))
    moved = game.part(orders)
    turned = np.moveaxis(moved.payoffs[..., list(players)], players, (0, 1, 2))
    other = NormalForm(
        tuple(game.players[i] for i in players), tuple(moved.strategies[i] for i in players), turned
    )
    one, two = (_by_name(game_, find_equilibria(game_).found) for game_ in (game, other))
    if len(one) != len(two) or not one:
        return float("inf")
    return max(min(_distance(a, b) for b in two) for a in one)


def _by_name(game: NormalForm, found: Sequence[Mixture]) -> list[dict[str, float]]:
    return [
        {
            name: float(chance)
            for i, names in enumerate(game.strategies)
            for name, chance in zip(names, mixture[i], strict=True)
        }
        for mixture in found
    ]


def _distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    return max(abs(one[name] - other[name]) for name in one)


def _only(game: NormalForm, exact: Sequence[Payoffs]) -> float:
    """How far the only equilibrium found is from the only one there is; infinite where there are others."""
    found = find_equilibria(game).found
    if len(found) != 1:
        return float("inf")
    return max(_relative(one, true) for one, true in zip(found[0], exact, strict=True))


def _relative(found: Sequence[float] | Payoffs, exact: Sequence[float] | Payoffs) -> float:
    one, true = np.asarray(found, float), np.asarray(exact, float)
    return float((np.abs(one - true) / np.maximum(np.abs(true), 1e-3)).max())
