"""One HTML file that needs nothing else: readable on a phone, on a desk and on paper."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib import resources

import pandas as pd

from coercivity.experiments.comparison import WELFARE, Row, number
from coercivity.experiments.manifest import Manifest
from coercivity.experiments.view.assumptions import about, common, differences, yardstick
from coercivity.experiments.view.chart import Choice, Figure, Style
from coercivity.experiments.view.subject import Subject
from coercivity.experiments.view.svg import keyed, panel, scene
from coercivity.experiments.view.words import tables, told

MARKS = (
    '<span class="best">best</span> and <span class="worst">worst</span>, where one direction is better '
    "and they differ by 1 % or more. "
)
SHORTAGE = "Shortage is the share of what is wanted at reference prices."
SECTIONS = {
    "found": "What was found",
    "assumed": "What was assumed",
    "numbers": "The numbers people ask for first",
    "figures": "Figures",
    "plants": "Plants and projects",
    "all": "All numbers",
    "certificates": "Is the clearing right?",
    "source": "Where this comes from",
}
CERTIFIED = {
    "primal": "rows and bounds kept",
    "dual": "no column earns more than its cost",
    "sign": "signs of prices and rents",
    "complementarity": "nothing scarce unused, nothing unused dear",
    "gap": "primal equals dual objective",
    "mass": "tonnes conserved",
    "row": "every row kept, however little passes through it",
    "welfare": "dollars add up over owners",
}
TOLD = ("project started", "plant opened", "plant mothballed", "plant reopened", "bankruptcy")


def page(subject: Subject, said: Sequence[str], figures: Sequence[Figure], manifest: Manifest) -> str:
    """The report as HTML."""
    title = _title(subject)
    bodies = {
        "found": f'<div class="found">{"".join(f"<p>{escape(s)}</p>" for s in said)}</div>',
        "assumed": _assumed(subject),
        "numbers": _table(subject) + f'<p class="soft">{_legend_of_table(subject)}</p>',
        "figures": "".join(_figure(n, figure) for n, figure in enumerate(figures, start=1)),
        "plants": _plants(subject),
        "all": f"<details><summary>{len(_rows(subject))} rows, with units</summary>"
        f"{_table(subject, every=True)}</details>",
        "certificates": _certificates(subject),
        "source": _provenance(subject, manifest),
    }
    links = "".join(f'<a href="#{key}">{name}</a>' for key, name in SECTIONS.items() if bodies[key])
    seed = "" if subject.alone else ": the same futures for all"
    period = f"{subject.period} (end not included), by {subject.comparison.step}; seed {manifest.seed}{seed}."
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en-GB"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}: coercivity</title><style>{_kept('page.css')}</style></head><body><main>",
            f'<h1>{title}</h1><p class="soft">{escape(period)}</p><nav aria-label="sections">{links}</nav>',
            *(f'<h2 id="{key}">{SECTIONS[key]}</h2>\n{body}' for key, body in bodies.items() if body),
            '</main><div id="tip" role="status" hidden></div>',
            f"<script>{_kept('page.js')}</script></body></html>",
            "",
        ]
    )


def _kept(name: str) -> str:
    return (resources.files("coercivity.experiments") / "view" / name).read_text(encoding="utf-8")


def _title(subject: Subject) -> str:
    names = [escape(subject.short(name)) for name in subject.names]
    if subject.alone:
        return f"{names[0][0].upper()}{names[0][1:]}"
    others = names[1] if len(names) == 2 else f"{', '.join(names[1:-1])} and {names[-1]}"
    return f"{others[0].upper()}{others[1:]} against {names[0]}"


def _assumed(subject: Subject) -> str:
    """Scenarios in their own words, what they set apart, and what all share."""
    parts = ["<dl>"]
    for name, words in about(subject).items():
        text = f"<strong>{escape(words.get('title', ''))}.</strong> {escape(words.get('purpose', ''))}"
        source = (
            f' <span class="soft">Source: {escape(words["source"])}</span>' if words.get("source") else ""
        )
        parts.append(f"<dt>{escape(subject.short(name))}</dt><dd>{text}{source}</dd>")
    parts.append("</dl>")
    configs = yardstick(subject)
    found = differences(configs)
    if found:
        rows = [
            (f"{escape(d.words)}<br><code>{escape(d.key)}</code>", [*d.values.values(), d.meaning])
            for d in found
        ]
        table = _plain_table("setting", [*map(subject.short, configs), "meaning, unit and range"], rows)
        count = f"{len(found)} setting{'s' * (len(found) > 1)}"
        which = "this run and baseline" if subject.alone else "they"
        parts.append(f"<details><summary>{count} in which {which} differ</summary>{table}</details>")
    rows = [(f"<code>{escape(key)}</code>", [value, meaning]) for key, value, meaning in common(subject)]
    if rows:
        table = _plain_table("setting", ["value", "meaning, unit and range"], rows)
        parts.append(f"<details><summary>assumptions of all runs</summary>{table}</details>")
    return "".join(parts)


def _plain_table(corner: str, heads: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    """A table of words; the first column is HTML already."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(
        f'<tr><th scope="row">{label}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        for label, cells in rows
    )
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="table">'
        f'<table><thead><tr><th scope="col">{corner}</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _rows(subject: Subject) -> list[Row]:
    """The rows to show: those that mean something only against another run are left out of a single one's."""
    rows = subject.comparison.rows
    return [row for row in rows if not (subject.alone and row.indicator.endswith("change"))]


def _legend_of_table(subject: Subject) -> str:
    if subject.alone:
        return SHORTAGE
    return f"{MARKS}{SHORTAGE} {escape(WELFARE)} {escape(subject.short(subject.names[0]))}."


def _table(subject: Subject, every: bool = False) -> str:
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
    return (
        '<div class="wide first" tabindex="0" role="region" aria-label="table of results"><table>'
        f'<thead><tr><th scope="col"></th>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _row(row: Row) -> str:
    cells = "".join(_cell(row, name) for name in row.values)
    return f'<tr><th scope="row">{escape(row.label)}</th>{cells}</tr>'


def _cell(row: Row, name: str) -> str:
    text = escape(number(row.values[name], row.unit).removesuffix(" %"))
    mark = row.mark(name)
    return f'<td class="n"><span class="{mark}">{text}</span></td>' if mark else f'<td class="n">{text}</td>'


def _figure(place: int, figure: Figure) -> str:
    """A figure with its controls, its words and its numbers."""
    name = f"fig-{figure.name}"
    wide = " two" if len(figure.panels) in (2, 4) or figure.name == "prices" else ""
    drawn = "".join(
        f'<div class="panel"{keyed(p.keys, figure)}><h4>{escape(p.title)}</h4>{panel(figure, p)}</div>'
        for p in figure.panels
    )
    if figure.scene:
        picture = f'<div class="scene" tabindex="0" role="region" aria-label="{escape(figure.title)}">'
        drawn_ = f"{picture}{scene(figure.scene, figure)}</div>"
    else:
        drawn_ = f'<div class="panels{wide}">{drawn}</div>'
    said = "".join(f"<p{keyed(keys, figure)}>{escape(words)}</p>" for words, keys in told(figure))
    numbers = '<table class="shown"></table>' if figure.scene else "".join(tables(figure))
    marks = "; ".join(f"{mark.number} {mark.date[:7]}: {mark.text}" for mark in figure.marks)
    notes = " ".join(filter(None, [f"Marked: {marks}." if marks else "", figure.note]))
    return (
        f'<figure id="{name}" aria-labelledby="{name}-title" aria-describedby="{name}-said">'
        f'<h3 id="{name}-title">Figure {place}. {escape(figure.title)}</h3>'
        f'<div class="read">{escape(figure.said)}</div>'
        f'<div class="bar">{"".join(map(_choice, figure.choices))}{_legend(figure.legend)}</div>{drawn_}'
        f"<figcaption>{escape(notes)}</figcaption>"
        f'<details><summary>in words and numbers</summary><div id="{name}-said" class="read">{said}</div>'
        f'<div class="wide" tabindex="0" role="region" aria-label="numbers">{numbers}</div>'
        "</details></figure>"
    )


def _choice(choice: Choice) -> str:
    """A list, or a slider with what it stands at."""
    if len(choice.options) < 2:
        return ""
    about_ = f'data-choice="{choice.name}" aria-label="{escape(choice.title)}"'
    if choice.slides:
        values = " ".join(value for value, _ in choice.options)
        last = len(choice.options) - 1
        return (
            f'<label>{choice.title} <input type="range" min="0" max="{last}" value="{last}" {about_} '
            f'data-values="{values}"><output>{choice.first_shown}</output></label>'
        )
    options = "".join(
        f'<option value="{escape(value)}"{" selected" if value == choice.first_shown else ""}>'
        f"{escape(name)}</option>"
        for value, name in choice.options
    )
    return f"<label>{choice.title} <select {about_}>{options}</select></label>"


def _legend(entries: Sequence[Style]) -> str:
    """Names with their colour and dash; pressing one hides it."""
    if len(entries) < 2:
        return ""
    buttons = "".join(
        f'<button type="button" aria-pressed="true" data-switch="{escape(style.name, quote=True)}">'
        '<svg viewBox="0 0 26 10" aria-hidden="true"><line x1="0" x2="26" y1="5" y2="5" '
        f'stroke="{style.colour}" stroke-width="4"{_dashed(style)}/></svg>{escape(style.name)}</button>'
        for style in entries
    )
    return f'<div class="legend" role="group" aria-label="legend; press to hide">{buttons}</div>'


def _dashed(style: Style) -> str:
    return f' stroke-dasharray="{style.dash}"' if style.dash else ""


def _plants(subject: Subject) -> str:
    """What opened, began, stood still and failed, by scenario."""
    parts = []
    for name, run in subject.runs.items():
        events = run["events"]
        found = events[events["kind"].isin(TOLD)]
        if found.empty:
            continue
        counts = found["kind"].value_counts()
        summary = ", ".join(f"{kind}: {counts[kind]}" for kind in TOLD if kind in counts)
        rows = list(_event_rows(found, run["activity"]))
        table = _plain_table("when", ["what", "plant", "where", "owner", "more"], rows)
        head = f"{escape(subject.short(name))}: {escape(summary)}"
        parts.append(f"<details><summary>{head}</summary>{table}</details>")
    return "".join(parts)


def _event_rows(events: pd.DataFrame, activity: pd.DataFrame) -> Iterator[tuple[str, list[str]]]:
    from coercivity.experiments.view.places import called

    where = dict(zip(activity["plant"], activity["jurisdiction"], strict=True))
    for row in events.sort_values(["date", "kind", "target"]).itertuples():
        plants = str(row.target).split(";")
        places = dict.fromkeys(called(where[plant]) for plant in plants if plant in where)
        cells = [row.kind, ", ".join(plants), ", ".join(places) or "-", row.actor, row.detail]
        yield str(row.date)[:7], [str(cell).replace("_", " ") for cell in cells]


def _certificates(subject: Subject) -> str:
    """The worst residual of every kind, and how many solves it took."""
    heads = [subject.short(name) for name in subject.names]
    rows = []
    for column, meaning in CERTIFIED.items():
        worst = [run["certificates"][column].abs().max() for run in subject.runs.values()]
        rows.append((escape(meaning), [f"{value:.1e}" for value in worst]))
    solves = [run["certificates"]["solves"] for run in subject.runs.values()]
    rows.append(("solves a step, mean and most", [f"{s.mean():.1f} and {int(s.max())}" for s in solves]))
    note = (
        "<p>Every step carries a certificate computed from its arrays and not from the solver's word. A step "
        "that does not pass stops the run. Here is the worst of every kind, relative to the size of what is "
        "checked (no unit).</p>"
    )
    return note + _plain_table("worst residual of all steps", heads, rows)


def _provenance(subject: Subject, manifest: Manifest) -> str:
    changed = {True: " (with local changes)", False: "", None: ""}[manifest.dirty]
    parts: Mapping[str, str] = manifest.parts or {manifest.scenario: manifest.config_hash}
    given = [word for word in manifest.overrides if not word.startswith("scenario=")]
    facts = {
        "configurations": ", ".join(f"{name} {digest[:12]}" for name, digest in parts.items()),
        "evidence": manifest.evidence_hash[:12],
        "commit": f"{manifest.commit}{changed}" if manifest.commit else "not known",
        "versions": ", ".join(f"{name} {version}" for name, version in manifest.packages.items()),
        "Python": manifest.python,
        "settings given": " ".join(given) or "none",
        "made": manifest.made,
    }
    items = "".join(f"<dt>{escape(key)}</dt><dd>{escape(value)}</dd>" for key, value in facts.items())
    what = "from the run beside this file" if subject.alone else "from the run folders beside this file"
    return (
        f"<p>Made by coercivity {what}; <code>coercivity verify</code> with this folder repeats it. "
        f"The model, its notation and its evidence are in the repository.</p><dl>{items}</dl>"
    )
