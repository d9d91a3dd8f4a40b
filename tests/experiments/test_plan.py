"""The planner: toy chains whose best plan is known by hand, Benders against the whole program, and its
words."""

import html
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse
from tests.optimise.markets import random_market

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.evidence_reader import read_evidence
from coercivity.experiments.config.validate import compose_words
from coercivity.experiments.planning.bans import Toll, ban_cost, expected_toll, premium_of
from coercivity.experiments.planning.benders import Pool, solve
from coercivity.experiments.planning.blocks import Reach, enlarge, worth_of_store
from coercivity.experiments.planning.candidates import Menu, Stock, first_stage
from coercivity.experiments.planning.capture import Frame
from coercivity.experiments.planning.extensive import solve_extensive
from coercivity.experiments.planning.goal import Drawing, read_budget, read_goal, read_members
from coercivity.experiments.planning.handover import levers_of
from coercivity.experiments.planning.making import aim_of, make_problem
from coercivity.experiments.planning.outcome import PlanDocument
from coercivity.experiments.planning.planner import PlanRequest, make_plan, prepare
from coercivity.experiments.planning.program import Aim, Block, FirstStage, ShortageGoal, Tail, TwoStage
from coercivity.experiments.planning.settings import read_settings
from coercivity.model.behaviour.public_stock import curve_of
from coercivity.optimise import Clearer

# A chain by hand. One year of demand for 10 t. An import costs 1 a tonne in peace; under a ban none
# comes and what
# is not served costs 20 a tonne. A plant of 4 t costs 30 and runs at 2 a tonne; a tonne of stock costs 3
# to hold.
BAN, PEACE, LOST = 0.25, 0.75, 20.0


def block(name: str, banned: bool, kind: str = "peace", group: int = 0) -> Block:
    """min 1·imports + 2·made + 20·lost: imports + made + released + lost = 10, made ≤ 4 a, released ≤ s."""
    cost = np.array([1.0, 2.0, 0.0, LOST]) if kind != "short" else np.array([0.0, 0.0, 0.0, 0.1])
    upper = np.array([0.0 if banned else np.inf, np.inf, np.inf, np.inf])
    matrix = sparse.csr_matrix([[1.0, 1.0, 1.0, 1.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, -1.0, 0.0]])
    link = sparse.csr_matrix([[0.0, 0.0], [4.0, 0.0], [0.0, 1.0 if banned else 0.0]])
    equal = np.array([True, False, False])
    return Block(name, kind, group, 0, cost, np.zeros(4), upper, matrix, np.array([10.0, 0, 0]), equal, link)


def first(plant: float = 30.0, stock: float = 3.0, most: float = 3.0) -> FirstStage:
    """Plants in whole numbers, tonnes of stock."""
    return FirstStage(
        ("plant", "stock"), np.array([plant, stock]), np.array([plant, stock]), np.array([most, 10.0]),
        np.array([True, False]), sparse.csr_matrix((0, 2)), np.zeros(0), (sparse.identity(2, format="csr"),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("plant", "stock", "best", "plan"),
    [
        # a tonne in a ban is worth .25 · 20 = 5 > 3: all of it is held, and no plant
        (30.0, 3.0, 0.75 * 10 + 10 * 3.0, (0.0, 10.0)),
        # a tonne costs more to hold than it saves; a plant saves .25 · 4 · 18 = 18 a unit and costs 17:
        # three of
        # them, the third for its last two tonnes, saves 9 < 17
        (17.0, 6.0, 0.75 * 10 + 0.25 * (8 * 2 + 2 * 20) + 34.0, (2.0, 0.0)),
        # neither pays
        (19.0, 6.0, 0.75 * 10 + 0.25 * 200, (0.0, 0.0)),
    ],
)
def test_the_best_plan_of_a_toy_chain(plant: float, stock: float, best: float, plan: tuple[float, float]):
    problem = TwoStage(first(plant, stock), (block("peace", False), block("ban", True, "ban")))
    aim = Aim((PEACE, BAN))
    found = solve(problem, aim, Pool(problem.blocks, 1), 1e-9)
    assert found.objective == pytest.approx(best, abs=1e-6)
    assert found.x == pytest.approx(plan, abs=1e-6)
    assert solve_extensive(problem, aim)[0] == pytest.approx(best, abs=1e-6)


def test_a_tail_of_futures_buys_what_the_mean_does_not():
    """In the worst quarter of futures a tonne is worth 20, not 5, until peace at 10 is the worse of the
    two."""
    problem = TwoStage(first(30.0, 6.0), (block("peace", False), block("ban", True, "ban")))
    tail = Tail(1.0, 0.75, ((PEACE, ((0, 1.0),)), (BAN, ((1, 1.0),))))
    aim = Aim((PEACE, BAN), tail=tail)
    found = solve(problem, aim, Pool(problem.blocks, 1), 1e-9)
    assert found.objective == pytest.approx(9.5 * 6 + 10, abs=1e-6)
    assert solve_extensive(problem, aim)[0] == pytest.approx(9.5 * 6 + 10, abs=1e-6)


def test_a_goal_is_met_at_least_cost_and_a_looser_one_costs_no_more():
    """Half a world short is 5 t: stock for five; a world of two may be given up at half the futures."""
    blocks = (block("short 0", True, "short", 0), block("short 1", True, "short", 1))
    problem, costs = TwoStage(first(30.0, 3.0), blocks), []
    for limit, miss, best in (
        (0.5, 0.0, 15.0),
        (0.6, 0.0, 12.0),
        (0.0, 0.0, 30.0),
        (0.0, 0.5, 30.0),
        (1.0, 0.0, 0.0),
    ):
        goal = ShortageGoal(limit, miss, (((0, 1.0),), ((1, 1.0),)), (0.5, 0.5))
        aim = Aim((0.0, 0.0), goal)
        found = solve(problem, aim, Pool(blocks, 1), 1e-9)
        assert found.met
        assert found.cost == pytest.approx(best, abs=0.04)  # a goal may be missed by a tenth of a point
        assert solve_extensive(problem, aim)[0] == pytest.approx(best, abs=1e-5)  # HiGHS takes 1e-6 for whole
        costs.append((limit, found.cost))
    ordered = [round(cost, 5) for _, cost in sorted(costs)]
    assert ordered == sorted(ordered, reverse=True)
    nothing = TwoStage(first(30.0, 3.0, 0.0), blocks)
    poor = Aim((0.0, 0.0), ShortageGoal(0.1, 0.0, (((0, 1.0),), ((1, 1.0),)), (0.5, 0.5)), budget=5.0)
    assert not solve(nothing, poor, Pool(blocks, 1), 1e-9).met


@pytest.mark.parametrize(("call", "best"), [(2.0, 10.0), (4.0, 15.0)])
def test_first_calls_are_bought_where_a_ban_makes_them_cheaper_than_stock(call: float, best: float):
    """Half of 10 t short at most, and nothing comes that is not on call: 5 t of stock, or of calls."""
    matrix = sparse.csr_matrix([[1.0, 1.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    link = sparse.csr_matrix([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    struck = Block(
        "short", "short", 0, 0, np.array([0.0, 0.0, 0.1]), np.zeros(3), np.array([np.inf, 6.0, np.inf]),
        matrix, np.array([10.0, 0.0, 0.0]), np.array([True, False, False]), link,
    )  # fmt: skip
    stage = FirstStage(
        ("stock", "call"), np.array([3.0, call]), np.zeros(2), np.full(2, 10.0), np.zeros(2, bool),
        sparse.csr_matrix((0, 2)), np.zeros(0), (sparse.identity(2, format="csr"),),
    )  # fmt: skip
    problem, goal = TwoStage(stage, (struck,)), ShortageGoal(0.5, 0.0, (((0, 1.0),),), (1.0,))
    found = solve(problem, Aim((0.0,), goal), Pool((struck,), 1), 1e-9)
    assert found.cost == pytest.approx(best, abs=0.04)  # a goal may be missed by a tenth of a point
    assert solve_extensive(problem, Aim((0.0,), goal))[0] == pytest.approx(best, abs=1e-6)


def small_menu() -> Menu:
    """A member, three years from 2025, a stock at 40 USD/kg; a ban of 10 % a year, money at 7 %."""
    settings = read_settings(read_evidence(conf_dir() / "evidence"))
    stock = Stock("EU", "magnet:standard", 0, (40.0,) * 3, 360.0, 2.0)
    frame = Frame({}, {}, (), (), {}, 0.0, (), {}, {})
    return Menu(settings, frame, 2025, 3, (), (stock,), (settings.members["EU"],), ((0.0,) * 3,), (1e4,))


def test_a_ban_takes_calls_and_stock_by_its_chance():
    menu = small_menu()
    h, rate = menu.settings["hazard"], menu.settings["rate"]
    chance = [h * (1 - h) ** y / (1 + rate) ** y for y in range(3)]
    cost = ban_cost(menu, 2026, np.full((1, 3), 200.0)).reshape(4, 3)
    assert cost[0] == pytest.approx([0.04 * chance[1], 0.04 * chance[2], 0.0])  # held when the year begins
    assert cost[3] == pytest.approx([0.0, 0.2 * chance[1], 0.2 * chance[2]])
    assert not cost[1:3].any()
    tolls = {(w, 1): Toll({"EU": (50.0, 10.0, paid)}, 4.0) for w, paid in ((0, 1.0), (1, 3.0))}
    assert expected_toll(menu, 2026, tolls) == pytest.approx((2.0 * chance[1], 4.0 * chance[1]))
    assert premium_of(menu, tolls) == pytest.approx(np.full((1, 3), 200.0))  # 4 million USD for 20 t more
    assert np.isinf(premium_of(menu, {(0, 1): Toll({}, 4.0)})).all()


def test_stocks_are_filled_as_fast_as_the_rule_of_states_fills_them():
    """Half the gap a year: what is planned is what the targets handed over and the rule's speed give."""
    menu = small_menu()
    stage, fill = first_stage(menu), menu.settings["fill"]
    x, planned = np.zeros(len(stage.names)), (180.0, 270.0, 270.0)
    x[:3] = planned
    assert (stage.matrix @ x >= stage.right - 1e-9).all()
    assert not (stage.matrix @ np.where(x == 180.0, 181.0, x) >= stage.right - 1e-9).all()
    decision = dict(zip(stage.names, x.tolist(), strict=True))
    plan = PlanDocument(None, ("EU",), None, 0, 0, 0, None, 0, (), (), 1, 1, decision=decision)
    days = levers_of(plan, menu)["european_union"]["lever"]["stockpile"]["days"]["magnet:standard"]
    held = 0.0
    for year, wanted in zip((2025, 2026, 2027), planned, strict=True):
        aim = [t for date, t in days.items() if date <= f"{year}-01"][-1]
        held = curve_of(held, aim * menu.stocks[0].a_day, fill, 0.5, 1.0)[0]
        assert held == pytest.approx(wanted)


def random_problem(seed: int) -> tuple[TwoStage, Aim]:
    """Two years, three plants, a stock and six blocks with random costs."""
    rng = np.random.default_rng(seed)
    stands = []
    for year in range(2):
        table = np.zeros((4, 8))
        for state in range(4):
            table[state, 2 * state : 2 * state + 1 + year] = 1.0
        stands.append(sparse.csr_matrix(table))
    blocks = []
    for number in range(6):
        cost = np.concatenate([rng.uniform(1, 5, 4), [rng.uniform(0, 1)], [25.0]])
        matrix = np.zeros((5, 6))
        matrix[0] = 1.0
        for at in range(4):
            matrix[1 + at, at if at < 3 else 4] = -1.0
        link = np.zeros((5, 4))
        for at in range(4):
            link[1 + at, at] = rng.uniform(1, 4) if at < 3 else 1.0
        right = np.array([rng.uniform(8, 15), 0, 0, 0, 0])
        upper = np.array([np.inf, np.inf, np.inf, rng.uniform(0, 4), np.inf, np.inf])
        blocks.append(
            Block(
                str(number), "ban", number // 2, number % 2, cost, np.zeros(6), upper,
                sparse.csr_matrix(matrix), right, np.arange(5) < 1, sparse.csr_matrix(link),
            )
        )  # fmt: skip
    size = 8
    cost = np.concatenate([rng.uniform(5, 30, 6), [2.0, 2.0]])
    stage = FirstStage(
        tuple(map(str, range(size))), cost, cost, np.array([2.0] * 6 + [5.0] * 2), np.arange(size) < 6,
        sparse.csr_matrix((0, size)), np.zeros(0), tuple(stands),
    )  # fmt: skip
    return TwoStage(stage, tuple(blocks)), Aim(tuple([1 / 3] * 6), budget=float(rng.uniform(20, 80)))


@pytest.mark.parametrize("seed", range(4))
def test_benders_agrees_with_the_whole_program(seed: int):
    problem, aim = random_problem(seed)
    tail = Tail(0.5, 0.5, tuple((1 / 3, ((2 * s, 1.0), (2 * s + 1, 1.0))) for s in range(3)))
    for asked in (aim, replace(aim, tail=tail)):
        found = solve(problem, asked, Pool(problem.blocks, 1), 1e-4)
        whole = solve_extensive(problem, asked)[0]
        assert abs(found.objective - whole) <= 1e-3 * max(found.nothing - whole, 1e-9)
        assert found.bound <= whole + 1e-6


def test_a_goal_in_words():
    goal = read_goal("shortage under a one-year ban <= 5 % by 2032 in 90 % of futures", 2025, 2035)
    assert (goal.limit, goal.year, goal.share) == (0.05, 2032, 0.9)
    assert read_goal(str(goal), 2025, 2035) == goal
    assert read_goal("shortage <= 10% by 2030 in all futures", 2025, 2035).share == 1.0


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: read_goal("no shortage", 2025, 2035), "write it as in --goal"),
        (lambda: read_goal("shortage <= 5 % by 2050", 2025, 2035), "2026 to 2035"),
        (lambda: read_budget("much"), "write USD as a number"),
        (lambda: read_budget("3"), "did you mean `3e9`"),
        (lambda: read_members("eu", ("EU", "JP")), "did you mean `EU`"),
        (lambda: read_members("", ("EU", "JP")), "--for needs a jurisdiction"),
    ],
)
def test_a_mistyped_question_gets_one_sentence(ask, said: str):
    with pytest.raises(UserError, match=said) as caught:
        ask()
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small plan of the real chain: one world, three years, a ban in 2027."""
    out = tmp_path_factory.mktemp("plan") / "small"
    asked = PlanRequest("EU", budget="3e8", overrides=["clock.end=2028-01"], worlds=1, workers=1, out=out)
    make_plan(asked, lambda _text: None)
    return out


def test_a_plan_says_what_where_when_and_how_and_the_clearing_judges_it(planned: Path):
    plan = json.loads((planned / "plan.json").read_text())
    names = ("goal", "cost_usd", "met_share", "mip_gap", "portfolio", "delivered")
    assert all(name in plan for name in names)
    assert plan["portfolio"]
    for line in plan["portfolio"]:
        assert {"item", "kind", "place", "year", "instrument", "usd"} <= line.keys()
    assert 0 < plan["public_usd"] <= 3e8 * (1 + 1e-6)
    assert plan["gain_usd"] > 0
    assert plan["mip_gap"] <= 0.01
    assert not plan["certified"]["uncleared"]
    assert all(number["source"] for number in plan["assumptions"].values())


def test_a_plan_of_nothing_gains_nothing_though_states_hold_stocks() -> None:
    """What a state holds already is not let go when a plan is judged, and its worth is no gain or loss."""
    market = random_market(3)
    before = Clearer(market.network)(market)
    none = np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros(0)
    use, node = int(before.served.argmax()), int(market.network.demand_node[before.served.argmax()])
    bought = np.array([0]), np.array([node]), np.array([before.price[node]])
    reach = Reach(1, (*none, np.zeros(0)), none, none, bought, np.array([use]))
    larger = enlarge(market, reach, np.zeros(1), before.served)
    after = Clearer(market.network)(larger)
    assert after.served[use] == pytest.approx(before.served[use], rel=1e-3)
    worth = worth_of_store(larger, after.price, reach) - worth_of_store(market, before.price, reach)
    gain = (after.objective - before.objective) / 1e3 - worth
    assert gain == pytest.approx(0.0, abs=1e-4 * abs(before.objective) / 1e3)


def test_the_clearing_finds_what_the_program_promises(planned: Path):
    assert json.loads((planned / "plan.json").read_text())["certified"]["loss"] < 0.03


def test_the_page_says_what_is_taken_for_granted_in_words(planned: Path):
    page, plan = (planned / "report.html").read_text(), json.loads((planned / "plan.json").read_text())
    for key, number in plan["assumptions"].items():
        assert f">{key}<" not in page
        assert html.escape(number["means"]) in page


def test_a_plan_is_a_scenario(planned: Path):
    composed = compose_words([f"scenario=plan:{planned}", "clock.end=2026-01"])
    state = composed.values["state"]["european_union"]
    assert {"stockpile", "friendshoring"} & {name for name, lever in state["lever"].items() if lever}
    assert state["parameters"]["risk_response"] == 0.0  # a plan is not stretched by fear
    with pytest.raises(UserError, match="is not the folder of a plan"):
        compose_words([f"scenario=plan:{planned.parent}/none"])


@pytest.mark.proof
def test_benders_agrees_with_the_whole_program_on_the_real_chain():
    """One world, 2025 to 2027, every market of the full network, by Pyomo at once."""
    asked = PlanRequest("EU", budget="3e8", overrides=["clock.end=2028-01"], worlds=1, workers=1)
    planning = prepare(asked, lambda _text: None)
    made = make_problem(planning.menu, planning.lived, None, True, 1)
    problem, aim = aim_of(made, None, planning.budget)
    found = solve(problem, aim, made.pool, 1e-3)
    whole = solve_extensive(problem, aim)[0]
    assert abs(found.objective - whole) <= 1e-3 * (found.nothing - whole)


@pytest.mark.proof
def test_benders_agrees_with_the_whole_program_on_a_goal_of_the_real_chain():
    """One world, a ban in 2027, first calls at 300 USD/kg."""
    goal = "shortage <= 50 % by 2027 in 90 % of futures"
    asked = PlanRequest("EU", goal=goal, overrides=["clock.end=2028-01"], worlds=1, workers=1)
    planning = prepare(asked, lambda _text: None)
    made = make_problem(planning.menu, planning.lived, planning.goal, False, 1)
    problem, aim = aim_of(replace(made, premium=np.full_like(made.premium, 300.0)), planning.goal, None)
    found = solve(problem, aim, made.pool, 1e-4)
    whole = solve_extensive(problem, aim)[0]
    assert found.x.max() > 1.0
    assert abs(found.objective - whole) <= 1e-3 * whole


@pytest.mark.parametrize("closed", [0.0, 0.15])
def test_a_goal_is_drawn_until_markets_reach_it(closed: float):
    """Markets go half as short again as is promised, cost rises, and some is out of reach."""
    drawing, limit, kept = Drawing(0.3), 0.3, []
    for _ in range(9):
        if limit is None:
            break
        if limit < closed:
            limit = drawing.close(limit)
            continue
        reached, cost = 1.5 * limit - 0.005, 1.0 - limit
        if drawing.is_better(reached, cost):
            kept.append(reached)
        limit = drawing.draw(limit, reached, cost)
    assert limit is None
    assert 0.29 <= kept[-1] <= 0.301
