#!/bin/sh
# Make .venv from requirements.lock, once; do nothing when it is already up to date.
# The interpreter is the first of $PYTHON, python3.13, 3.12, 3.11, python3 that really runs.
set -eu
cd "$(dirname -- "$0")/.."
root=$(pwd -P)

say() { printf '%s\n' "$*" >&2; }
stop() { say "coercivity set-up: $*"; exit 2; }

# What is wrong with an interpreter: ok, absent, old, new or bare (no venv module).
state_of() {
    command -v "$1" >/dev/null 2>&1 || { echo absent; return; }
    "$1" -c '
import sys
if sys.version_info < (3, 11): print("old")
elif sys.version_info >= (3, 14): print("new")
else:
    try: import ensurepip, venv; print("ok")
    except ImportError: print("bare")
' 2>/dev/null || echo absent
}

choose_python() {
    old='' bare=''
    if [ -n "${PYTHON:-}" ]; then set -- "$PYTHON"; else set -- python3.13 python3.12 python3.11 python3; fi
    for candidate in "$@"; do
        case $(state_of "$candidate") in
            ok) python=$candidate; return ;;
            old | new) old=$candidate ;;
            bare) bare=${bare:-$candidate} ;;
        esac
    done
    remedy="install Python 3.11, 3.12 or 3.13, or name one as PYTHON=/path/to/python"
    if [ -n "$bare" ]; then
        stop "$bare has no venv module; install it (on Debian and Ubuntu: apt install python3-venv) and run this again"
    elif [ -n "$old" ]; then
        stop "$("$old" --version 2>&1) ($old) is not supported; $remedy"
    elif [ -n "${PYTHON:-}" ]; then
        stop "PYTHON=$PYTHON does not run; $remedy"
    fi
    stop "no Python was found; $remedy"
}

# One line that changes when the lock, the Python or the place of the repository changes.
fingerprint() {
    "$1" - "$root" <<'EOF'
import hashlib, pathlib, sys
digest = hashlib.sha256(pathlib.Path("requirements.lock").read_bytes())
digest.update(f"{sys.version_info[:3]} {sys.argv[1]}".encode())
print(digest.hexdigest())
EOF
}

stamp=.venv/.stamp
if [ -z "${PYTHON:-}" ] && [ -f "$stamp" ] && [ "$(fingerprint .venv/bin/python 2>/dev/null || true)" = "$(cat "$stamp")" ]; then
    exit 0
fi

choose_python
wanted=$(fingerprint "$python")
if [ -f "$stamp" ] && [ "$wanted" = "$(cat "$stamp")" ] && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi

version() { "$1" -c 'import sys; print(sys.version)' 2>/dev/null; }

rm -f "$stamp"
say "coercivity set-up: filling .venv with $("$python" --version 2>&1); this takes a minute or two, once"
if [ "$(version .venv/bin/python || true)" != "$(version "$python")" ]; then
    rm -rf .venv
    if ! "$python" -m venv .venv; then
        rm -rf .venv
        stop "$python could not make a virtual environment in .venv; see the lines above"
    fi
fi

log=.venv/install.log
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
unset PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX || true
if ! .venv/bin/python -m pip install --quiet --retries 2 --timeout 30 -r requirements.lock >"$log" 2>&1 ||
    ! .venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --no-index -e . >>"$log" 2>&1; then
    tail -n 15 "$log" >&2
    if grep -qiE 'NewConnectionError|name resolution|ConnectTimeout|Read timed out|Max retries|Network is unreachable|ProxyError|ConnectionReset|from versions: none' "$log"; then
        stop "the package index could not be reached; connect this machine (or point pip at a mirror) and run the same command again"
    fi
    stop "pip could not install requirements.lock; the reason is above and in $log; mend it and run the same command again"
fi
# What fails here is told by the command that needs it.
.venv/bin/python -c 'from coercivity.experiments.runs.loader import warm; warm()' >>"$log" 2>&1 || true
printf '%s\n' "$wanted" >"$stamp"
