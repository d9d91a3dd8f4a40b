#!/bin/sh
# Resolve pyproject.toml for all supported Pythons into one lock that names no index.
set -eu
cd "$(dirname -- "$0")/.."

uv=${UV:-uv}
if ! "$uv" --version >/dev/null 2>&1; then
    echo "make lock needs uv, and none was found: install it, or give its path as UV=/path/to/uv" >&2
    exit 2
fi
UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-1}
export UV_SYSTEM_CERTS
"$uv" pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
    --no-header --no-annotate --quiet "$@" -o requirements.lock
if grep -nE '(https?|file)://|^-|@ ' requirements.lock; then
    echo "requirements.lock names an address in the lines above: it must hold names and versions only" >&2
    exit 1
fi
echo "requirements.lock: $(grep -c '==' requirements.lock) packages"
