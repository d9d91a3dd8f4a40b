"""A local page where scenario, levers and uncertainties are set with controls, run and compared."""

import signal
import sys
import threading
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import OK, UserError, unknown
from coercivity.experiments.base.paths import results_dir
from coercivity.experiments.config.chains import (
    chain_named,
    default_chain,
    evidence_for,
    load_chain,
    scenarios_of,
)
from coercivity.experiments.config.evidence_reader import hash_evidence
from coercivity.experiments.explorer.front import has_front, static_page
from coercivity.experiments.explorer.jobs import Desk
from coercivity.experiments.explorer.question import question
from coercivity.experiments.explorer.server import ADDRESS, Server
from coercivity.experiments.runs.execution import read_workers

PORT = 8420
PAIR = ("policies_frozen", "restrictions_2025")  # what the page opens with, where there are such scenarios
MOST_WORKERS = 2  # as many as there are settings
WINDOW = 5  # years after the start that are run unless clock.end says otherwise: a few seconds a run


@dataclass(frozen=True)
class ExplorerOptions:
    """How the explorer is served. words: scenarios to begin with, then settings; port: 0 for any free one."""

    words: Sequence[str] = ()
    port: int = PORT
    no_browser: bool = False
    workers: int | None = None
    out: Path | None = None
    evidence: Path | None = None
    static: Path | None = None


def serve(args: ExplorerOptions) -> int:
    """Serve the page until the keyboard says to stop."""
    chain = chain_named(_as_settings(args.words))
    evidence = args.evidence or evidence_for([f"chain={chain}"])
    hash_evidence(evidence)  # says clearly when the folder is not there
    if args.static:
        if args.words:
            raise UserError(
                f"a page without a server opens with its own stories; leave out `{' '.join(args.words)}`, or "
                "leave out --static"
            )
        return _write_static(args.static, evidence)
    begin = _begin(args.words, chain, evidence)
    out = (args.out or results_dir() / "explore").absolute()
    _check(out)
    workers = min(read_workers(args.workers), args.workers or MOST_WORKERS)
    front = chain == default_chain() and has_front()
    with (
        Server((ADDRESS, args.port), begin, chain, front) as server,
        Desk(out, evidence, workers) as server.desk,
    ):
        print(f"the explorer is at {server.url}; runs are kept in {out}; Ctrl-C stops it", flush=True)
        if not args.no_browser:
            webbrowser.open(server.url + ("settings" if args.words else ""))
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to end: as by the keyboard
        try:
            threading.Thread(target=server.warm, daemon=True).start()
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            print("\nstopped", file=sys.stderr)
    return OK


def _write_static(path: Path, evidence: Path) -> int:
    """Write the first screen as one file that needs no server."""
    text = static_page(evidence)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(f"the page is {path}, {len(text.encode()) / 1e6:.1f} MB; it needs nothing else")
    return OK


def _as_settings(words: Sequence[str]) -> list[str]:
    """Words with scenarios as settings, from which a chain can be told."""
    return [word if "=" in word else f"scenario={word}" for word in words]


def _begin(words: Sequence[str], chain: str, evidence: Path) -> dict[str, Any]:
    """What the page opens with. Raises UserError where the words make no setting."""
    known = scenarios_of(chain)
    scenarios = [word for word in words if "=" not in word]
    common = [word for word in words if "=" in word and not word.startswith("chain=")]
    for name in scenarios:
        if name.isdigit():
            raise UserError(f"there is no scenario `{name}`; did you mean `--port {name}`?")
        if name not in known:
            raise UserError(unknown("scenario", name, known))
    scenarios = scenarios or _pair(chain, known)
    begin = {"settings": [{"scenario": name, "overrides": []} for name in scenarios], "common": common}
    composed = question(begin, chain).composed(evidence)
    if not any(word.startswith("clock.end=") for word in common):
        clock = next(iter(composed.values())).settings.clock
        end = f"{int(clock.start[:4]) + WINDOW}{clock.start[4:]}"
        begin["common"] = [*common, f"clock.end={min(end, clock.end)}"]
        question(begin, chain).composed(evidence)
    return begin


def _pair(chain: str, known: list[str]) -> list[str]:
    """Two scenarios to begin with: the usual ones, or a chain's baseline and the next."""
    usual = [name for name in PAIR if name in known]
    baseline = load_chain(chain).get("baseline")
    return usual or sorted(known, key=lambda name: (name != baseline, name))[:2]


def _check(out: Path) -> None:
    """Refuse a folder in which nothing can be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {out}: {error.strerror}; give another place") from error
