"""Everything an analysis finds, and the sentences that tell it."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from coercivity.experiments.analysis.answers import FEWEST, Answers
from coercivity.experiments.analysis.discovery import BROKEN, Box, Limit, boxes
from coercivity.experiments.analysis.policies import (
    PairedDifference,
    Robustness,
    differences,
    pair_futures,
    robustness,
)
from coercivity.experiments.analysis.sensitivity import Index, indices
from coercivity.experiments.base.errors import UserError, unknown
from coercivity.experiments.measures.comparison import number
from coercivity.experiments.sweeps.question import OutcomeSpec

VISIBLE = 0.05  # an index below this is not told
TOO_FEW = " Their intervals overlap: which comes first needs more runs."
MOST = 3  # factors told of an outcome
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
    differences: Sequence[PairedDifference]

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
        return " ".join(parts[-3:]).replace("_", " ")
    return " ".join(parts[1:] or parts).replace("_", " ")


def sentences(answers: Answers, found: Findings) -> list[str]:
    """What was found, in a few sentences made by rule."""
    told = [*_outcomes(answers, found), *_decisive(answers, found), *_failing(answers, found)]
    told += _broken(answers, found)
    told = [*_unseen(answers), *told]
    return told or ["No index, box or difference stands out from chance."]


def number_of(value: float, unit: str) -> str:
    """A value without its unit."""
    return number(value, unit).replace("-", "\u2212")


def with_unit(value: float, unit: str) -> str:
    """A value with its unit."""
    return number_of(value, unit) + ("" if unit in ("share", "year") else f" {unit}")


def spread(one: Robustness) -> str:
    """The median of an outcome and, of futures enough, where nine in ten lie."""
    if one.futures < FEWEST:
        return with_unit(one.median, one.unit)
    low, high = (number_of(end, one.unit) for end in (one.low, one.high))
    return f"{with_unit(one.median, one.unit)} ({low} to {high})"


def difference(value: float, unit: str) -> str:
    """A difference with its unit: of shares in percentage points, of years in years; noughts without sign.

    >>> difference(-0.0123, "share"), difference(-0.04, "year"), difference(12.0, "USD/kg")
    ('−1.2 points', '0.0 years', '12.0 USD/kg')
    """
    scaled, word = {"share": (100 * value, "points"), "year": (value, "years")}.get(unit, (value, unit))
    text = f"{scaled:.1f}" if unit in ("share", "year") else number(value, unit)
    return f"{'0.0' if text == '-0.0' else text} {word}".replace("-", "\u2212")


def is_nought(value: float, unit: str) -> bool:
    """Whether a difference is told as nothing.

    >>> is_nought(1e-4, "share"), is_nought(1e-3, "share"), is_nought(1e-4, "USD/kg")
    (True, False, False)
    """
    return not set("123456789") & set(difference(value, unit).partition(" ")[0])


def between(low: float, high: float, unit: str) -> str:
    """The ends of an interval of a difference, with their unit once.

    >>> between(-0.02, 0.01, "share")
    '−2.0 to 1.0 points'
    """
    first, last = difference(low, unit), difference(high, unit)
    return f"{first.partition(' ')[0]} to {last}"


def _unseen(answers: Answers) -> list[str]:
    """Which policies gave the same in every future, and what each has that these runs cannot show."""
    alike: list[list[str]] = []
    for policy in answers.policies:
        group = next((group for group in alike if _same(answers, group[0], policy)), None)
        if group is None:
            alike.append([policy])
        else:
            group.append(policy)
    same = [
        f"{_and(group)} gave the same numbers in every future: nothing that sets them apart shows here."
        for group in alike
        if len(group) > 1
    ]
    return [text[0].upper() + text[1:] for text in (*same, *(f"{note}." for note in answers.unreached))]


def _same(answers: Answers, first: str, second: str) -> bool:
    """Whether two policies gave the same outcomes in every future that both have met."""
    for outcome in answers.outcomes:
        wide = pair_futures(answers, outcome, (first, second))
        if wide.empty or ((wide[first] - wide[second]).abs() > answers.noise(outcome)).any():
            return False
    return True


def _and(names: Sequence[str]) -> str:
    """Names in words.

    >>> _and(["a", "b", "c"])
    'a, b and c'
    """
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _outcomes(answers: Answers, found: Findings) -> list[str]:
    """A paragraph an outcome: its middle by policy, what policies change, which is regretted least."""
    said = []
    noises = {one.name: answers.noise(one) for one in answers.outcomes}
    for outcome in dict.fromkeys(one.outcome for one in found.robustness):
        mine = [one for one in found.robustness if one.outcome == outcome]
        changes = [one for one in found.differences if one.outcome == outcome]
        regretted = least_regret(mine, noises[outcome])
        parts = [part for part in (_middle(mine), _changing(changes), regretted) if part]
        if parts:
            said.append(f"{outcome[0].upper()}{outcome[1:]}: {' '.join(parts)}")
    return said


def _middle(mine: Sequence[Robustness]) -> str:
    """The middle over the futures, by policy."""
    if mine[0].relative:
        return ""
    parts = [spread(one) + (f" under {one.policy}" if len(mine) > 1 else "") for one in mine]
    lie = ", and where nine in ten lie" if mine[0].futures >= FEWEST else ""
    return f"{'; '.join(parts)} (middle of {mine[0].futures:,} futures{lie})."


def _changing(changes: Sequence[PairedDifference]) -> str:
    """What policies change on average against the reference, where chance does not explain it."""
    if changes and changes[0].futures < FEWEST:
        few = [f"{one.policy} {_with_sign(one)}" for one in changes if not is_nought(one.mean, one.unit)]
        count = f"{changes[0].futures} futures, too few for an interval"
        return f"Mean change against {changes[0].reference} ({count}): {'; '.join(few)}." if few else ""
    parts = [
        f"{one.policy} {_with_sign(one)} ({between(one.low, one.high, one.unit)})"
        for one in changes
        if one.low * one.high > 0 and not is_nought(one.mean, one.unit)
    ]
    return f"Mean change against {changes[0].reference} (95 % interval): {'; '.join(parts)}." if parts else ""


def _with_sign(one: PairedDifference) -> str:
    return f"{'+' if one.mean > 0 else ''}{difference(one.mean, one.unit)}"


def _decisive(answers: Answers, found: Findings) -> list[str]:
    said = []
    for outcome in answers.outcomes:
        for measure in SHARES:
            mine = [one for one in found.indices if one.outcome == outcome.name and one.measure == measure]
            if mine:
                break
        else:
            said += _say_unmoved(answers, outcome)
            continue
        strongest = _strongest(mine)
        told = [text for factor in strongest if (text := _index(factor, answers.units[outcome.name]))]
        if told:
            over = "; mean over policies, widest 95 % interval" if len(answers.policies) > 1 else ""
            few = TOO_FEW if len(told) > 1 and _overlap(*strongest[:2]) else ""
            said.append(f"What decides {outcome.name} ({SHARES[measure]}{over}): {', '.join(told)}.{few}")
    return said


def _say_unmoved(answers: Answers, outcome: OutcomeSpec) -> list[str]:
    """That nothing moves an outcome, where its values are told as the same number whatever was varied."""
    values = [answers.for_policy(policy)[outcome.name].dropna() for policy in answers.policies]
    spans = [float(found.max() - found.min()) for found in values if len(found) >= FEWEST]
    if not spans or not answers.factors or max(spans) > answers.noise(outcome):
        return []
    within = difference(max(spans), answers.units[outcome.name])
    return [f"Nothing that was varied moves {outcome.name} visibly: it stays within {within}."]


def _overlap(first: Sequence[Index], second: Sequence[Index]) -> bool:
    """Whether intervals of two factors leave open which of them matters more."""
    least = min(0.0 if one.low < 0 < one.high else min(abs(one.low), abs(one.high)) for one in first)
    return least < max(max(abs(one.low), abs(one.high)) for one in second)


def _strongest(mine: Sequence[Index]) -> list[list[Index]]:
    """The indices of the factors that matter most over all policies, a list a factor."""
    factors: dict[str, list[Index]] = {}
    for one in mine:
        factors.setdefault(one.factor, []).append(one)
    return sorted(factors.values(), key=lambda found: -sum(one.value for one in found))[:MOST]


def _index(found: Sequence[Index], unit: str) -> str:
    """A factor with its mean index and the widest of the intervals; nothing where it is too small to tell."""
    value = sum(one.value for one in found) / len(found)
    low, high = min(one.low for one in found), max(one.high for one in found)
    if found[0].measure == "effect" and is_nought(value, unit):
        return ""
    if found[0].measure == "effect":
        return f"{short(found[0].factor)} {difference(value, unit)} ({between(low, high, unit)})"
    if value < VISIBLE:
        return ""
    return f"{short(found[0].factor)} {100 * value:.0f} % ({100 * max(low, 0):.0f} to {100 * high:.0f})"


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
    missing = len(answers.table) - answers.made
    of = f"{missing:,} of {len(answers.table):,} runs ({100 * share:.2g} %)"
    return [f"{of} broke off and are left out{crowd}."]


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


def least_regret(mine: Sequence[Robustness], noise: float) -> str:
    """Which policies are regretted least; nothing where none is told apart from the others."""
    if len(mine) < 2:
        return ""
    least = min(mine, key=lambda one: one.regret_high)
    most = max(mine, key=lambda one: one.regret_high)
    if most.regret_high - least.regret_high <= noise:
        return ""
    first = [one.policy for one in mine if one.regret_high - least.regret_high <= noise]
    values = [difference(one.regret_high, one.unit) for one in (least, most)]
    names = _and(first)
    return (
        f"{names[0].upper()}{names[1:]} {'are' if len(first) > 1 else 'is'} regretted least (at most "
        f"{values[0]} in nine futures of ten; {most.policy}: {values[1]})."
    )
