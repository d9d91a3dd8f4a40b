"""The account in words and tables: what was moved, what was left out, the years; misses first."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from coercivity.experiments.validation.account_figure import account_figure
from coercivity.experiments.validation.account_result import AccountResult
from coercivity.model.calibration.account.leave_out import LeftOut, root_mean_square
from coercivity.model.calibration.account.rows import quantity_values
from coercivity.model.calibration.account.terms import Record
from coercivity.model.inputs.evidence import Evidence

__all__ = ["account_table", "leave_out_table", "write_section"]

START, END = "<!-- account: written by `coercivity calibrate account` -->", "<!-- end of account -->"
WORST, SHOWN, OFF = 15, (2009, 2014, 2019, 2024), 1.5


def sorted_adjustments(result: "AccountResult") -> list[tuple[Record, float]]:
    """Records of the first variant and how far the account is from each in sigmas, worst first."""
    fit, _ = next(iter(result.variants.values()))
    terms = fit.terms
    return sorted(
        ((record, terms[record.label]) for record in fit.problem.records), key=lambda one: -abs(one[1])
    )


def account_table(result: "AccountResult", count: int) -> str:
    """The worst adjustments and how many records lie near, for a terminal."""
    found = sorted_adjustments(result)
    near = sum(abs(sigmas) <= OFF for _, sigmas in found)
    lines = [f"{near} of {len(found)} records within {OFF} sigma; the furthest:"]
    lines += [f"  {sigmas:+6.2f}  {record.label}: {record.value:.5g}" for record, sigmas in found[:count]]
    return "\n".join(lines)


def leave_out_table(result: "AccountResult") -> str:
    """Root mean square errors of magnet years left out, and of interpolation."""
    lines = ["magnet years left out (every third): rms error, of interpolation, within 10 %"]
    for maker, own in _by_maker(result.left):
        lines.append(f"  {maker:<8} {_rms(own):5.1f} %  {_naive(own):5.1f} %  {_near(own)}/{len(own)}")
    return "\n".join(lines)


def _by_maker(left: Sequence[LeftOut]) -> Iterator[tuple[str, list[LeftOut]]]:
    for maker in dict.fromkeys(one.maker for one in left):
        yield maker, [one for one in left if one.maker == maker]


def _rms(own: Sequence[LeftOut]) -> float:
    return 100 * root_mean_square([one.error for one in own])


def _naive(own: Sequence[LeftOut]) -> float:
    return 100 * root_mean_square([one.naive for one in own])


def _near(own: Sequence[LeftOut]) -> int:
    return sum(abs(one.error) <= 0.1 for one in own)


def write_section(page: Path, result: "AccountResult", evidence: Evidence) -> Path:
    """Write the section between its marks, or a page of its own, and one figure a year beside it."""
    names = {fact.entity: fact.value for fact in evidence.facts("account_names", "name")}
    fit, _ = next(iter(result.variants.values()))
    for year in fit.problem.constants.years:
        figure = page.parent / "figures" / "account" / f"{year}.svg"
        figure.write_text(account_figure(fit, year, names), encoding="utf-8")
    text = "\n".join((START, *_section(result), END))
    old = page.read_text(encoding="utf-8") if page.is_file() else f"{START}{END}\n"
    before, _, rest = old.partition(START)
    after = rest.partition(END)[2] if rest else "\n"
    page.write_text(before + text + after, encoding="utf-8")
    return page


def _section(result: "AccountResult") -> Iterator[str]:
    yield ""
    yield from _misses(result)
    yield from _left_out_rows(result)
    yield from _years(result)
    yield from _variants(result)
    yield from _figures(result)


def _misses(result: "AccountResult") -> Iterator[str]:
    found = sorted_adjustments(result)
    near = sum(abs(sigmas) <= OFF for _, sigmas in found)
    yield "### Misses: what the account does not believe"
    yield ""
    yield (
        f"{near} of {len(found)} records lie within {OFF} sigma. The {WORST} furthest, account less record "
        "in sigmas of the record:"
    )
    yield ""
    yield "| record | who | year | printed | sigmas |"
    yield "| --- | --- | ---: | ---: | ---: |"
    for record, sigmas in found[:WORST]:
        sign = "+" if sigmas > 0 else "−"
        value = f"{record.value:,.4g}" if record.value < 1e4 else f"{record.value:,.0f}"
        yield f"| `{record.series}` | {record.who} | {record.year} | {value} | {sign}{abs(sigmas):.2f} |"
    yield ""


def _left_out_rows(result: "AccountResult") -> Iterator[str]:
    yield "### Magnet years left out"
    yield ""
    bars = result.registration.values["thresholds"]["leave_out_rms"]
    yield "| made in | rms error | interpolation | within 10 % | bar | met | worst year |"
    yield "| --- | ---: | ---: | ---: | ---: | --- | --- |"
    for maker, own in _by_maker(result.left):
        bar = 100 * bars[maker] if maker in bars else _naive(own)
        worst = max(own, key=lambda one: abs(one.error))
        met = "yes" if _rms(own) <= bar else "**no**"
        errors = f"{_rms(own):.1f} % | {_naive(own):.1f} % | {_near(own)} of {len(own)}"
        far = f"{worst.year}: {100 * worst.error:+.0f} % (sigma {100 * worst.sigma:.0f} %)"
        yield f"| {maker} | {errors} | {bar:.1f} % | {met} | {far} |"
    yield ""


def _years(result: "AccountResult") -> Iterator[str]:
    first, (fit, paths) = next(iter(result.variants.items()))
    account, years = result.account, fit.problem.constants.years
    flows = fit.problem.flows(paths.x.T)
    columns = {
        "China, all": ("china", 1e3), "undocumented light": ("mined.undocumented_light", 1e3),
        "undocumented clay": ("mined.undocumented_clay", 1e3), "blanks, China": ("blanks.CN", 1e3),
        "blanks, world": ("blanks", 1e3), "magnets used": ("use", 1e3), "Nd net use": ("net.Nd", 1e3),
        "Dy from ore": ("supply.Dy", 1e3), "Dy+Tb, Japan (t)": ("heavy_japan", 1.0),
    }  # fmt: skip
    yield "### Year by year"
    yield ""
    yield (
        f"Variant `{first}`: median and half the distance of 16 to 84 %. kt REO, kt blanks or magnets, kt "
        "oxide; t metal."
    )
    yield ""
    yield f"| year | {' | '.join(columns)} |"
    yield "| --- |" + " ---: |" * len(columns)
    bands = {
        n: np.percentile(quantity_values(account, flows, q, len(years)) / s, (16, 50, 84), axis=1)
        for n, (q, s) in columns.items()
    }
    for at, year in enumerate(years):
        cells = [_cell(band[:, at]) for band in bands.values()]
        yield f"| {year} | {' | '.join(cells)} |"
    yield ""


def _cell(band: np.ndarray) -> str:
    low, middle, high = (float(v) for v in band)
    digits = 0 if middle >= 100 else 1 if middle >= 10 else 2
    return f"{middle:.{digits}f} ± {(high - low) / 2:.{digits}f}"


def _variants(result: "AccountResult") -> Iterator[str]:
    yield "### What it hangs on"
    yield ""
    yield (
        f"| account | records | ends | undocumented share {result.account.early} | magnets used, to "
        f"{result.account.early} | from then to the end | sum of squares | accepted |"
    )
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for fits in (result.variants, result.early):
        for name, (fit, paths) in fits.items():
            years = fit.problem.constants.years
            flows = fit.problem.flows(paths.x.T)
            share = quantity_values(result.account, flows, "undocumented_share", len(years))
            use = flows["use"].value
            then = years.index(result.account.early)
            yield (
                f"| `{name}` | {len(fit.problem.records)} | {years[-1]} | {_percent(share[then])} | "
                f"{_ratio(use[then] / use[0])} | {_ratio(use[-1] / use[then])} | {fit.cost:.0f} | "
                f"{100 * paths.accepted:.0f} % |"
            )
    yield ""


def _percent(values: np.ndarray) -> str:
    low, middle, high = np.percentile(100 * values, (16, 50, 84))
    return f"{middle:.0f} % ({low:.0f}–{high:.0f})"


def _ratio(values: np.ndarray) -> str:
    low, middle, high = np.percentile(values, (16, 50, 84))
    return "1" if high == low == 1 else f"×{middle:.2f} ({low:.2f}–{high:.2f})"


def _figures(result: "AccountResult") -> Iterator[str]:
    fit, _ = next(iter(result.variants.values()))
    years = fit.problem.constants.years
    yield "### The flows"
    yield ""
    for year in SHOWN:
        if year in years:
            yield f"![Flows of magnet rare earths in {year}](figures/account/{year}.svg)"
            yield ""
    rest = ", ".join(f"[{year}](figures/account/{year}.svg)" for year in years if year not in SHOWN)
    yield f"The other years: {rest}."
    yield ""
