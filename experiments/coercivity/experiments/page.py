"""One HTML file that needs nothing else: readable on a phone, on a desk and on paper."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from coercivity.experiments.comparison import WELFARE, Comparison, Row, number
from coercivity.experiments.manifest import Manifest


@dataclass(frozen=True)
class Picture:
    """A figure as the page holds it."""

    title: str
    svg: str
    alt: str
    note: str


LEGEND = (
    '<span class="best">best</span> and <span class="worst">worst</span>, where one direction is better '
    "and they differ by 1 % or more. Shortage is the share of what is wanted at reference prices."
)
CSS = """
:root { --ink: #1b1b1b; --soft: #5c5c5c; --line: #dcdcdc; --best: #005f46; --worst: #a33600; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1.2rem; color: var(--ink); background: #fff;
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; border-bottom: 2px solid; padding-bottom: .2rem; }
p, li { max-width: 46rem; }
.soft { color: var(--soft); font-size: .9rem; }
.wide { overflow-x: auto; border: 1px solid var(--line); }
table { border-collapse: collapse; width: 100%; font-size: .87rem;
  font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .55rem; text-align: left; border-bottom: 1px solid var(--line);
  vertical-align: top; }
tbody th { font-weight: 400; padding-left: 1.2rem; }
tbody th.group { font-weight: 700; padding: .7rem .55rem .25rem; } thead th { background: #f3f3f3; }
td.n, th.n { text-align: right; } td.n { white-space: nowrap; }
.best { color: var(--best); font-weight: 700; } .best::after { content: " \\25B2"; font-size: .7em; }
.worst { color: var(--worst); } .worst::after { content: " \\25BC"; font-size: .7em; }
figure { margin: 1rem 0 1.6rem; } figure img { width: 100%; min-width: 38rem; height: auto; }
.picture { overflow-x: auto; }
figcaption { color: var(--soft); font-size: .87rem; max-width: 46rem; }
summary { cursor: pointer; margin: .6rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; font-size: .87rem; }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 600px) { body { padding: .8rem; } table { font-size: .8rem; }
  tbody th { padding-left: .7rem; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .4rem; }
  dt { font-weight: 700; } th, td { padding: .2rem .35rem; } }
@media print { body { max-width: none; padding: 0; font-size: 10pt; }
  figure, tr { break-inside: avoid; } h2 { break-after: avoid; }
  .wide, .picture { overflow: visible; } figure img { min-width: 0; }
  .wide { border: 0; } table { font-size: 7.5pt; } }
"""


def page(comparison: Comparison, said: Sequence[str], pictures: Sequence[Picture], manifest: Manifest) -> str:
    """The report as HTML."""
    names = [escape(comparison.short(name)) for name in comparison.scenarios]
    others = names[1] if len(names) == 2 else f"{', '.join(names[1:-1])} and {names[-1]}"
    title = f"{others[0].upper()}{others[1:]} against {names[0]}"
    period = f"{comparison.start} to {comparison.end} (end not included), by {comparison.step}"
    titles = comparison.titles.items()
    parts = [
        "<!doctype html>",
        '<html lang="en-GB"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}: coercivity</title><style>{CSS}</style></head><body><main>",
        f"<h1>{title}</h1>",
        f'<p class="soft">{escape(period)}; seed {manifest.seed}: the same futures for all.</p>',
        "<dl>",
        *(f"<dt>{escape(comparison.short(name))}</dt><dd>{escape(said_)}</dd>" for name, said_ in titles),
        "</dl>",
        "<h2>What was found</h2>",
        *(f"<p>{escape(sentence)}</p>" for sentence in said),
        "<h2>The numbers people ask for first</h2>",
        _table(comparison),
        f'<p class="soft">{LEGEND} {escape(WELFARE)} {names[0]}.</p>',
        "<h2>Figures</h2>",
        *(figure(place, picture) for place, picture in enumerate(pictures, start=1)),
        "<h2>All numbers</h2>",
        f"<details><summary>{len(comparison.rows)} rows, with units</summary>",
        _table(comparison, every=True),
        "</details>",
        "<h2>Where this comes from</h2>",
        _provenance(comparison, manifest),
        "</main></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _table(comparison: Comparison, every: bool = False) -> str:
    head = "".join(
        f'<th scope="col" class="n">{escape(comparison.short(name))}</th>' for name in comparison.scenarios
    )
    span = 1 + len(comparison.scenarios)
    body = "\n".join(
        f'<tr><th scope="colgroup" colspan="{span}" class="group">{escape(heading)}</th></tr>\n'
        + "\n".join(_row(row) for row in rows)
        for heading, rows in comparison.by_heading(every).items()
    )
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="table of results"><table>'
        f'<thead><tr><th scope="col"></th>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>'
    )


def _row(row: Row) -> str:
    cells = "".join(_cell(row, name) for name in row.values)
    return f'<tr><th scope="row">{escape(row.label)}</th>{cells}</tr>'


def _cell(row: Row, name: str) -> str:
    text = escape(number(row.values[name], row.unit).removesuffix(" %"))
    mark = row.mark(name)
    return f'<td class="n"><span class="{mark}">{text}</span></td>' if mark else f'<td class="n">{text}</td>'


def figure(place: int, picture: Picture) -> str:
    data = base64.b64encode(picture.svg.encode()).decode()
    alt, title = escape(picture.alt, quote=True), escape(picture.title)
    note = f" {escape(picture.note)}." if picture.note else ""
    return (
        f'<figure><div class="picture"><img src="data:image/svg+xml;base64,{data}" alt="{alt}"></div>'
        "<figcaption>"
        f"<strong>Figure {place}. {title}.</strong> {alt}{note}</figcaption></figure>"
    )


def _provenance(comparison: Comparison, manifest: Manifest) -> str:
    changed = {True: " (with local changes)", False: "", None: ""}[manifest.dirty]
    parts = [f"{name} {digest[:12]}" for name, digest in manifest.parts.items()]
    given = [word for word in manifest.overrides if not word.startswith("scenario=")]
    facts = {
        "configurations": ", ".join(parts),
        "evidence": manifest.evidence_hash[:12],
        "commit": f"{manifest.commit}{changed}" if manifest.commit else "not known",
        "versions": ", ".join(f"{name} {version}" for name, version in manifest.packages.items()),
        "Python": manifest.python,
        "settings given": " ".join(given) or "none",
        "made": manifest.made,
    }
    items = "".join(f"<dt>{escape(key)}</dt><dd>{escape(value)}</dd>" for key, value in facts.items())
    names = ", ".join(comparison.scenarios)
    return (
        f"<p>Made by coercivity from the run folders of {escape(names)} beside this file; "
        f"<code>coercivity verify</code> with this folder repeats them.</p><dl>{items}</dl>"
    )
