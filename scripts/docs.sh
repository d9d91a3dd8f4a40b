#!/bin/sh
# The documentation as a site in site/: strict links, nothing loaded from elsewhere, tried in a browser. What it needs
# beside requirements.lock is installed the first time it is asked for.
set -eu
cd "$(dirname -- "$0")/.."

have=.venv/.docs
if ! cmp -s requirements-docs.lock "$have"; then
    echo "installing what the documentation site needs" >&2
    log=.venv/install-docs.log
    export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
    if ! .venv/bin/python -m pip install --quiet --retries 2 --timeout 30 -r requirements.lock -r requirements-docs.lock >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        echo "pip could not install requirements-docs.lock; the reason is above and in $log" >&2
        exit 2
    fi
    cp requirements-docs.lock "$have"
fi

said=.venv/mkdocs.log # not --quiet, which hides warnings from --strict too
if ! NO_MKDOCS_2_WARNING=1 .venv/bin/python -m mkdocs build --strict >"$said" 2>&1; then
    grep -vE '^(INFO|  - )' "$said" >&2
    exit 1
fi
.venv/bin/python scripts/site/check.py site
.venv/bin/python scripts/site/browse.py site
