"""What it is worth to move first (Stackelberg), and to threaten."""

from dataclasses import dataclass

import numpy as np

from coercivity.experiments.equilibrium.mixed import find_equilibria
from coercivity.experiments.equilibrium.normal_form import Mixture, NormalForm, Payoffs, find_pure

__all__ = ["Leadership", "Threat", "list_threats", "solve_leader"]


@dataclass(frozen=True)
class Leadership:
    """What a player does best that is seen to commit itself, and the others' answer.

    strategy: of the leader · answer: the profile that follows · payoffs: of all players
    unique: whether the others have one answer only; if not, the one that is worst for the leader is taken
    """

    leader: int
    strategy: int
    answer: Mixture
    payoffs: Payoffs
    unique: bool


@dataclass(frozen=True)
class Threat:
    """A threat at a profile: unless `target` plays `demand`, `sender` plays `strategy`.

    harm: to the target if it is carried out · cost: to the sender of carrying it out (below nought: a gain)
    worth: to the sender of compliance · price: to the target of complying
    """

    sender: int
    strategy: int
    target: int
    demand: int
    harm: float
    cost: float
    worth: float
    price: float

    @property
    def works(self) -> bool:
        """Whether the target prefers to comply, and the sender prefers that it does."""
        return self.price <= self.harm and self.worth > 0

    @property
    def credible(self) -> bool:
        """Whether the sender would carry it out without having bound itself."""
        return self.cost <= 0


def solve_leader(game: NormalForm, leader: int) -> Leadership | None:
    """The best single strategy to commit to; None where the others have no answer that was found."""
    best: Leadership | None = None
    for strategy in range(game.sizes[leader]):
        kept = [[strategy] if i == leader else list(range(n)) for i, n in enumerate(game.sizes)]
        small = game.part(kept)
        answers = [small.pure(profile) for profile in find_pure(small)]
        answers = answers or list(find_equilibria(small).found)
        if not answers:
            continue
        worst = min(answers, key=lambda one: float(small.expected(one)[leader]))
        payoffs = small.expected(worst)
        if best is None or payoffs[leader] > best.payoffs[leader]:
            alone = np.zeros(game.sizes[leader])
            alone[strategy] = 1.0
            whole = tuple(alone if i == leader else part for i, part in enumerate(worst))
            best = Leadership(leader, strategy, whole, payoffs, len(answers) == 1)
    return best


def list_threats(game: NormalForm, profile: tuple[int, ...]) -> list[Threat]:
    """Every threat of one player to another at a profile, by what it is worth to the sender."""
    here = game.payoffs[profile]

    def moved(player: int, strategy: int) -> Payoffs:
        at = (*profile[:player], strategy, *profile[player + 1 :])
        payoffs: Payoffs = game.payoffs[at]
        return payoffs

    threats = []
    players = range(len(profile))
    for sender in players:
        for strategy in (k for k in range(game.sizes[sender]) if k != profile[sender]):
            done = moved(sender, strategy)
            for target in (j for j in players if j != sender):
                for demand in (k for k in range(game.sizes[target]) if k != profile[target]):
                    obeyed = moved(target, demand)
                    threats.append(
                        Threat(
                            sender,
                            strategy,
                            target,
                            demand,
                            harm=float(here[target] - done[target]),
                            cost=float(here[sender] - done[sender]),
                            worth=float(obeyed[sender] - here[sender]),
                            price=float(here[target] - obeyed[target]),
                        )
                    )
    return sorted(threats, key=lambda one: -one.worth)
