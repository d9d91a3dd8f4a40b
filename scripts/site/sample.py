"""A comparison as a reader gets it, for the site: its report, its brief, and the explorer as one page.

Taken from the newest result of the README's comparison that this commit made, else made anew, small.
"""

import contextlib
import io
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.explorer.front import static_page
from coercivity.experiments.reports.brief import write_brief
from coercivity.experiments.reports.compare import ComparisonRequest, run_comparison
from coercivity.experiments.reports.report import load_subject
from coercivity.experiments.runs.manifest import commit, read_manifest

if TYPE_CHECKING:
    from mkdocs.structure.files import File

ROOT = Path(__file__).parents[2]
SCENARIOS = ("policies_frozen", "restrictions_2025", "friendshoring_pooled")
SMALL = ("futures=3", "clock.step=year")
PLACE = "sample/"
LINES = {
    "report.html": "[A report]({to}): the finding, tiles, figures, who gains and who pays, how firm it is",
    "brief.html": "[A brief]({to}) of it on one A4 page",
    "brief.pdf": "[The brief as PDF]({to})",
    "explorer.html": "[The explorer]({to}): six sliders, answered at once from an emulator of the model",
}


def files(config: Any) -> Iterator["File"]:
    """What the site holds of the sample."""
    from mkdocs.structure.files import File  # which is there only where the site is built

    for name, content in sample().items():
        where: Any = {"content": content} if isinstance(content, str) else {"abs_src_path": str(content)}
        yield File.generated(config, PLACE + name, **where)


def links() -> str:
    """The sample as a list of links, and the brief as it looks."""
    told = "\n".join(f"- {LINES[name].format(to=PLACE + name)}." for name in sample())
    return f'{told}\n\n<iframe class="sample" src="{PLACE}brief.html" title="The brief"></iframe>\n'


@cache
def sample() -> dict[str, Path | str]:
    """The files of the sample by name; no explorer where its emulator is of another model."""
    folder = _folder()
    with contextlib.redirect_stdout(io.StringIO()):
        brief = write_brief(folder, load_subject(folder))
    found: dict[str, Path | str] = {path.name: path for path in (folder / "report.html", *brief)}
    try:
        found["explorer.html"] = static_page(evidence_dir())
    except UserError as error:
        print(f"the site has no explorer: {error}", file=sys.stderr)
    return found


def _folder() -> Path:
    """A finished comparison of this commit: the newest there is, else a small one."""
    here, _ = commit()
    out = ROOT / ".venv" / "sample"
    made = [
        *(ROOT / "results" / "compare").glob(f"{'-'.join(SCENARIOS)}-*/manifest.json"),
        out / "manifest.json",
    ]
    for path in sorted(filter(Path.is_file, made), key=lambda path: -path.stat().st_mtime):
        if read_manifest(path.parent).commit == here:
            return path.parent
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        run_comparison(ComparisonRequest((*SCENARIOS, *SMALL), out=out, force=out.exists()))
    return out
