"""The tutorial, command by command as it stands on the page."""

import re
import shlex
from pathlib import Path

import pytest

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.md"
COMMAND, FOLDER = ".venv/bin/coercivity", "results/tutorial"


@pytest.mark.slow
def test_the_tutorial_does_what_it_says(typed_here, tmp_path: Path) -> None:
    text = TUTORIAL.read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    assert len(lines) == 8
    for line in lines:
        words = shlex.split(line.replace(FOLDER, str(tmp_path)))
        assert words[0] == COMMAND
        got = typed_here(*words[1:])
        assert got.code == 0, f"{line}\n{got.err}"
        if words[1] == "compare":
            assert "In short." in got.out
    assert (tmp_path / "licences" / "report.html").is_file()
    kinds = {path.suffix for path in (tmp_path / "compared" / "figures").glob("*-88mm.*")}
    assert kinds == {".pdf", ".svg", ".png"}
