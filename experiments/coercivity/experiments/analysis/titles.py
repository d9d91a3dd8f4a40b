"""What the figures of an analysis say, in their titles: computed from what was found."""

from collections.abc import Iterable, Sequence

from coercivity.experiments.analysis.answers import FEWEST, Answers
from coercivity.experiments.analysis.findings import (
    Findings,
    between,
    difference,
    is_nought,
    least_regret,
    limit_text,
    number_of,
    short,
    with_unit,
)
from coercivity.experiments.analysis.paths import Prices
from coercivity.experiments.analysis.policies import PairedDifference
from coercivity.experiments.analysis.sensitivity import Index
from coercivity.experiments.config.places import HOME_NAME

OUTSIDE = 1  # of the labels of prices over runs: the mean outside
CLOSE = 1.005  # ratio up to which two prices are told as one


def say_dearest(answers: Answers, found: Iterable[Prices]) -> str:
    """Under which policy the first material is dearest outside, and under which cheapest."""
    for prices in found:
        middle = {policy: ends[0][OUTSIDE] for policy, ends in prices.by_policy.items()}
        known = {policy: value for policy, value in middle.items() if value is not None}
        if not known:
            continue
        most, least = max(known, key=lambda one: known[one]), min(known, key=lambda one: known[one])
        text = f"{_capital(prices.title)} costs {_dollars(known[most])} outside {HOME_NAME} at the median"
        if len(known) < 2:
            return text
        if known[most] <= CLOSE * known[least]:
            return f"{text} under every policy"
        said = f"{text} under {most}, {_dollars(known[least])} under {least}"
        return answers.say(said)
    return f"Prices inside {HOME_NAME} and outside"


def say_highest(answers: Answers, found: Sequence[Prices]) -> str:
    """When the median price of the first material outside is highest, and under which policy."""
    tops = [
        (value, date[:7], policy, one.title)
        for one in found
        if one.material == found[0].material and HOME_NAME not in one.title
        for policy, (middle, *_) in one.by_policy.items()
        for date, value in zip(one.labels, middle, strict=True)
        if value is not None
    ]
    if not tops:
        return "Prices through time"
    value, date, policy, title = max(tops, key=lambda top: top[0])
    return answers.say(
        f"{_capital(title)}: the median is highest in {date}, {_dollars(value)} under {policy}"
    )


def say_spread(answers: Answers, found: Findings) -> str:
    """Where the first outcome lies in nine futures of ten, under the policy with the widest span."""
    mine = [one for one in found.robustness if not one.relative and one.futures >= FEWEST]
    mine = [one for one in mine if one.outcome == mine[0].outcome]
    if not mine:
        return "Outcomes over all futures"
    widest = max(mine, key=lambda one: one.high - one.low)
    ends = f"{number_of(widest.low, widest.unit)} and {with_unit(widest.high, widest.unit)}"
    said = f"{_capital(widest.outcome)} lies between {ends} in nine futures of ten under {widest.policy}"
    return answers.say(said)


def say_change(answers: Answers, found: Findings) -> str:
    """The change against the reference that is surest, for its size."""
    sure = [one for one in found.differences if one.low * one.high > 0 and not is_nought(one.mean, one.unit)]
    if not sure:
        return answers.say(f"No change against {found.reference} stands out from chance")
    strongest = max(sure, key=_clear)
    ends = between(strongest.low, strongest.high, strongest.unit)
    sign = "raises" if strongest.mean > 0 else "lowers"
    size = difference(abs(strongest.mean), strongest.unit)
    said = f"{strongest.policy} {sign} {strongest.outcome} by {size} (change {ends}) against"
    return answers.say(_capital(f"{said} {found.reference}"))


def say_decider(answers: Answers, indices: Sequence[Index]) -> str:
    """The uncertainty that matters most for the first outcome."""
    mine = [one for one in indices if one.outcome == indices[0].outcome]
    most = max(mine, key=lambda one: abs(one.value))
    size = f"{100 * most.value:.0f} % of variance"
    if most.measure == "effect":
        size = difference(most.value, answers.units[most.outcome])
    return answers.say(f"{_capital(short(most.factor))} decides {most.outcome} most ({size})")


def say_failure(answers: Answers, found: Findings, outcome: str) -> str:
    """In what share of futures the first policy fails, and where."""
    box = next(one for one in found.boxes if one.outcome == outcome)
    where = " and ".join(limit_text(limit, answers) for limit in box.limits)
    share = f"{100 * box.base:.0f} % of futures, {100 * box.density:.0f} % where {where}"
    return answers.say(_capital(f"{box.policy} fails in {share}"))


def say_regret(answers: Answers, found: Findings) -> str:
    """Which policy is regretted least, for the first outcome of which that can be told."""
    for outcome in answers.outcomes:
        mine = [one for one in found.robustness if one.outcome == outcome.name]
        if said := least_regret(mine, answers.noise(outcome)):
            return answers.say(f"{_capital(outcome.name)}: {said[0].lower()}{said[1:].rstrip('.')}")
    return "No policy is regretted less than another"


def _clear(one: PairedDifference) -> float:
    """How many times its interval a change is wide."""
    wide = one.high - one.low
    return abs(one.mean) / wide if wide else float("inf")


def _dollars(value: float) -> str:
    return with_unit(value, "USD/kg")


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
