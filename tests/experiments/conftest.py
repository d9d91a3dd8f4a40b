"""The command line as a user types it, over a toy model and a toy configuration."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

collect_ignore = ["toy_main.py"]  # puts the toy model in the place of the real one on import

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent


@dataclass(frozen=True)
class Said:
    """What a command said and how it left."""

    code: int
    out: str
    err: str


Typed = Callable[..., Said]


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy model in the place of the real one, and its configuration."""
    spec = importlib.util.spec_from_file_location("fake_model", HERE / "fake_model.py")
    assert spec is not None and spec.loader is not None
    fake = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "fake_model", fake)
    spec.loader.exec_module(fake)
    fake.import_all()
    fake.replace_model(monkeypatch.setattr)
    monkeypatch.setitem(sys.modules, fake.LOADER, fake)
    monkeypatch.setenv("COERCIVITY_CONF", str(HERE / "conf"))
    monkeypatch.delenv("COERCIVITY_DEBUG", raising=False)
    _forget()


@pytest.fixture
def coercivity(toy: None, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Type a command; the toy model does it in this process."""

    def typed(*words: object) -> Said:
        from coercivity.experiments.cli import main

        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return typed


_MADE: dict[tuple[str, ...], Path] = {}


@pytest.fixture
def copy_of_result(
    coercivity: Typed, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    """A copy of the folder that a command over the toy model makes; it is made once for all tests."""

    def of(*words: object) -> Path:
        key = tuple(map(str, words))
        if key not in _MADE:
            place = tmp_path_factory.mktemp("made") / "result"
            workers = () if key[0] == "run" else ("--workers", 1)
            said = coercivity(*words, *workers, "--out", place)
            assert said.code == 0, said.err
            _MADE[key] = place
        return shutil.copytree(_MADE[key], tmp_path / f"{key[0]}-{len(list(tmp_path.iterdir()))}")

    return of


@pytest.fixture
def typed_here(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Type a command; the real model does it in this process."""
    for name in [name for name in os.environ if name.startswith("COERCIVITY_")]:
        monkeypatch.delenv(name)
    _forget()

    def typed(*words: object) -> Said:
        from coercivity.experiments.cli import main

        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return typed


@pytest.fixture
def real() -> Typed:
    """Type a command in a process of its own; the real model does it."""

    def typed(*words: object) -> Said:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("COERCIVITY_")
        }
        done = subprocess.run(
            [sys.executable, "-m", "coercivity.experiments", *map(str, words)],
            capture_output=True,
            text=True,
            env=environment,
            cwd=REPOSITORY,
            timeout=600,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return typed


def _forget() -> None:
    from coercivity.experiments.config import compose

    compose._compose_cached.cache_clear()


@pytest.fixture
def toy_process() -> Callable[..., "subprocess.Popen[str]"]:
    """Start a command over the toy model in a process of its own, workers included."""

    def started(*words: object, **environment: str) -> "subprocess.Popen[str]":
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COERCIVITY_")}
        return subprocess.Popen(
            [sys.executable, str(HERE / "toy_main.py"), *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**kept, "COERCIVITY_CONF": str(HERE / "conf"), **environment},
            start_new_session=True,
        )

    return started


@pytest.fixture
def toy_typed(toy_process: Callable[..., "subprocess.Popen[str]"]) -> Typed:
    """Type a command in a process of its own; the toy model does it, workers included."""

    def typed(*words: object, **environment: str) -> Said:
        process = toy_process(*words, **environment)
        out, err = process.communicate(timeout=300)
        return Said(process.returncode, out, err)

    return typed


def _flat(evidence: Any, year: int, years: int) -> Any:
    import numpy as np

    from coercivity.experiments.validation.history_outcome import ELEMENTS, Replay, base_prices

    steps = 4 * years
    when = year + 1 + (np.arange(steps) + 0.5) / 4
    price, fob = base_prices(evidence, year)
    ones = np.ones(steps)
    return Replay(
        when, 0.25, {e: price[e] * ones for e in ELEMENTS}, price, {e: fob[e] * ones for e in ELEMENTS},
        0.17 * ones, ones, ones, 2 * ones, ones, ones, {"CN": 97 * ones, "US": 3 * ones}, {"mine": ones},
    )  # fmt: skip


@pytest.fixture(scope="session")
def flat() -> Callable[[Any, int, int], Any]:
    """A replay in which nothing happens, from evidence, base year and years."""
    return _flat


@pytest.fixture(scope="session")
def backtested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a backtest in whose replays nothing happens."""
    from coercivity.experiments.base.paths import evidence_dir
    from coercivity.experiments.validation.backtest import _keep, outcomes_of, plan, read_draws, score
    from coercivity.experiments.validation.backtest_store import build_backtest
    from coercivity.experiments.validation.history_targets import FIRST
    from coercivity.model.inputs.evidence import Evidence

    evidence, draws = Evidence(evidence_dir()), read_draws(2)
    jobs = plan(draws, ablations=False)
    outcomes = [_flat(evidence, *((2009, 5) if job.scenario == FIRST else (2014, 10))) for job in jobs]
    scores = score(jobs, outcomes, evidence_dir())
    found = build_backtest(scores, outcomes_of(jobs, outcomes), evidence, [draw.name for draw in draws])
    out = tmp_path_factory.mktemp("backtest") / "flat"
    _keep(out, found, draws, evidence_dir(), 0.0)
    return out
