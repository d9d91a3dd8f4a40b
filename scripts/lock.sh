#!/bin/sh
# Resolve pyproject.toml for all supported Pythons into locks that name no index: requirements.lock is
# what runs and tests need, requirements-docs.lock what the documentation site needs beside it.
set -eu
cd "$(dirname -- "$0")/.."

uv=${UV:-uv}
if ! "$uv" --version >/dev/null 2>&1; then
    echo "make lock needs uv, and none was found: install it, or give its path as UV=/path/to/uv" >&2
    exit 2
fi
UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-1}
export UV_SYSTEM_CERTS
resolve() { "$uv" pip compile pyproject.toml --universal --python-version 3.11 --no-header --no-annotate --quiet "$@"; }

resolve --extra dev "$@" -o requirements.lock
whole=$(mktemp)
trap 'rm -f "$whole"' EXIT
resolve --extra dev --extra docs --constraint requirements.lock >"$whole"
grep -vxFf requirements.lock "$whole" >requirements-docs.lock

for lock in requirements.lock requirements-docs.lock; do
    if grep -nE '(https?|file)://|^-|@ ' "$lock"; then
        echo "$lock names an address in the lines above: it must hold names and versions only" >&2
        exit 1
    fi
    echo "$lock: $(grep -c '==' "$lock") packages"
done
