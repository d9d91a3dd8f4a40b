"""The report in a real browser: it runs without an error or a request, and its controls do what they say."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html import escape, unescape
from importlib import util
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(
    (
        path
        for name in ("chromium", "chromium-browser", "google-chrome", "chrome")
        if (path := shutil.which(name))
    ),
    None,
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium or Chrome on this machine to open pages with"),
]

_spec = util.spec_from_file_location("browser", Path(__file__).with_name("browser.py"))
assert _spec is not None and _spec.loader is not None
browser = util.module_from_spec(_spec)
_spec.loader.exec_module(browser)

WATCH = "<script>window.wrong=[];addEventListener('error',e=>wrong.push(e.message));</script>"
DRIVER = (Path(__file__).parent / "drive_report.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short comparison by the real model."""
    from coercivity.experiments.cli import main

    out = tmp_path_factory.mktemp("seen") / "compared"
    words = [
        "compare",
        "baseline",
        "friendshoring_pooled",
        "clock.end=2027-01",
        "clock.step=year",
        "futures=1",
    ]
    assert main([*words, "--workers", "1", "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def report(compared: Path) -> str:
    """Its page."""
    return (compared / "report.html").read_text(encoding="utf-8")


def opened(page: str, width: int, folder: Path) -> dict[str, Any]:
    """Open a page in a frame `width` pixels wide, use it, and say what was found."""
    watched = page.replace("<head>", f"<head>{WATCH}", 1)
    html = (
        f'<!doctype html><meta charset="utf-8"><pre id="answer"></pre><iframe id="frame" width="{width}" '
        f'height="900" style="border:0" srcdoc="{escape(watched, quote=True)}"></iframe>'
        '<script>const frame = document.getElementById("frame"), answer = document.getElementById("answer");'
        f"frame.onload = () => {{ try {{\n{DRIVER}\n}} "
        "catch (e) { answer.textContent = 'broke: ' + e.message; } };</script>"
    )
    (folder / "harness.html").write_text(html, encoding="utf-8")
    done = subprocess.run(
        [
            str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            f"--user-data-dir={folder / 'profile'}", "--window-size=1400,1000", "--virtual-time-budget=4000",
            "--host-resolver-rules=MAP * ~NOTFOUND", "--dump-dom", (folder / "harness.html").as_uri(),
        ],
        capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    said = re.search(r'<pre id="answer">(.*?)</pre>', done.stdout, flags=re.DOTALL)
    assert said, done.stderr[-500:]
    assert said[1].startswith("{"), said[1]
    found: dict[str, Any] = json.loads(unescape(said[1]))
    return found


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_works(width: int, report: str, tmp_path: Path) -> None:
    found = sound(opened(report, width, tmp_path))
    assert found["path"] > 5
    assert (found["year"], found["yearAfter"]) == ("2026", "2025")
    assert found["shownAfter"]
    assert all('"year":"2025"' in keys for keys in found["shownAfter"])
    assert found["rows"] > 5
    assert "USD/kg" in found["tip"]


def test_the_brief_prints_on_one_page(compared: Path, tmp_path: Path) -> None:
    from coercivity.experiments.cli import main

    assert main(["brief", str(compared)]) == 0
    page = browser.Browser(tmp_path / "profile")
    try:
        page.open((compared / "brief.html").as_uri())
        page.printed(tmp_path / "brief.pdf")
        page.resize(390)
        assert page.do("document.documentElement.scrollWidth - innerWidth") <= 0
        assert (page.wrong, [link for link in page.requests if not link.startswith("file:")]) == ([], [])
    finally:
        page.close()
    pdf = (tmp_path / "brief.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    assert b"/MediaBox [0 0 595" in pdf or b"/MediaBox [0 0 594" in pdf


def test_a_brief_with_as_much_to_say_as_over_futures_prints_on_one_page(
    compared: Path, tmp_path: Path
) -> None:
    from coercivity.experiments.reports.brief import html_of
    from coercivity.experiments.reports.brief_content import brief_content
    from coercivity.experiments.reports.report import load_subject
    from coercivity.experiments.runs.manifest import read_manifest

    content = brief_content(load_subject(compared), read_manifest(compared))
    told = {name: "It says so (1.2 to 3.4). " * n for name, n in (("finding", 14), ("why", 14), ("firm", 25))}
    line = "What a scenario is, at a length of two lines of a column or of three of them, as is usual."
    (tmp_path / "brief.html").write_text(html_of(replace(content, **told, assumed=(line,) * 5)))
    page = browser.Browser(tmp_path / "profile")
    try:
        page.open((tmp_path / "brief.html").as_uri())
        page.printed(tmp_path / "brief.pdf")
    finally:
        page.close()
    assert len(re.findall(rb"/Type\s*/Page\b", (tmp_path / "brief.pdf").read_bytes())) == 1


def test_the_page_of_a_plan_is_in_words(compared: Path, tmp_path: Path) -> None:
    from coercivity.experiments.planning.outcome import Bound, Item, PlanDocument
    from coercivity.experiments.planning.words import page_of
    from coercivity.experiments.runs.manifest import read_manifest

    stock = Item(
        "stock of magnet:high_coercivity, 90 days", "EU magnet:high_coercivity", "stock", "EU", 2026,
        "public stock", 3e8, 3e8, 3000.0, "t", 2027.0, "buying 1,500 t a year while nothing is banned",
    )  # fmt: skip
    bound = Bound("days of stock: EU metal:NdPr", 180.0, "days", "rules.csv")
    judged = {
        "shortage_under_ban": {"without": 0.5, "with": 0.1, "worst": 0.3},
        "loss": -0.05,
        "gain_of_markets_usd": {"program": 4e9, "clearing": 4.2e9},
    }
    plan = PlanDocument(
        None, ("EU", "US"), None, 2e9, 1e9, 3e9, None, 0.001, (stock,), (bound,), 4, 2, judged
    )
    html = page_of(plan, read_manifest(compared))
    assert "A plan for Europe and the United States costs" in html
    assert "certified clearing, 5.0 % more" in html.replace("\N{NO-BREAK SPACE}", " ")
    assert "stock of heat-resistant magnets" in html
    assert ":high_coercivity" not in html
    for width in (1280, 390):
        found = sound(opened(html, width, tmp_path))
        assert found["figures"] == 0


@pytest.mark.proof
def test_the_page_of_a_sweep_works(coercivity, tmp_path: Path) -> None:
    words = ("market.elasticity=interval(0.5,2)", "scenario=baseline,embargo", "clock.step=year")
    sample = ("--design", "latin-hypercube", "--samples", 40, "--tables", "prices", "--workers", 1)
    assert coercivity("sweep", *words, *sample, "--out", tmp_path / "sweep").code == 0
    outcome = "price of Dy oxide, mean@CN<=500"
    assert coercivity("analyse", tmp_path / "sweep", "--outcome", outcome).code == 0
    page = (tmp_path / "sweep" / "analysis" / "report.html").read_text(encoding="utf-8")
    for width in (1280, 390):
        found = sound(opened(page, width, tmp_path))
        assert "USD/kg" in found["tip"]
        assert "USD/kg" in found["dotTip"]


@pytest.mark.proof
def test_the_page_of_a_backtest_works(backtested: Path, tmp_path: Path) -> None:
    page = (backtested / "report.html").read_text(encoding="utf-8")
    for width in (1280, 390):
        assert sound(opened(page, width, tmp_path))["dotTip"]


def sound(found: dict[str, Any]) -> dict[str, Any]:
    """What must hold of every page: no error, no request, nothing overlaps, all is told, legends switch."""
    assert found["wrong"] == []
    assert found["requests"] == []
    assert found["overflow"] <= 0
    assert found["over"] == []
    assert found["small"] == []
    assert found["wrapped"] == []
    assert found["untold"] == []
    assert found["unmeasured"] == 0
    assert found["bandless"] == []
    assert found["unitless"] == []
    assert found["colours"] == []
    assert (found["before"] > 0, found["hidden"]) == (found["figures"] > 0, 0)
    assert found["again"] == found["before"]
    assert found["tipShown"]
    return found
