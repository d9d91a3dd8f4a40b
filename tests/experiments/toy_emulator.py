"""An emulator of made-up outcomes, fitted in a moment, and the explorer's page over it."""

import tempfile
from pathlib import Path

import numpy as np

from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.explorer import emulator_file, front
from coercivity.experiments.explorer.gaussian import SliderEmulator, features, fit
from coercivity.experiments.explorer.outcomes import GROUPS, OUTCOMES, QUARTERS, Floats, forward
from coercivity.experiments.explorer.sliders import STORIES
from coercivity.experiments.explorer.train import design, measure_errors

THETA = np.r_[0.5, np.log(1e-4), np.full(features(design(2, 0), 0).shape[1], 0.7)]
THETAS = {(group, year): THETA for group in range(len(GROUPS)) for year in range(10)}


def toy_outcomes(x: Floats) -> Floats:
    """Smooth outcomes of sliders, the same in every quarter but for the licences in force."""
    quarters = np.arange(QUARTERS)
    live = (x[:, 1, None] > 2025 + quarters / 4).astype(float)
    short = 0.02 + 0.3 * (1 - x[:, 0, None]) * live
    level = {"price": 100 * np.exp(short), "short": short, "plain": 1 - short}
    return np.stack([level[kind] for kind in OUTCOMES.values()], axis=1)


def make_emulator() -> SliderEmulator:
    """Fitted on forty runs, its lengths given."""
    x = design(40, 3)
    return fit(x, forward(toy_outcomes(x)), THETAS)


def page_over_toy_outcomes() -> str:
    """The first screen as one file."""
    emulator, x = make_emulator(), design(16, 4)
    widths = emulator.half_widths(len(emulator.x))
    about = {"fingerprint": "", "checks": measure_errors(emulator, widths, x, toy_outcomes(x))}
    about["names"] = list(STORIES)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "emulator.json"
        emulator_file.write_emulator(path, emulator, widths, about, [])
        found = emulator_file.read_emulator(path)
    data = front.front_data(evidence_dir(), server=False)
    return front._inline(front.read_file("front.html"), {**data, "emulator": found})
