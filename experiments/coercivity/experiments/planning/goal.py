"""What a plan is to reach, as a person writes it."""

import math
import re
from collections.abc import Collection
from dataclasses import dataclass

from coercivity.experiments.base.errors import UserError, did_you_mean

__all__ = ["CLOSE", "Drawing", "WantedGoal", "read_budget", "read_goal", "read_members"]

EXAMPLE = '--goal "shortage under a one-year ban <= 5 % by 2032 in 90 % of futures"'
CLOSE = 1e-3  # of what is wanted, a tenth of a point: by how much a goal may be missed
NEAR = 5e-3  # so much better than the goal is near enough
PATTERN = re.compile(
    r"shortage(?: under a (?:one-year |year's )?ban)?\s*(?:<=|≤|<|of at most|at most)\s*"
    r"(?P<limit>\d+(?:\.\d+)?)\s*(?:%|per ?cent)"
    r"(?:\s+(?:by|from)\s+(?P<year>\d{4}))?"
    r"(?:\s+in\s+(?:(?P<share>\d+(?:\.\d+)?)\s*(?:%|per ?cent)\s+of|(?P<every>all|every))\s+futures?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class WantedGoal:
    """Shortage under a ban of a year of at most `limit`, in every year from `year` on, in a share of
    futures."""

    limit: float
    year: int
    share: float

    def __str__(self) -> str:
        return (
            f"shortage under a one-year ban <= {100 * self.limit:g} % by {self.year} "
            f"in {100 * self.share:g} % of futures"
        )


def read_goal(text: str, first: int, last: int) -> WantedGoal:
    """A goal in words. first, last: years of the plan. Raises UserError with what would be right."""
    found = PATTERN.fullmatch(" ".join(text.split()))
    if not found:
        raise UserError(f"--goal `{text}` is not understood: write it as in {EXAMPLE}")
    limit, year = float(found["limit"]) / 100, int(found["year"] or min(2032, last))
    share = 1.0 if found["every"] else float(found["share"] or 90) / 100
    if not first < year <= last:
        raise UserError(f"--goal: {year} is not one of the years after the first, {first + 1} to {last}")
    if limit > 1 or not 0 < share <= 1:
        raise UserError("--goal: shortage and share of futures are between 0 and 100 %")
    return WantedGoal(limit, year, share)


def read_budget(text: str) -> float:
    """Public money in million USD, from USD. Raises UserError for what is no sum of money.

    >>> read_budget("3e9"), read_budget("250e6")
    (3000.0, 250.0)
    """
    try:
        usd = float(text.replace(",", "").replace("_", ""))
    except ValueError:
        raise UserError(f"--budget {text}: write USD as a number, as in --budget 3e9") from None
    if not 0 <= usd < 1e13:
        raise UserError(f"--budget {text}: between nothing and ten thousand billion USD")
    if 0 < usd < 1e6:
        raise UserError(f"--budget {text}: that is {usd:g} USD; did you mean `{usd:g}e9`?")
    return usd / 1e6


def read_members(text: str, known: Collection[str]) -> tuple[str, ...]:
    """Whom a plan is for. Raises UserError for a code that is not a member that may plan."""
    codes = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not codes:
        raise UserError("--for needs a jurisdiction, as in --for EU or --for EU,JP,US")
    for code in codes:
        if code not in known:
            near = code.upper() if code.upper() in known else ""
            hint = f"; did you mean `{near}`?" if near else did_you_mean(code, known)
            raise UserError(f"--for {code}: plans are made for {', '.join(known)}{hint}")
    return codes


@dataclass
class Drawing:
    """By how much the program has to be drawn below a goal for markets to reach it, found by halving.

    high, low: the lowest limit tried that markets missed and the highest that they reached; closed: the
    highest that no plan promises; cost: of the cheapest plan that reaches, million USD; nearest: shortage of
    the nearest where none does
    """

    goal: float
    high: float | None = None
    low: float | None = None
    closed: float | None = None
    cost: float = math.inf
    nearest: float = math.inf
    pull: float = 1.0

    def is_better(self, reached: float, cost: float) -> bool:
        """Whether a plan is to be kept: the cheapest that reaches the goal, else the nearest to it."""
        if reached <= self.goal + CLOSE:
            return cost < self.cost
        return math.isinf(self.cost) and reached < self.nearest

    def draw(self, limit: float, reached: float, cost: float) -> float | None:
        """The limit to try next, None where it is near enough."""
        if reached <= self.goal + CLOSE:
            self.low, self.cost = limit, min(cost, self.cost)
            if self.high is None or reached >= self.goal - NEAR:
                return None
        else:
            self.high, self.nearest = limit, min(reached, self.nearest)
            if limit <= 0:
                return None
        step, self.pull = self.pull * (reached - self.goal), 2.0 * self.pull
        return self._between(max(limit - step, 0.0))

    def close(self, limit: float) -> float | None:
        """The limit to try after one that no plan promises."""
        self.closed = limit
        return self._between(limit)

    def _between(self, wanted: float) -> float | None:
        """Half-way from what was missed to what was reached or is closed, else what is wanted."""
        ends = [end for end in (self.low, self.closed) if end is not None]
        if not ends or self.high is None:
            return wanted
        return None if self.high - max(ends) < NEAR else (self.high + max(ends)) / 2
