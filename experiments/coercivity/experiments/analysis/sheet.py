"""The sections of the report of a sweep: what was found, tables, figures, and where it all comes from."""

from collections import Counter
from collections.abc import Sequence
from html import escape
from math import isnan

from coercivity.experiments.analysis.answers import Answers
from coercivity.experiments.analysis.findings import Findings, between, difference, limit_text, short, spread
from coercivity.experiments.analysis.sensitivity import MEASURES
from coercivity.experiments.figures.chart import Figure
from coercivity.experiments.reports import page
from coercivity.experiments.reports.page import Section
from coercivity.experiments.runs.manifest import Manifest

ROBUST = (
    '<p class="soft">Only futures that every policy has met. Regret: by how much the best policy does '
    "better in the same future. Good enough: share of futures within the level that failures exceed.</p>"
)
FEW = 3  # kinds of failure, and settings, that are named
Groups = dict[str, list[tuple[str, list[str]]]]


def sheet(
    answers: Answers, found: Findings, said: Sequence[str], figures: Sequence[Figure], manifest: Manifest
) -> str:
    """The report as HTML."""
    question = answers.plan.question
    period = (
        f"{question.kind} design, {answers.made:,} of {answers.runs:,} runs answered; policies meet the same "
        f"futures: {', '.join(answers.called.values())}."
    )
    return page.page(
        _title(answers),
        f"{period[0].upper()}{period[1:]}",
        (
            Section("found", "What was found", page.lead([answers.say(sentence) for sentence in said])),
            Section("robust", "How robust each policy is", _robust(answers, found)),
            Section("changes", "What each policy changes", _changes(answers, found)),
            Section("figures", "Figures", page.figures(figures)),
            Section("fail", "Where policies fail", _boxes(answers, found)),
            Section("decide", "Which uncertainties decide", _indices(answers, found)),
            Section("uncertain", "What was uncertain", _factors(answers)),
            Section("certificates", "Is the clearing right?", _certificates(answers)),
            Section("source", "Where this comes from", _provenance(answers, manifest)),
        ),
    )


def _title(answers: Answers) -> str:
    """The experiment's title, or what is varied."""
    given, keys = answers.plan.question.title, answers.design.keys
    if given != "Sweep":
        return given
    more = f" and {len(keys) - FEW} more" if len(keys) > FEW else ""
    return f"Sweep over {', '.join(map(short, keys[:FEW]))}{more}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f} %"


def _add(groups: Groups, answers: Answers, outcome: str, policy: str, cells: list[str]) -> None:
    """A row of a policy under the heading of an outcome."""
    groups.setdefault(answers.say(outcome), []).append((escape(answers.called.get(policy, policy)), cells))


def _robust(answers: Answers, found: Findings) -> str:
    groups: Groups = {}
    for one in found.robustness:
        good = "-"
        if one.good is not None:
            good = _percent(one.good)
        if one.good_low is not None:
            good += f" ({_percent(one.good_low)} to {_percent(one.good_high)})"
        regrets = [
            difference(value, one.unit) for value in (one.regret_mean, one.regret_high, one.regret_most)
        ]
        middle = "-" if one.relative else spread(one)
        cells = [middle, good, _percent(one.best), *regrets]
        _add(groups, answers, one.outcome, one.policy, cells)
    heads = ["median (5 to 95 %)", "good enough in", "best in", "regret: mean", "nine in ten", "most"]
    return page.grouped_table("policy", heads, groups, range(6)) + ROBUST if groups else ""


def _changes(answers: Answers, found: Findings) -> str:
    groups: Groups = {}
    for one in found.differences:
        change = difference(one.mean, one.unit)
        ends = "-" if isnan(one.low) else between(one.low, one.high, one.unit)
        cells = [change, ends, _percent(one.better)]
        _add(groups, answers, one.outcome, one.policy, cells)
    heads = [answers.say(f"mean change against {found.reference}"), "95 % interval", "better in"]
    return page.grouped_table("policy", heads, groups, range(3)) if groups else ""


def _boxes(answers: Answers, found: Findings) -> str:
    groups: Groups = {}
    for one in found.boxes:
        cells = [
            one.what,
            _percent(one.base),
            " and ".join(limit_text(limit, answers) for limit in one.limits),
            f"{_percent(one.density)} ({_percent(one.low)} to {_percent(one.high)})",
            _percent(one.coverage),
        ]
        _add(groups, answers, one.outcome, one.policy, cells)
    heads = ["failure", "of all futures", "box", "fails inside", "of its failures"]
    return page.grouped_table("policy", heads, groups, (1, 3, 4)) if groups else ""


def _indices(answers: Answers, found: Findings) -> str:
    groups: Groups = {}
    for one in sorted(found.indices, key=lambda one: (one.outcome, one.policy, one.measure, -one.value)):
        unit = answers.units[one.outcome]
        values = [
            difference(v, unit) if one.measure == "effect" else f"{100 * v:.1f} %"
            for v in (one.value, one.low, one.high)
        ]
        sign = "" if one.sign != one.sign else "+" if one.sign > 0 else "\u2212"
        cells = [short(one.factor), MEASURES[one.measure], values[0], f"{values[1]} to {values[2]}", sign]
        _add(groups, answers, one.outcome, one.policy, cells)
    heads = ["uncertainty", "measure", "value", "95 % interval", "sign"]
    made = page.grouped_table("policy", heads, groups, (2, 3))
    return page.foldable(f"{len(found.indices)} indices, with intervals", made) if groups else ""


def _factors(answers: Answers) -> str:
    rows = [
        (
            f"<code>{escape(one.key)}</code>",
            [
                ", ".join(one.values) if one.values else f"{one.low:.4g} to {one.high:.4g}",
                "one of these" if one.values else f"{one.unit or 'as set'}{', log scale' if one.log else ''}",
                one.source or ("values of the setting" if one.values else "the design's own"),
            ],
        )
        for one in answers.factors
    ]
    return page.table("setting", ["range", "unit", "source"], rows, (0,)) if rows else ""


def _certificates(answers: Answers) -> str:
    """How many runs passed every check, and what the others said."""
    broke = Counter(answers.broken)
    count = sum(broke.values())
    passed = answers.made
    words = (
        "<p>Every step of every run carries a certificate computed from its arrays and not from the solver's "
        "word; a step that does not pass stops the run, which is then counted as failed. "
        f"{passed:,} runs passed every step; {count:,} broke off.</p>"
    )
    rows = [(escape(error), [f"{times:,}"]) for error, times in broke.most_common(FEW)]
    return words + (page.table("why runs broke off", ["runs"], rows, (0,)) if rows else "")


def _provenance(answers: Answers, manifest: Manifest) -> str:
    facts = {
        "fingerprint": answers.plan.hash,
        "content": str((manifest.tables.get("summary") or {}).get("sha256", "not merged yet")),
        "parts": ", ".join(f"{name} {digest[:12]}" for name, digest in answers.plan.parts.items()),
        "settings of all runs": " ".join(answers.plan.fixed) or "none",
    }
    return page.provenance("from the dataset that holds this folder", facts, manifest)
