"""Hydra's own `--multirun`: every combination of the values given, into one dataset."""

import sys
from collections.abc import Sequence
from pathlib import Path

from coercivity.experiments.base.errors import OK, CoercivityError

OURS = "hydra/sweeper=coercivity"

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

    from coercivity.experiments.base.paths import conf_dir

    def job(_cfg: DictConfig) -> None:
        _one_job()

    named = [word for word in words if word.startswith("hydra/sweeper=")]
    ours = not named or named[-1] == OURS
    to_hydra = [word for word in words if not ours or word.startswith(("hydra.", "hydra/"))]
    _asked[:] = [word for word in words if word not in to_hydra]
    _ended[:] = []
    before = sys.argv
    sys.argv = [before[0], "--multirun", *([] if named else [OURS]), *to_hydra]
    try:
        hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="config")(job)()
    finally:
        sys.argv = before
    for ended in _ended:
        if isinstance(ended, CoercivityError):
            raise ended
    return max((code for code in _ended if isinstance(code, int)), default=OK)


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
    from coercivity.experiments.runs.parallel import at_least_one
    from coercivity.experiments.sweeps.asking import grid_question
    from coercivity.experiments.sweeps.plan import question_hash
    from coercivity.experiments.sweeps.sweep import How, carry_out, open_dataset

    question = grid_question(overrides)
    out = Path(folder) if folder else Path(parent) / f"{question.name}-{question_hash(question, ())[:8]}"
    where, plan = open_dataset(question, question.evidence, out, ())
    return carry_out(where, plan, How(workers=at_least_one(workers), seconds=seconds), share)


def _one_job() -> None:
    """A job of Hydra's own sweeper: a run folder in the job's folder."""
    from hydra.core.hydra_config import HydraConfig

    from coercivity.experiments.base.paths import evidence_of
    from coercivity.experiments.base.progress import silent
    from coercivity.experiments.config.compose import compose
    from coercivity.experiments.runs.run import execute

    settings = HydraConfig.get()
    composed = compose(list(settings.overrides.task))
    out = Path(settings.runtime.output_dir) / f"{composed.scenario}-{composed.hash[:8]}"
    execute(composed, evidence_of(composed.values), out, silent)
