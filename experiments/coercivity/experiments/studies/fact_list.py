"""How each stylised fact is judged, in numbers, and what its figure shows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import pandas as pd

from coercivity.experiments.studies.fact_extract import Boiled, Panel

Runs: TypeAlias = Mapping[str, Boiled]
Said: TypeAlias = tuple[bool, str]  # whether it held, and the numbers
Series: TypeAlias = "pd.Series[Any]"

YEAR = 4  # steps
CHINA = ("CN",)
MAGNETS = ("magnet:standard", "magnet:high_coercivity")
TARGETS = ("US", "EU", "JP", "KR", "IN")
STRICT = ("US", "EU", "JP", "KR", "AU")
PAYERS = ("US", "EU", "JP", "AU")


def _last(series: Series) -> float:
    return float(series.iloc[-YEAR:].sum())


def _abroad(run: Boiled, stage: str) -> Series:
    return run.made(stage, outside=CHINA)


def _made_abroad(stage: str) -> Callable[[Boiled], Series]:
    return lambda run: _abroad(run, stage)


def _lines(runs: Runs, names: Iterable[str], of: Callable[[Boiled], Series]) -> dict[str, Series]:
    return {name: of(runs[name]) for name in names}


def _price(material: str, place: str) -> Callable[[Boiled], Series]:
    return lambda run: run.prices(material, place)


def _indicator(name: str, place: str, scale: float = 1.0) -> Callable[[Boiled], Series]:
    return lambda run: scale * run.indicator(name, place)


def _projects_begun(run: Boiled, start: str, end: str = "9999") -> pd.DataFrame:
    found = run.happened("project started")
    return found[(found["date"] >= start) & (found["date"] < end)]


def ban(runs: Runs) -> Said:
    """Prices at once, plants late."""
    bound, base = runs["ban"], runs["baseline"]
    first = "2026-01-01"
    jump = {
        material: [float(bound.prices(material, p)[first] / base.prices(material, p)[first]) for p in TARGETS]
        for material in (*MAGNETS, "oxide:Nd")
    }
    dearer = [max(pair) for pair in zip(*(jump[grade] for grade in MAGNETS), strict=True)]
    usual = set(base.happened("project started")["target"])
    fresh = _projects_begun(bound, "2026-01")
    fresh = fresh[~fresh["target"].isin(usual)]
    waits = [_wait(date, detail) for date, detail in zip(fresh["date"], fresh["detail"], strict=True)]
    early, late = _gain(bound, base, first, "2027-10-01"), _gain(bound, base, "2030-01-01", "2034-10-01")
    soonest = f", the soonest of them open after {min(waits):.1f} years" if waits else ""
    said = (
        f"In the first quarter of the ban the dearer grade of magnet costs {min(dearer):.1f} to "
        f"{max(dearer):.1f} times what it does without, by target, neodymium oxide "
        f"{min(jump['oxide:Nd']):.2f} to {max(jump['oxide:Nd']):.2f} times. Projects begun because of it: "
        f"{len(waits)}{soonest}. Output of magnets outside China is {early:+.0%} while the ban lasts and "
        f"{late:+.0%} in 2030 to 2034."
    )
    return min(dearer) > 1.05 and bool(waits) and min(waits) >= 1.0 and late > early, said


def _wait(date: str, detail: str) -> float:
    """Years from the start of a project to its opening, from `opens 2028.4`."""
    return float(detail.split()[-1]) - int(date[:4]) - (int(date[5:7]) - 1) / 12


def _gain(run: Boiled, base: Boiled, start: str, end: str) -> float:
    mine, theirs = (_abroad(r, "magnet").loc[start:end].sum() for r in (run, base))
    return float(mine / theirs - 1)


def ban_panels(runs: Runs) -> Sequence[Panel]:
    """Price of a magnet in Japan, magnets made outside."""
    names = ("baseline", "ban")
    price = _lines(runs, names, _price("magnet:standard", "JP"))
    return (
        Panel("Standard magnets in Japan", "USD/kg", price),
        Panel("Magnets made outside China", "t a quarter", _lines(runs, names, _made_abroad("magnet"))),
    )


def complacency(runs: Runs) -> Said:
    """Risk fades, and so do starts."""
    bound, base = runs["ban"], runs["baseline"]
    risk = bound.indicator("perceived risk", "JP")
    fade = float(risk["2030-01-01"] / risk["2028-01-01"]) if risk["2028-01-01"] > 0 else 1.0

    def extra(start: str, end: str, years: int) -> float:
        return (len(_projects_begun(bound, start, end)) - len(_projects_begun(base, start, end))) / years

    during, after = extra("2026-01", "2028-01", 2), extra("2028-01", "2031-01", 3)
    said = (
        f"Two years after the ban is lifted Japan's perceived risk is {fade:.0%} of what it was; against "
        f"baseline, {during:+.1f} projects a year start during the ban, {after:+.1f} in the next three years."
    )
    return fade < 0.5 and after < during, said


def complacency_panels(runs: Runs) -> Sequence[Panel]:
    """Risk, and starts so far."""

    def starts(run: Boiled) -> Series:
        count = run.happened("project started").groupby("date").size()
        return count.reindex(run.price.index, fill_value=0).cumsum()

    return (
        Panel("Perceived risk in Japan", "index", _lines(runs, ["ban"], _indicator("perceived risk", "JP"))),
        Panel("Projects started", "number so far", _lines(runs, ("baseline", "ban"), starts)),
    )


def _dysprosium(run: Boiled) -> Series:
    """Stocks of dysprosium oxide and metal outside China, t."""
    return run.stored(("oxide:Dy", "metal:Dy"), outside=CHINA)


def panic(runs: Runs) -> Said:
    """Too much in store, then too little wanted."""
    pulse, base = runs["licences for a year"], runs["baseline"]
    stock = _dysprosium(pulse) / _dysprosium(base)
    price = pulse.prices("oxide:Dy", "JP") / base.prices("oxide:Dy", "JP")
    after = price.loc["2026-04-01":"2029-01-01"]
    during = stock.loc["2025-04-01":"2026-03-01"]
    said = (
        f"While licences last, stocks of dysprosium outside China are {during.min():.2f} to "
        f"{during.max():.2f} times baseline; they reach {stock.max():.2f} times ({str(stock.idxmax())[:7]}). "
        f"In the three years after, the price in Japan falls as low as {after.min():.2f} times baseline."
    )
    return float(stock.max()) > 1.1 and float(after.min()) < 0.98, said


def panic_panels(runs: Runs) -> Sequence[Panel]:
    """Stocks outside, and the price in Japan over baseline's."""
    pulse, base = runs["licences for a year"], runs["baseline"]
    price = pulse.prices("oxide:Dy", "JP") / base.prices("oxide:Dy", "JP")
    return (
        Panel(
            "Dysprosium in store outside China",
            "t",
            _lines(runs, ("baseline", "licences for a year"), _dysprosium),
        ),
        Panel(
            "Dy oxide in Japan, once they ended",
            "over baseline",
            {"licences for a year": price.loc["2026-04-01":]},
        ),
    )


def flooding(runs: Runs) -> Said:
    """Fewer mines, more idle plants."""
    flood, base = runs["flooding"], runs["baseline"]
    opened, usual = (len(run.happened("plant opened")) for run in (flood, base))
    shut, idle = (len(run.happened("plant mothballed")) for run in (flood, base))
    mined = _last(_abroad(flood, "mining")) / _last(_abroad(base, "mining")) - 1
    said = (
        f"{opened} plants open against {usual} in baseline, {shut} are mothballed against {idle}; mines "
        f"outside China put out {mined:+.1%} in 2034."
    )
    return mined < -0.02 and (opened < usual or shut > idle), said


def flooding_panels(runs: Runs) -> Sequence[Panel]:
    """Price in China, mining outside."""
    names = ("baseline", "flooding")
    return (
        Panel("Nd oxide in China", "USD/kg", _lines(runs, names, _price("oxide:Nd", "CN"))),
        Panel("Mining outside China", "t REO a quarter", _lines(runs, names, _made_abroad("mining"))),
    )


def _spent(run: Boiled) -> Series:
    """Fiscal cost of the payers so far, million USD."""
    total = sum((run.indicator("fiscal_cost", p) for p in PAYERS), start=pd.Series(0.0, run.price.index))
    return total.cumsum() / 1e6


def judge_pooling(runs: Runs) -> Said:
    """Tonnes a million."""
    base = runs["licences"]
    tonnes, cost = {}, {}
    for name in ("alone", "pooled"):
        tonnes[name] = _last(_abroad(runs[name], "separation")) - _last(_abroad(base, "separation"))
        cost[name] = max(float(_spent(runs[name]).iloc[-1] - _spent(base).iloc[-1]), 1.0)
    each = {name: tonnes[name] / cost[name] for name in tonnes}
    said = "; ".join(
        f"{name}, {tonnes[name]:,.0f} t of magnet oxides a year more outside China by 2034 for "
        f"{cost[name]:,.0f} million USD over the period ({each[name]:.2f} t a million)"
        for name in tonnes
    )
    return each["pooled"] > each["alone"], f"{said[0].upper()}{said[1:]}."


def pooled_panels(runs: Runs) -> Sequence[Panel]:
    """Separation outside, and what it cost."""
    names = ("licences", "alone", "pooled")
    return (
        Panel("Separation outside China", "t a quarter", _lines(runs, names, _made_abroad("separation"))),
        Panel("Fiscal cost of the payers so far", "million USD", _lines(runs, names, _spent)),
    )


def technology(runs: Runs) -> Said:
    """Years between the two paths."""
    bound, free = runs["pooled"], runs["pooled, technology free"]
    years = {}
    for stage in ("separation", "magnet"):
        ours, theirs = (_abroad(run, stage).rolling(YEAR).mean().to_numpy() for run in (bound, free))
        top = int(ours[YEAR - 1 :].argmax()) + YEAR - 1
        reached = theirs >= ours[top]
        first = int(reached.argmax()) if reached.any() else len(theirs)
        years[stage] = (top - first) / YEAR
    said = (
        "The most that is reached under the ban by 2034 is reached without it "
        f"{years['separation']:.1f} years earlier in separation and {years['magnet']:.1f} in magnets."
    )
    return max(years.values()) >= 1.0, said


def technology_panels(runs: Runs) -> Sequence[Panel]:
    """Separation and magnets outside, with and without."""
    names = ("pooled", "pooled, technology free")
    return tuple(
        Panel(f"{title} outside China", "t a quarter", _lines(runs, names, _made_abroad(stage)))
        for stage, title in (("separation", "Separation"), ("magnet", "Magnets"))
    )


def stockpiles(runs: Runs) -> Said:
    """Time, not independence."""
    short, share = {}, {}
    for name in ("licences", "stockpiles"):
        years = runs[name].indicator("shortage of magnets", "JP").loc["2027-01-01":"2028-10-01"]
        short[name] = float(years.mean())
        share[name] = _last(runs[name].indicator("share of separation", "CN")) / YEAR
    said = (
        f"Japan lacks {short['stockpiles']:.1%} of its magnets in 2027 and 2028 with stockpiles, "
        f"{short['licences']:.1%} without; China's share of separation in 2034 is {share['stockpiles']:.1%} "
        f"against {share['licences']:.1%}."
    )
    close = abs(share["stockpiles"] - share["licences"]) < 0.02
    return short["stockpiles"] < short["licences"] and close, said


def stockpiles_panels(runs: Runs) -> Sequence[Panel]:
    """Shortage in Japan, China's share."""
    names = ("licences", "stockpiles")
    short, share = _indicator("shortage of magnets", "JP", 100), _indicator("share of separation", "CN", 100)
    return (
        Panel("Shortage of magnets in Japan", "%", _lines(runs, names, short)),
        Panel("China's share of separation", "%", _lines(runs, names, share)),
    )


def _illicit(run: Boiled) -> Series:
    rows = run.output[run.output["firm"].str.startswith("illicit") & (run.output["stage"] == "mining")]
    return rows.groupby("date")["tonnes"].sum().reindex(run.price.index, fill_value=0.0)


def quotas(runs: Runs) -> Said:
    """What no quota covers."""
    tight, base = _last(_illicit(runs["tight quotas"])), _last(_illicit(runs["baseline"]))
    more = tight / max(base, 1e-9) - 1
    said = f"With quotas a tenth lower a year, illicit mines make {tight:,.0f} t REO in 2034 ({more:+.0%})."
    return more > 0.05, said


def quotas_panels(runs: Runs) -> Sequence[Panel]:
    """Price and illicit mining in China."""
    names = ("baseline", "tight quotas")
    return (
        Panel("Nd oxide in China", "USD/kg", _lines(runs, names, _price("oxide:Nd", "CN"))),
        Panel("Illicit mining in China", "t REO a quarter", _lines(runs, names, _illicit)),
    )


def balance(runs: Runs) -> Said:
    """Three oxides, two ways."""
    price = {e: runs["green boom"].prices(f"oxide:{e}", "CN") for e in ("La", "Ce", "Dy")}
    moved = {e: float(series.iloc[-1] / series.iloc[0]) for e, series in price.items()}
    said = (
        f"In a green boom dysprosium in China costs {moved['Dy']:.2f} times as much at the end of 2034 as at "
        f"the start of 2025, lanthanum {moved['La']:.2f} and cerium {moved['Ce']:.2f} times."
    )
    return moved["Dy"] > 1.2 and moved["La"] < 1.05 and moved["Ce"] < 1.05, said


def balance_panels(runs: Runs) -> Sequence[Panel]:
    """Oxides over their first price."""
    price = {e: runs["green boom"].prices(f"oxide:{e}", "CN") for e in ("La", "Ce", "Nd", "Dy")}
    lines = {e: series / series.iloc[0] for e, series in price.items()}
    return (Panel("Oxides in China, green boom", "over the first quarter", lines),)


def strict(runs: Runs) -> Said:
    """Where separation goes."""

    def share(run: Boiled) -> float:
        return _last(run.made("separation", inside=STRICT)) / _last(run.made("separation"))

    mine, theirs = share(runs["strict abroad"]), share(runs["baseline"])
    said = (
        "With charges four times as high in the United States, Europe, Japan, Korea and Australia from 2026, "
        f"these separate {mine:.2%} of the world's magnet oxides in 2034, against {theirs:.2%}."
    )
    return mine < 0.95 * theirs, said


def strict_panels(runs: Runs) -> Sequence[Panel]:
    """Separation here and there."""
    names = ("baseline", "strict abroad")
    here = _lines(runs, names, lambda r: r.made("separation", inside=STRICT))
    there = _lines(runs, names, lambda r: r.made("separation", outside=STRICT))
    return (
        Panel("Separation in strict places", "t a quarter", here),
        Panel("Separation elsewhere", "t a quarter", there),
    )


JUDGES: Mapping[str, tuple[Callable[[Runs], Said], Callable[[Runs], Sequence[Panel]]]] = {
    "ban": (ban, ban_panels),
    "complacency": (complacency, complacency_panels),
    "panic": (panic, panic_panels),
    "flooding": (flooding, flooding_panels),
    "pooled": (judge_pooling, pooled_panels),
    "technology": (technology, technology_panels),
    "stockpiles": (stockpiles, stockpiles_panels),
    "quotas": (quotas, quotas_panels),
    "balance": (balance, balance_panels),
    "strict": (strict, strict_panels),
}
