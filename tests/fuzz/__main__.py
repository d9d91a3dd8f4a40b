"""`make fuzz`: all cases of a seed, resumed where it was stopped; then what became of them.

PYTHONPATH=tests python -m fuzz --seed 0 --cases 5000 --workers 2 --out results/fuzz
PYTHONPATH=tests python -m fuzz --seed 0 --only 4711          # one case again, in full
"""

import argparse
import contextlib
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fuzz.processes import judged


def main() -> int:
    """Judge cases, tell of them, and say with the exit code whether any has a fault."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, metavar="NUMBER", help="begin with this case")
    parser.add_argument("--cases", type=int, default=5000, metavar="NUMBER", help="end before this case")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=Path("results/fuzz"))
    parser.add_argument("--only", type=int, metavar="NUMBER", help="this case alone, with all that it asks")
    args = parser.parse_args()
    if args.only is not None:
        from fuzz.cases import case
        from fuzz.judge import judge

        one = case(args.seed, args.only)
        print(json.dumps({**one.told(), **asdict(judge(one))}, indent=1, ensure_ascii=False))
        return 0
    args.out.mkdir(parents=True, exist_ok=True)
    log = args.out / f"seed-{args.seed}.jsonl"
    known = read(log)
    wanted = range(args.first, args.cases)
    left = [number for number in wanted if number not in known]
    with log.open("a", encoding="utf-8") as file:
        for found in judged(args.seed, left, args.workers):
            known[found["number"]] = found
            file.write(json.dumps(found, ensure_ascii=True) + "\n")
            file.flush()
            done = sum(number in known for number in wanted)
            if done % 100 == 0:
                print(f"{done:,} of {len(wanted):,}", file=sys.stderr, flush=True)
    chosen = [known[number] for number in sorted(known) if number in wanted]
    print(summary(chosen))
    return 1 if any(one["outcome"] == "fault" for one in chosen) else 0


def read(log: Path) -> dict[int, dict[str, Any]]:
    """What was judged already, by number; a line that was cut off is judged again."""
    found: dict[int, dict[str, Any]] = {}
    if log.is_file():
        for line in log.read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(ValueError):
                one = json.loads(line)
                found[one["number"]] = one
    return found


def summary(found: Iterable[Mapping[str, Any]]) -> str:
    """Counts by kind and outcome, then faults by place, the commonest first, each with a case."""
    found = list(found)
    kinds = sorted({str(one.get("kind", "?")) for one in found})
    lines = [f"{'':<12}{'refused':>10}{'certified':>10}{'fault':>10}"]
    for kind in [*kinds, "all"]:
        count = Counter(one["outcome"] for one in found if kind in ("all", str(one.get("kind", "?"))))
        lines.append(f"{kind:<12}{count['refused']:>10}{count['certified']:>10}{count['fault']:>10}")
    faults = [one for one in found if one["outcome"] == "fault"]
    for where, count in Counter(str(one["where"]) for one in faults).most_common():
        first = next(one for one in faults if one["where"] == where)
        lines.append(f"{count:>5} x {where}: case {first['number']}: {first['said'][:200]}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
