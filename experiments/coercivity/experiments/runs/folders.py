"""Places of results: claimed by one command at a time, filled beside, and never taken from anything else."""

import fcntl
import logging
import os
import re
import shutil
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from coercivity.experiments.base.errors import RunError, UserError, describe, say_unseen
from coercivity.experiments.base.files import refuse_special, refuse_special_inside
from coercivity.experiments.base.paths import results_dir
from coercivity.experiments.runs.manifest import (
    LOG,
    NAME,
    Manifest,
    changed_files,
    files_of,
    read_manifest,
    results_in,
    seal,
)

LOCK = ".lock"
NAMED = 5  # files that a sentence names
logger = logging.getLogger("coercivity")


def default_out(command: str, name: str, digest: str, evidence: str) -> Path:
    """Where a result goes unless told otherwise: its name, then hashes of configuration and evidence."""
    return results_dir() / command / f"{name[:80]}-{digest[:8]}-{evidence[:8]}"


def resolve_out(out: Path) -> Path:
    """The place that --out means, links followed. Raises UserError where it can be no folder."""
    if unseen := say_unseen(str(out)):
        raise UserError(f"--out {out}: the name holds {unseen}; give another place")
    try:
        place = Path(os.path.realpath(out.absolute()))
        if place.is_symlink():
            raise UserError(f"--out {out} is a link that leads nowhere; give the name of a folder")
        if place.exists() and not place.is_dir():
            raise UserError(f"--out {out} is a file; give the name of a folder")
        if not place.name:
            raise UserError(f"--out {out} is no place for a result; give the name of a folder")
        place.parent.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise UserError(f"--out {out}: {said}; give another place") from error
    if not os.access(place.parent, os.W_OK | os.X_OK):
        raise UserError(f"--out {out}: nothing can be written in {place.parent}; give another place")
    return place


def check_out(out: Path, kind: str, force: bool = False) -> Path:
    """The place of a result of a kind, if one may be put there. Raises UserError where it may not.

    Only a result of the same kind, as the command left it, is replaced; with `force` any result folder is.
    """
    place = resolve_out(out)
    if not place.is_dir() or not any(place.iterdir()):
        return place
    if not (place / NAME).is_file():
        raise UserError(f"--out {out} holds other files and is not a result folder; give another name")
    refuse_special_inside(place)
    _check_free(place)
    if not force and (lost := reasons_to_keep(place, kind)):
        raise UserError(f"--out {out} {lost}; give another name, or --force to delete it all")
    return place


def reasons_to_keep(place: Path, kind: str) -> str:
    """Why a result folder may not be replaced by one of a kind; nothing where it may."""
    try:
        manifest = read_manifest(place)
    except UserError as error:
        return f"holds a result that cannot be read ({error})"
    if manifest.kind != kind:
        return f"is the result of `{manifest.kind}`, which `{kind}` does not replace"
    if lost := changed_files(place, manifest):
        more = f" and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
        return f"holds what a new result would delete: {', '.join(lost[:NAMED])}{more}"
    return ""


def _check_free(place: Path) -> None:
    """Refuse a folder that a sweep is filling."""
    for path in place.glob(f"{LOCK}*"):
        with path.open("a+") as stream:
            _lock(stream.fileno(), place, path)


def _lock(number: int, place: Path, path: Path) -> None:
    """Hold a file alone. Raises UserError where another process holds it."""
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = path.read_text(encoding="utf-8", errors="replace").strip()
        who = f" (process {holder})" if holder else ""
        raise UserError(
            f"{place} is being filled by another command{who}; wait for it, stop it, or give another --out"
        ) from None
    except OSError as error:
        raise UserError(f"{place}: this file system takes no locks ({error.strerror})") from error


@contextmanager
def claim_place(place: Path) -> Iterator[None]:
    """Hold a place alone while something is put there; what a killed command left beside it is cleared."""
    path = place.parent / f".{place.name}{LOCK}"
    number = _open_lock(path, place)
    try:
        os.ftruncate(number, 0)
        os.write(number, str(os.getpid()).encode())
        _recover(place)
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(number)


def _open_lock(path: Path, place: Path) -> int:
    """The lock file, held; made again where its last holder removed it meanwhile."""
    while True:
        refuse_special(path)
        try:
            number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        except OSError as error:
            raise UserError(f"--out {place}: {error.strerror}; give another place") from error
        try:
            _lock(number, place, path)
            if path.exists() and path.stat().st_ino == os.fstat(number).st_ino:
                return number
        except BaseException:
            os.close(number)
            raise
        os.close(number)


def _recover(place: Path) -> None:
    """Remove drafts of commands that were killed; put back a result that was about to be replaced."""
    pattern = re.compile(re.escape(f".{place.name}.") + r"(tmp|old)-\d+")
    for path in sorted(place.parent.iterdir()):
        if (found := pattern.fullmatch(path.name)) and path.is_dir():
            if found[1] == "old" and not place.exists():
                path.rename(place)
            else:
                shutil.rmtree(path, ignore_errors=True)


@contextmanager
def writing(out: Path, kind: str, force: bool = False) -> Iterator[Path]:
    """A temporary folder that becomes `out` when the block ends well, and vanishes when not.

    What goes wrong inside, other than a user's mistake, is written to `<out>.failed.log`.
    """
    place = resolve_out(out)
    with claim_place(place):
        check_out(out, kind, force)
        draft = place.parent / f".{place.name}.tmp-{os.getpid()}"
        failed = place.parent / f"{place.name}.failed.log"
        try:
            draft.mkdir()
        except OSError as error:
            raise UserError(f"--out {out}: {error.strerror}; give another place") from error
        try:
            with _logging_to(draft / LOG):
                yield draft
            seal(draft)
            put_in_place(draft, place, kind, force)
            failed.unlink(missing_ok=True)
        except (UserError, RunError, KeyboardInterrupt):
            raise
        except Exception as error:
            _keep_log(draft / LOG, failed)
            raise RunError(f"the run failed: {describe(error)}; the log is {failed}") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def put_in_place(draft: Path, place: Path, kind: str, force: bool) -> None:
    """Move a finished folder to its place; where something came there meanwhile, beside it."""
    try:
        check_out(place, kind, force)
    except UserError as error:
        kept = place.parent / f"{place.name}.new-{os.getpid()}"
        draft.rename(kept)
        raise UserError(f"{error}. The new result is kept in {kept}") from error
    if not place.is_dir() or not any(place.iterdir()):
        draft.rename(place)
        return
    _say_what_goes(place, force)
    old = place.parent / f".{place.name}.old-{os.getpid()}"
    place.rename(old)
    draft.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def _say_what_goes(place: Path, force: bool) -> None:
    """Tell of a result that is replaced; with `force`, of every file in it that goes."""
    try:
        manifest: Manifest | None = read_manifest(place)
    except UserError:
        manifest = None
    what = f"the {manifest.kind} made {manifest.made}" if manifest else "what was in it"
    print(f"note: {place}: {what} is replaced", file=sys.stderr)
    if not force:
        return
    everything = [path for root in (place, *results_in(place)) for path in files_of(root)]
    size = sum(path.lstat().st_size for path in everything)
    names = sorted({path.relative_to(place).parts[0] for path in everything})
    print(
        f"note: --force deletes {len(everything)} files, {size:,} bytes: {', '.join(names)}", file=sys.stderr
    )


def _keep_log(log: Path, kept: Path) -> None:
    with suppress(OSError):
        text = log.read_text(encoding="utf-8") if log.is_file() else ""
        kept.write_text(text + "\n" + traceback.format_exc(), encoding="utf-8")


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """Send what the package logs to a file while the block runs."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    level, propagates = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagates
        handler.close()
