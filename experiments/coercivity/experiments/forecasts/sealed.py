"""`coercivity forecast`: prices by month and quantities by year as distributions, kept with their hash.

Futures of an ensemble of one scenario, each with draws of the discrepancy (H.8), which is nought in the base
year. The record of the months predicted is read by nothing here: whoever opens it later can score the table.
"""

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import conf_dir, evidence_dir, repository
from coercivity.experiments.config.compose import compose, recompose
from coercivity.experiments.forecasts.discrepancy import Discrepancy, sample_discrepancy
from coercivity.experiments.forecasts.replays import MAKERS, OTHERS
from coercivity.experiments.forecasts.rules import read_rules
from coercivity.experiments.runs.execution import map_tasks, read_workers
from coercivity.experiments.runs.futures import draw, in_each

__all__ = ["FILE", "SealedRequest", "forecast", "read_discrepancy", "write_discrepancy"]

Array = NDArray[np.float64]
FILE = "forecast_2025_2027.csv"
DRAWN = "discrepancy.csv"  # of conf/calibrated
FIRST, LAST, END = "2025-04", 2027, "2028-01"
LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
PLACES = {"CN": "in China, without tax", "JP": "in Japan", "EU": "in Europe"}
ELEMENTS = {"light": ("Nd", "Pr"), "heavy": ("Dy", "Tb")}
TONNES = "t blanks"


@dataclass(frozen=True)
class SealedRequest:
    """Which scenario, how many futures, of which ensemble. discrepancy: whether it is added."""

    scenario: str = "restrictions_2025"
    futures: int = 40
    ensemble: str = "default"
    discrepancy: bool = True
    overrides: Sequence[str] = ()
    workers: int | None = None
    out: Path | None = None


def forecast(args: SealedRequest) -> tuple[Path, str, pd.DataFrame]:
    """Run the futures, write the table; where it is, its hash, and the table."""
    if args.futures < 2:
        raise UserError(f"--futures {args.futures}: a distribution needs at least 2")
    evidence = evidence_dir()
    rules = read_rules(evidence)
    composed = compose([f"scenario={args.scenario}", "clock.step=month", f"clock.end={END}", *args.overrides])
    futures, ensemble = draw(args.ensemble, range(args.futures), {args.scenario: composed}, evidence)
    jobs = [(dict(one.values), str(evidence)) for one in in_each(composed, ensemble, futures)]
    found: dict[int, pd.DataFrame] = {}
    for at, rows in map_tasks(_run, jobs, read_workers(args.workers)):
        found[at] = rows.assign(future=at)
        end = "\n" if len(found) == len(jobs) else ""
        print(f"\r{len(found)} of {len(jobs)} futures", end=end, file=sys.stderr, flush=True)
    rows = pd.concat([found[at] for at in sorted(found)], ignore_index=True)
    if lost := len(jobs) - rows["future"].nunique():
        print(f"{lost} futures did not clear and are left out", file=sys.stderr)
    table = tabulate(rows, int(rules["samples"]), int(rules["seed"]), args.discrepancy)
    root = repository()
    out = args.out or (root / "docs" / "data" if root else Path.cwd())
    out.mkdir(parents=True, exist_ok=True)
    text = table.to_csv(index=False, lineterminator="\n")
    (out / FILE).write_text(text, encoding="utf-8")
    return out / FILE, hashlib.sha256(text.encode()).hexdigest(), table


def _run(job: tuple[Mapping[str, object], str]) -> pd.DataFrame:
    """One future: prices by month and magnets by year, as rows; none where it does not clear."""
    from coercivity.experiments.runs.loader import World

    values, folder = job
    settings = recompose(dict(values)).settings
    try:
        world = World(settings, Path(folder))
        for _ in range(settings.clock.steps):
            world.step()
    except Exception:  # whatever it is, the others go on; how many were lost is told
        return pd.DataFrame(columns=["series", "group", "unit", "period", "time", "value"])
    tables = world.tables()
    rows = [*_price_rows(tables["prices"]), *_magnet_rows(tables["activity"])]
    return pd.DataFrame(rows, columns=["series", "group", "unit", "period", "time", "value"])


def _price_rows(prices: pd.DataFrame) -> list[tuple[str, str, str, str, float, float]]:
    rows = []
    for group, elements in ELEMENTS.items():
        for element in elements:
            for place, words in PLACES.items():
                mine = prices[(prices["material"] == f"oxide:{element}") & (prices["jurisdiction"] == place)]
                for date, value in zip(mine["date"], mine["price"], strict=True):
                    month = str(date)[:7]
                    if month >= FIRST:
                        rows.append(
                            (f"{element} oxide {words}", group, "USD/kg", month, _since(month), float(value))
                        )
    return rows


def _magnet_rows(activity: pd.DataFrame) -> list[tuple[str, str, str, str, float, float]]:
    magnets = activity[activity["stage"] == "magnet"]
    known = {place: maker for maker, places in MAKERS.items() for place in places}
    maker = magnets["jurisdiction"].astype(str).map(lambda place: known.get(place, OTHERS))
    month = magnets["date"].astype(str).str[:7]
    late = month >= FIRST
    year_of, tonnes = month[late].str[:4].tolist(), magnets.loc[late, "tonnes"].tolist()
    sums: dict[tuple[str, str], float] = {}
    for key, made in zip(zip(maker[late].tolist(), year_of, strict=True), tonnes, strict=True):
        sums[key] = sums.get(key, 0.0) + made
    rows = []
    for (name, year), value in sorted(sums.items()):
        period = f"{year} from April" if year == FIRST[:4] else year
        if int(year) <= LAST:
            rows.append((name, "magnets", TONNES, period, float(int(year) - 2024), value))
    return rows


def _since(month: str) -> float:
    """Years from the middle of the base year to the middle of a month."""
    return int(month[:4]) + (int(month[5:]) - 0.5) / 12.0 - 2024.5


def tabulate(rows: pd.DataFrame, samples: int, seed: int, with_discrepancy: bool) -> pd.DataFrame:
    """Quantiles of every series and period, of the model alone and with the discrepancy."""
    found = []
    groups = read_discrepancy() if with_discrepancy else {}
    for kind, names in (("prices", tuple(ELEMENTS)), ("quantities", ("magnets",))):
        mine = rows[rows["group"].isin(names)]
        times = sorted(mine["time"].unique().tolist())
        count = samples * mine["future"].nunique()
        apart: dict[str, Array] = {}
        if with_discrepancy:
            chosen = {name: groups[kind][name] for name in names}
            drawn = sample_discrepancy(chosen, times, count, np.random.default_rng(seed))
            series = [s for name in names for s in chosen[name].series]
            apart = dict(zip(series, drawn, strict=True))
        for (series_name, unit, period, time), part in mine.groupby(
            ["series", "unit", "period", "time"], sort=True
        ):
            logs = np.log(np.maximum(part.sort_values("future")["value"].to_numpy(), 1e-6))
            found.append(_row(str(series_name), str(unit), str(period), "model alone", logs))
            if with_discrepancy:
                off = apart[str(series_name).split(" ")[0]][times.index(time)]
                spread = np.repeat(logs, samples)
                found.append(
                    _row(
                        str(series_name),
                        str(unit),
                        str(period),
                        "with discrepancy",
                        spread + off[: spread.size],
                    )
                )
    return pd.DataFrame(found)


def _row(series: str, unit: str, period: str, form: str, logs: Array) -> dict[str, object]:
    ends = np.exp(np.quantile(logs, LEVELS))
    told = {f"p{100 * q:02.0f}": f"{value:.5g}" for q, value in zip(LEVELS, ends, strict=True)}
    return {"series": series, "unit": unit, "period": period, "form": form, **told}


def write_discrepancy(kinds: Mapping[str, Mapping[str, Discrepancy]], draws: int, seed: int) -> Path:
    """Keep draws of every group's posterior in conf/calibrated."""
    rng = np.random.default_rng(seed)
    parts = []
    for kind, groups in kinds.items():
        for name, group in groups.items():
            at = np.sort(rng.choice(group.weight.size, draws, p=group.weight))
            columns = {"phi": group.phi[at], "s": group.s[at], "rho": group.rho[at]}
            head = {"kind": kind, "group": name, "series": ";".join(group.series), "floor": group.floor}
            parts.append(pd.DataFrame({**head, **columns}))
    path = conf_dir() / "calibrated" / DRAWN
    text = pd.concat(parts).to_csv(index=False, float_format="%.5g", lineterminator="\n")
    path.write_text(text, encoding="utf-8")
    return path


def read_discrepancy() -> dict[str, dict[str, Discrepancy]]:
    """The stored draws, by kind and group."""
    path = conf_dir() / "calibrated" / DRAWN
    if not path.is_file():
        raise UserError(f"there is no {path}: `coercivity calibrate discrepancy` makes it")
    table = pd.read_csv(path)
    found: dict[str, dict[str, Discrepancy]] = {}
    for (kind, group, series), part in table.groupby(["kind", "group", "series"], sort=False):
        phi, s, rho = (part[name].to_numpy() for name in ("phi", "s", "rho"))
        even = np.full(len(part), 1.0 / len(part))
        found.setdefault(str(kind), {})[str(group)] = Discrepancy(
            tuple(str(series).split(";")), phi, s, rho, even, float(part["floor"].iloc[0])
        )
    return found
