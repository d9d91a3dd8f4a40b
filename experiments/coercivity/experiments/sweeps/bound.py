"""What the manifest of a dataset binds: the question from its beginning, all answers once it is complete."""

from dataclasses import replace
from pathlib import Path

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.runs.manifest import Manifest, file_hash, read_manifest
from coercivity.experiments.sweeps.plan import DESIGN, NAME, read_plan
from coercivity.experiments.sweeps.runner import SUMMARY, TABLES

FAILURES, CONFIG = "failures.parquet", "config.yaml"
KIND, BEGUN = "sweep", "begun"


def check_asked(folder: Path) -> Manifest:
    """The manifest of a dataset, if configuration, plan and design are those it was begun with."""
    manifest = read_manifest(folder)
    if manifest.kind != KIND:
        raise UserError(f"{folder} is the result of `{manifest.kind}`, not the dataset of a sweep")
    for name in (CONFIG, NAME, DESIGN):
        if not (folder / name).is_file() or file_hash(folder / name) != manifest.files.get(name):
            raise UserError(f"{folder} was changed: {name} is not the one that the sweep was begun with")
    if dict(manifest.parts) != dict(read_plan(folder).parts):
        raise UserError(f"{folder} was changed: {NAME} is not the plan its manifest speaks of")
    return manifest


def bound_files(folder: Path) -> dict[str, str]:
    """The sha256 of every file that the dataset is made of; not of what is said of it."""
    parts = [*(folder / SUMMARY).glob("part-*.parquet"), *(folder / TABLES).glob("*/part-*.parquet")]
    paths = [folder / CONFIG, folder / NAME, folder / DESIGN, folder / FAILURES, *sorted(parts)]
    return {path.relative_to(folder).as_posix(): file_hash(path) for path in paths}


def mark_begun(folder: Path) -> None:
    """Enter in the manifest of a dataset that runs are being made: its shards are not what they were."""
    manifest = read_manifest(folder)
    if manifest.status != BEGUN:
        asked = (CONFIG, NAME, DESIGN)
        files = {name: digest for name, digest in manifest.files.items() if name in asked}
        replace(manifest, status=BEGUN, tables={}, files=files).write(folder)
