"""The explorer's first screen: sliders, the emulator behind them, and the page as one file."""

import json
import shutil
import subprocess
from importlib import util
from pathlib import Path

import numpy as np
import pytest

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.config.compose import compose
from coercivity.experiments.explorer import emulator_file, front
from coercivity.experiments.explorer.fingerprint import fingerprint
from coercivity.experiments.explorer.gaussian import SliderEmulator
from coercivity.experiments.explorer.outcomes import OUTCOMES, QUARTERS, backward
from coercivity.experiments.explorer.sliders import KEYS, STORIES, overrides
from coercivity.experiments.explorer.train import design, measure_errors

_spec = util.spec_from_file_location("toy_emulator", Path(__file__).with_name("toy_emulator.py"))
assert _spec is not None and _spec.loader is not None
toy = util.module_from_spec(_spec)
_spec.loader.exec_module(toy)
NODE = shutil.which("node")
SCRIPT = """
const { Emulator } = require(process.argv[1]), fs = require("fs");
const file = JSON.parse(fs.readFileSync(process.argv[2])), x = JSON.parse(process.argv[3]);
console.log(JSON.stringify(x.map(one => [...Emulator(file).predict(one).mid])));
"""


@pytest.fixture(scope="module")
def emulator() -> SliderEmulator:
    made: SliderEmulator = toy.make_emulator()
    return made


def test_stories_are_the_scenarios_they_are_named_after() -> None:
    for story, scenario in (
        ("Licences of 2025", "restrictions_2025"),
        ("Pooled friendshoring", "friendshoring_pooled"),
        ("Half a year in stock", "stockpile_first"),
    ):
        made, held = compose(overrides(STORIES[story])).values, compose([f"scenario={scenario}"]).values
        assert {key for key in held if made[key] != held[key]} <= {"scenario", "about"}
    ended = compose(overrides(STORIES["No licences"])).settings.state["china"].lever["export_limit"]
    assert list(ended["measure"]["licence_2025"]["approval"].values()) == [None]


def test_the_design_stands_where_levers_are_off() -> None:
    x = design(64, 1)
    for key, value in (("end", 2035.0), ("days", 0.0), ("floor", 0.0), ("budget", 0.0)):
        assert 0.1 < float((x[:, KEYS.index(key)] == value).mean()) < 0.4


def test_the_emulator_finds_what_it_was_fitted_on(emulator: SliderEmulator) -> None:
    x = design(16, 4)
    errors = measure_errors(emulator, emulator.half_widths(len(emulator.x)), x, toy.toy_outcomes(x))
    assert errors["dysprosium peak, relative, p95"] < 0.05
    assert 0.6 < errors["coverage"]["short_EU"] <= 1


@pytest.mark.skipif(NODE is None, reason="no node on this machine to run the page's script with")
def test_the_page_computes_as_python_does(emulator: SliderEmulator, tmp_path: Path) -> None:
    path, x = tmp_path / "emulator.json", design(4, 5)
    emulator_file.write_emulator(path, emulator, emulator.half_widths(40), {"fingerprint": "none"}, [])
    script = Path(front.__file__).with_name("emulator.js")
    words = [str(NODE), "-e", SCRIPT, str(script), str(path), json.dumps(x.tolist())]
    said = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    assert np.allclose(
        np.array(said).reshape(4, len(OUTCOMES), QUARTERS), backward(emulator.predict(x)), rtol=3e-3
    )


def test_a_stale_emulator_is_not_used(
    emulator: SliderEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "emulator.json"
    monkeypatch.setattr(emulator_file, "emulator_path", lambda: path)
    with pytest.raises(UserError, match="no emulator has been trained"):
        front.static_page(evidence_dir())
    about = {"fingerprint": "of another model", "checks": {}}
    emulator_file.write_emulator(path, emulator, emulator.half_widths(40), about, [])
    assert "has changed since" in emulator_file.fresh_emulator(evidence_dir())[1]
    about["fingerprint"] = fingerprint(evidence_dir())
    emulator_file.write_emulator(path, emulator, emulator.half_widths(40), about, [])
    page = front.static_page(evidence_dir())
    assert "src=" not in page.partition("<body>")[2]
    assert "front.css" not in page.partition("</head>")[0].replace("/*", "")
    assert len(page) < 2_500_000


def test_the_emulator_that_is_shipped_describes_the_model() -> None:
    """Enabled by training one: `coercivity experiment explorer` writes the file."""
    found = emulator_file.read_emulator(emulator_file.emulator_path())
    if found is None:
        pytest.skip("no emulator is shipped yet")
    assert found["fingerprint"] == fingerprint(evidence_dir()), (
        "train it anew: coercivity experiment explorer"
    )
    coverage = [found["checks"]["coverage"][name] for name in ("dy_out", "magnet_out", "short_EU")]
    assert all(0.85 <= share <= 0.95 for share in coverage), coverage


def test_the_shipped_emulator_tells_dysprosium_peaks_as_well_as_wanted() -> None:
    found = emulator_file.read_emulator(emulator_file.emulator_path())
    assert found is not None and found["checks"]["dysprosium peak, relative, p95"] <= 0.12
