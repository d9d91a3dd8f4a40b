"""The figures of an analysis as plain data, in the order a reader asks for them."""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from coercivity.experiments.analysis import titles
from coercivity.experiments.analysis.answers import Answers, codes
from coercivity.experiments.analysis.discovery import Box, failing
from coercivity.experiments.analysis.findings import Findings, short
from coercivity.experiments.analysis.paths import Prices, of_runs, through_time
from coercivity.experiments.analysis.policies import pair_futures, regret_of
from coercivity.experiments.analysis.sensitivity import MEASURES, Index
from coercivity.experiments.base.errors import UserError, nearest_or_all
from coercivity.experiments.config.uncertainty import Uncertainty
from coercivity.experiments.figures.chart import (
    Axis,
    Choice,
    Figure,
    Lines,
    Plane,
    Ranges,
    Series,
    Style,
    Trace,
    styles,
)
from coercivity.experiments.figures.look import AXIS, FAINT, RECORD

SHOWN = 8  # factors of a panel
STEPS = 200  # points of a curve
TOLD = (0.05, 0.25, 0.5, 0.75, 0.95)  # shares of futures that a curve tells in numbers
DOTS = 1_000  # of a panel; of more futures a part is drawn, evenly spread
SPAN = "5 to 95 % of the futures"
PATH = Style(SPAN, AXIS, mark="area")
FAILS, WELL = Style("fails", RECORD, mark="dot"), Style("does not fail", FAINT, mark="dot")
MIDDLE, HIGH = Style("median", RECORD, mark="dot"), Style("nine futures of ten", RECORD, mark="cross")
MEAN, LIMITS = Style("mean", RECORD, mark="dot"), Style("limits of the box", AXIS)
Drawn = Figure | None
Look = dict[str, Style]


def figures(answers: Answers, found: Findings) -> list[Figure]:
    """Every figure there is something to draw for."""
    return [figure for make in MAKERS.values() if (figure := make(answers, found)) is not None]


def figure(answers: Answers, found: Findings, name: str) -> Figure:
    """One figure by name. Raises UserError where there is none, or nothing to draw on it."""
    if name not in MAKERS:
        hint = nearest_or_all(name, MAKERS, "a dataset has")
        raise UserError(f"there is no figure `{name}`{hint}")
    drawn = MAKERS[name](answers, found)
    if drawn is None:
        raise UserError(
            f"this dataset has nothing to draw on figure `{name}`; try another, such as distributions"
        )
    return drawn


def _look(answers: Answers, mark: str = "line") -> Look:
    """Colour and dash of every policy."""
    found = styles(answers.policies).items()
    return {name: Style(answers.called[name], one.colour, one.dash, mark) for name, one in found}


def _as_per_cent(values: "Sequence[float] | np.ndarray", unit: str) -> tuple[float, ...]:
    """Shares as per cent."""
    return tuple(float(value) * (100.0 if unit == "share" else 1.0) for value in values)


def _unit(unit: str) -> str:
    return "%" if unit == "share" else unit


def _difference_unit(unit: str) -> str:
    """The unit of a difference: years are then a length of time."""
    return {"share": "percentage points", "year": "years"}.get(unit, unit)


def prices(answers: Answers, _found: Findings) -> Drawn:
    """Prices through time by policy, where their table was kept."""
    look = _look(answers)
    known = list(through_time(answers))
    panels = [
        Lines(
            one.title,
            "USD/kg",
            one.labels,
            _series(look, one),
            log=one.spiky,
            keys={"material": one.material},
        )
        for one in known
    ]
    if not panels:
        return None
    names = dict.fromkeys(reversed([one.material for one in known]))
    options = tuple((name, answers.wording.priced(name)) for name in names)
    return Figure(
        "prices",
        titles.say_highest(answers, known),
        f"What {answers.wording.names.words.prices} cost under each policy: the middle of all futures, and "
        "where nine in ten lie.",
        tuple(panels),
        legend=(*look.values(), PATH),
        choices=(Choice("material", "material", options),),
        note="Lines: medians over the futures of each date; no single future need look like them.",
    )


def levels(answers: Answers, _found: Findings) -> Drawn:
    """Mean and highest prices inside China and outside, by policy."""
    look = _look(answers, "dot")
    known = list(of_runs(answers))
    panels = [Ranges(one.title, "USD/kg", one.labels, _series(look, one), log=True) for one in known]
    if not panels:
        return None
    return Figure(
        "levels",
        titles.say_dearest(answers, known),
        "Mean and highest price of a run by policy: the middle of all futures, and where nine in ten lie.",
        tuple(panels),
        legend=tuple(look.values()),
        note=f"Dots: medians; lines: {SPAN}. Outside is weighted by imports of the base year.",
    )


def _series(look: Look, prices: Prices) -> tuple[Series, ...]:
    return tuple(Series(look[name], *ends) for name, ends in prices.by_policy.items())


def distributions(answers: Answers, found: Findings) -> Drawn:
    """How each outcome is spread over the futures, by policy."""
    look, panels = _look(answers), []
    shares = np.linspace(0.0, 1.0, STEPS + 1)
    for outcome in answers.outcomes:
        if outcome.relative:
            continue
        unit = answers.units[outcome.name]
        traces, said = [], []
        for policy in answers.policies:
            values = answers.for_policy(policy)[outcome.name].dropna().to_numpy(dtype=float)
            if not len(values):
                continue
            at = np.repeat(np.quantile(values, shares, method="inverted_cdf"), 2)[1:]
            upto = np.repeat(shares, 2)[:-1]  # steps: on to the next value, then up
            known = dict(
                zip(TOLD, _as_per_cent(np.quantile(values, TOLD, method="inverted_cdf"), unit), strict=True)
            )
            tips = tuple(
                (x, 100 * share, f"{policy}: {_amount(x, unit)} or less in {100 * share:.0f} % of futures")
                for share, x in known.items()
            )
            traces.append(Trace(look[policy], _as_per_cent(at, unit), _as_per_cent(upto, "share"), tips))
            said.append(
                "{} {} ({} to {})".format(
                    policy, *(_amount(known[share], unit) for share in (0.5, 0.05, 0.95))
                )
            )
        good = (("x", _as_per_cent([outcome.good], unit)[0]),) if outcome.good is not None else ()
        across = Axis(answers.say(outcome.name), _unit(unit))
        up = Axis("futures at most this", "%")
        panels.append(
            Plane(
                answers.say(outcome.name),
                across,
                up,
                tuple(traces),
                good,
                f"median (5 to 95 %): {'; '.join(said)}.",
            )
        )
    lines = any(outcome.good is not None for outcome in answers.outcomes)
    return Figure(
        "distributions",
        titles.say_spread(answers, found),
        "The share of futures in which each outcome is at most the value below.",
        tuple(panels),
        legend=tuple(look.values()),
        note="Straight lines across: the level beyond which an outcome counts as failure." if lines else "",
    )


def _amount(value: float, unit: str) -> str:
    """A value that is scaled already, with its unit."""
    if unit == "year":
        return f"{value:.0f}"
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{text} {_unit(unit)}".replace("-", "\u2212")


def sensitivity(answers: Answers, found: Findings) -> Drawn:
    """The factors that matter most for each outcome, with intervals."""
    measures = {one.measure for one in found.indices}
    if not measures:
        return None
    main = next(name for name in ("total", "effect", "alone") if name in measures)
    mine = [one for one in found.indices if one.measure == main]
    look = _look(answers, "dot")
    panels = []
    for outcome in dict.fromkeys(one.outcome for one in mine):
        unit = _difference_unit(answers.units[outcome]) if main == "effect" else "% of variance"
        scale = 100.0 if main != "effect" or answers.units[outcome] == "share" else 1.0
        panels.append(
            _factors(answers.say(outcome), unit, scale, [one for one in mine if one.outcome == outcome], look)
        )
    return Figure(
        "sensitivity",
        titles.say_decider(answers, mine),
        f"The factors that matter most for each outcome: {MEASURES[main]}.",
        tuple(panels),
        legend=tuple(look.values()),
        note="Lines: 95 % intervals, bootstrapped.",
    )


def _factors(outcome: str, unit: str, scale: float, indices: Sequence[Index], look: Look) -> Ranges:
    strongest: dict[str, float] = {}
    for one in indices:
        strongest[one.factor] = max(strongest.get(one.factor, 0.0), one.value)
    factors = sorted(strongest, key=lambda name: -strongest[name])[:SHOWN]
    known = {(one.policy, one.factor): one for one in indices}

    def column(policy: str, what: str) -> tuple[float | None, ...]:
        return tuple(
            scale * getattr(known[policy, name], what) if (policy, name) in known else None
            for name in factors
        )

    series = tuple(
        Series(style, column(policy, "value"), column(policy, "low"), column(policy, "high"))
        for policy, style in look.items()
    )
    return Ranges(outcome, unit, tuple(map(short, factors)), series, reference=0.0)


def failures(answers: Answers, found: Findings) -> Drawn:
    """The two strongest limits of each policy's first box, for the first outcome that has one."""
    told = {box.outcome for box in found.boxes}
    outcome = next((one for one in answers.outcomes if one.name in told), None)
    if outcome is None:
        return None
    first = {box.policy: box for box in reversed(found.boxes) if box.outcome == outcome.name}
    policies = [policy for policy in answers.policies if policy in first]
    panels = []
    for policy in policies:
        rows = answers.for_policy(policy).dropna(subset=[outcome.name])
        y = rows[outcome.name].to_numpy(dtype=float)
        bad, _ = failing(outcome, y, answers.units[outcome.name], answers.noise(outcome))
        mine = [one for one in found.indices if (one.outcome, one.policy) == (outcome.name, policy)]
        strongest = [one.factor for one in sorted(mine, key=lambda one: -one.value)]
        panels.append(_scatter(policy, answers, rows, bad, first[policy], strongest))
    what = first[policies[0]].what
    return Figure(
        "failures",
        titles.say_failure(answers, found, outcome.name),
        f"Futures in which a policy fails ({answers.say(outcome.name)} {what}) and those in which it does "
        "not, by two uncertainties that matter most.",
        tuple(panels),
        legend=(FAILS, WELL, LIMITS),
        note=(
            "Limits bound a box of most failures and little else; those of other uncertainties are in the "
            "table of boxes. Values that are names are spread a little, so that dots do not hide each other."
        ),
    )


def _scatter(
    policy: str, answers: Answers, rows: pd.DataFrame, bad: np.ndarray, box: Box, strongest: Sequence[str]
) -> Plane:
    known = {factor.key: factor for factor in answers.factors}
    names = [limit.factor for limit in box.limits[:2]]
    names += [name for name in (*strongest, *known) if name not in names][: 2 - len(names)]
    rng = np.random.default_rng(0)
    columns = []
    for name in names:
        column = codes(known[name], rows[name])
        columns.append(column + (rng.uniform(-0.25, 0.25, len(column)) if known[name].values else 0.0))
    across, up = columns if len(columns) == 2 else (columns[0], rng.uniform(0, 1, len(columns[0])))
    every = slice(None, None, -(-len(across) // DOTS))
    traces = tuple(
        Trace(style, tuple(map(float, across[every][which])), tuple(map(float, up[every][which])))
        for style, which in ((WELL, ~bad[every]), (FAILS, bad[every]))
    )
    axes = [_axis(known[name]) for name in names] + [Axis("no second uncertainty")]
    said = (
        f"{int(bad.sum())} of {len(bad)} futures fail; in the box {100 * box.density:.0f} % do, which are "
        f"{100 * box.coverage:.0f} % of all failures."
    )
    return Plane(answers.called[policy], axes[0], axes[1], traces, tuple(_edges(names, box, known)), said)


def _axis(factor: Uncertainty) -> Axis:
    return Axis(
        short(factor.key), "" if factor.values else factor.unit or "as set", factor.values, factor.log
    )


def _edges(names: Sequence[str], box: Box, known: dict[str, Uncertainty]) -> Iterator[tuple[str, float]]:
    """The sides of a box that bind: of ranges their ends, of names between those inside and those outside."""
    for limit in box.limits[:2]:
        factor, axis = known[limit.factor], "xy"[names.index(limit.factor)]
        if limit.values:
            inside = [value in limit.values for value in factor.values]
            yield from ((axis, n + 0.5) for n in range(len(inside) - 1) if inside[n] != inside[n + 1])
        else:
            ends = ((limit.low, factor.low), (limit.high, factor.high))
            yield from ((axis, edge) for edge, end in ends if edge != end)


def regret(answers: Answers, found: Findings) -> Drawn:
    """How much better the best policy would have done, over the futures."""
    if len(answers.policies) < 2 or not found.robustness:
        return None
    panels = []
    for outcome in answers.outcomes:
        wide = pair_futures(answers, outcome)
        if wide.empty:
            continue
        unit = answers.units[outcome.name]
        missed = regret_of(outcome, wide, answers.noise(outcome))
        columns = {
            q: _as_per_cent(missed.quantile(q)[answers.policies].to_numpy(), unit)
            for q in (0.05, 0.5, 0.9, 0.95)
        }
        series = (
            Series(MIDDLE, columns[0.5], columns[0.05], columns[0.95]),
            Series(HIGH, columns[0.9]),
        )
        named = tuple(answers.called.values())
        panels.append(Ranges(answers.say(outcome.name), _difference_unit(unit), named, series, reference=0.0))
    if not panels:
        return None
    return Figure(
        "regret",
        titles.say_regret(answers, found),
        "Regret: by how much the best policy would have done better in the same future.",
        tuple(panels),
        legend=(MIDDLE, HIGH),
        note=f"Lines: {SPAN}; crosses: what regret stays below in nine futures of ten.",
    )


def differences(answers: Answers, found: Findings) -> Drawn:
    """What a policy changes against the reference, with intervals."""
    if not found.differences:
        return None
    panels = []
    for outcome in dict.fromkeys(one.outcome for one in found.differences):
        mine = [one for one in found.differences if one.outcome == outcome]
        unit = mine[0].unit
        mean, low, high = (
            _as_per_cent([getattr(one, what) for one in mine], unit) for what in ("mean", "low", "high")
        )
        ends = (low, high) if not any(map(math.isnan, low)) else ()  # few futures have no interval
        labels = tuple(answers.called[one.policy] for one in mine)
        panels.append(
            Ranges(
                answers.say(outcome),
                _difference_unit(unit),
                labels,
                (Series(MEAN, mean, *ends),),
                reference=0.0,
            )
        )
    return Figure(
        "differences",
        titles.say_change(answers, found),
        answers.say(f"Mean change against {found.reference} under the same futures."),
        tuple(panels),
        note="Lines: 95 % intervals of the mean, bootstrapped over futures.",
    )


MAKERS: dict[str, Callable[[Answers, Findings], Drawn]] = {
    "levels": levels,
    "prices": prices,
    "distributions": distributions,
    "differences": differences,
    "sensitivity": sensitivity,
    "failures": failures,
    "regret": regret,
}
