#!/usr/bin/env bash
# The same numbers on every other interpreter that is here: golden runs by hash, a quick subset, and the wheel, each in
# a clone with an environment of its own. Part of `make proofs`; minutes an interpreter.
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version() { "$1" -c 'import sys, venv, ensurepip; print(*sys.version_info[:2], sep=".")' 2>/dev/null || true; }
ours=$(version .venv/bin/python)
tried=''
for candidate in python3.11 python3.12 python3.13 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[123].*/bin/python; do
    found=$(version "$candidate")
    case " $ours $tried " in *" $found "*) continue ;; esac
    case $found in 3.11 | 3.12 | 3.13) ;; *) continue ;; esac
    tried="$tried $found"
    git clone --quiet --no-hardlinks "$root" "$work/$found"
    make -C "$work/$found" test PYTHON="$candidate" ARGS="-k 'baseline or embargo or frozen or analytic' tests/golden tests/optimise/test_analytic.py"
    bash scripts/wheel.sh "$candidate"
    rm -rf "${work:?}/$found"
done
echo "the same numbers as on $ours:${tried:- no other interpreter is here}"
