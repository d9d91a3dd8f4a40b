"""What a sweep found: which uncertainties decide, where policies fail, what is robust."""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import Any

from coercivity.experiments.analysis.answers import Answers, read_answers
from coercivity.experiments.analysis.findings import Findings, find, sentences
from coercivity.experiments.analysis.pictures import figures
from coercivity.experiments.analysis.sheet import sheet
from coercivity.experiments.base.errors import UserError
from coercivity.experiments.figures.look import PAGE
from coercivity.experiments.figures.paper import write
from coercivity.experiments.runs.manifest import NAME, read_manifest

MAIN = "analysis.json"


def analyse(
    folder: Path, out: Path, outcomes: Sequence[str] = (), reference: str | None = None
) -> tuple[dict[str, Any], list[str]]:
    """Write everything that is said of a dataset into `out`; the findings and their sentences."""
    check_place(out)
    answers, found = load_analysis(folder, outcomes, reference)
    said = sentences(answers, found)
    if answers.made < answers.runs:
        said.insert(
            0, f"{answers.made:,} of {answers.runs:,} runs have an answer; this is about those alone."
        )
    try:
        (out / "figures").mkdir(parents=True, exist_ok=True)
        drawn = figures(answers, found)
        for figure in drawn:
            write(figure, out / "figures", PAGE, stem=figure.name, kinds=("png", "pdf"))
        for name in ("indices", "boxes", "robustness", "differences"):
            _write_csv(out / f"{name}.csv", [asdict(one) for one in getattr(found, name)])
        plain = found.as_dict(answers)
        text = json.dumps(plain, indent=1, ensure_ascii=False)
        (out / MAIN).write_text(text + "\n", encoding="utf-8")
        page = sheet(answers, found, said, drawn, read_manifest(folder))
        (out / "report.html").write_text(page, encoding="utf-8")
    except OSError as error:
        raise UserError(f"--out {out}: {error.strerror} ({error.filename}); give another place") from error
    return plain, said


def check_place(out: Path) -> None:
    """Refuse a place that holds anything but an earlier analysis."""
    if out.exists() and not out.is_dir():
        raise UserError(f"--out {out} is a file; give the name of a folder")
    if (out / NAME).is_file():
        raise UserError(f"--out {out} is a result folder, whose report it would replace; give another name")
    if out.is_dir() and any(out.iterdir()) and not (out / MAIN).is_file():
        raise UserError(f"--out {out} holds other files and is not an analysis; give another name")


def load_analysis(
    folder: Path, outcomes: Sequence[str] = (), reference: str | None = None
) -> "tuple[Answers, Findings]":
    """A dataset's answers, and what an analysis finds in them."""
    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}; give the one a sweep printed at its end")
    answers = read_answers(folder, outcomes)
    if not answers.made:
        raise UserError(f"{folder} holds no run with an answer; {folder / 'failures.parquet'} says why")
    return answers, find(answers, reference)


def _write_csv(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]) if rows else ["outcome"], lineterminator="\n")
        writer.writeheader()
        for row in rows:
            row |= {key: None for key, value in row.items() if isinstance(value, float) and isnan(value)}
            limits = row.get("limits")
            if limits is not None:
                row["limits"] = json.dumps(limits, ensure_ascii=False)
            writer.writerow(row)
