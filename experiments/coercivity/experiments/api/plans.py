"""`cv.plan`: the planner from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coercivity.experiments.api.words import Settings, several, words_of
from coercivity.experiments.planning.planner import PlanRequest, make_plan

__all__ = ["plan"]


def plan(
    members: str | Sequence[str] = ("EU", "JP", "US"),
    settings: Settings = (),
    *,
    goal: str | None = None,
    budget: float | None = None,
    averse: float = 0.0,
    worlds: int | None = None,
    deliver: int = 0,
    also: Sequence[str] = (),
    workers: int = 1,
    out: str | Path | None = None,
) -> Mapping[str, Any]:
    """Find the least-cost way to a goal, or the most for a budget, and return what `plan --json` prints.

    Parameters
    ----------
    members
        Whom the plan is for, by code.
    settings
        Settings of the worlds it is made for, as for `run`.
    goal
        In words, as in `"shortage under a one-year ban <= 30 % by 2032 in 90 % of futures"`.
    budget
        Most public money, USD.
    averse
        Weight of the worst tenth of futures (CVaR), 0 to 1.
    worlds
        Worlds drawn (default: as conf/plan/default.yaml says).
    deliver
        Worlds in which the plan is handed to agents, with China's replies.
    also
        Further questions: `stocks`, `speed`, `information`, `curve`, `shares`, `scenarios`.
    workers
        Processes; more than one needs a script guarded by `if __name__ == "__main__":`.
    out
        Folder of the plan (default: under `results/plan`).
    """
    request = PlanRequest(
        members if isinstance(members, str) else ",".join(members),
        goal,
        None if budget is None else str(budget),
        averse,
        overrides=words_of(settings),
        worlds=worlds,
        deliver=deliver,
        also=",".join(several("also", also)),
        workers=workers,
        out=None if out is None else Path(out),
    )
    return make_plan(request, lambda _text: None).plan.document()
