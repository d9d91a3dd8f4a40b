"""What became of a case: a clear sentence, a certified run, or a fault with the place it lies."""

import math
import re
import signal
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from coercivity.experiments.base.errors import UserError, describe
from coercivity.experiments.base.paths import conf_dir, evidence_of
from coercivity.experiments.config.compose import Composed, compose
from coercivity.experiments.config.validate import compose_file
from coercivity.experiments.runs.run import forget_worlds, simulate
from coercivity.experiments.validation.files import check
from fuzz.cases import Case
from fuzz.evidence import damage_evidence, first_steps

REFUSED, CERTIFIED, FAULT = "refused", "certified", "fault"
STEPS = 2
LONGEST = 60.0  # s of the processor, of a step
PATIENCE = 150.0  # s of the processor, of a case
LONGEST_SENTENCE = 1500
TINY = 1e-9
AMOUNTS = (
    ("stocks", "tonnes"),
    ("flows", "tonnes"),
    ("activity", "tonnes"),
    ("activity", "capacity"),
    ("uses", "served"),
)
RAW = re.compile(
    r"Traceback|internal error|pydantic|ValidationError|full_key|object_type|omegaconf|[A-Z]\w+Error\b|"
    r"<class| object at 0x|np\.float64|Could not (override|append|delete)|\[type=|does not compose"
)


PLAIN = Case(0, "overrides", "gallium_germanium", ("scenario=gallium_baseline", "clock.end=2025-04"))


@dataclass(frozen=True)
class Verdict:
    """How a case ended. said: the sentence, or the fault · where: the last place in our code, of a fault"""

    outcome: str
    said: str
    where: str = ""
    seconds: float = 0.0


def judge(case: Case) -> Verdict:
    """Do what a case asks and say what became of it."""
    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as warned, TemporaryDirectory() as folder:
        warnings.simplefilter("always", RuntimeWarning)
        try:
            with _in_time(PATIENCE):
                found = run(case, Path(folder))
        except UserError as error:
            found = _sentence(str(error))
        except _LateError:
            found = Verdict(FAULT, f"not done after {PATIENCE:.0f} s", "time")
        except Exception as error:
            notes = "; ".join(getattr(error, "__notes__", ()))
            found = Verdict(FAULT, f"{describe(error)} {notes}".strip()[:600], _where(error))
        finally:
            forget_worlds()
    numerical = [one for one in warned if issubclass(one.category, RuntimeWarning)]
    if found.outcome == CERTIFIED and numerical:
        place = f"{Path(numerical[0].filename).name}:{numerical[0].lineno}"
        found = Verdict(FAULT, f"RuntimeWarning: {numerical[0].message}", place)
    return replace(found, seconds=time.perf_counter() - start)


def run(case: Case, folder: Path = Path()) -> Verdict:
    """Compose, validate and run."""
    if case.kind == "evidence":
        return _run_over_damage(int(case.damage), folder)
    if case.kind in ("scenario", "text"):
        path = folder / "generated.yaml"
        path.write_bytes(case.file)
        composed, passed = _of_file(path)
    else:
        composed, passed = compose(case.overrides), ""
    try:
        return _run(composed, evidence_of(composed.values))
    except UserError as error:
        if passed:
            return Verdict(FAULT, f"`validate` says {passed!r}, `run` says: {error}", "validate")
        raise


def _run_over_damage(seed: int, folder: Path) -> Verdict:
    """Run the baseline of a chain for a step over evidence that was damaged."""
    damage = damage_evidence(seed, conf_dir() / "evidence", folder / "evidence")
    try:
        found = _run(compose(first_steps(damage.chain)), damage.folder)
    except UserError as error:
        if damage.sound is True:
            return Verdict(FAULT, f"{damage.said}: nothing is wrong with it: {error}", "refused")
        raise
    except Exception as error:
        error.add_note(damage.said)
        raise
    if damage.sound is False and found.outcome == CERTIFIED:
        return Verdict(FAULT, f"{damage.said}: ran as if nothing were wrong", "accepted")
    return found


def _of_file(path: Path) -> tuple[Composed, str]:
    """The configuration of a scenario file, and what `validate` says of it if it does not refuse it."""
    try:
        passed = check(path)
    except UserError as error:
        passed, refused = "", str(error)
    else:
        refused = ""
    try:
        composed = compose_file(path)
    except UserError as error:
        if passed and passed != "good":  # one without a header is not called a scenario
            raise AssertionError(f"`validate` says {passed!r}, `run` says: {error}") from error
        raise
    if refused:
        raise UserError(refused)
    return composed, "" if passed == "good" else passed


def _run(composed: Composed, evidence: Path) -> Verdict:
    """Step a world once or twice and look at every table."""
    settings, clock = composed.settings, composed.settings.clock
    if clock.steps > STEPS:
        clock = clock.model_copy(update={"end": clock.date(STEPS)[:7]})
    alone = settings.optimise.model_copy(update={"threads": 1})  # HiGHS takes one number a process
    composed = replace(composed, settings=settings.model_copy(update={"clock": clock, "optimise": alone}))
    steps: list[float] = [time.process_time()]
    tables, _ = simulate(composed, evidence, lambda _step, _steps: steps.append(time.process_time()))
    slowest = max((b - a for a, b in pairwise(steps)), default=0.0)
    if slowest > LONGEST:
        return Verdict(FAULT, f"a step took {slowest:.0f} s", "time")
    wrong = list(_impossible(tables))
    return Verdict(FAULT, "; ".join(wrong)[:600], "tables") if wrong else Verdict(CERTIFIED, "")


ENDS = {("prices", "low"), ("prices", "high")}  # blank where nothing bounds a price


def _impossible(tables: Mapping[str, Any]) -> Iterator[str]:
    """What no table may hold."""
    for name, table in tables.items():
        for column in table.select_dtypes("number"):
            values = table[column].to_numpy(float)
            if np.isnan(values).any() and (name, column) not in ENDS:
                yield f"NaN in {name}.{column}: {table[np.isnan(values)].iloc[0].to_dict()}"
            if np.isinf(values).any():
                yield f"infinite {name}.{column}: {table[np.isinf(values)].iloc[0].to_dict()}"
    for name, column in AMOUNTS:
        values = tables[name][column]
        low = tables[name][values < -TINY * max(1.0, _largest(values))]
        if len(low):
            yield f"negative {name}.{column}: {low.iloc[0].to_dict()}"
    shares = {
        "indicators": tables["indicators"].query("unit == 'share'").value,
        "uses": tables["uses"].shortage,
    }
    for name, values in shares.items():
        if len(values) and values.max() > 1 + 1e-6:
            yield f"a share over 100 % in {name}: {tables[name].loc[values.idxmax()].to_dict()}"
    for residual in ("primal", "dual", "complementarity", "gap", "mass", "sign", "row"):
        worst = float(tables["certificates"][residual].max())
        if not worst <= 1e-6:
            yield f"certificate: {residual} {worst:.1e}"


def _largest(values: Any) -> float:
    found = values.abs().max()
    return 0.0 if math.isnan(found) else float(found)


def _sentence(said: str) -> Verdict:
    """A refusal, if it reads like one."""
    raw = RAW.search(said)
    if raw:
        return Verdict(FAULT, f"raw text: {said}"[:600], f"words: {raw[0]}")
    if not said.strip() or len(said) > LONGEST_SENTENCE:
        return Verdict(FAULT, f"{len(said)} characters: {said[:300]}", "words: length")
    return Verdict(REFUSED, said)


def _where(error: BaseException) -> str:
    """The last place in our code that an error went through."""
    ours = [f for f in traceback.extract_tb(error.__traceback__) if "coercivity" in f.filename]
    last = ours[-1] if ours else None
    return f"{Path(last.filename).name}:{last.name}" if last else type(error).__name__


class _LateError(BaseException):
    """A case that takes too long."""


@contextmanager
def _in_time(seconds: float) -> Iterator[None]:
    """Raise _LateError in what takes longer, where this is the main thread of its process."""

    def late(*_: object) -> None:
        raise _LateError

    try:
        before = signal.signal(signal.SIGPROF, late)
    except (ValueError, AttributeError):
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
