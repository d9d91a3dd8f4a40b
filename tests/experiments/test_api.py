"""The Python face: what `import coercivity.api as cv` offers, as a notebook would use it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import mesa
import numpy as np
import pytest

import coercivity.api as cv
from coercivity.experiments.base.tables import content_hash
from coercivity.model.agents.actors import State
from coercivity.model.world import World

SHORT = {"clock.end": "2025-07"}
FACE = {
    *("AnalysisResult", "ComparisonResult", "RunResult", "SweepResult", "UserError"),
    *(
        "analyse",
        "backtest",
        "build",
        "compare",
        "evidence",
        "game",
        "load",
        "plan",
        "run",
        "settings",
        "sweep",
    ),
    *("list_levers", "list_materials", "list_scenarios", "list_states", "list_strategies"),
}


@pytest.fixture(scope="module")
def short_run(tmp_path_factory: pytest.TempPathFactory) -> cv.RunResult:
    return cv.run("baseline", SHORT, seed=3, out=tmp_path_factory.mktemp("api") / "run")


def test_the_face_is_as_papers_know_it() -> None:
    assert set(cv.__all__) == FACE


def test_a_run_holds_tidy_tables_with_units(short_run: cv.RunResult) -> None:
    assert short_run.prices.attrs["units"]["price"] == "USD/kg"
    assert {"step", "date", "jurisdiction", "material"} <= set(short_run.prices.columns)
    assert short_run.flows["tonnes"].min() >= 0
    with pytest.raises(AttributeError, match="prices"):
        _ = short_run.price


def test_a_folder_reads_back_as_it_was_made(short_run: cv.RunResult) -> None:
    assert short_run.folder is not None
    again = cv.load(short_run.folder)
    assert isinstance(again, cv.RunResult)
    assert content_hash(again.prices) == content_hash(short_run.prices)


def test_the_same_seed_gives_the_same_tables_in_memory(short_run: cv.RunResult) -> None:
    assert cv.run("baseline", SHORT, seed=3).prices.equals(short_run.prices)


def test_a_figure_is_drawn(short_run: cv.RunResult) -> None:
    figure = short_run.plot("prices")
    assert figure.axes
    with pytest.raises(cv.UserError, match="prices"):
        short_run.plot("pricse")


def test_a_comparison_gives_rows_and_a_report(tmp_path: Path) -> None:
    found = cv.compare(["baseline", "embargo"], SHORT, futures=2, out=tmp_path / "pair")
    table = found.to_frame()
    assert {"indicator", "jurisdiction", "unit", "baseline", "embargo"} <= set(table.columns)
    assert found.report.is_file()
    assert set(found.runs) == {"baseline", "embargo"}


def test_worlds_of_one_process_may_ask_for_different_threads() -> None:
    for threads in (2, 1):
        assert cv.build("policies_frozen", {**SHORT, "optimise.threads": threads}).last is not None


def test_a_world_is_a_mesa_model() -> None:
    world = cv.build("baseline", SHORT)
    assert isinstance(world, mesa.Model)
    world.step()
    assert world.clock == 1
    collected = world.datacollector.get_model_vars_dataframe()
    assert collected["indicators"].iloc[0]["share of mining", "CN"] > 0.5
    states = world.agents.select(agent_type=State)
    assert {"china", "japan"} <= set(states.get("name"))


def test_mesa_runs_batches_of_worlds() -> None:
    settings = [cv.settings("baseline", {"clock.end": end}) for end in ("2025-04", "2025-07")]
    rows = mesa.batch_run(
        World, {"settings": settings, "evidence_dir": [cv.evidence()]}, display_progress=False
    )
    assert [row["date"] for row in rows][-1] == "2025-04-01"


def test_mistakes_are_sentences() -> None:
    with pytest.raises(cv.UserError, match="embargo"):
        cv.run("embargoo", SHORT)
    with pytest.raises(cv.UserError, match="list of words"):
        cv.run("baseline", "clock.end=2025-07")
    with pytest.raises(cv.UserError, match="--uncertainty"):
        cv.settings("baseline", {"uncertainty": "market"})
    with pytest.raises(cv.UserError, match="at most 1"):
        cv.settings("baseline", {"firm.inventory.anchor_speed": 2})


def test_numbers_of_numpy_are_numbers() -> None:
    assert cv.settings("baseline", {"seed": np.int64(5), "market.elasticity": np.float32(0.5)}).seed == 5


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: cv.compare("embargo"), r"scenarios are a list, as in \['embargo'\]"),
        (lambda: cv.analyse("results", "price@WORLD"), "outcomes are a list"),
        (lambda: cv.game(profiles="china:flooding"), "profiles are a list"),
        (lambda: cv.plan(also="stocks"), "also are a list"),
        (lambda: cv.plan(budget="much"), "write USD as a number"),
        (lambda: cv.run("baseline", SHORT, ensemble="luck"), "this run has one; add futures=20"),
        (lambda: cv.run("baseline", SHORT, ensemble="lucky"), "did you mean `luck`"),
        (lambda: cv.run("baseline", SHORT, futures=2, workers=0), "at least 1 is needed"),
        (lambda: cv.run("baseline", {"clock.end": date(2026, 1, 1)}), "`clock.end` takes numbers, text"),
    ],
)
def test_wrong_arguments_are_told_before_anything_runs(call: Callable[[], object], said: str) -> None:
    with pytest.raises(cv.UserError, match=said):
        call()


def test_a_year_a_figure_does_not_have_is_told(short_run: cv.RunResult) -> None:
    assert short_run.plot("map", year=2025).axes
    with pytest.raises(cv.UserError, match="has no year 1850"):
        short_run.plot("map", year=1850)
    with pytest.raises(cv.UserError, match="is not of one month"):
        short_run.plot("map", month=3)
