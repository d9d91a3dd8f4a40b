"""What a brief says, before anyone lays it out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from coercivity.experiments.config.places import HOME_NAME
from coercivity.experiments.figures import curves
from coercivity.experiments.figures.chart import Lines, Style
from coercivity.experiments.figures.subject import Subject
from coercivity.experiments.reports.finding import finding, reasons
from coercivity.experiments.reports.first_screen import projects_started
from coercivity.experiments.reports.sensitivity import certainty, changers
from coercivity.experiments.reports.tiles import Tile, range_of, spoken, tiles
from coercivity.experiments.runs.manifest import Manifest

LONGEST = 26  # letters beside an axis


@dataclass(frozen=True)
class BriefContent:
    """All words and panels of a brief.

    assumed: what each scenario is, and what all share · source: version, evidence, command, in a line
    """

    period: str
    finding: str
    tiles: tuple[Tile, ...]
    names: dict[str, Style]
    why: str
    figures: tuple[Lines, ...]
    assumed: tuple[str, ...]
    firm: str
    source: str


def brief_content(subject: Subject, manifest: Manifest) -> BriefContent:
    """What a brief of a result says."""
    comparison = subject.comparison
    sure = certainty(comparison)
    changes = changers(comparison, subject.drawn)
    return BriefContent(
        _period(subject),
        finding(comparison),
        tuple(tiles(comparison)),
        {name: subject.styles[name] for name in subject.names},
        " ".join(reasons(comparison, projects_started(subject))),
        tuple(_panels(subject)),
        tuple(_assumptions(subject)),
        f"{sure} {changes} It compares policies and does not forecast: no price after 2024 is in it.",
        _source(manifest),
    )


def _period(subject: Subject) -> str:
    comparison = subject.comparison
    futures = (
        f"{len(comparison.seeds)} futures, 80 % bands in brackets"
        if comparison.seeds
        else "one future, without a band"
    )
    return f"{comparison.start[:4]} to {comparison.last_year}, by {comparison.step}; {futures}"


def _panels(subject: Subject) -> Iterator[Lines]:
    """Europe's shortage, the price people ask for first, China's share of separation."""
    short = curves.shortage(subject)
    if short is not None:
        yield _lacking(next((p for p in short.panels if p.title == "Europe"), short.panels[0]))
    yield curves.price_panel(subject, subject.wording.names.words.asked[0])
    stage = subject.wording.stage(subject.wording.names.stages.separate).capitalize()
    shares = curves.shares(subject)
    panel = next((p for p in shares.panels if p.title.startswith(stage)), shares.panels[0])
    assert isinstance(panel, Lines)
    change = "" if subject.alone else ", change"
    yield _with_title(panel, f"{HOME_NAME}'s share of {stage.lower()}{change}")


def _lacking(panel: object) -> Lines:
    """`Europe lacks, % of magnets wanted`."""
    assert isinstance(panel, Lines)
    services = panel.unit.removeprefix("% of ").removesuffix(" wanted")
    return _with_title(panel, f"{panel.title} lacks {services}")


def _with_title(panel: Lines, title: str) -> Lines:
    unit = panel.unit if len(panel.unit) < LONGEST else "percentage points"
    return replace(panel, title=title, unit=unit)


def _assumptions(subject: Subject) -> Iterator[str]:
    for name in subject.names:
        title = str((subject.configs[name].get("about") or {}).get("title") or name)
        yield f"{subject.short(name)}: {title}."
    if subject.comparison.seeds:
        drawn = subject.comparison.ensemble
        yield f"Drawn in every future: {drawn[:1].lower()}{drawn[1:]}."
    yield (
        "Demand follows IEA scenarios; firms compete; states set export limits, stocks, floors and subsidies "
        "as each scenario says."
    )


def _source(manifest: Manifest) -> str:
    version = manifest.packages.get("coercivity", "")
    return (
        f"coercivity {version} (commit {(manifest.commit or 'not known')[:12]}), evidence "
        f"{manifest.evidence_hash[:12]}; every number can be traced with `coercivity report DIR --number`."
    ).replace("  ", " ")


def tile_lines(content: BriefContent, tile: Tile) -> Sequence[tuple[str, str, str, str]]:
    """Colour, name, number and band of every row of a tile."""
    return [
        (
            content.names[one.scenario].colour,
            content.names[one.scenario].name,
            spoken(one.value, tile.unit),
            range_of(one.band, tile.unit) if one.band else "",
        )
        for one in tile.numbers
    ]
