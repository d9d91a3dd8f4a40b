#!/usr/bin/env bash
# Build the wheel and try it as a stranger would: a fresh environment with the newest versions, no lock, an empty
# folder, from Python and from the command line. One line an interpreter; scripts/wheel.sh [PYTHON ...]
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$root/.venv/bin/python" -m hatchling build -t wheel -d "$work/dist" >/dev/null
wheel=$(ls "$work"/dist/*.whl)
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV
for python in "${@:-$root/.venv/bin/python}"; do
    place="$work/env-$(basename "$(dirname "$(dirname "$python")")")-$(basename "$python")"
    "$python" -m venv "$place"
    "$place/bin/python" -m pip install --quiet --disable-pip-version-check "$wheel"
    mkdir -p "$place/empty/home"
    cd "$place/empty"
    HOME="$place/empty/home" "$place/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import coercivity.api as cv

prices = cv.run("baseline", {"clock.end": "2025-07"}).prices
assert len(prices) and prices.attrs["units"]["price"] == "USD/kg"
names = ("highspy", "numpy", "pandas", "mesa", "pyomo", "hydra-core")
print("wheel, unlocked:", sys.version.split()[0], *(f"{name} {version(name)}" for name in names), "runs")
PY
    HOME="$place/empty/home" "$place/bin/coercivity" list scenarios >/dev/null
    HOME="$place/empty/home" "$place/bin/coercivity" run clock.end=2025-04 --out result >/dev/null
    test -f result/manifest.json
    cd "$root"
    rm -rf "$place"
done
