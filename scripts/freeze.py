"""Record the sha256 of every table of a fixed set of results, or compare with a record made before.

For changes of the code that must not change any result, such as moving and renaming: record before, compare
after every commit, on one interpreter and one processor.

    .venv/bin/python scripts/freeze.py record FILE
    .venv/bin/python scripts/freeze.py compare FILE
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCENARIOS = sorted(path.stem for path in (ROOT / "conf" / "scenario").glob("*.yaml"))
OPTIMISING = (
    "scenario=policies_frozen",
    "state.china.strategy=optimising",
    "clock.step=year",
    "clock.end=2029-01",
)
SWEEP = ("scenario=policies_frozen,embargo", "seed=range(0,3)", "clock.end=2026-01")


def call_command(*words: str) -> str:
    """Standard output of `coercivity WORDS`; what it says of itself on failure ends this program."""
    code = "import sys; from coercivity.experiments.cli import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"coercivity {' '.join(words)}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def read_hashes(folder: Path) -> dict[str, str]:
    """The sha256 of every table of a run folder, as its manifest holds them."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return {name: table["sha256"] for name, table in manifest["tables"].items()}


def hash_sweep(folder: Path) -> str:
    """One hash of all summary rows of a sweep, whatever their order in its files."""
    import pandas as pd

    table = pd.concat(pd.read_parquet(path) for path in sorted((folder / "summary").glob("*.parquet")))
    rows = sorted(table[sorted(table.columns)].to_csv(index=False, float_format="%.17g").splitlines())
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def freeze_results(workers: int, backtest: bool) -> dict[str, dict[str, str]]:
    """Run everything and return the hashes by result and table."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        runs = {name: (f"scenario={name}",) for name in SCENARIOS} | {"optimising": OPTIMISING}

        def run(name: str) -> dict[str, str]:
            call_command("run", *runs[name], "--out", str(place / name))
            return read_hashes(place / name)

        with ThreadPoolExecutor(workers) as pool:
            hashes = dict(zip(runs, pool.map(run, runs), strict=True))
        call_command("sweep", *SWEEP, "--out", str(place / "sweep"))
        hashes["sweep"] = {"summary": hash_sweep(place / "sweep")}
        if backtest:
            words = ("backtest", "--json", "--workers", str(workers), "--out", str(place / "backtest"))
            hashes["backtest"] = {"scores": json.loads(call_command(*words))["hash"]}
        return hashes


def main() -> int:
    """Record or compare; 1 when something differs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("do", choices=("record", "compare"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--no-backtest", dest="backtest", action="store_false")
    args = parser.parse_args()
    now = freeze_results(args.workers, args.backtest)
    if args.do == "record":
        args.file.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(f"{sum(map(len, now.values()))} hashes of {len(now)} results are in {args.file}")
        return 0
    before = json.loads(args.file.read_text(encoding="utf-8"))
    differ = [
        f"{result}/{table}"
        for result in sorted(now)
        for table in sorted(now[result].keys() | before.get(result, {}).keys())
        if now[result].get(table) != before.get(result, {}).get(table)
    ]
    print("\n".join(differ) or f"all {sum(map(len, now.values()))} hashes of {len(now)} results are the same")
    return bool(differ)


if __name__ == "__main__":
    sys.exit(main())
