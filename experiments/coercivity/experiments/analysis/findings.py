"""Everything an analysis finds, and the sentences that tell it."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from coercivity.experiments.analysis.answers import Answers
from coercivity.experiments.analysis.discovery import BROKEN, Box, Limit, boxes
from coercivity.experiments.analysis.policies import Difference, Robustness, differences, robustness
from coercivity.experiments.analysis.sensitivity import Index, indices
from coercivity.experiments.comparison import number
from coercivity.experiments.errors import UserError, unknown

VISIBLE = 0.05  # an index below this is not told
SHARES = {  # which measure is told first, and how
    "total": "share of its variance, with interactions",
    "alone": "share of its variance, alone",
    "effect": "mean effect over the whole range",
}


@dataclass(frozen=True)
class Findings:
    """What an analysis found. reference: the policy that others are held against."""

    reference: str
    indices: Sequence[Index]
    boxes: Sequence[Box]
    robustness: Sequence[Robustness]
    differences: Sequence[Difference]

    def as_dict(self, answers: Answers) -> dict[str, Any]:
        """The findings as one JSON document."""
        return {
            "dataset": {
                "runs": answers.runs,
                "made": answers.made,
                "design": answers.plan.question.kind,
                "fingerprint": answers.plan.hash,
            },
            "outcomes": [one.model_dump() | {"unit": answers.units[one.name]} for one in answers.outcomes],
            "sensitivity": [_plain(asdict(one)) for one in self.indices],
            "failures": [_plain(asdict(one)) for one in self.boxes],
            "robustness": [_plain(asdict(one)) for one in self.robustness],
            "differences": [_plain(asdict(one)) for one in self.differences],
        }


def _plain(value: Any) -> Any:
    """Numbers that JSON has; a nan is nothing."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def find(answers: Answers, reference: str | None) -> Findings:
    """Analyse a dataset. reference: a policy; the first when not given."""
    chosen = reference or answers.policies[0]
    if chosen not in answers.policies:
        raise UserError(unknown("policy", chosen, answers.policies))
    several = len(answers.policies) > 1
    return Findings(
        chosen,
        list(indices(answers)),
        list(boxes(answers)),
        list(robustness(answers)),
        list(differences(answers, chosen)) if several else [],
    )


def short(key: str) -> str:
    """A setting's name where there is little room.

    >>> short("market.elasticity"), short("state.china.lever.export_limit.measure.x.approval.2025-04")
    ('elasticity', 'x approval 2025-04')
    """
    parts = key.lstrip("+~").split(".")
    if parts[0] == "state":
        return " ".join(parts[-3:])
    return " ".join(parts[1:] or parts).replace("_", " ")


def sentences(answers: Answers, found: Findings) -> list[str]:
    """What was found, in a few sentences made by rule."""
    told = [*_decisive(answers, found), *_failing(answers, found), *_robust(answers, found)]
    told += _broken(answers, found)
    return told or ["No index, box or difference stands out from chance."]


def _decisive(answers: Answers, found: Findings) -> list[str]:
    said = []
    for outcome in answers.outcomes:
        for measure in SHARES:
            mine = [one for one in found.indices if one.outcome == outcome.name and one.measure == measure]
            if mine:
                break
        else:
            continue
        parts = []
        for policy in answers.policies:
            best = sorted((one for one in mine if one.policy == policy), key=lambda one: -one.value)[:3]
            if measure != "effect":
                best = [one for one in best if one.value >= VISIBLE]
            names = ", ".join(_index(one, answers.units[outcome.name]) for one in best)
            if names:
                parts.append(f"under {policy}: {names}" if len(answers.policies) > 1 else names)
        if parts:
            begin = f"What decides {outcome.name}"
            said.append(f"{begin} ({SHARES[measure]}): {'; '.join(parts)}.")
    return said


def _index(one: Index, unit: str) -> str:
    value = number(one.value, unit) if one.measure == "effect" else f"{100 * one.value:.0f} %"
    if one.measure == "effect":
        return f"{short(one.factor)} {value}"
    return f"{short(one.factor)} {value} ({100 * max(one.low, 0):.0f} to {100 * one.high:.0f})"


def _failing(answers: Answers, found: Findings) -> list[str]:
    said = []
    for outcome in answers.outcomes:
        if outcome.good is None:
            continue
        for policy in answers.policies:
            mine = [one for one in found.boxes if (one.outcome, one.policy) == (outcome.name, policy)]
            if not mine:
                continue
            box = mine[0]
            limits = " and ".join(limit_text(limit, answers) for limit in box.limits)
            inside = f"{100 * box.density:.0f} % ({100 * box.low:.0f} to {100 * box.high:.0f})"
            said.append(
                f"{policy[0].upper()}{policy[1:]} fails ({outcome.name} {box.what}) in "
                f"{100 * box.base:.0f} % of futures; where {limits} it fails in {inside}, and these are "
                f"{100 * box.coverage:.0f} % of its failures."
            )
    return said


def _broken(answers: Answers, found: Findings) -> list[str]:
    """What share of runs has no answer, and where they crowd."""
    share = 1 - answers.made / len(answers.table)
    if not share:
        return []
    box = next((one for one in found.boxes if one.outcome == BROKEN), None)
    crowd = ""
    if box is not None:
        limits = " and ".join(limit_text(limit, answers) for limit in box.limits)
        crowd = f": where {limits} it is {100 * box.density:.0f} %, so that these futures are seen too little"
    return [f"{100 * share:.1f} % of the runs made broke off and are left out{crowd}."]


def limit_text(limit: Limit, answers: Answers) -> str:
    """A limit in words: only the side that binds."""
    name = short(limit.factor)
    if limit.values:
        return f"{name} is {' or '.join(limit.values)}"
    factor = next(one for one in answers.factors if one.key == limit.factor)
    if limit.low > factor.low and limit.high < factor.high:
        return f"{name} is {limit.low:.3g} to {limit.high:.3g}"
    return (
        f"{name} is above {limit.low:.3g}" if limit.low > factor.low else f"{name} is below {limit.high:.3g}"
    )


def _robust(answers: Answers, found: Findings) -> list[str]:
    said = []
    for outcome in answers.outcomes:
        mine = [one for one in found.robustness if one.outcome == outcome.name]
        if len(mine) < 2:
            continue
        least = min(mine, key=lambda one: one.regret_high)
        most = max(mine, key=lambda one: one.regret_high)
        if least.regret_high == most.regret_high:
            continue
        unit = least.unit
        values = [number(one.regret_high, unit) for one in (least, most)]
        tail = "" if unit in ("share", "year") else f" {unit}"
        said.append(
            f"For {outcome.name}, {least.policy} is regretted least (at most {values[0]}{tail} in nine "
            f"futures of ten; {most.policy}: {values[1]}{tail})."
        )
    return said
