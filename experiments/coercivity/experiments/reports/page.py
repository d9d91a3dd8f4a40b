"""The page of every report: one HTML file that needs nothing else, readable on a phone, a desk and paper."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from importlib import resources

from coercivity.experiments.figures.chart import Bars, Choice, Figure, Ranges, Style
from coercivity.experiments.figures.look import BAND
from coercivity.experiments.figures.svg import choice_attributes, marker, scene
from coercivity.experiments.figures.svg_panels import panel
from coercivity.experiments.figures.words import describe_panels, tables
from coercivity.experiments.reports.plain_words import keep_units
from coercivity.experiments.runs.manifest import Manifest

LONG = 400  # letters of a fact that stands open
NARROW = 2  # columns of a table that a phone shows at once
SCROLL = '<p class="hint">Scroll sideways to see all of it.</p>'


@dataclass(frozen=True)
class Section:
    """A part of a page: its place in links, its heading and its HTML; left out where there is none."""

    key: str
    heading: str
    body: str


def page(title: str, period: str, sections: Sequence[Section]) -> str:
    """The report as HTML: a title, what it covers in a line, what was found, links and sections."""
    first, *more = [section for section in sections if section.body]
    covers = f'<p class="soft">{escape(period)}</p>' if period else ""
    links = "".join(f'<a href="#{section.key}">{escape(section.heading)}</a>' for section in more)
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en-GB"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}: coercivity</title><style>{_package_file('page.css')}</style>",
            f"</head><body><main><h1>{escape(title)}</h1>{covers}",
            _section(first),
            f'<nav aria-label="sections">{links}</nav>',
            *map(_section, more),
            '</main><div id="tip" role="status" hidden></div>',
            f"<script>{_package_file('page.js')}</script></body></html>",
            "",
        ]
    )


def _section(section: Section) -> str:
    """Heading and body; one that only opens on demand is left out on paper."""
    folded_ = ' class="folded"' if section.body.startswith("<details") else ""
    heading = f'<h2 id="{section.key}">{escape(section.heading)}</h2>'
    return f"<section{folded_}>{heading}\n{section.body}</section>"


def _package_file(name: str) -> str:
    return (resources.files("coercivity.experiments") / "reports" / name).read_text(encoding="utf-8")


def finding_paragraphs(said: Sequence[str]) -> str:
    """What was found, a paragraph a sentence; a number keeps its per cent beside it."""
    return f'<div class="found">{"".join(f"<p>{words(sentence)}</p>" for sentence in said)}</div>'


def lead(said: Sequence[str]) -> str:
    """What was found: the first sentence in large letters, the others below."""
    first, stop, rest = said[0].partition(". ")
    more = [*([rest] if rest else []), *said[1:]]
    return headline(f"{first}{stop.strip()}") + (finding_paragraphs(more) if more else "")


def headline(sentence: str) -> str:
    """A finding in large letters; its bands in lighter ones."""
    lighter = re.sub(r" (\([^()]*\d to [^()]*\))", r' <span class="range">\1</span>', words(sentence))
    return f'<p class="finding">{lighter}</p>'


def words(sentence: str) -> str:
    """A sentence as HTML; what stands between backticks is something to type."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(keep_units(sentence)))


AGAIN = (
    "; <code>coercivity verify</code> with this folder repeats it, and <code>coercivity report</code> with "
    "<code>--number</code> says of a number where it comes from"
)


def provenance(words: str, facts: Mapping[str, str], manifest: Manifest, again: str = AGAIN) -> str:
    """Where a result comes from. words, again: HTML; again: how it is repeated"""
    changed = {True: " (with local changes)", False: "", None: ""}[manifest.dirty]
    every = {
        **facts,
        "evidence": manifest.evidence_hash[:12],
        "commit": f"{manifest.commit}{changed}" if manifest.commit else "not known",
        "versions": ", ".join(f"{name} {version}" for name, version in manifest.packages.items()),
        "Python": manifest.python,
        "made": manifest.made,
    }
    items = "".join(f"<dt>{escape(key)}</dt><dd>{_fact(value)}</dd>" for key, value in every.items())
    where = "The model, its notation and its evidence are in the repository."
    return f"<p>Made by coercivity {words}{again}. {where}</p><dl>{items}</dl>"


def _fact(value: str) -> str:
    """A fact; a long list of them opens on demand."""
    if len(value) <= LONG:
        return escape(value)
    return foldable(f"{value.count(', ') + 1}, of which {value.split(', ')[0]}", f"<p>{escape(value)}</p>")


def figures(drawn: Sequence[Figure], first: int = 1) -> str:
    """Figures, numbered from `first` on."""
    return "".join(_figure(n, figure) for n, figure in enumerate(drawn, start=first))


Rows = Sequence[tuple[str, Sequence[str]]]  # a head, which is HTML, and cells, which are words


def table(corner: str, heads: Sequence[str], rows: Rows, numbers: Sequence[int] = ()) -> str:
    """A table of words. numbers: columns that hold numbers, from 0."""
    return grouped_table(corner, heads, {"": rows}, numbers)


def grouped_table(
    corner: str, heads: Sequence[str], groups: Mapping[str, Rows], numbers: Sequence[int] = ()
) -> str:
    """A table whose rows stand under headings; one without a name has none."""
    how = [' class="n"' if n in numbers else "" for n in range(len(heads))]
    head = "".join(f'<th scope="col"{a}>{escape(text)}</th>' for text, a in zip(heads, how, strict=True))
    body = ""
    for name, rows in groups.items():
        if name:
            span = f'scope="colgroup" colspan="{1 + len(heads)}" class="group"'
            body += f"<tr><th {span}>{escape(name)}</th></tr>"
        for label, cells in rows:
            said = (with_signs(cell) if n in numbers else cell for n, cell in enumerate(cells))
            words = "".join(f"<td{a}>{escape(cell)}</td>" for cell, a in zip(said, how, strict=True))
            body += f'<tr><th scope="row">{label}</th>{words}</tr>'
    first = " first" if any(groups) else ""
    hint = SCROLL if len(heads) > NARROW else ""
    return (
        f'{hint}<div class="wide{first}" tabindex="0" role="region" aria-label="table">'
        f'<table><thead><tr><th scope="col">{escape(corner)}</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def with_signs(text: str) -> str:
    """Words with a minus sign before numbers below zero.

    >>> with_signs("-1.5 (-2 to 3), 1.0e-14")
    '−1.5 (−2 to 3), 1.0e-14'
    """
    return re.sub(r"(?<![\w-])-(?=[\d.])", "\N{MINUS SIGN}", text)


def foldable(summary: str, body: str) -> str:
    """Something that is opened on demand; summary in words."""
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"


def _figure(place: int, figure: Figure) -> str:
    """A figure with its controls, its words and its numbers."""
    name = f"fig-{figure.name}"
    shown = [one for one in figure.panels if figure.shown(one.keys)]
    two = (
        len(shown) in (2, 4)
        or any(panel.net for panel in shown if isinstance(panel, Bars))
        or any(isinstance(one, Ranges) for one in shown)
    )
    wide = " two" if two else ""
    drawn = "".join(
        f'<div class="panel"{choice_attributes(p.keys, figure)}>'
        f"<h4>{escape(p.title)}</h4>{panel(figure, p)}</div>"
        for p in figure.panels
    )
    if figure.scene:
        picture = (
            f'{SCROLL}<div class="scene" tabindex="0" role="region" aria-label="{escape(figure.title)}">'
        )
        drawn_ = f"{picture}{scene(figure.scene, figure)}</div>"
    else:
        drawn_ = f'<div class="panels{wide}">{drawn}</div>'
    said = "".join(
        f"<p{choice_attributes(keys, figure)}>{escape(words)}</p>" for words, keys in describe_panels(figure)
    )
    numbers = '<table class="shown"></table>' if figure.scene else "".join(tables(figure))
    return (
        f'<figure id="{name}" aria-labelledby="{name}-title" aria-describedby="{name}-said">'
        f'<h3 id="{name}-title">{escape(keep_units(figure.title))}</h3>'
        f'<div class="read">Figure {place}. {escape(figure.said)}</div>'
        f'<div class="bar">{"".join(map(_choice, figure.choices))}{_legend(figure)}</div>{drawn_}'
        f"<figcaption>{escape(figure.notes)}</figcaption>"
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


def _legend(figure: Figure) -> str:
    """Names with their colour, and dash where there are lines; pressing one hides it."""
    if len(figure.legend) < 2:
        return ""
    buttons = "".join(_entry(style, figure.filled) for style in figure.legend)
    return f'<div class="legend" role="group" aria-label="legend; press to hide">{buttons}</div>'


def _entry(style: Style, filled: bool) -> str:
    inner = f'<svg viewBox="0 0 26 10" aria-hidden="true">{_swatch(style, filled)}</svg>{escape(style.name)}'
    if style.mark == "area" or not style.switch:
        return f"<span>{inner}</span>"
    name = escape(style.name, quote=True)
    return f'<button type="button" aria-pressed="true" data-switch="{name}">{inner}</button>'


def _swatch(style: Style, filled: bool) -> str:
    """What a name looks like in a legend."""
    if style.mark == "line" and filled:
        return f'<rect width="26" height="10" fill="{style.colour}"/>'
    if style.mark == "area":
        return f'<rect width="26" height="10" fill="{style.colour}" opacity="{BAND}"/>'
    if style.mark != "line":
        return marker(replace(style, name=""), 13, 5)
    dash = f' stroke-dasharray="{style.dash}"' if style.dash else ""
    return f'<line x1="0" x2="26" y1="5" y2="5" stroke="{style.colour}" stroke-width="4"{dash}/>'
