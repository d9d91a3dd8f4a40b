"""An RO-Crate 1.1 of a result: what it is, what made it, from what, with the hash of every file.

Soiland-Reyes et al. (2022, Data Science). The description lies in the folder; with `--out X.zip` the folder
goes with it into one file to be deposited.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.provenance.trace import command_in
from coercivity.experiments.runs.manifest import Manifest, read_manifest
from coercivity.experiments.runs.parts import parts_of

NAME = "ro-crate-metadata.json"
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
LICENCE = "https://www.apache.org/licenses/LICENSE-2.0"
KINDS = {
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".yaml": "application/yaml",
    ".csv": "text/csv",
    ".html": "text/html",
    ".md": "text/markdown",
    ".png": "image/png",
    ".pdf": "application/pdf",
    ".log": "text/plain",
}
LEFT_OUT = (".lock", ".damaged", ".tmp-")


def write_crate(folder: Path, out: Path | None) -> tuple[Path, str]:
    """Describe a result folder; with a zip file's name, pack it too. The file, and what is in it."""
    if out is not None and out.suffix != ".zip":
        raise UserError(
            f"--out {out}: an RO-Crate is packed into a .zip; without --out it stays in the folder"
        )
    files = list(_files(folder))
    text = json.dumps(crate(folder, files), indent=1, ensure_ascii=False)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")
    told = f"an RO-Crate of {len(files):,} files"
    if out is None:
        return folder / NAME, told
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in [folder / NAME, *files]:
            packed.write(path, path.relative_to(folder))
    return out, told


def is_crate(path: Path) -> bool:
    """Whether a file is a packed crate."""
    return zipfile.is_zipfile(path) and NAME in zipfile.ZipFile(path).namelist()


def crate(folder: Path, files: list[Path]) -> dict[str, Any]:
    """The description of a folder as JSON-LD."""
    manifest = read_manifest(folder)
    names = [path.relative_to(folder).as_posix() for path in files]
    made_from = [name for name in ("config.yaml", "plan.json", "design.parquet") if name in names]
    results = [name for name in names if name not in made_from]
    evidence = f"#evidence-{manifest.evidence_hash[:12]}"
    graph: list[dict[str, Any]] = [
        {
            "@id": NAME,
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": _title(manifest),
            "description": _description(manifest),
            "datePublished": manifest.made,
            "license": {"@id": LICENCE},
            "hasPart": [{"@id": reference(name)} for name in names],
            "mentions": {"@id": "#run"},
        },
        *(_file(path, name) for path, name in zip(files, names, strict=True)),
        {
            "@id": evidence,
            "@type": "Dataset",
            "name": "Evidence: sourced figures, conf/evidence",
            "identifier": f"sha256:{manifest.evidence_hash}",
        },
        _software(manifest),
        {
            "@id": "#run",
            "@type": "CreateAction",
            "name": command_in(folder),
            "instrument": {"@id": "#coercivity"},
            "endTime": manifest.made,
            "object": [*({"@id": reference(name)} for name in made_from), {"@id": evidence}],
            "result": [{"@id": reference(name)} for name in results],
        },
    ]
    return {"@context": CONTEXT, "@graph": graph}


def _software(manifest: Manifest) -> dict[str, Any]:
    version = f"{manifest.packages.get('coercivity')}, commit {manifest.commit or 'not known'}"
    return {
        "@id": "#coercivity",
        "@type": "SoftwareApplication",
        "name": "coercivity",
        "softwareVersion": version,
        "softwareRequirements": [f"{name} {version}" for name, version in manifest.packages.items()],
    }


def reference(name: str) -> str:
    """A file's name as a relative reference of RFC 3986: blanks, `%` and letters beyond ASCII escaped.

    >>> reference("figures/50 % of é.png")
    'figures/50%20%25%20of%20%C3%A9.png'
    """
    return (PurePosixPath("/") / name).as_uri().removeprefix("file:///")


def _title(manifest: Manifest) -> str:
    if manifest.kind == "compare":
        return f"Comparison of {', '.join(parts_of(manifest.parts))}"
    return f"{manifest.title} ({manifest.kind})"


def _description(manifest: Manifest) -> str:
    changed = " with local changes" if manifest.dirty else ""
    scenarios = ", ".join(parts_of(manifest.parts)) if manifest.kind == "compare" else manifest.scenario
    return (
        f"Scenario {scenarios}, seed {manifest.seed}; configuration {manifest.config_hash}, "
        f"evidence {manifest.evidence_hash}, commit {manifest.commit or 'not known'}{changed}. "
        "`coercivity verify` with this folder repeats it."
    )


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != NAME and not any(part in path.name for part in LEFT_OUT):
            yield path


def _file(path: Path, name: str) -> dict[str, Any]:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return {
        "@id": reference(name),
        "@type": "File",
        "name": name,
        "contentSize": str(path.stat().st_size),
        "encodingFormat": KINDS.get(path.suffix, "application/octet-stream"),
        "identifier": f"sha256:{digest.hexdigest()}",
    }
