"""The page of an analysis: what was found, tables, figures, and where it all comes from."""

from collections.abc import Sequence
from html import escape

from coercivity.experiments.analysis.answers import Answers
from coercivity.experiments.analysis.findings import Findings, limit_text, short
from coercivity.experiments.analysis.sensitivity import MEASURES
from coercivity.experiments.comparison import number
from coercivity.experiments.manifest import Manifest
from coercivity.experiments.page import CSS, Picture, figure

ROBUST = (
    '<p class="soft">Only futures that every policy has met. Regret: by how much the best policy does '
    "better in the same future. Good enough: share of futures within the level that failures exceed.</p>"
)
Rows = Sequence[Sequence[str]]


def sheet(
    answers: Answers, found: Findings, said: Sequence[str], pictures: Sequence[Picture], manifest: Manifest
) -> str:
    """The page as HTML that needs nothing else."""
    question = answers.plan.question
    title = question.title if question.title != "Sweep" else f"Sweep over {len(answers.design.keys)} settings"
    made = f"{answers.made:,} of {answers.runs:,} runs answered"
    parts = [
        "<!doctype html>",
        '<html lang="en-GB"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}: coercivity</title><style>{CSS}</style></head><body><main>",
        f"<h1>{escape(title)}</h1>",
        f'<p class="soft">{escape(question.kind)} design, {made}; policies meet the same futures.</p>',
        "<h2>What was found</h2>",
        *(f"<p>{escape(sentence)}</p>" for sentence in said),
        "<h2>How robust each policy is</h2>",
        _table(
            [
                "outcome",
                "policy",
                "median (5 to 95 %)",
                "good enough",
                "best",
                "regret: mean",
                "9 in 10",
                "most",
            ],
            _robust_rows(found),
        ),
        ROBUST,
        "<h2>What each policy changes</h2>",
        _table(
            ["outcome", "policy", f"mean change against {found.reference}", "95 % interval", "better in"],
            _change_rows(found),
        ),
        "<h2>Where policies fail</h2>",
        _table(
            ["outcome", "policy", "failure", "of all futures", "box", "fails inside", "of its failures"],
            _box_rows(answers, found),
        ),
        "<h2>Which uncertainties decide</h2>",
        _table(
            ["outcome", "policy", "factor", "measure", "value", "95 % interval", "sign"],
            _index_rows(answers, found),
        ),
        "<h2>Figures</h2>",
        *(figure(place, picture) for place, picture in enumerate(pictures, start=1)),
        "<h2>What was uncertain</h2>",
        _table(["setting", "from", "to", "unit", "source"], _factor_rows(answers)),
        "<h2>Where this comes from</h2>",
        _provenance(answers, manifest),
        "</main></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _table(head: Sequence[str], rows: Rows) -> str:
    if not rows:
        return '<p class="soft">Nothing to tell for this design.</p>'
    cells = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "\n".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="table of results"><table>'
        f"<thead><tr>{cells}</tr></thead><tbody>\n{body}\n</tbody></table></div>"
    )


def _united(value: float, unit: str) -> str:
    return number(value, unit) + ("" if unit in ("share", "year") else f" {unit}")


def _span(value: float, unit: str) -> str:
    """A change: years and shares as such."""
    if unit == "year":
        return f"{value:.1f} years"
    return _united(value, unit)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f} %"


def _robust_rows(found: Findings) -> Rows:
    return [
        [
            one.outcome,
            one.policy,
            f"{_united(one.median, one.unit)} ({number(one.low, one.unit)} to {number(one.high, one.unit)})",
            "-"
            if one.good is None
            else f"{_percent(one.good)} ({_percent(one.good_low)} to {_percent(one.good_high)})",
            _percent(one.best),
            *(_span(value, one.unit) for value in (one.regret_mean, one.regret_high, one.regret_most)),
        ]
        for one in found.robustness
    ]


def _change_rows(found: Findings) -> Rows:
    return [
        [
            one.outcome,
            one.policy,
            _span(one.mean, one.unit),
            f"{_span(one.low, one.unit)} to {_span(one.high, one.unit)}",
            _percent(one.better),
        ]
        for one in found.differences
    ]


def _box_rows(answers: Answers, found: Findings) -> Rows:
    return [
        [
            one.outcome,
            one.policy,
            one.what,
            _percent(one.base),
            " and ".join(limit_text(limit, answers) for limit in one.limits),
            f"{_percent(one.density)} ({_percent(one.low)} to {_percent(one.high)})",
            _percent(one.coverage),
        ]
        for one in found.boxes
    ]


def _index_rows(answers: Answers, found: Findings) -> Rows:
    rows = []
    for one in sorted(found.indices, key=lambda one: (one.outcome, one.policy, one.measure, -one.value)):
        effect = one.measure == "effect"
        unit = answers.units[one.outcome]
        values = [_span(v, unit) if effect else f"{100 * v:.1f} %" for v in (one.value, one.low, one.high)]
        sign = "" if one.sign != one.sign else "+" if one.sign > 0 else "\u2212"
        rows.append(
            [
                one.outcome,
                one.policy,
                short(one.factor),
                MEASURES[one.measure],
                values[0],
                f"{values[1]} to {values[2]}",
                sign,
            ]
        )
    return rows


def _factor_rows(answers: Answers) -> Rows:
    return [
        [
            one.key,
            ", ".join(one.values) if one.values else f"{one.low:.4g}",
            "" if one.values else f"{one.high:.4g}{' (log)' if one.log else ''}",
            one.unit,
            one.source or ("values of the setting" if one.values else "the design's own"),
        ]
        for one in answers.factors
    ]


def _provenance(answers: Answers, manifest: Manifest) -> str:
    changed = " (with local changes)" if manifest.dirty else ""
    content = str((manifest.tables.get("summary") or {}).get("sha256", "not merged yet"))
    facts = {
        "fingerprint": answers.plan.hash,
        "content": content,
        "parts": ", ".join(f"{name} {digest[:12]}" for name, digest in answers.plan.parts.items()),
        "settings of all runs": " ".join(answers.plan.fixed) or "none",
        "commit": f"{manifest.commit}{changed}" if manifest.commit else "not known",
        "versions": ", ".join(f"{name} {version}" for name, version in manifest.packages.items()),
        "made": manifest.made,
    }
    items = "".join(f"<dt>{escape(key)}</dt><dd>{escape(value)}</dd>" for key, value in facts.items())
    return (
        "<p>Made by <code>coercivity analyse</code> from the dataset that holds this folder; "
        f"<code>coercivity verify</code> with the dataset repeats runs of it.</p><dl>{items}</dl>"
    )
