"""What a plan may hold: plants, stocks, collection of scrap and research on substitutes, as one program.

A plant that starts in a year opens by the rule of the agents (lead time, half the usual slip), and ramps
up as
theirs do. It costs an annuity of its capital in every year it stands, so that no value is needed for what
stands at the horizon; a stock costs its carrying; both are discounted to the first year.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from coercivity.experiments.planning.blocks import Reach
from coercivity.experiments.planning.capture import Frame, Lived, Project, Year
from coercivity.experiments.planning.program import FirstStage, Matrix, Part, stack
from coercivity.experiments.planning.settings import Member, PlanSettings
from coercivity.model.finance.annuity import annuity
from coercivity.model.inputs.names import DAYS_A_YEAR, REPLICABLE, matches
from coercivity.optimise.market import Array, Index

__all__ = ["Menu", "Stock", "build_menu", "credit", "first_stage", "reach_of"]

EVERYWHERE = "ROW"  # plants of a kind that may stand with any ally or host
LEAST = 1.0  # t of stock that is worth a line
STEP = 1e-4  # million USD: breaks ties between starting now or later


@dataclass(frozen=True, slots=True)
class Stock:
    """A material that a member may put by. price: USD/kg by year; most: t; a_day: t that a day of use
    takes"""

    place: str
    material: str
    node: int
    price: tuple[float, ...]
    most: float
    a_day: float


@dataclass(frozen=True, slots=True)
class Menu:
    """Everything a plan may hold, in the order of its states.

    collected: t that a share of one more would bring back, by member and year, averaged over worlds
    used: t of magnets and the like that a member's end uses want at most in a year
    """

    settings: PlanSettings
    frame: Frame
    start: int
    years: int
    projects: tuple[Project, ...]
    stocks: tuple[Stock, ...]
    members: tuple[Member, ...]
    collected: tuple[tuple[float, ...], ...]
    used: tuple[float, ...]

    @property
    def states(self) -> int:
        """Units of plants, stock held, stock bought, shares collected, research in force, first calls."""
        return len(self.projects) + 2 * len(self.stocks) + 3 * len(self.members)

    @property
    def first(self) -> dict[str, int]:
        """Where each kind of state begins."""
        c, q, m = len(self.projects), len(self.stocks), len(self.members)
        shares = c + 2 * q
        return {
            "plant": 0, "held": c, "bought": c + q, "collection": shares, "research": shares + m,
            "call": shares + 2 * m,
        }  # fmt: skip


def build_menu(lived: Sequence[Lived], settings: PlanSettings, codes: Sequence[str]) -> Menu:
    """What members with these codes may do together."""
    frame, members = lived[0].frame, tuple(settings.members[code] for code in codes)
    places = {place for member in members for place in member.places} | {member.code for member in members}
    home = settings.supplier[1]
    pooled = len(members) > 1
    projects = tuple(
        p for p in frame.projects
        if p.place in places or (p.place == EVERYWHERE != home and pooled)
    )  # fmt: skip
    years = len(lived[0].years)
    collected = tuple(
        tuple(float(np.mean([w.years[y].scrap.get(m.code, 0.0) for w in lived])) for y in range(years))
        for m in members
    )
    stocks = tuple(_stocks(lived, frame, settings, members))
    used = tuple(
        max(float(y.wanted[frame.uses[m.code]].sum()) if m.code in frame.uses else 0.0
            for w in lived for y in w.years)
        for m in members
    )  # fmt: skip
    start = int(lived[0].years[0].date)
    return Menu(settings, frame, start, years, projects, stocks, members, collected, used)


def _stocks(
    lived: Sequence[Lived], frame: Frame, settings: PlanSettings, members: Sequence[Member]
) -> list[Stock]:
    found = []
    for member in members:
        for (place, material, side), node in frame.node.items():
            listed = any(matches(material, pattern) for pattern in settings.stock)
            if place != member.code or side != "held" or not listed:
                continue
            use = float(np.mean([w.years[0].content[node] for w in lived]))
            most = settings["longest"] / DAYS_A_YEAR * use
            price = [
                float(np.mean([y.calm.price[node] for y in each]))
                for each in zip(*(w.years for w in lived), strict=True)
            ]
            if most >= LEAST and min(price) > 0:
                found.append(Stock(place, material, node, tuple(price), most, use / DAYS_A_YEAR))
    return found


def opening(project: Project, slip: float, start: float, sooner: float = 0.0) -> float:
    """Date at which a project opens that is decided on at a date. sooner: years saved on permits"""
    lead = max(project.lead - sooner, 0.0)
    return max(start + lead * (1.0 + 0.5 * slip), project.opens - sooner)


def standing(project: Project, slip: float, start: int, years: int, sooner: float = 0.0) -> Array:
    """Share of a unit begun in the middle of year `start` that runs in every year; date 0 is the first's
    begin."""
    opens = opening(project, slip, start + 0.5, sooner)
    middle = np.arange(years) + 0.5
    share = np.clip((middle + 1.0 - opens) / max(project.ramp, 0.25), 0.0, 1.0)
    return np.where(opens <= middle, share, 0.0)


def first_stage(menu: Menu, sooner: float = 0.0) -> FirstStage:
    """The program of what may be decided. sooner: years by which permits come earlier"""
    s, years = menu.settings, menu.years
    c, q, m = len(menu.projects), len(menu.stocks), len(menu.members)
    discount: Array = (1.0 + s["rate"]) ** -np.arange(years, dtype=float)
    shift = [_from(p, menu.start) for p in menu.projects]
    stand = np.array(
        [[standing(p, menu.frame.slip, y, years, sooner) for y in range(years)] for p in shift]
    ).reshape(c, years, years)
    cost, outlay, upper = _plants(menu, stand, discount)
    stock_cost, stock_outlay = _stock_costs(menu, discount)
    gathering = np.array(menu.collected).reshape(m, years) * s["collection_cost"] / 1e3
    research = np.repeat([[member.research] for member in menu.members], years, 1).reshape(m, years)
    room = np.minimum(s["collecting"] * np.arange(1, years + 1), s["collected"])
    tops = [
        upper.ravel(), np.repeat([stock.most for stock in menu.stocks], years), np.tile(room, m),
        np.where(research > 0, 1.0, 0.0).ravel(), np.repeat(menu.used, years),
    ]  # fmt: skip
    matrix, right = _rows(menu, shift, sooner)
    size, calls = c * years + q * years + 3 * m * years, np.zeros(m * years)
    return FirstStage(
        names=_names(menu),
        cost=np.concatenate([cost.ravel(), stock_cost.ravel(), (gathering * discount).ravel(),
                             (research * discount).ravel(), calls]),
        outlay=np.concatenate([outlay.ravel(), stock_outlay.ravel(), gathering.ravel(), research.ravel(),
                               calls]),
        upper=np.concatenate(tops),
        whole=np.arange(size) < c * years,
        matrix=matrix,
        right=right,
        stands=tuple(_stands(menu, stand, y) for y in range(years)),
    )  # fmt: skip


def _from(project: Project, start: int) -> Project:
    """A project with its dates counted from a year."""
    return replace(project, opens=project.opens - start)


def _names(menu: Menu) -> tuple[str, ...]:
    years = range(menu.start, menu.start + menu.years)
    return (
        *(f"{p.name} {y}" for p in menu.projects for y in years),
        *(f"stock {k.place} {k.material} {y}" for k in menu.stocks for y in years),
        *(f"collection {m.code} {y}" for m in menu.members for y in years),
        *(f"research {m.code} {y}" for m in menu.members for y in years),
        *(f"first call {m.code} {y}" for m in menu.members for y in years),
    )


def _plants(menu: Menu, stand: Array, discount: Array) -> tuple[Array, Array, Array]:
    """Cost, public money and most of every start, (project, year)."""
    s = menu.settings
    capex = np.array([p.capex for p in menu.projects])
    yearly = annuity(s["rate"], s["life"])
    open_ = (stand > 0) @ discount if len(capex) else np.zeros((0, menu.years))
    cost = capex[:, None] * yearly * open_ + STEP * np.arange(menu.years, 0, -1)[None, :]
    public = np.repeat((s["grant"] + s["loan"]) * capex[:, None], menu.years, 1)
    most = np.array([_most(menu, p) for p in menu.projects])
    upper = np.where(stand.sum(2) > 0, most[:, None], 0.0) if len(capex) else np.zeros((0, menu.years))
    return cost, public, upper


def _most(menu: Menu, project: Project) -> float:
    """Units that may start in a year: one of a project, of plants of a kind as many as the pace allows."""
    if project.status != REPLICABLE:
        return 1.0
    allowed = menu.settings["pace"] * menu.frame.standing[project.stage]
    return float(max(np.floor(allowed / project.capacity), 1.0))


def _stock_costs(menu: Menu, discount: Array) -> tuple[Array, Array]:
    """Carrying of a tonne in a year, and what buying it takes, million USD, (stock, year)."""
    years = menu.years
    price = np.array([stock.price for stock in menu.stocks]).reshape(-1, years) / 1e3
    outlay = price.copy()
    outlay[:, :-1] -= price[:, 1:]  # what is held on from the year before is not bought again
    return menu.settings["carrying"] * price * discount, outlay


def credit(menu: Menu) -> Array:
    """What buying takes out of the market at its price, which is not lost but held, million USD today,
    (x)."""
    years, c = menu.years, len(menu.projects)
    discount = (1.0 + menu.settings["rate"]) ** -np.arange(years)
    price = np.array([stock.price for stock in menu.stocks]).reshape(-1, years) / 1e3 * discount
    kept = price.copy()
    kept[:, :-1] -= price[:, 1:]
    found = np.zeros((c + len(menu.stocks) + 3 * len(menu.members)) * years)
    found[c * years : c * years + kept.size] = kept.ravel()
    return found


def _rows(menu: Menu, shift: Sequence[Project], sooner: float) -> tuple[Matrix, Array]:
    """A x ≥ b: a project once, the pace of building abroad, stocks and programmes that never shrink."""
    c, q, m, years = len(menu.projects), len(menu.stocks), len(menu.members), menu.years
    parts: list[Part] = []
    right: list[float] = []
    for at, p in enumerate(menu.projects):
        if p.status != REPLICABLE:
            parts.append((np.full(years, len(right)), at * years + np.arange(years), -1.0))
            right.append(-1.0)
    allowed = menu.settings["pace"]
    for stage, stands in menu.frame.standing.items():
        mine = [at for at, p in enumerate(menu.projects) if p.stage == stage]
        for y in range(years if mine else 0):
            row = len(right)
            for at in mine:
                lead = max(int(np.ceil(max(shift[at].lead - sooner, 0.0))), 1)
                begun = np.arange(max(y - lead + 1, 0), y + 1)
                parts.append((np.full(begun.size, row), at * years + begun, -menu.projects[at].capacity))
            most = max(allowed * stands, max(menu.projects[at].capacity for at in mine))
            right.append(-most)
    for first, count in ((c, q), (c + q, m), (c + q + m, m)):
        for at in range(first, first + count):
            for y in range(1, years):
                row = len(right)
                parts.append(([row, row], [at * years + y, at * years + y - 1], [1.0, -1.0]))
                right.append(0.0)
    fill = menu.settings["fill"]
    for at, k in enumerate(menu.stocks, start=c):  # a share of the gap to the most is closed in a year
        for y in range(years):
            row, before = len(right), [at * years + y - 1][: min(y, 1)]
            values = [-1.0, 1.0 - fill][: 1 + len(before)]
            parts.append(([row] * len(values), [at * years + y, *before], values))
            right.append(-fill * k.most)
    for at in range(c, c + q):  # what is bought in the last year serves nobody before the horizon
        row, last = len(right), at * years + years - 1
        parts.append(([row, row], [last, last - 1], [-1.0, 1.0]))
        right.append(0.0)
    return stack(parts, (len(right), (c + q + 3 * m) * years)), np.array(right)


def _stands(menu: Menu, stand: Array, year: int) -> Matrix:
    """E_y: units running, stock held when the year begins and bought in it, programmes in force."""
    c, q, m, years = len(menu.projects), len(menu.stocks), len(menu.members), menu.years
    first = menu.first
    plant, begun = np.nonzero(stand[:, :, year]) if c else (np.zeros(0, int), np.zeros(0, int))
    stocks, programmes = np.arange(q), np.arange(m)
    now = (c + stocks) * years + year
    parts: list[Part] = [(plant, plant * years + begun, stand[plant, begun, year] if c else np.zeros(0))]
    parts.append((first["bought"] + stocks, now, 1.0))
    if year:
        parts.append((first["held"] + stocks, now - 1, 1.0))
        parts.append((first["bought"] + stocks, now - 1, -1.0))
    parts.append((first["collection"] + programmes, (c + q + programmes) * years + year, 1.0))
    parts.append((first["research"] + programmes, (c + q + m + programmes) * years + year, 1.0))
    parts.append((first["call"] + programmes, (c + q + 2 * m + programmes) * years + year, 1.0))
    return stack(parts, (menu.states, (c + q + 3 * m) * years))


def reach_of(menu: Menu, lived: Lived, year: Year, ban: bool, backing: float | None = None) -> Reach:
    """What a unit of every state adds to a year of one world.

    A project that does not survive there adds nothing, nor does one that the market builds anyway.
    """
    s, first = menu.settings, menu.first
    backed = s["grant"] + s["loan"] if backing is None else backing
    room: list[tuple[int, int, float, float]] = []
    for at, p in enumerate(menu.projects):
        more = 1.0
        if p.status != REPLICABLE:
            alive = lived.luck.get(p.at, 0.0) <= p.survival ** (1.0 - backed)
            more = max(1.0 - float(year.built[p.at]), 0.0) * alive
        room.append((first["plant"] + at, p.at, more * p.normal, more * p.last))
    for number, member in enumerate(menu.members):
        for _, region, plant, most, curve in menu.frame.recipes if ban else ():
            if region == member.code:
                half_year = 0.5 * s["adoption"] * (s["faster"] - 1.0)
                gain = min(half_year, max(most - float(year.access[plant]), 0.0)) * float(year.wanted[curve])
                room.append((first["research"] + number, plant, 0.5 * gain, 0.5 * gain))
    offered = [
        (first["collection"] + number, menu.frame.node[member.code, "scrap:magnet", "made"],
         year.scrap.get(member.code, 0.0))
        for number, member in enumerate(menu.members)
        if (member.code, "scrap:magnet", "made") in menu.frame.node
    ]  # fmt: skip
    stocks = list(enumerate(menu.stocks))
    price = year.calm.price
    held = [(first["held"] + at, k.node, float(price[k.node])) for at, k in stocks if ban]
    bought = [(first["bought"] + at, k.node, float(price[k.node])) for at, k in stocks if not ban]
    return Reach(
        menu.states,
        (*_places(room), _numbers(room, 2), _numbers(room, 3)),
        (*_places(offered), _numbers(offered, 2)),
        (*_places(held), _numbers(held, 2)),
        (*_places(bought), _numbers(bought, 2)),
        np.array([menu.frame.store.get((k.place, k.material), -1) for _, k in stocks if not ban], dtype=int),
    )


def _places(rows: Sequence[tuple[float, ...]]) -> tuple[Index, Index]:
    """States and positions of some rows."""
    table = np.array([row[:2] for row in rows], dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _numbers(rows: Sequence[tuple[float, ...]], column: int) -> Array:
    """A column of numbers of some rows."""
    return np.array([row[column] for row in rows], dtype=float)
