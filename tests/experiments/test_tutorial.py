"""The tutorial, and the page on publishing, command by command as they stand on the page."""

import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
CONF = Path(__file__).parent / "conf"
COMMAND = ".venv/bin/coercivity"


def commands(page: str) -> list[str]:
    """The lines of a page's shell blocks."""
    text = (REPOSITORY / "docs" / page).read_text(encoding="utf-8")
    return [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]


@pytest.mark.slow
def test_the_tutorial_does_what_it_says(typed_here, tmp_path: Path, record_property) -> None:
    lines = commands("tutorial.md")
    assert len(lines) == 8
    for line in lines:
        words = shlex.split(line.replace("results/tutorial", str(tmp_path)))
        assert words[0] == COMMAND
        start = time.perf_counter()
        got = typed_here(*words[1:])
        record_property("newcomer", f"{time.perf_counter() - start:6.1f} s  {line}")
        assert got.code == 0, f"{line}\n{got.err}"
        if words[1] == "compare":
            said = " ".join(got.out.split())
            assert "magnets it needs" in said or "worst shortage of rare-earth magnets" in said
    assert (tmp_path / "licences" / "report.html").is_file()
    kinds = {path.suffix for path in (tmp_path / "compared" / "figures").glob("*-88mm.*")}
    assert kinds == {".pdf", ".svg", ".png"}


def test_publishing_goes_as_its_page_says(coercivity, tmp_path: Path) -> None:
    """Over the toy model, whose scenarios have the same names."""
    lines = [line for line in commands("how-to/publish.md") if not line.startswith("git ")]
    assert len(lines) == 10
    here = {"results/publish": str(tmp_path), ".venv/bin/python": sys.executable, "conf/": f"{CONF}/"}
    for line in lines:
        words = shlex.split(line)
        for said, place in here.items():
            words = [word.replace(said, place) for word in words]
        if words[0] != COMMAND:
            subprocess.run(words, check=True, timeout=60)
            continue
        words = words[1:]
        got = coercivity(*words, *(["--workers", "1"] if words[0] == "compare" else []))
        assert got.code == 0, f"{line}\n{got.err}"
        if words[0] == "verify":
            assert "same to the last digit" in got.out
    assert (tmp_path / "again" / "ro-crate-metadata.json").is_file()
