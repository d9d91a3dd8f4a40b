"""The explorer in a real browser: set a lever, run, see the price change, get the same by command."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.config.labels import Wording
from coercivity.experiments.explorer.emulator_file import fresh_emulator
from coercivity.experiments.explorer.outcomes import OUTCOMES, outcomes
from coercivity.experiments.explorer.sliders import KEYS, STORIES, overrides
from coercivity.experiments.runs.result import load_result

HERE = Path(__file__).parent


def _beside(name: str) -> Any:
    """A module of this folder, which is no package."""
    spec = util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


browser, toy_emulator = _beside("browser"), _beside("toy_emulator")

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(
        browser.CHROMIUM is None, reason="no Chromium or Chrome on this machine to open pages with"
    ),
]
WIDER = """[...document.querySelectorAll(".tile p, .tile h2, .tile .more, .slider label")].filter(
    one => one.scrollWidth > one.clientWidth + 1).map(one => one.textContent)"""
SMALL = """[...document.querySelectorAll("p, small, label, button, h1, h2, code, svg text, .more")].filter(
    one => one.getClientRects().length && one.textContent.trim()
    && parseFloat(getComputedStyle(one).fontSize) * (one.getScreenCTM?.().a ?? 1) < 10.99
    ).map(one => one.textContent)"""
APPROVAL = "state.china.lever.export_limit.measure.licence_2025.approval.2025-04"
SHOWN = "document.documentElement?.dataset.shown"
DYSPROSIUM = ("price of Dy oxide, mean", "OUTSIDE")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where an explorer of two short settings is; it must end well when the keyboard says so."""
    words = "explore baseline restrictions_2025 clock.end=2025-07 --port 0 --no-browser --workers 1"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COERCIVITY_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "coercivity.experiments", *words.split(), "--out", str(tmp_path / "runs")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=HERE.parent.parent,
        start_new_session=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+/", line)
    assert found, (line, process.communicate()[1])
    yield found[0]
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said.strip()) == (0, "stopped")
    assert [path.name for path in (tmp_path / "runs").iterdir() if path.name.startswith(".")] == []


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Any]:
    """A browser that has seen nothing."""
    made = browser.Browser(tmp_path / "profile")
    yield made
    made.close()


def value(rows: list[dict[str, Any]], scenario: str, what: tuple[str, str] = DYSPROSIUM) -> float:
    """A number of a comparison's rows."""
    row = next(row for row in rows if (row["indicator"], row["jurisdiction"]) == what)
    return float(row[scenario])


def answered(page: Any) -> list[dict[str, Any]]:
    """The rows the page has."""
    found = page.do(f"fetch('answer/' + {SHOWN}).then(said => said.json())")
    assert found["names"] == ["A baseline", "B restrictions 2025"]
    rows: list[dict[str, Any]] = found["rows"]["rows"]
    return rows


def test_a_lever_moves_the_price_and_the_command_line_agrees(
    address: str,
    page: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page.open(f"{address}settings")
    first = page.wait(SHOWN)
    before = answered(page)
    seen = page.do("document.querySelector('#fig-prices .panel:not([data-away]) svg').dataset.told")
    assert page.do("document.querySelectorAll('#told svg.lines').length") > 5

    _set(page, "B", APPROVAL, "abc")  # stays as typed, marked, with the sentence next to it
    box = f"document.getElementById({json.dumps(f'B:{APPROVAL}')})"
    page.wait(f"{box}?.getAttribute('aria-invalid') === 'true'")
    assert page.do(
        f"[{box}.value, {box}.closest('.row').querySelector('.wrong').textContent.length > 20]"
    ) == [
        "abc",
        True,
    ]
    _set(page, "B", APPROVAL, "1.4")  # a mistake: the model's own sentence, and nothing else changes
    page.wait("document.querySelector('.mistake')?.textContent.includes('from 0 to 1')")
    _set(page, "B", APPROVAL, "0.05")
    page.wait("!document.querySelector('.mistake')")
    assert not page.do("document.getElementById('stale').hidden")
    page.do("document.getElementById('run').click()")
    page.wait(f"{SHOWN} !== '{first}'")
    after = answered(page)
    other = "B_restrictions_2025"
    assert value(after, other) > 1.05 * value(before, other)
    assert value(after, "A_baseline") == value(before, "A_baseline")
    panels = "[...document.querySelectorAll('#fig-prices svg')].map(one => one.dataset.told).join()"
    assert page.do(panels) != seen
    assert page.do("document.getElementById('stale').hidden")

    command = page.do("document.querySelector('#again code.command').textContent")
    files = page.do("[...document.querySelectorAll('.files a[download]')].map(one => one.href)")
    texts = [page.do(f"fetch('{link}').then(said => said.text())") for link in files]
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command)
    assert words[:2] == ["coercivity", "compare"]  # of files that are there: nothing need be fetched first
    assert [Path(word).name for word in words[2:] if "=" not in word] == [
        "A_baseline.yaml",
        "B_restrictions_2025.yaml",
    ]
    assert [Path(word).read_text(encoding="utf-8") for word in words[2:] if "=" not in word] == texts
    from coercivity.experiments.cli import main

    capsys.readouterr()
    assert main([*words[1:], "--json", "--workers", "1", "--out", str(tmp_path / "again")]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == after

    for width in (1280, 390):
        page.resize(width)
        assert page.do("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.wrong == []
    assert [link for link in page.requests if not link.startswith((address, "data:"))] == []


def test_a_link_is_shown_and_waits_to_be_run(address: str, page: Any) -> None:
    common = ["clock.end=2025-07"]
    linked = {"settings": [{"scenario": "embargo", "overrides": ["seed=8"]}], "common": common}
    page.open(f"{address}settings#{quote(json.dumps(linked))}")
    page.wait("!!document.getElementById('unasked')")
    assert page.do("document.getElementById('A:scenario').value") == "embargo"
    assert not [link for link in page.requests if link.endswith(("/ask", "/cancel"))]
    page.do("document.getElementById('run').click()")
    first = page.wait(SHOWN)
    page("Page.reload")  # what this page ran itself it runs again
    page.wait(f"{SHOWN} && {SHOWN} !== '{first}'")

    values = (0.3, 2029.0, 120.0, 90.0, 1500.0, 1.1)
    page.open("about:blank")
    page.requests.clear()
    page.open(f"{address}{_hash(values)}&set=market.elasticity=0.9")  # of the first screen too
    page.wait("!!document.getElementById('run') && front.state() === 'link'")
    assert not [link for link in page.requests if link.endswith("/exact")]
    page.do("document.getElementById('run').click()")
    page.wait("front.state() === 'exact'")
    page("Page.reload")
    page.wait("window.front && front.state() === 'exact'")

    wrong = {"settings": [{"scenario": "embrgo", "overrides": 3}], "common": {}}
    page.open("about:blank")
    page.open(f"{address}settings#{quote(json.dumps(wrong))}")
    page.wait("document.querySelector('.mistake')?.textContent.includes('did you mean')")
    page.wait("document.getElementById('A:scenario')?.value === 'baseline'")
    assert page.wrong == []


def _set(page: Any, side: str, key: str, text: str) -> None:
    """Type a value into the control of a setting, as someone at the keyboard would."""
    field = json.dumps(f"{side}:{key}")
    page.wait(f"!!document.getElementById({field})")
    page.do(
        f"(() => {{ const one = document.getElementById({field}); one.value = '{text}'; "
        "one.dispatchEvent(new Event('change')); })()"
    )


def test_the_first_screen_answers_at_once_and_then_exactly(address: str, page: Any, tmp_path: Path) -> None:
    """Over an emulator of made-up outcomes: what it says is not the point, how fast and how it says so is."""
    static = tmp_path / "explorer.html"
    static.write_text(toy_emulator.page_over_toy_outcomes(), encoding="utf-8")
    page.open(static.as_uri())
    page.wait("!!window.front")
    page.do("document.getElementById('in0').focus()")
    before = page.do("front.command()")
    for _ in range(3):
        page("Input.dispatchKeyEvent", type="keyDown", key="ArrowLeft", windowsVirtualKeyCode=37)
    assert page.do("document.activeElement.id") == "in0"
    assert page.do("front.command()") != before
    assert page.do("front.took()") <= 150
    assert "Approximate" in page.do("document.getElementById('badge').textContent")
    assert page.do("document.querySelectorAll('#chart path.line').length") == page.do(
        "document.querySelectorAll('#chart path.band').length"
    )
    for n in range(6):  # every figure has round numbers beside it, four or more
        page.do(f"document.querySelectorAll('#tabs button')[{n}].click()")
        ticks = page.do(
            "[...document.querySelectorAll('#chart text[text-anchor=end]')].map(t => t.textContent)"
        )
        numbers = [float(re.sub("[^0-9.]", "", text)) for text in ticks if re.search(r"\d", text)]
        assert len(numbers) >= 4
        assert all(f"{number:.2g}" == f"{number:g}" or number >= 100 for number in numbers), ticks
    for values in ((0.3, 2029.0, 120.0, 90.0, 1500.0, 1.1), *STORIES.values()):
        said = page.do(f"location.hash = '{_hash(values)}', location.reload(), 1")
        assert said
        page.wait(f"window.front && decodeURIComponent(location.hash).includes('approval={values[0]:g}')")
        told = {text.partition("=")[0]: text.partition("=")[2] for text in page.do("front.words()")}
        mine = {text.partition("=")[0]: text.partition("=")[2] for text in overrides(values)[1:]}
        assert {key: json.loads(text) for key, text in told.items()} == {
            key: json.loads(text) for key, text in mine.items()
        }
    for width in (1280, 390):
        page.resize(width)
        assert page.do("document.documentElement.scrollWidth - innerWidth") <= 0
        assert page.do(WIDER) == []
        assert page.do(SMALL) == []
    assert [link for link in page.requests if link.startswith("http")] == []

    page.open(address)
    page.wait("window.front && front.state() === 'exact'")
    assert page.do("front.table().split('\\n').length") > 40
    assert json.loads(page.do("front.notebook()"))["nbformat"] == 4
    assert page.wrong == []


# Presses a key's effect on a slider and says when the answer was on the page, then when the exact run was.
TIMED = """(async () => {
    const slider = document.getElementById("in0"), start = performance.now();
    slider.value = %s; slider.dispatchEvent(new Event("input"));
    document.body.offsetHeight;  // laid out
    const approximate = performance.now() - start, first = front.state();
    while (front.state() === "wait") await new Promise(done => setTimeout(done, 20));
    return { approximate, first, exact: (performance.now() - start) / 1000, last: front.state() };
})()"""


def test_a_slider_is_answered_at_once_and_its_exact_run_in_seconds(
    address: str, page: Any, tmp_path: Path, record_property: Any
) -> None:
    """With the emulator that is shipped, by keyboard alone; the command it shows gives the same numbers."""
    if fresh_emulator(evidence_dir())[0] is None:
        pytest.skip("the model has changed since the emulator was trained")
    page.open(address)
    page.wait("window.front && front.state() === 'exact'")  # a story's run is in the emulator's file
    for wanted in ("share", "in0"):
        for _ in range(20):
            _press(page, "Tab", 9)
            if page.do("document.activeElement.id") == wanted:
                break
        assert page.do("document.activeElement.id") == wanted
        assert page.do("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    before = page.do("document.getElementById('say').textContent")
    _press(page, "ArrowLeft", 37)
    assert page.do("front.state()") == "wait"
    assert page.do("document.getElementById('say').textContent") != before
    page.wait("front.state() === 'exact'")
    timed = [page.do(TIMED % value) for value in (0.31, 0.52, 0.23)]
    assert {(one["first"], one["last"]) for one in timed} == {("wait", "exact")}
    found = {name: sorted(one[name] for one in timed)[1] for name in ("approximate", "exact")}
    print(f"approximate after {found['approximate']:.0f} ms, exact after {found['exact']:.1f} s")
    record_property("seconds", found)
    assert found["approximate"] <= 150

    words = shlex.split(page.do("document.getElementById('cmd').textContent"))
    shown = [line.split(",") for line in page.do("front.table()").strip().splitlines()]
    from coercivity.experiments.cli import main

    assert main([*words[1:], "--out", str(tmp_path / "again")]) == 0
    run = next(iter(load_result(tmp_path / "again").first.values()))
    again = outcomes(run.tables, Wording.of(run.config))
    for row, name in zip(again, OUTCOMES, strict=True):
        mine = [float(line[shown[0].index(name)]) for line in shown[1:]]
        assert mine == pytest.approx(row, rel=1e-5, abs=1e-9), name
    assert page.wrong == []


def _press(page: Any, key: str, code: int) -> None:
    """Press a key of the keyboard."""
    for kind in ("keyDown", "keyUp"):
        page("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)


def _hash(values: tuple[float, ...]) -> str:
    return "#" + "&".join(f"{key}={value:g}" for key, value in zip(KEYS, values, strict=True))
