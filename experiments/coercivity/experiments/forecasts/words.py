"""Scores of forecasts in words and tables: bars first, misses before what is met."""

import math
from collections.abc import Iterator, Sequence

from coercivity.experiments.forecasts.rules import KINDS, Rules
from coercivity.experiments.forecasts.score import ALONE, MAIN, ForecastScores, KindScores, Line

__all__ = ["NAMES", "bars", "misses", "section", "show"]

NAMES = {
    MAIN: "**model with discrepancy**", ALONE: "model alone", "same": "no change, same discrepancy",
    "walk_0509": "walk, volatility 2005-09", "walk_0514": "walk, volatility 2005-14",
    "walk_0914": "walk, volatility 2009-14", "stationary": "stationary no change", "trend": "trend",
    "quota_only": "quota-only program, same discrepancy",
}  # fmt: skip
Bar = tuple[str, str, str, bool]  # what, found, wanted, met


def bars(scores: ForecastScores, rules: Rules) -> list[Bar]:
    """Every registered bar: misses first."""
    main, wanted = scores.kinds[rules["main"]], rules["bars"]
    found: list[Bar] = []
    for kind in KINDS:
        line = main[kind].lines[MAIN]
        least = wanted["coverage_90_least"]
        found.append(
            (f"{kind} within 90 % intervals", f"{line.covered_90:.0%}", f"{least:.0%} or more",
             line.covered_90 >= least)
        )  # fmt: skip
    prices = main["prices"].lines
    line, walk = prices[MAIN], prices[wanted["width_90_at_most"]]
    found.append(
        ("width of 90 % intervals of prices, logs", f"{line.width_90:.2f}", f"at most {walk.width_90:.2f}",
         line.width_90 <= walk.width_90)
    )  # fmt: skip
    for kind in KINDS:
        pit = main[kind].lines[MAIN].pit
        assert pit is not None
        found.append(
            (f"PIT test of {kind}, p", f"{pit.p:.2f}", f"{wanted['pit_p_least']} or more",
             pit.p >= wanted["pit_p_least"])
        )  # fmt: skip
    for name in wanted["skill_above_nought"]:
        skill = prices[name].skill
        assert skill is not None
        low, high = next(iter(skill.intervals.values()))
        told = f"{_with_sign(skill.value)} ({_with_sign(low)} to {_with_sign(high)})"
        found.append((f"CRPS skill against {NAMES[name]}", told, "above 0", skill.value > 0))
    return sorted(found, key=lambda bar: bar[3])


def show(scores: ForecastScores, rules: Rules) -> str:
    """On screen: the registration, bars, one line a forecast."""
    lines = [scores.registered, ""]
    lines += [
        f"{'met   ' if met else 'MISSED'} {what}: {found} (wanted: {bar})"
        for what, found, bar, met in bars(scores, rules)
    ]
    for variant, kinds in scores.kinds.items():
        for kind, held in kinds.items():
            lines += [
                "",
                f"{variant}, {kind}, {held.futures} futures: CRPS, width and coverage of 90 %, skill",
            ]
            for name, line in held.lines.items():
                skill = "" if line.skill is None else _with_sign(line.skill.value)
                title = NAMES[name].replace("*", "")
                lines.append(
                    f"  {title:<38} {line.crps:6.3f} {line.width_90:6.2f} {line.covered_90:5.0%}  {skill}"
                )
    return "\n".join(lines)


def misses(scores: ForecastScores, rules: Rules) -> str:
    """What forecasts of distributions do not do, as a list: bars, rivals that are not beaten, widths."""
    found = [
        f"- **{what}: {value}**, wanted {bar}." for what, value, bar, met in bars(scores, rules) if not met
    ]
    for variant, kinds in scores.kinds.items():
        for kind, held in kinds.items():
            found += _not_beaten(f"{variant.capitalize()} {kind}", held)
    main = scores.kinds[rules["main"]]
    for kind in KINDS:
        line, alone = main[kind].lines[MAIN], main[kind].lines[ALONE]
        found.append(
            f"- Width of 90 % intervals of {kind}: {line.width_90:.2f} in logs, a factor of "
            f"{math.exp(line.width_90):.0f} from end to end; {line.covered_90:.0%} of records lie in them. "
            f"Of futures alone it is {alone.width_90:.2f}, and {alone.covered_90:.0%} do."
        )
        assert line.pit is not None
        power = ", ".join(f"{value:.0%} {name}" for name, value in line.pit.power.items())
        found.append(
            f"- Power of the PIT test of {kind}, records drawn otherwise that it would reject: {power}."
        )
    return "\n".join(found)


def _not_beaten(what: str, held: KindScores) -> Iterator[str]:
    """Rivals that the model loses to, or beats by no more than luck may give."""
    lost, unsure = [], []
    for name, line in held.lines.items():
        if line.skill is None or name == ALONE:
            continue
        low, high = next(iter(line.skill.intervals.values()))
        told = f"{NAMES[name]} {_with_sign(line.skill.value)} ({_with_sign(low)} to {_with_sign(high)})"
        if line.skill.value <= 0:
            lost.append(told)
        elif low <= 0:
            unsure.append(told)
    if lost:
        yield f"- {what}: CRPS no better than {'; '.join(lost)}."
    if unsure:
        yield f"- {what}: better, but perhaps by luck, than {'; '.join(unsure)}."


def section(scores: ForecastScores, rules: Rules) -> str:
    """The part of docs/validation.md that speaks of distributions."""
    return "\n".join(
        ["", *_bar_table(scores, rules), *_tables(scores), *_discrepancy(scores), *_intervals(scores, rules)]
    )


def _bar_table(scores: ForecastScores, rules: Rules) -> Iterator[str]:
    found = bars(scores, rules)
    missed = sum(not bar[3] for bar in found)
    yield f"{missed} of {len(found)} registered bars are missed ({scores.registered})."
    yield ""
    yield f"| bar, {rules['main']} forecast, 2015 to 2024 | found | wanted | |"
    yield "| --- | ---: | ---: | --- |"
    for what, value, wanted, met in found:
        yield f"| {what} | {value} | {wanted} | {'met' if met else '**missed**'} |"
    yield ""


def _tables(scores: ForecastScores) -> Iterator[str]:
    for variant, kinds in scores.kinds.items():
        for kind, held in kinds.items():
            yield (
                f"**{variant.capitalize()}, {kind}**, {held.futures} futures, logs; skill is the model's "
                "over the line's, with the 90 % interval of blocks of 3 and of 4 years."
            )
            yield ""
            yield from _table(held)
            yield from _pit_words(held)
            yield from _rolling(held)


def _table(held: KindScores) -> Iterator[str]:
    spans = list(held.lines[MAIN].by_horizon)
    yield (
        "| forecast | CRPS | energy | log-RMSE | width 90 % | in 90 % | in 80 % | "
        + " | ".join(spans)
        + " | skill |"
    )
    yield "| --- |" + " ---: |" * (7 + len(spans))
    for name, line in held.lines.items():
        spread = " | ".join(f"{value:.0%}" for value in line.by_horizon.values())
        yield (
            f"| {NAMES[name]} | {line.crps:.3f} | {line.energy:.3f} | {line.log_rmse:.2f} "
            f"| {line.width_90:.2f} | {line.covered_90:.0%} | {line.covered_80:.0%} | {spread} "
            f"| {_skill(line)} |"
        )
    yield ""
    names = list(held.lines[MAIN].by_series)
    yield "CRPS by series: " + "; ".join(
        f"{NAMES[kind].replace('*', '')} "
        + ", ".join(f"{n} {held.lines[kind].by_series[n]:.2f}" for n in names)
        for kind in (MAIN, ALONE, "same")
    ) + "."  # fmt: skip
    yield ""


def _skill(line: Line) -> str:
    if line.skill is None:
        return ""
    ends = "; ".join(
        f"{_with_sign(low)} to {_with_sign(high)}" for low, high in line.skill.intervals.values()
    )
    return f"{_with_sign(line.skill.value)} ({ends})"


def _with_sign(value: float) -> str:
    """A number with its sign.

    >>> _with_sign(-0.123), _with_sign(0.004)
    ('−0.12', '+0.00')
    """
    return f"{value:+.2f}".replace("-", "−")


def _pit_words(held: KindScores) -> Iterator[str]:
    pit = held.lines[MAIN].pit
    assert pit is not None
    power = ", ".join(f"{name} {value:.0%}" for name, value in pit.power.items())
    fifths = ", ".join(str(n) for n in pit.fifths)
    yield (
        f"PIT of the model with discrepancy, by fifths: {fifths}. Anderson-Darling A² {pit.statistic:.2f}, "
        f"p {pit.p:.2f}; "
        f"how often it would reject at 5 % a record drawn otherwise: {power}."
    )
    yield ""


def _rolling(held: KindScores) -> Iterator[str]:
    told = []
    for name in (MAIN, "same"):
        rolling = held.lines[name].rolling or {}
        told.append(
            f"{NAMES[name].replace('*', '')} "
            + ", ".join(f"{ahead} years {c:.3f} ({p:.0%})" for ahead, (c, p) in rolling.items())
        )
    yield f"Rolling origins 2014 to 2021, changes only, CRPS (in 90 %): {'; '.join(told)}."
    yield ""


def _discrepancy(scores: ForecastScores) -> Iterator[str]:
    yield "**Discrepancy**, fitted on records to 2014; means over its posterior:"
    yield ""
    yield "| group | phi | s, a year (5 to 95 %) | floor of s | rho | record less median of futures |"
    yield "| --- | ---: | ---: | ---: | ---: | --- |"
    for kind, held in next(iter(scores.kinds.values())).items():
        for group, told in held.discrepancy.items():
            off = (
                "; ".join(_residual(name, row) for name, row in held.residuals.items())
                if kind == "quantities"
                else _of(held, group)
            )
            yield (
                f"| {group} | {told['phi']:.2f} "
                f"| {told['s']:.2f} ({told['s low']:.2f} to {told['s high']:.2f}) "
                f"| {told['floor']:.2f} | {told['rho']:.2f} | {off} |"
            )
    yield ""


def _of(held: KindScores, group: str) -> str:
    names = list(held.residuals)
    half = names[:2] if group == "light" else names[2:]
    return "; ".join(_residual(name, held.residuals[name]) for name in half)


def _residual(name: str, row: Sequence[float]) -> str:
    return f"{name} " + ", ".join(_with_sign(value) for value in row)


def _intervals(scores: ForecastScores, rules: Rules) -> Iterator[str]:
    yield (
        f"**Every record: median (90 % interval)**, {rules['main']} forecast, level over that of 2014; "
        "what lies outside in bold:"
    )
    yield ""
    for kind in KINDS:
        rows = scores.kinds[rules["main"]][kind].quantiles
        years = sorted({row[1] for row in rows})
        known = {(row[0], row[1]): row for row in rows}
        yield f"| {kind} | " + " | ".join(str(year) for year in years) + " |"
        yield "| --- |" + " ---: |" * len(years)
        for name in dict.fromkeys(row[0] for row in rows):
            cells = (known[name, year] for year in years)
            yield f"| {name} | " + " | ".join(_cell(row) for row in cells) + " |"
        yield ""


def _cell(row: tuple[str, int, float, float, float, float]) -> str:
    record, low, median, high = (math.exp(value) for value in row[2:])
    told = f"{record:.2f}: {median:.2f} ({low:.2f} to {high:.2f})"
    return told if low <= record <= high else f"**{told}**"
