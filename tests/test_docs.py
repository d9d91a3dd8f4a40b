"""What the documentation says of itself: links lead somewhere, commands are commands of the program."""

import csv
import re
import shlex
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    path
    for folder in (ROOT, ROOT / "docs", ROOT / "results")
    for path in (folder.glob("*.md") if folder != ROOT / "docs" else folder.rglob("*.md"))
    if folder != ROOT / "results" or path.name == "README.md"
)
FENCE = re.compile(r"^(```|~~~).*?^\1 *$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^()\s]+)\)")
CODE = re.compile(r"^```sh\n(.*?)^```|^((?:    [^\n]*\n)+)|`(coercivity [^`\n]+)`", re.DOTALL | re.MULTILINE)
INVENTED = re.compile(r"how-to/add-a-")  # examples whose scenarios, levers and states are made on the page


def name(path: Path) -> str:
    """A page as people say it."""
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = []
    for to in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        path, _, anchor = to.partition("#")
        if "://" in to or path.startswith("mailto:"):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            lost.append(to)
    assert not lost


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors of a page's headings, and of those that the site's build will add."""
    text = page.read_text(encoding="utf-8")
    if "<!-- from the code:" in text:
        return frozenset(("clock", "market", "optimise", "what_if", "seed", "firm", "state", "strategies"))
    heads = re.findall(r"^#+ (.*)$", FENCE.sub("", text), re.MULTILINE)
    return frozenset(
        re.sub(r"[^\w\- ]", "", head.replace("`", "")).strip().lower().replace(" ", "-") for head in heads
    )


def commands(page: Path) -> Iterator[list[str]]:
    """The command lines of the program that a page tells one to type, as words."""
    for shell, indented, inline in CODE.findall(page.read_text(encoding="utf-8")):
        for line in (shell or indented or inline).replace("\\\n", " ").splitlines():
            words = line.strip().removeprefix(".venv/bin/")
            if (
                words.startswith("coercivity ")
                and " ..." not in words
                and not re.search(r"[A-Z]{4,}|DIR", words)
            ):
                yield shlex.split(words.partition(" | ")[0].partition(" #")[0])[1:]


@pytest.mark.parametrize("page", [page for page in PAGES if any(commands(page))], ids=name)
def test_every_command_is_one(page: Path) -> None:
    """Its options exist; of a run or a comparison, its scenarios and settings too. Nothing is run."""
    from coercivity.experiments.cli import entry as cli
    from coercivity.experiments.config.compose import compose
    from coercivity.experiments.reports import compare
    from coercivity.experiments.reports.futures import read_futures

    for words in commands(page):
        if words[0] == "COMMAND" or words[0].startswith("-"):
            continue
        command = cli._find(words[0])
        parser = cli.parser_of(command, import_module(command.module))
        if words[1:] == []:
            continue
        args = cli._parse(parser, words[1:], command)
        files = any(word.endswith(".yaml") for word in words)  # configurations that a reader has
        if INVENTED.search(name(page)) or command.name not in ("run", "compare") or files:
            continue
        asked = list(read_futures(args.overrides if command.name == "run" else args.words).settings)
        scenarios, settings = ([], asked) if command.name == "run" else compare._sort_words(asked)
        for scenario in scenarios or [""]:
            compose([*([f"scenario={scenario}"] if scenario else []), *settings])


def test_every_option_says_what_it_does() -> None:
    """The reference of commands is made of these words."""
    from coercivity.experiments.cli import entry as cli

    for command in cli.COMMANDS:
        parser = cli.parser_of(command, import_module(command.module))
        for action in parser._actions:
            assert action.help, f"{command.name} {action.option_strings or action.dest} says nothing"


def test_the_reference_can_be_told_from_the_code() -> None:
    """As the build of the site does; every mark on a page has its section."""
    spec = spec_from_file_location("reference", ROOT / "scripts" / "site" / "reference.py")
    assert spec is not None and spec.loader is not None
    reference = module_from_spec(spec)
    spec.loader.exec_module(reference)
    told = [
        reference.fill_marks(path.read_text(encoding="utf-8"))
        for path in (ROOT / "docs" / "reference").glob("*.md")
    ]
    assert all(text.count("\n#") > 3 and "<!-- from" not in text for text in told)


@pytest.mark.parametrize(
    ("word", "confidence"),
    [
        ("looked up", "looked-up"),
        ("derived", "derived"),
        ("recalled", "recall"),
        ("calibrated", "calibrated"),
        (r"\(28 %\) estimates", "estimate"),
    ],
)
def test_the_front_page_counts_its_evidence(word: str, confidence: str) -> None:
    """Rows by how sure they are, within a twentieth of what the folder holds."""
    found = re.search(rf"([0-9,]+) {word}", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert found is not None
    assert int(found[1].replace(",", "")) == pytest.approx(rows_of("evidence")[confidence], rel=0.05)


def test_the_front_page_counts_all_rows() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    least = re.search(r"More than ([0-9,]+) rows in `conf/evidence/`", text)
    own = re.search(r"the second mineral has ([0-9,]+)\s+of its", text)
    assert least is not None and own is not None
    told, rows = int(least[1].replace(",", "")), rows_of("evidence")
    assert told < rows.total() < 1.05 * told
    assert rows["estimate"] / rows.total() == pytest.approx(0.28, abs=0.005)
    second = rows_of("evidence/gallium_germanium").total()
    assert int(own[1].replace(",", "")) == pytest.approx(second, rel=0.05)


@cache
def rows_of(folder: str) -> Counter[str]:
    """How many rows of a folder of evidence there are, by confidence."""
    count: Counter[str] = Counter()
    for path in (ROOT / "conf" / folder).glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            count.update(row["confidence"] for row in csv.DictReader(stream))
    return count
