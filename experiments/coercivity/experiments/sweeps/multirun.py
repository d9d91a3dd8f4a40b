"""Hydra's own `--multirun`: every combination of the values given, into one dataset."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from coercivity.experiments.base.errors import OK, CoercivityError, RunError, UserError, describe
from coercivity.experiments.base.paths import conf_dir, evidence_of
from coercivity.experiments.base.progress import silent
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.evidence_reader import hash_evidence
from coercivity.experiments.runs.execution import read_workers
from coercivity.experiments.runs.run import execute
from coercivity.experiments.sweeps.asking import grid_question
from coercivity.experiments.sweeps.plan import question_hash
from coercivity.experiments.sweeps.sweep import ExecutionOptions, open_dataset, run_sweep

OURS = "hydra/sweeper=coercivity"
FULL_ERROR, DIR, OPTIONS = "HYDRA_FULL_ERROR", "hydra.sweep.dir=", "Available options in"

# Hydra neither takes materials as keys nor passes on how a sweep ended: what is asked and how it ended
# goes past it, here.
_asked: list[str] = []
_ended: list[int | CoercivityError] = []


def multirun(words: Sequence[str]) -> int:
    """Do what Hydra's command line asks; the exit code.

    With `hydra/sweeper=basic` it is Hydra's own sweeper that numbers and makes the jobs: a run folder each.
    """
    import hydra
    from omegaconf import DictConfig

    def job(_cfg: DictConfig) -> None:
        _one_job()

    named = [word for word in words if word.startswith("hydra/sweeper=")]
    ours = not named or named[-1] == OURS
    if ours:
        _check_engine(words)
    else:
        _check_unused(words)
    to_hydra = [word for word in words if not ours or word.startswith(("hydra.", "hydra/"))]
    _asked[:] = [word for word in words if word not in to_hydra]
    _ended[:] = []
    with _as_command_line(["--multirun", *([] if named else [OURS]), *to_hydra]):
        hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="config")(job)()
    for ended in _ended:
        if isinstance(ended, CoercivityError):
            raise ended
    return max((code for code in _ended if isinstance(code, int)), default=OK)


@contextmanager
def _as_command_line(words: Sequence[str]) -> Iterator[None]:
    """Hand words to Hydra, which reads `sys.argv`; what it refuses is the user's mistake, in one sentence."""
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    argv, full = sys.argv, os.environ.get(FULL_ERROR)
    sys.argv, os.environ[FULL_ERROR] = [argv[0], *words], "1"  # else it prints a page and leaves
    try:
        yield
    except (CoercivityError, KeyboardInterrupt):
        raise
    except (HydraException, OmegaConfBaseException) as error:
        asked = " ".join(word for word in words if word.startswith("hydra"))
        raise UserError(f"Hydra refuses `{asked}`: {_one_line(error)}") from error
    except Exception as error:
        raise RunError(f"a job of Hydra's sweeper failed: {describe(error)}") from error
    finally:
        sys.argv = argv
        if full is None:
            del os.environ[FULL_ERROR]
        else:
            os.environ[FULL_ERROR] = full


def _one_line(error: Exception) -> str:
    """What Hydra says, in one sentence: with the files there are, or with the cause, where it tells them."""
    lines = str(error).splitlines()
    options: list[str] = []
    for line in lines[
        next((n for n, line in enumerate(lines) if line.startswith(OPTIONS)), len(lines)) + 1 :
    ]:
        if not line.startswith("\t"):
            break
        options.append(line.strip())
    more = f"there are: {', '.join(options)}" if options else str(error.__cause__ or "").partition("\n")[0]
    return f"{lines[0]}; {more}" if more and more not in lines[0] else lines[0]


def _check_engine(words: Sequence[str]) -> None:
    """Refuse a launcher where no launcher is asked: our sweeper makes the runs itself."""
    for word in words:
        if word.lstrip("+").startswith(("hydra/launcher", "hydra.launcher")):
            raise UserError(
                f"`{word}`: coercivity makes the runs itself, in hydra.sweeper.workers=N processes; "
                "a launcher goes with hydra/sweeper=basic"
            )


def _check_unused(words: Sequence[str]) -> None:
    """Refuse a folder that holds an earlier multirun, whose jobs would be mixed with these."""
    named = [word.partition("=")[2] for word in words if word.startswith(DIR)]
    if named and (folder := Path(named[-1].strip("'\""))).is_dir() and any(folder.iterdir()):
        raise UserError(f"`{DIR}{named[-1]}`: this folder holds other results; give the name of a new one")


def swept(
    arguments: Sequence[str],
    parent: str,
    folder: str | None,
    workers: int | None,
    seconds: float,
    share: float,
) -> None:
    """What our sweeper does with Hydra's arguments; kept is how it ended."""
    try:
        _ended.append(grid_into([*arguments, *_asked], parent, folder, workers, seconds, share))
    except CoercivityError as error:
        _ended.append(error)


def grid_into(
    overrides: Sequence[str],
    parent: str,
    folder: str | None,
    workers: int | None,
    seconds: float,
    share: float,
) -> int:
    """Every combination of overrides into a dataset: `folder`, or one of its own name under `parent`."""
    question = grid_question(overrides)
    name = f"{question.name}-{question_hash(question, ())[:8]}-{hash_evidence(question.evidence)[:8]}"
    out = Path(folder) if folder else Path(parent) / name
    where, plan = open_dataset(question, question.evidence, out, ())
    return run_sweep(where, plan, ExecutionOptions(workers=read_workers(workers), seconds=seconds), share)


def _one_job() -> None:
    """A job of Hydra's own sweeper: a run folder in the job's folder."""
    from hydra.core.hydra_config import HydraConfig

    settings = HydraConfig.get()
    composed = compose(list(settings.overrides.task))
    evidence = evidence_of(composed.values)
    name = f"{composed.scenario}-{composed.hash[:8]}-{hash_evidence(evidence)[:8]}"
    execute(composed, evidence, Path(settings.runtime.output_dir) / name, silent)
