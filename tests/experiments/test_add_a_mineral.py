"""The page on adding a mineral, block by block as it stands: files are written, commands typed."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "how-to" / "add-a-mineral.md").read_text(encoding="utf-8")
FILES = re.compile(r"Write `(conf/[\w./]+)`:\n\n```\w+\n(.*?)```", re.DOTALL)
COMMANDS = re.compile(r"```sh\n(.*?)```", re.DOTALL)


@pytest.fixture
def clone(typed_here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # after it: it forgets all
    """A configuration of one's own, as in a fresh clone."""
    shutil.copytree(REPOSITORY / "conf", tmp_path / "conf")
    monkeypatch.setenv("COERCIVITY_CONF", str(tmp_path / "conf"))
    return tmp_path


def test_a_mineral_is_added_as_its_page_says(clone: Path, typed_here) -> None:
    files = FILES.findall(PAGE)
    assert len(files) == 18
    for path, text in files:
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        assert not (clone / path).exists()
        (clone / path).write_text(text, encoding="utf-8")
    (block,) = COMMANDS.findall(PAGE)
    said = {}
    for line in block.splitlines():
        command, *words = shlex.split(line.replace("conf/", f"{clone}/conf/"))
        assert command == ".venv/bin/coercivity"
        makes = words[0] in ("run", "compare")
        got = typed_here(*words, *(["--out", str(clone / words[0])] if makes else []))
        assert got.code == 0, f"{line}\n{got.err}"
        said[words[0]] = got.out
    assert "Example vein in the west" in said["list"]
    assert "examplium oxide averages" in " ".join(said["compare"].split())
    assert not re.search(r"magnet|rare.earth|neodymium", (clone / "compare" / "report.html").read_text())
