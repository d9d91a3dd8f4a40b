"""A design of many runs into one dataset that can be interrupted at any time and loses nothing."""

import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from coercivity.experiments.base.errors import FAILED, OK, UserError, unknown
from coercivity.experiments.base.progress import sweep_bar
from coercivity.experiments.base.tables import TABLES
from coercivity.experiments.config.compose import Composer
from coercivity.experiments.config.levers import check_names
from coercivity.experiments.config.remarks import say_remarks
from coercivity.experiments.runs.execution import read_workers
from coercivity.experiments.runs.folders import default_out
from coercivity.experiments.runs.manifest import file_hash, now, read_manifest
from coercivity.experiments.runs.store import make_manifest, write_config
from coercivity.experiments.sweeps import dataset, local
from coercivity.experiments.sweeps import plan as plans
from coercivity.experiments.sweeps.asking import SECONDS, SweepRequest, question_from_args
from coercivity.experiments.sweeps.bound import FAILURES, bound_files, check_asked, mark_begun
from coercivity.experiments.sweeps.cluster import on_ray, part_of, within, write_sbatch
from coercivity.experiments.sweeps.dataset import Answered, begin
from coercivity.experiments.sweeps.plan import Plan
from coercivity.experiments.sweeps.question import SweepSpec, check_rows, find_unreached
from coercivity.experiments.sweeps.work import Work

ENGINES = ("local", "slurm", "ray")
STOPPED = 130
PARTS = 20  # of a Slurm array job, unless told
NOTHING_VARIED = (
    "nothing is varied, so every run is the same; give several values, as in seed=0,1 or "
    "scenario=baseline,embargo (`coercivity run` makes a single run)"
)


@dataclass(frozen=True)
class ExecutionOptions:
    """How runs are made; no answer depends on it."""

    engine: str = "local"
    workers: int = 1
    seconds: float = SECONDS
    size: int | None = None
    retry: bool = False
    part: str | None = None
    address: str | None = None


def make_sweep(args: SweepRequest) -> int:
    """Make the runs of a design and say where they are."""
    if not args.shard_seconds > 0 or (args.shard_size is not None and args.shard_size < 1):
        raise UserError("--shard-seconds and --shard-size must be more than 0")
    if not 0 <= args.max_failures <= 1:
        raise UserError(f"--max-failures {args.max_failures:g}: give a share between 0 and 1")
    for option, given, engine in (("--array", args.array, "slurm"), ("--address", args.address, "ray")):
        if given is not None and args.engine != engine:
            raise UserError(f"{option} goes with --engine {engine}, not with --engine {args.engine}")
    workers = read_workers(args.workers)
    if args.folder is None:
        folder, plan = begin_sweep(args)
        if args.plan:
            return OK
    else:
        folder, plan = _open_stored(args, args.folder)
    if args.engine == "slurm":
        return _slurm(folder, plan, args)
    how = ExecutionOptions(
        args.engine,
        workers,
        args.shard_seconds,
        args.shard_size,
        args.retry_failures,
        args.part,
        args.address,
    )
    return run_sweep(folder, plan, how, args.max_failures)


def begin_sweep(args: SweepRequest) -> "tuple[Path, Plan]":
    """The dataset of the question on the command line: begun now, or found as it was left."""
    if args.part:
        raise UserError("--part goes with --continue DIR")
    question = question_from_args(args)
    return open_dataset(
        question,
        args.evidence or question.evidence,
        args.out,
        _tables(args.tables),
        args.plan,
        args.force,
    )


def open_dataset(
    question: "SweepSpec",
    evidence: Path,
    out: Path | None,
    tables: tuple[str, ...],
    only_told: bool = False,
    force: bool = False,
) -> "tuple[Path, Plan]":
    """The folder and plan of a question; an old dataset is gone on with only if nothing has changed."""
    plan, design = plans.make_plan(question, evidence, tables)
    policies = check_rows(design, plan.fixed, question.uncertainties)
    for policy in policies:
        check_names(policy.settings, policy.values, evidence)
    say_remarks(policies, dates=False)
    folder = out or default_out(
        "sweep", question.name, plans.question_hash(question, tables), plan.parts["evidence"]
    )
    some = ", ".join([*design.policies[:4], *(["..."] if len(design.policies) > 4 else [])])
    varied = sum(len(design.table[key].unique()) > 1 for key in design.keys)
    print(
        f"{question.title}: {_count(len(design), 'run')} ({question.kind}), policies: {some}; "
        f"{_count(varied, 'setting')} varied; {folder}",
        file=sys.stderr,
    )
    if not varied:
        print(f"note: {NOTHING_VARIED}", file=sys.stderr)
    _note(find_unreached(design, plan.fixed))
    if only_told:
        return folder, plan

    def write_about(place: Path) -> None:
        composed = Composer(plan.fixed)(next(design.rows(0, 1))[1])
        write_config(place, composed.values)
        manifest = make_manifest(composed, evidence, "sweep", 0.0, parts=dict(plan.parts), status="begun")
        asked = (f"experiment={question.name}",) if question.policies else question.overrides
        replace(manifest, title=question.title, overrides=asked).write(place)

    begin(folder, plan, design.write, write_about, force)
    return folder, plan


def _open_stored(args: SweepRequest, folder: Path) -> "tuple[Path, Plan]":
    """The dataset given with --continue, if what it depends on is still the same."""
    asked = (args.overrides or None, args.design, args.samples, args.study_seed, args.uncertainty, args.rows)
    if any(given is not None for given in asked) or args.tables or args.plan or args.out or args.force:
        raise UserError("--continue DIR takes its question from the folder; leave settings and design out")
    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}; give the one a sweep printed when it began")
    if (folder / plans.NAME).is_file():
        check_asked(folder)
    plan = plans.read_plan(folder)
    now, _ = plans.make_plan(plan.question, args.evidence or plan.evidence, plan.tables)
    plans.check_same(plan, now, folder)
    plans.check_unchanged(folder, plan, plans.stored_design(folder))
    return folder, plan


def _tables(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if name not in TABLES:
            raise UserError(unknown("table", name, TABLES))
    return names


def _slurm(folder: Path, plan: "Plan", args: SweepRequest) -> int:
    parts = min(PARTS if args.array is None else args.array, plan.runs)
    script = write_sbatch(folder, parts, args.workers or 1)
    print(f"{plan.runs:,} runs in {parts} parts; submit them with: sbatch {shlex.quote(str(script))}")
    return OK


def run_sweep(folder: Path, plan: "Plan", how: ExecutionOptions, share: float) -> int:
    """Make what is missing in a dataset, merge it, and say how it ended."""
    start = time.perf_counter()
    with dataset.lock_dataset(folder, (how.part or "").replace("/", "-")), _stoppable() as stopping:
        if not how.part:
            dataset.clean(folder)
        dataset.make_folders(folder, plan)
        for _ in range(3):  # again only for what was found damaged when it was read
            left = _make(folder, plan, how, stopping)
            if left or how.part:
                break
            answered, told = dataset.tidy_up(folder, plan)
            _note(told)
            if answered is not None:
                _write_manifest(folder, answered)
                return _conclude(folder, plan, answered, share, time.perf_counter() - start)
    if how.part and not left:
        print(f"part {how.part} is made; when all are: {dataset.to_continue(folder)}")
        return OK
    print(
        f"stopped with {plan.runs - left:,} of {plan.runs:,} runs kept; go on with the same command, or: "
        f"{dataset.to_continue(folder)}",
        file=sys.stderr,
    )
    return STOPPED


def _make(folder: Path, plan: "Plan", how: ExecutionOptions, stopping: Callable[[], bool]) -> int:
    """Make missing runs; how many are missing still."""
    found, told = dataset.parts(folder, plan)
    _note(told)
    spans = dataset.missing(found, plan.runs, how.retry)
    if spans:
        mark_begun(folder)
    if how.part:
        spans = within(spans, part_of(how.part, plan.runs))
    count = sum(stop - first for first, stop in spans)
    if not count:
        return 0
    work = Work(spans, how.seconds, how.workers, how.size)
    with sweep_bar(plan.question.title, plan.runs, plan.runs - count) as tell:
        progress = local.Progress(tell)
        if how.engine == "ray":
            on_ray(folder, work, progress, stopping, how.address)
        elif how.workers > 1:
            local.make_in_processes(folder, work, progress, stopping, how.workers)
        else:
            local.make_in_process(folder, work, progress, stopping)
    return work.remaining


def _count(number: int, noun: str) -> str:
    """A number of things in words.

    >>> _count(1, "run"), _count(2400, "run")
    ('1 run', '2,400 runs')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _note(told: list[str]) -> None:
    for sentence in told:
        print(f"note: {sentence}", file=sys.stderr)


@contextmanager
def _stoppable() -> "Iterator[Callable[[], bool]]":
    """Whether to stop: after Ctrl-C or SIGTERM, once the run in hand is made; a second one stops at once."""
    asked: list[int] = []

    def ask(number: int, _frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        print("stopping when the runs in hand are kept; once more stops at once", file=sys.stderr)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _write_manifest(folder: Path, answered: "Answered") -> None:
    manifest, files = read_manifest(folder), bound_files(folder)
    tables: dict[str, dict[str, object]] = {
        "summary": {"rows": answered.rows, "sha256": answered.sha256},
        "failures": {"rows": answered.failures, "sha256": file_hash(folder / FAILURES)},
    }
    done = replace(manifest, status="complete", tables=tables, files=files)
    if done != manifest:
        replace(done, seconds=round(answered.seconds, 3), made=now()).write(folder)


def _conclude(folder: Path, plan: "Plan", answered: "Answered", share: float, seconds: float) -> int:
    """Say how a whole sweep ended; 1 when too many runs failed."""
    failed = f"{answered.failures:,} failed" if answered.failures else "none failed"
    print(
        f"{_count(plan.runs, 'run')}, {failed}; {answered.rows:,} rows, content {answered.sha256[:12]}; "
        f"{seconds:.1f} s\nthe dataset is {folder}; next: coercivity analyse {shlex.quote(str(folder))}"
    )
    if answered.failures > share * plan.runs:
        print(
            f"coercivity: {answered.failures:,} of {plan.runs:,} runs failed, more than the share of "
            f"{share:g} that may (--max-failures): see {folder / FAILURES}; --retry-failures tries again",
            file=sys.stderr,
        )
        return FAILED
    return OK
