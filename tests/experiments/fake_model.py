"""A model of a few lines with the interface of the real one, for tests of everything around it."""

import importlib
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from coercivity.model.inputs import evidence
from coercivity.model.inputs.evidence import COLUMNS, KNOWN, EvidenceError, Fact, check_file, load

__all__ = [
    "COLUMNS",
    "KNOWN",
    "EvidenceError",
    "Fact",
    "check_file",
    "load",
]  # the model's own, asked of this module

STEPS = {"month": 12, "quarter": 4, "year": 1}
PLACES = ("CN", "JP", "US")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Clock(Strict):
    start: str = Field(pattern=r"^\d{4}-\d{2}$")
    end: str = Field(pattern=r"^\d{4}-\d{2}$")
    step: Literal["month", "quarter", "year"]

    @model_validator(mode="after")
    def _in_order(self) -> "Clock":
        if self.end <= self.start:
            raise ValueError(
                f"clock.end {self.end} is not after clock.start {self.start}; give a later month"
            )
        return self

    @property
    def steps(self) -> int:
        (y0, m0), (y1, m1) = ((int(part) for part in text.split("-")) for text in (self.start, self.end))
        return ((y1 - y0) * 12 + m1 - m0) * STEPS[self.step] // 12


class About(Strict):
    title: str
    source: str
    purpose: str


class Chain(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)
    elements: list[str]


class Market(Strict):
    elasticity: float = Field(gt=0, le=5, description="short-run elasticity")
    price_floor: float = Field(ge=0, json_schema_extra={"unit": "USD/kg"})
    backend: Literal["highs", "pyomo"]
    note: str = ""
    demand_noise: float = 0.0


class Stock(Strict):
    cover: float = Field(ge=0, le=720, description="cover aimed at", json_schema_extra={"unit": "days"})


class Firm(Strict):
    stock: Stock


class State(Strict):
    name: str
    strategy: Literal["scripted", "rule", "optimising", "equilibrium"]
    lever: dict[str, Any]


class Settings(Strict):
    scenario: str
    about: About
    clock: Clock
    seed: int = Field(ge=0)
    chain: Chain
    market: Market
    firm: Firm
    state: dict[str, State]


class FakeLever(Strict):
    def in_chain(self, _names: object) -> "FakeLever":
        return self


class Stockpile(FakeLever):
    days: float = 0.0


class ExportLimit(FakeLever):
    share: float | dict[str, float] = 1.0


def levers() -> dict[str, type[Strict]]:
    return {"stockpile": Stockpile, "export_limit": ExportLimit}


def build(_given: object) -> dict[str, Strict]:
    """No lever of the toy limits exports to some places only."""
    return {}


class Evidence(evidence.Evidence):
    """The model's reader; the toy has one file of evidence, and asks for no other."""

    def _faults(self, folder: str) -> list[str]:
        return [fault for fault in super()._faults(folder) if "every chain needs" not in fault]


class World:
    def __init__(self, settings: Settings, evidence_dir: Path) -> None:
        for path in sorted(evidence_dir.glob("*.csv")):
            load(path)
        self.settings = settings
        self.done = 0
        china = settings.state.get("china")
        self.shut = china is not None and china.lever.get("export_limit", {}).get("share", 1.0) == 0.0

    def step(self) -> None:
        if self.settings.seed == 666:
            raise ArithmeticError("the matrix is singular")
        self.done += 1

    def dates(self) -> list[tuple[int, str]]:
        per_year = STEPS[self.settings.clock.step]
        year = int(self.settings.clock.start[:4])
        return [
            (n, f"{year + n // per_year}-{1 + n % per_year * 12 // per_year:02d}-01")
            for n in range(self.done)
        ]

    def tables(self) -> dict[str, pd.DataFrame]:
        made = {name: maker(self) for name, maker in MAKERS.items()}
        return {name: frame.iloc[::-1] for name, frame in made.items()}

    def timing(self) -> pd.DataFrame:
        return _frame(self, "phase seconds", lambda n: [("clear", 0.01)])


def _frame(world: World, columns: str, rows) -> pd.DataFrame:  # type: ignore[no-untyped-def]
    data = [(n, date, *row) for n, date in world.dates() for row in rows(n)]
    return pd.DataFrame(data, columns=["step", "date", *columns.split()])


def _price(world: World, n: int, place: str, element: str) -> float:
    base = {"Nd": 60.0, "Pr": 60.0, "Dy": 250.0, "Tb": 800.0, "La": 1.0, "Ce": 1.2}[element]
    jump = 3.0 if world.shut and place != "CN" else 1.0
    luck = 1 + world.settings.market.demand_noise * (world.settings.seed * 5 % 7 - 3)
    return base * jump * luck * (1 + 0.01 * n) / world.settings.market.elasticity


MAKERS = {
    "prices": lambda w: _frame(
        w,
        "jurisdiction material price low high",
        lambda n: [
            (p, f"oxide:{e}", _price(w, n, p, e), _price(w, n, p, e), _price(w, n, p, e))
            for p in PLACES
            for e in w.settings.chain.elements
        ],
    ),
    "flows": lambda w: _frame(
        w,
        "origin destination material channel tonnes origin_content",
        lambda n: [("CN", p, "oxide:Dy", "legal", 0.0 if w.shut else 10.0, 1.0) for p in ("JP", "US")],
    ),
    "base_imports": lambda w: _frame(
        w,
        "jurisdiction material tonnes",
        lambda n: [(p, "oxide:Dy", 40.0) for p in ("JP", "US")] if n == 0 else [],
    ),
    "activity": lambda w: _frame(
        w,
        "plant firm jurisdiction stage activity tonnes capacity rent",
        lambda n: [
            (f"{p}_{s}", f"{p}_firm", p, s, s, 90.0 if p == "CN" else 5.0 + n, 100.0, 0.0)
            for p in PLACES
            for s in ("mining", "separation", "magnet")
        ],
    ),
    "stocks": lambda w: _frame(
        w,
        "owner kind jurisdiction material tonnes",
        lambda n: [("JP", "public", "JP", "oxide:Dy", 3.0)],
    ),
    "uses": lambda w: _frame(
        w,
        "jurisdiction use recipe served wanted unit shortage",
        lambda n: [
            (
                p,
                "ev_motors",
                "standard",
                8.0,
                10.0,
                "t magnet",
                0.4 if w.shut and p != "CN" else 0.0,
            )
            for p in PLACES
        ],
    ),
    "limits": lambda w: _frame(w, "state lever limit materials destinations allowed used rent", lambda n: []),
    "levers": lambda w: _frame(
        w,
        "state lever parameter value unit",
        lambda n: [("china", "export_limit", "share", 1.0, "share")],
    ),
    "accounts": lambda w: _frame(w, "owner kind item usd", lambda n: [("JP", "consumer", "surplus", 1e9)]),
    "burdens": lambda w: _frame(
        w,
        "jurisdiction pollutant amount unit charge",
        lambda n: [(p, "wastewater", 5e6, "m3", 0.0) for p in PLACES],
    ),
    "objectives": lambda w: _frame(w, "state term usd weight", lambda n: [("CN", "surplus", 1e6, 1.0)]),
    "indicators": lambda w: _frame(
        w,
        "jurisdiction indicator value unit",
        lambda n: [
            (p, i, (-1e8 if w.shut else 2e8) if i == "welfare" else 1e7, "USD")
            for p in PLACES
            for i in ("welfare", "fiscal_cost")
        ],
    ),
    "events": lambda w: _frame(
        w,
        "actor kind target detail",
        lambda n: [("CN", "export_ban", "JP", "all")] if w.shut and n == 2 else [],
    ),
    "certificates": lambda w: _frame(
        w,
        "primal dual sign complementarity gap mass row welfare solves imagined",
        lambda n: [(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3, 0)],
    ),
}


def check_names(*_: object) -> None:
    """The toy has no evidence with names."""


REPLACED = {
    "coercivity.model.inputs.settings": ("Settings",),
    "coercivity.model.inputs.evidence": ("Evidence",),
    "coercivity.model.lever": ("levers", "build"),
    "coercivity.experiments.config.levers": ("check_names",),
}
LOADER = "coercivity.experiments.runs.loader"  # it keeps the world it met first


def replace_model(set_attribute: Callable[[Any, str, Any], None] = setattr) -> None:
    """Put the toy in the place of the real model, also where it was imported already."""
    ours = sys.modules[__name__]
    real = {}
    for home, names in REPLACED.items():
        module = importlib.import_module(home)
        real |= {id(getattr(module, name)): name for name in names}
    holders = [name for name in sys.modules if name in REPLACED or name.startswith("coercivity.experiments")]
    for holder in [sys.modules[name] for name in holders]:
        for name, value in list(vars(holder).items()):
            if id(value) in real:
                set_attribute(holder, name, getattr(ours, real[id(value)]))


def import_all() -> None:
    """Import every module of the experiments, so that none meets the toy first and keeps it."""
    import coercivity.experiments as package

    for found in pkgutil.walk_packages(package.__path__[:1], f"{package.__name__}."):
        if "legacy" not in found.name and not found.name.endswith((LOADER, "__main__")):
            importlib.import_module(found.name)
