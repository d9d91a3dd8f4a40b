"""Results for papers and for other tools: IAMC's table of scenarios, and an RO-Crate."""

from pathlib import Path

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.provenance.crate import is_crate, write_crate
from coercivity.experiments.provenance.iamc import is_iamc, write_iamc
from coercivity.experiments.runs.manifest import NAME, deriving, read_manifest

FORMATS = ("iamc", "ro-crate")


def export_result(folder: Path, kind: str, out: Path | None, force: bool = False) -> tuple[Path, str]:
    """Write a result in another's format; the file, and what is in it. Raises UserError."""
    read_manifest(folder)
    if out is not None:
        check_file(out, kind, force)
    try:
        with deriving(folder):
            if kind == "iamc":
                return write_iamc(folder, out or folder / "iamc.csv")
            return write_crate(folder, out)
    except OSError as error:
        place = error.filename or out or folder
        said = error.strerror or str(error)
        raise UserError(f"{place}: cannot be written: {said}; give another place with --out") from error


def check_file(out: Path, form: str, force: bool) -> None:
    """Refuse to write over a file that is not an earlier export, or into a result but its own."""
    if out.is_dir():
        raise UserError(f"--out {out} is a folder; give the name of a file")
    if not out.exists():
        return
    if not out.is_file():
        raise UserError(f"--out {out} is no file that can be written over; give another name")
    ours = is_iamc(out) if form == "iamc" else is_crate(out)
    inside = any((place / NAME).is_file() for place in out.resolve().parents)
    if inside and not ours:
        raise UserError(f"--out {out} is a file of a result folder; give another name")
    if not ours and not force:
        raise UserError(f"--out {out} is there and no export of this kind; give another name, or --force")
