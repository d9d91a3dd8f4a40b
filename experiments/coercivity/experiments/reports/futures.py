"""Which futures a comparison is asked for: `futures=N`, `ensemble=NAME`, --seeds N or `seed=0,1,2`."""

from collections.abc import Sequence
from dataclasses import dataclass

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.config.ensemble import MOST, PLAIN, USUAL, read_asked
from coercivity.experiments.sweeps.grid import read_sweeps

SEED = "seed"
NO_LUCK = (
    "the futures make no difference, since nothing is left to chance in these runs: leave more to it with "
    "ensemble=luck or ensemble=default, or ask for a single line with futures=1"
)


@dataclass(frozen=True)
class FuturesAsked:
    """The settings of a comparison, and its futures.

    count: how many; None where nobody says · first: the seed of the first · seeds: all, where they are listed
    ensemble: what they draw
    """

    settings: tuple[str, ...]
    count: int | None
    ensemble: str = USUAL
    first: int = 0
    seeds: tuple[int, ...] = ()

    def numbered(self, usual: int) -> tuple[int, ...]:
        """The seed of every future, of as many as are usual where nobody says."""
        if self.seeds:
            return self.seeds
        return tuple(range(self.first, self.first + (self.count or usual)))


def read_futures(words: Sequence[str], count: int | None = None) -> FuturesAsked:
    """What the words of a comparison ask for. count: of --seeds N, which draws seeds and nothing else."""
    others, futures, ensemble = read_asked(words, None)
    if count is not None and count < 2:
        raise UserError(f"--seeds {count}: a band needs 2 or more; leave it out for the usual futures")
    if count is not None and futures is not None:
        raise UserError(f"--seeds {count} and `futures={futures}` both say how many; give one of them")
    mine = [text for text in others if text.partition("=")[0] == SEED]
    settings = tuple(text for text in others if text not in mine)
    asked = read_sweeps(mine)
    if SEED in asked.ranges:
        raise UserError(f"`{mine[-1]}`: seeds are whole numbers: write seed=0,1,2 or seed=range(0,5)")
    several = asked.several.get(SEED)
    if several is None:
        first = _whole(asked.fixed[SEED].partition("=")[2]) if SEED in asked.fixed else 0
        plain = PLAIN if count is not None or futures == 1 else USUAL
        return FuturesAsked(settings, count or futures, ensemble or plain, first)
    if count is not None or futures is not None:
        word = f"--seeds {count}" if count is not None else f"futures={futures}"
        raise UserError(f"{word} and `{mine[-1]}` both choose seeds; give one of them")
    seeds = tuple(dict.fromkeys(_whole(str(value)) for value in several))
    return FuturesAsked(settings, len(seeds), ensemble or PLAIN, seeds[0], seeds[:MOST])


def _whole(text: str) -> int:
    try:
        found = int(text)
    except ValueError:
        found = -1
    if found < 0:
        raise UserError(f"`seed={text}`: a seed is a whole number, as in seed=7")
    return found
