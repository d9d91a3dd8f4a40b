"""The sections of the report of a run or a comparison."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

import pandas as pd

from coercivity.experiments.base.tables import FUTURE
from coercivity.experiments.figures.chart import Figure
from coercivity.experiments.figures.places import place_name
from coercivity.experiments.figures.subject import Subject
from coercivity.experiments.measures.bands import band
from coercivity.experiments.measures.comparison import WELFARE, ComparisonRow, number, with_band
from coercivity.experiments.reports import page
from coercivity.experiments.reports.assumptions import about, common, differences, yardstick
from coercivity.experiments.reports.first_screen import first_screen
from coercivity.experiments.reports.page import Section
from coercivity.experiments.reports.sensitivity import moved_by
from coercivity.experiments.reports.tiles import years_of
from coercivity.experiments.reports.timeline import timeline
from coercivity.experiments.runs.manifest import Manifest

CHANGES = (
    "Below each number stands its difference from {first}, bold where it is over 1 % and not by chance. "
)
SURE = (
    "Medians over futures, in brackets the 80 % band; differences are taken future by future, and are by "
    "chance where their band holds zero."
)
SHORTAGE = "Shortage is the share of what is wanted at reference prices."
CERTIFIED = {
    "primal": "rows and bounds kept",
    "dual": "no column earns more than its cost",
    "sign": "signs of prices and rents",
    "complementarity": "nothing scarce is left unused",
    "gap": "primal equals dual objective",
    "mass": "tonnes conserved",
    "row": "every row kept, however little passes through it",
    "welfare": "dollars add up over owners",
}
CHECKED = (
    "<p>Every step carries a certificate computed from its arrays and not from the solver's word. A step "
    "that does not pass stops the run. Here is the worst of every kind, relative to the size of what is "
    "checked (no unit).</p>"
)
TOLD = ("project started", "plant opened", "plant mothballed", "plant reopened", "bankruptcy")


def sheet(subject: Subject, said: Sequence[str], figures: Sequence[Figure], manifest: Manifest) -> str:
    """The report as HTML."""
    every = f"{len(_rows(subject))} rows, with units"
    return page.page(
        _title(subject),
        "",
        (
            Section("found", "What was found", first_screen(subject) + _more(said)),
            Section("figures", "Figures", page.figures(figures)),
            Section("choices", "Who chose what, and when", timeline(subject)),
            Section("numbers", "The numbers people ask for first", _first(subject)),
            Section("moved", "What moves them", moved_by(subject)),
            Section("assumed", "What was assumed", _assumptions_section(subject)),
            Section("plants", "Plants and projects", _plants(subject)),
            Section("all", "All numbers", page.foldable(every, table_of(subject, every=True))),
            Section("certificates", "Is the clearing right?", _certificates(subject)),
            Section("source", "Where this comes from", _provenance(subject, manifest)),
        ),
    )


def _more(said: Sequence[str]) -> str:
    """Every scenario in words, on demand."""
    return page.foldable("every scenario in words", page.finding_paragraphs(said)) if said else ""


def _first(subject: Subject) -> str:
    return table_of(subject) + f'<p class="soft">{legend_of_table(subject)}</p>'


def _title(subject: Subject) -> str:
    """What the model is of, the years, and the scenarios."""
    names = [subject.comparison.sentence(name) for name in subject.names]
    others = names[0] if subject.alone else names[1] if len(names) == 2 else None
    others = others or f"{', '.join(names[1:-1])} and {names[-1]}"
    told = others if subject.alone else f"{others} against {names[0]}"
    years = f"{years_of(subject.comparison)} by {subject.comparison.step}"
    return f"{subject.wording.names.title}, {years}: {told}"


def _assumptions_section(subject: Subject) -> str:
    """Scenarios in their own words, what they set apart, and what all share."""
    parts = ["<dl>"]
    for name, words in about(subject).items():
        text = f"<strong>{escape(words.get('title', ''))}.</strong> {escape(words.get('purpose', ''))}"
        source = (
            f' <span class="soft">Source: {escape(words["source"])}</span>' if words.get("source") else ""
        )
        parts.append(f"<dt>{escape(subject.short(name))}</dt><dd>{text}{source}</dd>")
    parts.append(f"<dt>Futures</dt><dd>{escape(_futures(subject))}</dd></dl>")
    configs = yardstick(subject)
    found = differences(configs)
    if found:
        rows = [
            (f"{escape(d.words)}<br><code>{escape(d.key)}</code>", [*d.values.values(), d.meaning])
            for d in found
        ]
        table = page.table("setting", [*map(subject.short, configs), "meaning, unit and range"], rows)
        count = f"{len(found)} setting{'s' * (len(found) > 1)}"
        which = "this run and policies_frozen" if subject.alone else "they"
        parts.append(f"<details><summary>{count} in which {which} differ</summary>{table}</details>")
    rows = [(f"<code>{escape(key)}</code>", [value, meaning]) for key, value, meaning in common(subject)]
    if rows:
        table = page.table("setting", ["value", "meaning, unit and range"], rows)
        parts.append(f"<details><summary>assumptions of all runs</summary>{table}</details>")
    return "".join(parts)


def _futures(subject: Subject) -> str:
    """How many futures are met, in what they differ, and the steps from when to when."""
    comparison = subject.comparison
    steps = f"Steps: {comparison.start} to {comparison.end} (end not included), by {comparison.step}."
    if not comparison.seeds:
        return f"One{'' if subject.alone else ', the same for all'}. {steps}"
    drawn = comparison.ensemble
    apart = f" They differ in {drawn[:1].lower()}{drawn[1:]}." if drawn else ""
    return f"{len(comparison.seeds)}, the same for all scenarios.{apart} {steps}"


def _rows(subject: Subject) -> list[ComparisonRow]:
    """The rows to show: of a single run without those that mean something only against another."""
    rows = subject.comparison.rows
    return [row for row in rows if not (subject.alone and row.indicator.endswith("change"))]


def legend_of_table(subject: Subject) -> str:
    sure = f"{SURE} " if subject.comparison.seeds else ""
    if subject.alone:
        return f"{sure}{SHORTAGE}"
    first = escape(subject.comparison.sentence(subject.names[0]))
    return f"{CHANGES.format(first=first)}{sure}{SHORTAGE} {escape(WELFARE)} {first}."


def table_of(subject: Subject, every: bool = False) -> str:
    """The rows people ask for first, or every row."""
    rows = [row for row in _rows(subject) if row.shown or every]
    head = "".join(f'<th scope="col" class="n">{escape(subject.short(name))}</th>' for name in subject.names)
    span = 1 + len(subject.names)
    groups: dict[str, list[str]] = {}
    for row in rows:
        groups.setdefault(row.heading, []).append(_row(row))
    body = "".join(
        f'<tr><th scope="colgroup" colspan="{span}" class="group">{escape(heading)}</th></tr>{"".join(cells)}'
        for heading, cells in groups.items()
    )
    hint = page.SCROLL if len(subject.names) > 1 else ""
    return (
        f'{hint}<div class="wide first" tabindex="0" role="region" aria-label="table of results"><table>'
        f'<thead><tr><th scope="col"></th>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _row(row: ComparisonRow) -> str:
    cells = "".join(_cell(row, name) for name in row.values)
    return f'<tr><th scope="row">{escape(row.label)}</th>{cells}</tr>'


def _cell(row: ComparisonRow, name: str) -> str:
    text = escape(page.with_signs(with_band(row, name).replace(" %", "")))
    return f'<td class="n">{text}{_difference(row, name)}</td>'


def _difference(row: ComparisonRow, name: str) -> str:
    """How a scenario differs from the first, below its number; nothing where that is a change itself."""
    first = next(iter(row.values))
    change = row.change(name)
    if name == first or change is None or row.indicator.endswith("change"):
        return ""
    unit = row.unit

    def said(value: float) -> str:
        sign = "+" if value > 0 else ""
        return page.with_signs(f"{sign}{number(value, unit)}".replace(" %", ""))

    found = row.change_band(name)
    text = escape(f"{said(change)} ({said(found.low)} to {said(found.high)})" if found else said(change))
    return f'<br><span class="diff{"" if row.alike(name, first) else " sure"}">{text}</span>'


def _plants(subject: Subject) -> str:
    """What opened, began, stood still and failed, by scenario."""
    parts = []
    for name, run in subject.runs.items():
        events = run["events"]
        found = events[events["kind"].isin(TOLD)]
        if found.empty:
            continue
        summary = ", ".join(_counts(subject, name))
        rows = list(_event_rows(found, run["activity"]))
        table = page.table("when", ["what", "plant", "where", "owner", "more"], rows)
        parts.append(page.foldable(f"{subject.short(name)}: {summary}", table))
    note = f"Counts are medians with 80 % bands. Lists: {subject.one_seed}"
    words = f'<p class="soft">{escape(note)}</p>' if subject.one_seed else ""
    return words + "".join(parts) if parts else ""


def _counts(subject: Subject, name: str) -> Iterator[str]:
    """How often what is told of plants happens; over futures the median with its band."""
    events = subject.every(name)["events"]
    every = events.groupby([FUTURE, "kind"], observed=True).size()
    for kind in TOLD:
        counts = [float(every.get((future, kind), 0)) for future in subject.every(name).futures]
        if any(counts):
            found = band(counts)
            more = f" ({found.low:.0f} to {found.high:.0f})" if len(counts) > 1 else ""
            yield f"{kind}: {found.median:.0f}{more}"


def _event_rows(events: pd.DataFrame, activity: pd.DataFrame) -> Iterator[tuple[str, list[str]]]:
    where = dict(zip(activity["plant"], activity["jurisdiction"], strict=True))
    for row in events.sort_values(["date", "kind", "target"]).itertuples():
        plants = str(row.target).split(";")
        places = dict.fromkeys(place_name(where[plant]) for plant in plants if plant in where)
        cells = [row.kind, ", ".join(plants), ", ".join(places) or "-", row.actor, row.detail]
        yield str(row.date)[:7], [str(cell).replace("_", " ") for cell in cells]


def _certificates(subject: Subject) -> str:
    """The worst residual of every kind, and how many solves it took."""
    heads = [subject.short(name) for name in subject.names]
    rows = []
    found = {name: subject.every(name)["certificates"] for name in subject.names}
    for column, meaning in CERTIFIED.items():
        if all(column in table for table in found.values()):  # runs of an earlier version lack some
            cells = [f"{table[column].abs().max():.1e}" for table in found.values()]
            rows.append((escape(meaning), cells))
    solves = [table["solves"] for table in found.values()]
    rows.append(("solves a step, mean and most", [f"{s.mean():.1f} and {int(s.max())}" for s in solves]))
    return CHECKED + page.table("worst residual of all steps", heads, rows)


def _provenance(subject: Subject, manifest: Manifest) -> str:
    parts: Mapping[str, str] = manifest.parts or {manifest.scenario: manifest.config_hash}
    given = [word for word in manifest.overrides if not word.startswith("scenario=")]
    facts = {
        "configurations": ", ".join(f"{name} {digest[:12]}" for name, digest in parts.items()),
        "settings given": " ".join(given) or "none",
        "seeds": ", ".join(map(str, subject.comparison.seeds or [manifest.seed])),
    }
    what = "from the run beside this file" if subject.alone else "from the run folders beside this file"
    return page.provenance(what, facts, manifest)
