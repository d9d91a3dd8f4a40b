"""Questions being answered: progress, cancelling, and a small store of runs already made."""

import hashlib
import secrets
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import CoercivityError, describe
from coercivity.experiments.config.compose import Composed
from coercivity.experiments.config.evidence_reader import hash_evidence
from coercivity.experiments.explorer.answer import Answer, answer
from coercivity.experiments.explorer.question import SIDES, Question, as_yaml, check_overrides
from coercivity.experiments.explorer.worker import PATIENCE, Order, StoppedError, Workers

RUNS_KEPT = 40  # run folders of a session
ANSWERS_KEPT = 12
JOBS_KEPT = 50
MEASURED_KEPT = 200  # exact answers of the first screen
RUNNING, DRAWING, DONE, FAILED, CANCELLED = "running", "drawing", "done", "failed", "cancelled"


@dataclass
class ExplorerJob:
    """A question on its way to an answer."""

    name: str
    client: str
    asked: Question
    composed: Mapping[str, Composed]
    state: str = RUNNING
    steps: dict[str, tuple[int, int]] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)  # settings answered from the store
    mistake: str = ""
    side: str = ""
    stop: threading.Event = field(default_factory=threading.Event)
    answer: Answer | None = None
    files: Mapping[str, Path] = field(default_factory=dict)  # the whole configuration of each setting
    thread: threading.Thread | None = None

    def as_dict(self) -> dict[str, Any]:
        """What the page is told of it."""
        runs = [
            {
                "name": name,
                "step": self.steps.get(name, (0, 0))[0],
                "steps": composed.settings.clock.steps,
                "kept": name in self.kept,
            }
            for name, composed in self.composed.items()
        ]
        return {
            "job": self.name,
            "state": self.state,
            "runs": runs,
            "mistake": self.mistake,
            "side": self.side,
        }


class Desk:
    """Takes questions, one at a time from each page: a new one stops the one before."""

    def __init__(self, out: Path, evidence: Path, workers: int) -> None:
        self.out, self.evidence = out, evidence
        self._workers = Workers(workers)
        self._jobs: OrderedDict[str, ExplorerJob] = OrderedDict()
        self._runs: OrderedDict[str, Path] = OrderedDict()  # folder by hash of configuration and evidence
        self._answers: OrderedDict[tuple[tuple[str, str], ...], Answer] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[str, threading.Lock] = {}
        self._asking: dict[str, threading.Event] = {}  # what stops the exact run of each page
        self._measured: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def ask(self, asked: Question, client: str) -> ExplorerJob:
        """Begin to answer. Raises SettingError where a setting is mistaken."""
        composed = asked.composed(self.evidence)
        with self._lock:
            for other in self._jobs.values():
                if other.client == client:
                    other.stop.set()
            job = ExplorerJob(secrets.token_hex(8), client, asked, composed)
            self._jobs[job.name] = job
            while len(self._jobs) > JOBS_KEPT:
                _, old = self._jobs.popitem(last=False)
                old.stop.set()
        job.thread = threading.Thread(target=self._work, args=(job,), daemon=True)
        job.thread.start()
        return job

    def warm(self) -> None:
        """Have the processes prepare for the first run."""
        self._workers.warm()

    def measure(self, words: Sequence[str], client: str) -> dict[str, Any]:
        """What the first screen shows of one run; a new question of the same page stops the one before."""
        composed = check_overrides(words, self.evidence)
        with self._lock:
            if (known := self._measured.get(composed.hash)) is not None:
                return known
            if (before := self._asking.get(client)) is not None:
                before.set()
            stop = self._asking[client] = threading.Event()
            while len(self._asking) > JOBS_KEPT:
                self._asking.pop(next(iter(self._asking)))
        start = time.perf_counter()
        order = Order(dict(composed.values), composed.overrides, self.evidence, self.out / "measured", True)
        with self._workers.lent(stop) as worker:
            series = worker.make(order, lambda *_: None, stop)
        found = {"series": series, "seconds": round(time.perf_counter() - start, 2)}
        with self._lock:
            self._measured[composed.hash] = found
            while len(self._measured) > MEASURED_KEPT:
                self._measured.popitem(last=False)
        return found

    def job(self, name: str) -> ExplorerJob | None:
        """A job by name; None for one nobody knows any more."""
        return self._jobs.get(name)

    def __enter__(self) -> "Desk":
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything."""
        jobs = list(self._jobs.values())
        for stop in self._asking.values():
            stop.set()
        for job in jobs:
            job.stop.set()
        for job in jobs:
            if job.thread is not None:
                job.thread.join(PATIENCE)
        self._workers.close()

    def _work(self, job: ExplorerJob) -> None:
        try:
            found = self._answered(job)
            job.files = self._kept_files(job)
            job.answer = found
            job.state = DONE
        except StoppedError:
            job.state = FAILED if job.mistake else CANCELLED
        except CoercivityError as error:
            job.mistake, job.state = str(error), FAILED
        except Exception as error:
            job.mistake, job.state = f"internal error: {describe(error)}", FAILED

    def _kept_files(self, job: ExplorerJob) -> dict[str, Path]:
        """The configurations of a question as files, in a folder of their own: a command can name them."""
        said = "".join(f"{name}{composed.hash}" for name, composed in job.composed.items())
        folder = self.out / "settings" / hashlib.sha256(said.encode()).hexdigest()[:8]
        folder.mkdir(parents=True, exist_ok=True)
        found = {name: folder / f"{name}.yaml" for name in job.composed}
        for name, path in found.items():
            path.write_text(as_yaml(job.composed[name].values, name), encoding="utf-8")
        return found

    def _answered(self, job: ExplorerJob) -> Answer:
        digest = hash_evidence(self.evidence)
        keys = tuple((name, f"{composed.hash}{digest}") for name, composed in job.composed.items())
        with self._lock:
            if (known := self._answers.get(keys)) is not None:
                self._answers.move_to_end(keys)
                job.kept |= set(job.composed)
                return known
        with ThreadPoolExecutor(len(keys)) as pool:
            made = [pool.submit(self._run, job, name, key) for name, key in keys]
            folders = {name: future.result() for (name, _), future in zip(keys, made, strict=True)}
        job.state = DRAWING
        found = answer(folders, self.out, self.evidence)
        if job.stop.is_set():
            raise StoppedError("stopped")
        with self._lock:
            self._answers[keys] = found
            while len(self._answers) > ANSWERS_KEPT:
                self._answers.popitem(last=False)
        return found

    def _run(self, job: ExplorerJob, name: str, key: str) -> Path:
        """The folder of a run, made if it is not there; the same run is never made twice at once."""
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if (known := self._runs.get(key)) is not None and known.is_dir():
                    self._runs.move_to_end(key)
                    job.kept.add(name)
                    return known
            composed = job.composed[name]
            evidence = key.removeprefix(composed.hash)
            folder = self.out / f"{composed.scenario[:80]}-{composed.hash[:8]}-{evidence[:8]}"
            try:
                with self._workers.lent(job.stop) as worker:
                    worker.make(
                        Order(dict(composed.values), composed.overrides, self.evidence, folder),
                        lambda step, steps: job.steps.__setitem__(name, (step, steps)),
                        job.stop,
                    )
            except CoercivityError as error:
                if not isinstance(error, StoppedError) and not job.stop.is_set():
                    job.mistake, job.side = str(error), SIDES[list(job.composed).index(name)]
                    job.stop.set()  # the other run is of no use alone
                raise
            with self._lock:
                self._runs[key] = folder
                while len(self._runs) > RUNS_KEPT:
                    _, old = self._runs.popitem(last=False)
                    shutil.rmtree(old, ignore_errors=True)
            return folder
