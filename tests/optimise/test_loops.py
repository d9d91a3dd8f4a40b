"""The compiled loops of the clearing: against linear algebra, against plain Python, and as files."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from coercivity.optimise import clear, compiled
from coercivity.optimise.entries import Entries, earnings, entries_of, fill, through
from coercivity.optimise.factors import eliminate, solve_factors
from coercivity.optimise.loops import folder_of
from coercivity.optimise.nearest import nearest

from .markets import random_market

seeds = st.integers(0, 10_000)


def scattered(rng: np.random.Generator, rows: int, columns: int) -> sparse.csc_matrix:
    return sparse.random(rows, columns, 0.3, format="csc", rng=rng, data_rvs=rng.standard_normal)


def as_entries(matrix: sparse.csc_matrix, order: np.ndarray) -> Entries:
    found = matrix.tocoo()
    return entries_of(matrix.shape, found.row[order], found.col[order], found.data[order])


@settings(deadline=None, derandomize=True)  # the first example may compile
@given(seeds, st.integers(1, 12), st.integers(1, 12))
def test_entries_multiply_as_the_matrix_does(seed: int, rows: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = scattered(rng, rows, columns)
    entries = as_entries(matrix, rng.permutation(matrix.nnz))
    flow, price = rng.standard_normal(columns), rng.standard_normal(rows)
    assert fill(entries, flow) == pytest.approx(matrix @ flow)
    assert earnings(entries, price) == pytest.approx(matrix.T @ price)
    assert through(entries, flow) == pytest.approx(abs(matrix) @ np.abs(flow))


@settings(deadline=None, derandomize=True)  # the first example may compile
@given(seeds, st.integers(1, 12), st.integers(1, 12))
def test_elimination_solves_any_part_in_any_order(seed: int, rows: int, columns: int) -> None:
    """Of [−ρ Mᵀ; M D], some columns and rows in a random order, against a dense solver."""
    rng = np.random.default_rng(seed)
    matrix = scattered(rng, rows, columns)
    entries = as_entries(matrix, np.arange(matrix.nnz))
    sequence = rng.permutation(rows + columns)[: rng.integers(1, rows + columns + 1)].astype(np.uint32)
    sign = np.where(sequence < columns, -1.0, 1.0)
    diagonal = sign * rng.uniform(0.5, 2.0, sequence.size)
    whole = sparse.bmat([[None, matrix.T], [matrix, None]]).toarray()
    dense = whole[np.ix_(sequence, sequence)] + np.diag(diagonal)
    right = rng.standard_normal(sequence.size)
    found = solve_factors(eliminate(entries, sequence, diagonal), right)
    assert found == pytest.approx(np.linalg.solve(dense, right), abs=1e-9)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(seeds, st.integers(1, 30), st.floats(0.1, 50.0))
def test_the_nearest_point_of_a_simplex_is_the_known_one(seed: int, size: int, total: float) -> None:
    """Σv = total, v ≥ 0: the target less one number, cut at nothing (Held, Wolfe & Crowder 1974)."""
    target = np.random.default_rng(seed).normal(0.0, 3.0, size)
    each = np.arange(size)
    rows, columns = np.concatenate([np.zeros(size, int), 1 + each]), np.concatenate([each, each])
    G = entries_of((1 + size, size), rows, columns, np.ones(2 * size))
    h, equal = np.concatenate([[total], np.zeros(size)]), np.arange(1 + size) == 0
    falling = np.sort(target)[::-1]
    less = (np.cumsum(falling) - total) / (1 + each)
    known = np.maximum(target - less[np.flatnonzero(falling > less)[-1]], 0.0)
    assert nearest(target, G, h, equal) == pytest.approx(known, abs=1e-8)


def prices(seed: int) -> list[float]:
    return [float(price) for price in clear(random_market(seed)).price]


@pytest.mark.parametrize("seed", [1, 4, 17])
def test_loops_say_what_plain_python_says(seed: int) -> None:
    """The same market in a process that compiles nothing, where NumPy checks every index."""
    code = f"import json; from tests.optimise.test_loops import prices; print(json.dumps(prices({seed})))"
    root = Path(__file__).resolve().parents[2]
    parts = [str(root), *(str(root / part) for part in ("model", "optimise", "experiments"))]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(parts)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == pytest.approx(prices(seed), rel=1e-9, abs=1e-9)


def test_a_change_in_any_file_compiles_anew(tmp_path: Path) -> None:
    """Numba itself would miss a change in a loop that another file's loop calls."""
    (tmp_path / "one.py").write_text("ONE = 1\n")
    (tmp_path / "two.py").write_text("TWO = 2\n")
    before = folder_of(tmp_path)
    assert folder_of(tmp_path) == before
    (tmp_path / "two.py").write_text("TWO = 3\n")
    assert folder_of(tmp_path) != before


def _nobody_home(*_: object) -> Path:
    raise RuntimeError("Could not determine home directory.")


def test_machine_code_is_kept_without_a_home_beside_a_read_only_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "installed").write_text("a file, so that nothing can be made in it")
    sources = tmp_path / "installed" / "optimise"
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr("coercivity.optimise.loops.Path.home", lambda: tmp_path / "me")
    assert folder_of(sources).is_relative_to(tmp_path / "me" / ".cache" / "coercivity")
    monkeypatch.setattr("coercivity.optimise.loops.Path.home", _nobody_home)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    own = folder_of(sources).parent
    assert own.parent == tmp_path
    assert own.stat().st_mode & 0o777 == 0o700


def test_machine_code_that_others_may_write_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "installed").write_text("")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr("coercivity.optimise.loops.Path.home", _nobody_home)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    sources = tmp_path / "installed" / "optimise"
    own = folder_of(sources).parent
    own.chmod(0o777)
    assert not folder_of(sources).is_relative_to(own)


def test_a_network_is_kept_on_disk_and_reads_back_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole; and anew where the file is damaged."""
    monkeypatch.setattr("coercivity.optimise.compiled.FOLDER", tmp_path)
    network = random_market(5).network
    told = []
    for damage in (False, False, True):
        compiled._load_or_compile.cache_clear()
        if damage:
            (file,) = (tmp_path / "networks").glob("*.npz")
            file.write_bytes(file.read_bytes()[:100])
        told.append(compiled.compiled_once(network))
    for other in told[1:]:
        assert (other.matrix != told[0].matrix).nnz == 0
        assert other.rows == told[0].rows
        assert other.columns == told[0].columns
        np.testing.assert_array_equal(other.wiring.row, told[0].wiring.row)
    compiled._load_or_compile.cache_clear()


def test_what_imports_slowly_is_left_until_it_is_needed() -> None:
    """Neither Pyomo nor the statistics and optimisers of SciPy are there before something asks for them."""
    seen = "import sys, coercivity.model.world; print([m for m in {!r} if m in sys.modules])"
    heavy = ("pyomo", "scipy.stats", "scipy.optimize", "hydra", "matplotlib")
    told = subprocess.run(
        [sys.executable, "-c", seen.format(heavy)], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"
