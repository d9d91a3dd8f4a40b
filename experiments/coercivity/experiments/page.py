"""The sheet of pages whose figures are pictures, such as an analysis: style and figures."""

import base64
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Picture:
    """A figure as the page holds it."""

    title: str
    svg: str
    alt: str
    note: str


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


def figure(place: int, picture: Picture) -> str:
    """A numbered picture with its words, as HTML."""
    data = base64.b64encode(picture.svg.encode()).decode()
    alt, title = escape(picture.alt, quote=True), escape(picture.title)
    note = f" {escape(picture.note)}." if picture.note else ""
    return (
        f'<figure><div class="picture"><img src="data:image/svg+xml;base64,{data}" alt="{alt}"></div>'
        "<figcaption>"
        f"<strong>Figure {place}. {title}.</strong> {alt}{note}</figcaption></figure>"
    )
