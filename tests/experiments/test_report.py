"""The report and the figures of a run and of a comparison, over the toy model."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from coercivity.experiments.figures import globe
from coercivity.experiments.figures.chart import Bars, Figure, Lines, Series, Style
from coercivity.experiments.figures.gallery import figures
from coercivity.experiments.figures.scale import scale_for, year_ticks
from coercivity.experiments.figures.svg import lines
from coercivity.experiments.figures.svg_panels import LETTER, Rows
from coercivity.experiments.measures.comparison import Comparison, ComparisonRow
from coercivity.experiments.reports.finding import finding


@pytest.fixture
def compared(copy_of_result) -> Path:
    return copy_of_result("compare", "baseline", "embargo")


@pytest.fixture
def ran(coercivity, copy_of_result) -> Path:
    out = copy_of_result("run", "scenario=embargo")
    if not (out / "report.html").is_file():
        assert coercivity("report", out).code == 0
    return out


class Page(HTMLParser):
    """What a reader's tools find in the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.described: list[str] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        assert len(found) == len(attrs), f"an attribute twice in <{tag}>"
        self.ids += [found["id"] or ""] if "id" in found else []
        if tag == "figure":
            self.described += [found["aria-labelledby"] or "", found["aria-describedby"] or ""]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_needs_nothing_else(compared: Path, ran: Path) -> None:
    for folder in (compared, ran):
        html = (folder / "report.html").read_text()
        assert not re.search(r'(src|href)="(?!#)', html)
        assert not re.search(r"https?://|@import|url\(", html)
        assert len(html) < 2_500_000


def test_every_figure_is_told_in_words(compared: Path, ran: Path) -> None:
    for folder in (compared, ran):
        page = Page((folder / "report.html").read_text())
        assert len(set(page.ids)) == len(page.ids)
        assert page.described
        assert set(page.described) <= set(page.ids)


def test_a_comparison_says_what_it_found_and_assumed(compared: Path) -> None:
    text = " ".join(Page((compared / "report.html").read_text()).text)
    assert "dysprosium oxide averages" in text
    assert "3.0 times as much" in text
    assert re.search(r"\d+ settings? in which they differ", text)
    assert "China: export limit, share" in text


def test_a_run_tells_itself_without_a_yardstick(ran: Path) -> None:
    text = " ".join(Page((ran / "report.html").read_text()).text)
    assert "against" not in text.partition("What was assumed")[0]
    assert "lacks 40.0\N{NO-BREAK SPACE}% of the magnets" in text
    assert "welfare change" not in text
    assert "in which this run and policies_frozen differ" in text


def test_every_panel_has_a_unit_and_every_colour_a_name(compared: Path) -> None:
    from coercivity.experiments.reports.report import load_subject

    drawn = figures(load_subject(compared))
    assert {"prices", "shares", "chain", "who_pays"} <= {figure.name for figure in drawn}
    for figure in drawn:
        named = {style.colour for style in figure.legend}
        for panel in figure.panels:
            assert panel.unit
            assert {series.style.colour for series in panel.series} <= named
        for layer in figure.scene.layers if figure.scene else ():
            assert {shape.colour for shape in layer.shapes if shape.name} <= named


def test_the_parts_of_a_welfare_change_add_up_to_it(compared: Path) -> None:
    from coercivity.experiments.reports.report import load_subject

    figure = next(one for one in figures(load_subject(compared)) if one.name == "who_pays")
    for panel in figure.panels:
        assert isinstance(panel, Bars)
        assert panel.net
        sizes = [abs(value or 0.0) for value in panel.net.values]
        assert sizes == sorted(sizes, reverse=True)
        for n, whole in enumerate(panel.net.values):
            assert sum(series.values[n] or 0.0 for series in panel.series) == pytest.approx(whole)


def test_no_band_hides_a_line() -> None:
    ends = (1.0, 2.0), (0.0, 1.0), (2.0, 3.0)
    series = tuple(Series(Style(name, colour), *ends) for name, colour in (("a", "#111"), ("b", "#222")))
    drawn = lines(Lines("x", "t", ("2025-01", "2025-04"), series), Figure("x", "", ""))
    assert drawn.rindex('class="band"') < drawn.index('class="line"')


def test_files_have_the_same_bytes_again(compared: Path, coercivity) -> None:
    words = ("report", compared, "--figure", "prices", "--figure", "chain", "--width", "88mm")
    assert coercivity(*words).code == 0
    before = {path.name: path.read_bytes() for path in (compared / "figures").iterdir()}
    assert {f"chain-88mm.{kind}" for kind in ("pdf", "svg", "png")} <= set(before)
    page = (compared / "report.html").read_bytes()
    assert coercivity("report", compared).code == coercivity(*words).code == 0
    assert {path.name: path.read_bytes() for path in (compared / "figures").iterdir()} == before
    assert (compared / "report.html").read_bytes() == page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--figure", "price"), "did you mean `prices`"),
        (("--figure", "prices", "--width", "88"), "write it with its unit, as in 88mm"),
        (("--figure", "prices", "--width", "2mm"), "40 to 500 mm wide"),
        (("--figure", "prices", "--year", "2025"), "is not of one year"),
        (("--figure", "chain", "--scenario", "embarg"), "did you mean `embargo`"),
        (("--year", "2025"), "give --figure NAME too"),
        (("--figure", "chain", "--year", "2099"), "has no year 2099; it has 20"),
        (("--number", "fiscal cost@Germany"), "`fiscal cost` is not known for `Germany`"),
    ],
)
def test_a_mistake_is_one_sentence(words, said: str, compared: Path, coercivity) -> None:
    got = coercivity("report", compared, *words)
    assert got.code == 2
    assert said in got.err
    assert len(got.err.strip().splitlines()) == 1


def test_a_figure_may_have_some_of_its_panels_only(copy_of_result, coercivity) -> None:
    folder = copy_of_result("compare", "baseline", "embargo")
    words = ("report", folder, "--figure", "shortage", "--width", "66mm", "--panel")
    got = coercivity(*words, "japan", "--panel", "World")
    assert got.code == 0, got.err
    made = (folder / "figures" / "shortage_japan_world-66mm.svg").read_text()
    assert made.count("% of magnets wanted") == 2
    got = coercivity(*words, "mars")
    assert got.code == 2
    assert "no panel `mars`; it has: United States, Japan" in got.err


def test_ties_are_not_told_apart() -> None:
    row = ComparisonRow("shortage", "EU", "share", -1, True, {"a": 0.01, "b": 0.12600, "c": 0.12605})
    assert [row.mark(name) for name in "abc"] == ["best", "worst", "worst"]
    same = ComparisonRow("shortage", "EU", "share", -1, True, {"a": 0.1260, "b": 0.1261})
    assert [same.mark(name) for name in "ab"] == ["", ""]
    chain = ComparisonRow(
        "fiscal cost", "WORLD", "million USD", -1, True, {"a": 100.0, "b": 100.9, "c": 101.8}
    )
    assert [chain.mark(name) for name in "abc"] == ["best", "", "worst"]


def test_the_finding_opposes_the_shock_and_what_answers_it() -> None:
    shorts = {"a": "unchanged policies", "b": "an embargo", "c": "pooled friendshoring"}

    def row(what: str, unit: str, *values: float, place: str = "EU") -> ComparisonRow:
        return ComparisonRow(what, place, unit, -1, True, dict(zip("abc", values, strict=True)))

    rows = [
        row("shortage of magnets, worst step", "share", 0.016, 0.189, 0.1889),
        row("shortage of magnets, last year", "share", 0.01, 0.06, 0.041),
        row("fiscal cost", "million USD", -2400.0, -2400.0, 7700.0, place="ALLIES"),
    ]
    titles = dict.fromkeys("abc", "")
    told = Comparison(titles, rows, "2025-01", "2035-01", "quarter", shorts=shorts, builds_on={"c": "b"})
    assert finding(told) == (
        "Under an embargo, Europe lacks 19 % of the rare-earth magnets it needs in its worst quarter, "
        "against 1.6 % under unchanged policies. Pooled friendshoring does not change the worst quarter but "
        "cuts the shortage in 2034 from 6.0 % to 4.1 %, at an extra public "
        "cost to allies of 10.1 billion USD."
    )
    alike = Comparison({"a": "", "b": ""}, [row("shortage of magnets, worst step", "share", 0.1, 0.1, 0.1)],
                       "2025-01", "2035-01", "quarter", shorts=shorts)  # fmt: skip
    assert finding(alike).startswith("No scenario changes Europe's worst shortage")


def test_a_scenario_against_itself_is_answered(coercivity) -> None:
    got = coercivity("compare", "baseline", "baseline")
    assert got.code == 2
    assert "baseline against itself differs in nothing" in got.err


@pytest.mark.parametrize("values", [(0.0,), (3.0, 47.0), (-8.4, 0.2), (1e9, 2e9), (0.0003, 0.0004)])
def test_an_axis_holds_its_values(values: tuple[float, ...]) -> None:
    scale = scale_for(values)
    assert all(scale.low <= value <= scale.high for value in values)
    assert 2 <= len(scale.ticks) <= 8
    assert scale.low <= 0 <= scale.high


def test_a_spike_keeps_its_place_on_a_log_axis() -> None:
    scale = scale_for((200.0, 300.0, 3600.0), log=True)
    assert scale.log
    assert 0 <= scale.part(200.0) < scale.part(300.0) < scale.part(3600.0) <= 1


@pytest.mark.parametrize(
    ("first", "named"), [(0, [(0, "2025"), (4, "2026")]), (3, [(1, "2026"), (5, "2027")])]
)
def test_the_end_of_a_year_is_not_named_beside_the_next(first: int, named: list[tuple[int, str]]) -> None:
    dates = [f"{year}-{month:02d}" for year in range(2025, 2030) for month in (1, 4, 7, 10)]
    assert year_ticks(dates[first:])[:2] == named


@pytest.mark.parametrize("high", [7_000.0, 70_000.0, 7e6])
def test_numbers_below_a_log_axis_stand_apart(high: float) -> None:
    rows = Rows(("highest price outside",), scale_for((250.0, high), log=True), "USD/kg", 20.0)
    found = re.findall(r'x="([\d.]+)" y="[\d.]+" text-anchor="middle">([\d,]+)</text>', "".join(rows.frame()))
    words = sorted((float(x), LETTER * len(word) / 2) for x, word in found)
    assert len(words) >= 3
    assert all(x + room < right - half for (x, room), (right, half) in pairwise(words))


def test_the_land_stays_on_the_page_and_is_cut_where_the_page_ends() -> None:
    points = [at for _, at in globe.land() if at]
    assert all(-0.1 <= x <= globe.WIDTH + 0.1 and -0.1 <= y <= globe.HEIGHT + 0.1 for x, y in points)
    start, longest = points[0], 0.0
    for letter, at in globe.land():
        if letter == "L":
            longest = max(longest, abs(at[0] - start[0]))
        start = at or start
    assert longest < 60  # no streak across the page
    assert "Natural Earth" in globe.source()


def test_the_data_of_a_panel_can_be_read_by_the_page(compared: Path) -> None:
    from html import unescape

    html = (compared / "report.html").read_text()
    told = [json.loads(unescape(text)) for text in re.findall(r"data-told='([^']*)'", html)]
    assert told
    for panel in told:
        assert len(panel["x"]) == len(panel["dates"])
        assert all(len(values) == len(panel["dates"]) for _, _, values, _ in panel["series"])


SMALLEST = 11.0  # px of the smallest letters, on the narrowest phone
NUMBER = r"\u2212?\d[\d,]*\.?\d*"
UNIT = re.compile(rf"{NUMBER}[\s\u00a0](%|USD/kg|billion USD)(?!\w)")


@pytest.fixture
def ensemble(copy_of_result) -> str:
    """The page of a comparison in several futures."""
    return (copy_of_result("compare", "baseline", "embargo", "futures=4") / "report.html").read_text()


def test_no_number_of_an_ensemble_stands_without_its_band(ensemble: str) -> None:
    tiles = re.findall(r'<div class="of">(.*?)</div>', ensemble)
    assert len(tiles) >= 6
    assert all('class="band"' in tile for tile in tiles)
    text = re.search(r'<p class="finding">(.*?)</p>', ensemble)
    titles = re.findall(r'<h3 id="fig-[^"]*-title">(.*?)</h3>', ensemble)
    for sentence in [text[1] if text else "", *titles]:
        told = re.sub(r"\([^)]*\)", "<band>", re.sub(r"</?span[^>]*>", "", sentence))
        for found in UNIT.finditer(told):
            assert re.match(r"[\s\u00a0]?<band>", told[found.end() :]), sentence


def test_no_line_of_an_ensemble_stands_without_its_band(ensemble: str) -> None:
    drawn = re.findall(r'<svg [^>]*class="lines".*?</svg>', ensemble, flags=re.DOTALL)
    assert drawn
    for svg in drawn:
        assert svg.count('<path class="line') == len(
            re.findall(r'<path class="band" d="[^"]*Z" fill="[^"]*" opacity', svg)
        )


def test_one_colour_has_one_meaning_on_a_page(ensemble: str) -> None:
    meanings: dict[str, set[str]] = {}
    for legend in re.findall(r'<div class="legend".*?</div>', ensemble):
        for colour, name in re.findall(r'(?:stroke|fill)="(#\w+)"[^>]*/></svg>([^<]+)', legend):
            meanings.setdefault(colour, set()).add(name)
    shared = {colour: names for colour, names in meanings.items() if len(names) > 1}
    assert all("band" in " ".join(names) or "dotted" in " ".join(names) for names in shared.values()), shared


def test_no_letter_is_too_small_to_read(ensemble: str) -> None:
    style = ensemble.partition("<style>")[2].partition("@media print")[0]
    for size, unit in re.findall(r"font(?:-size)?:\s*(?:\d+ )?([\d.]+)(rem|px|em)", style):
        pixels = float(size) * (1 if unit == "px" else 16)
        narrow = 364 / 380 if unit == "px" else 1.0  # drawings shrink with the phone
        assert pixels * narrow >= SMALLEST, (size, unit)
    scenes = re.findall(r'<svg viewBox="0 0 (\d+)[^>]*class="scene".*?</svg>', ensemble, flags=re.DOTALL)
    sizes = re.findall(r'class="label"[^>]*font-size="([\d.]+)"', ensemble)
    assert all(float(size) * 736 / float(max(scenes, key=int)) >= SMALLEST for size in sizes)


def test_a_brief_is_one_page_for_a_few_scenarios(copy_of_result, coercivity) -> None:
    folder = copy_of_result("compare", "baseline", "embargo", "futures=4")
    got = coercivity("brief", folder)
    assert got.code == 0, got.err
    pdf = (folder / "brief.pdf").read_bytes()
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 1
    assert b"/MediaBox [ 0 0 595" in pdf
    html = (folder / "brief.html").read_text()
    assert html.count("<figure>") == 3
    assert not re.search(r"https?://|url\(", html)
    assert "How firm it is" in html


def test_a_brief_with_much_to_say_stays_on_its_page(compared: Path) -> None:
    import matplotlib.pyplot as plt

    from coercivity.experiments.reports.brief_content import brief_content
    from coercivity.experiments.reports.brief_pdf import HIGH, INCH, LOWEST, ROOMS, WIDE, PdfPage, lay_out
    from coercivity.experiments.reports.report import load_subject
    from coercivity.experiments.runs.manifest import read_manifest

    content = brief_content(load_subject(compared), read_manifest(compared))
    long = replace(content, finding=content.finding + " It says as much again." * 14, firm=content.firm * 3)
    ends = [lay_out(PdfPage(plt.figure(figsize=(WIDE / INCH, HIGH / INCH))), long, room) for room in ROOMS]
    plt.close("all")
    assert ends[-1] <= LOWEST < ends[0]
    assert ends == sorted(ends, reverse=True)
