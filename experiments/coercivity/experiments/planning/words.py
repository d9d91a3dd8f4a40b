"""A plan in words: a table for the screen, a page for the folder."""

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from coercivity.experiments.config.labels import Wording
from coercivity.experiments.figures.places import place_in_sentence, place_name
from coercivity.experiments.planning.outcome import Item, PlanDocument
from coercivity.experiments.reports.page import Section, finding_paragraphs, lead, page, table
from coercivity.experiments.runs.manifest import Manifest

__all__ = ["page_of", "say_plan", "sentences"]

COLUMNS = ("what", "kind", "where", "start", "runs", "instrument", "USD m", "public", "depends on")
HEADS = (
    "kind",
    "where",
    "start",
    "runs from",
    "instrument",
    "million USD",
    "public, million USD",
    "depends on",
)
Spelling = Callable[[str], str]
REPLY_KEYS = ("china_usd", "china_usd_without_plan", "members_usd", "members_usd_without_plan")
PAGE_KEYS = (*REPLY_KEYS, "members_left_usd")
WIDE = (44, 13, 5, 5, 6, 34, 8, 7, 60)


def sentences(plan: PlanDocument) -> list[str]:
    """What was found, misses first."""
    whom = members(plan)
    said = []
    if plan.goal:
        share = 100 * (plan.met_share or 0.0)
        said.append(f"For {whom}: {plan.goal}. By the clearing it is met in {share:.0f} % of futures.")
    elif plan.budget_usd is not None:
        said.append(f"For {whom}: the most worth for {_money(plan.budget_usd)} of public money.")
    else:
        said.append(f"For {whom}: the plan worth most, with no limit on money.")
    said.append(
        f"It costs {_money(plan.cost_usd)} at today's worth (capital by the year, carrying of stocks, "
        f"programmes), "
        f"of {_money(sum(item.usd for item in plan.portfolio))} spent; states pay out "
        f"{_money(plan.public_usd)}."
    )
    if plan.gain_usd is not None:
        said.append(
            f"Expected gain over doing nothing, net of that cost: {_money(plan.gain_usd)}; no plan gains "
            f"over "
            f"{100 * plan.mip_gap:.2f} % more ({plan.futures} futures in {plan.worlds} worlds)."
        )
    else:
        said.append(f"No plan that meets it costs less by more than {100 * plan.mip_gap:.2f} %.")
    said += _say_judgement(plan.certified)
    return said


def members(plan: PlanDocument) -> str:
    """Whom a plan is for, in words."""
    *first, last = [place_in_sentence(place_name(code)) for code in plan.members]
    return f"{', '.join(first)} and {last}" if first else last


def headline(plan: PlanDocument) -> str:
    """The finding in a sentence."""
    parts = [f"A plan for {members(plan)} costs {_money(plan.cost_usd)} at today's worth"]
    if plan.gain_usd is not None:
        parts.append(f"is worth {_money(plan.gain_usd)} more than doing nothing")
    if short := plan.certified.get("shortage_under_ban"):
        ends = f"{100 * short['without']:.0f} to {100 * short['with']:.0f} %"
        made = (plan.delivered.get("shortage_under_ban") or {}).get("agents")
        if made is not None:
            ends += f" if all is built as planned, to {100 * made:.0f} % by what agents make of it"
        parts.append(f"takes the shortage of the worst off under a one-year ban from {ends}")
    return f"{', '.join(parts[:-1])} and {parts[-1]}." if len(parts) > 1 else f"{parts[0]}."


def _say_judgement(found: Any) -> list[str]:
    said = []
    short = found.get("shortage_under_ban")
    if short:
        said.append(
            f"Shortage of the worst off under a one-year ban, by the clearing: "
            f"{100 * short['without']:.0f} % "
            f"without the plan, {100 * short['with']:.0f} % with it on average, "
            f"{100 * short['worst']:.0f} % at worst."
        )
    if "promised_shortage" in found:
        said.append(
            f"The program, which may command everybody, promises {100 * found['promised_shortage']:.1f} % "
            f"at worst "
            f"in futures it does not give up; it was drawn to {100 * found['drawn_to']:.1f} % for the "
            f"market to reach the goal."
        )
    if "in_a_ban_usd" in found:
        ban = found["in_a_ban_usd"]
        said.append(
            f"A ban takes {_money(sum(ban.values()))} more, expected: {_money(ban['first_calls'])} to be "
            f"served first and {_money(ban['stock_used'])} of stock that is used up."
        )
    if "loss" in found:
        gains = found["gain_of_markets_usd"]
        said.append(
            f"Markets gain {_money(gains['program'])} by the program and {_money(gains['clearing'])} by the "
            f"certified clearing, {100 * abs(found['loss']):.1f} % {'less' if found['loss'] > 0 else 'more'}."
        )
    if found.get("uncleared"):
        said.append(f"{len(found['uncleared'])} markets did not clear with the plan and are left out.")
    return said


def _money(usd: float) -> str:
    """A sum in words.

    >>> _money(3.2e9), _money(-4.56e6)
    ('3.20 billion USD', '-4.6 million USD')
    """
    return f"{usd / 1e9:,.2f} billion USD" if abs(usd) >= 1e9 else f"{usd / 1e6:,.1f} million USD"


def _cells(item: Item) -> tuple[str, ...]:
    """A line's cells, but for what it is."""
    runs = "" if item.opens is None else f"{item.opens:.0f}"
    return (
        item.kind, item.place, str(item.year), runs, item.instrument, f"{item.usd / 1e6:,.0f}",
        f"{item.public_usd / 1e6:,.0f}", item.depends,
    )  # fmt: skip


def say_plan(plan: PlanDocument) -> str:
    """The plan for the screen."""
    lines = [*sentences(plan), ""]
    lines.append("  ".join(f"{head:<{width}}" for head, width in zip(COLUMNS, WIDE, strict=True)).rstrip())
    for item in plan.portfolio:
        cells = (f"{item.item} ({item.amount:,.0f} {item.unit})", *_cells(item))
        lines.append("  ".join(f"{c[:w]:<{w}}" for c, w in zip(cells, WIDE, strict=True)).rstrip())
    if not plan.portfolio:
        lines.append("nothing: no line of the menu is worth its cost")
    lines += ["", *_delivery_lines(plan.delivered)] if plan.delivered else []
    for found in plan.answers.values():
        lines += ["", f"{found['title']}:", *(f"  {sentence}" for sentence in found["said"])]
    if plan.binding:
        lines += ["", "Bounds that decide:"]
        lines += [f"  {b.what}: {b.value:g} {b.unit} ({b.source})" for b in plan.binding]
    return "\n".join(lines)


def _delivery_lines(found: Mapping[str, Any]) -> list[str]:
    """Promise beside delivery, and China's replies."""
    lines = [f"What agents deliver of it ({found['worlds']} worlds):"]
    for o in found["lines"]:
        share = 100 * o["delivered"] / o["promised"] if o["promised"] else 0.0
        told = f"{o['promised']:,.0f} planned, {o['delivered']:,.0f} delivered ({share:.0f} %) {o['unit']}"
        lines.append(f"  {o['item'][:44]:<44}  {told}  {o['cause']}".rstrip())
    short = {k: v for k, v in found["shortage_under_ban"].items() if v is not None}
    told = ", ".join(f"{name} {100 * v:.0f} %" for name, v in short.items())
    lines.append(f"  shortage of the worst off under a ban: {told}")
    lines.append("China's replies, objectives at today's worth against doing nothing, million USD:")
    for one in found["replies"]:
        china, china_without, members, members_without, left = (one[key] / 1e6 for key in PAGE_KEYS)
        lines.append(
            f"  {one['reply']:<18} China {china:+,.0f} (without the plan {china_without:+,.0f}), "
            f"members {members:+,.0f} (without {members_without:+,.0f}), public capital that outlasts the "
            f"horizon {left:+,.0f}; shortage {100 * one['shortage']:.0f} %"
        )
    lines.append(f"  best for China: {found['best_reply']['reply']}")
    return lines


def page_of(plan: PlanDocument, manifest: Manifest) -> str:
    """The report of a plan, one HTML file."""
    spelt = _spelling(Wording.said_by(manifest.overrides), plan.members)
    rows = [
        (escape(spelt(f"{i.item} ({i.amount:,.0f} {i.unit})")), _page_cells(i, spelt)) for i in plan.portfolio
    ]
    bounds = [(escape(spelt(b.what)), (f"{b.value:g} {b.unit}", b.source)) for b in plan.binding]
    taken = [
        (escape(n["means"]), (f"{n['value']:g}", f"{n['low']:g} to {n['high']:g}", n["unit"], n["source"]))
        for n in plan.assumptions.values()
    ]
    parts = [
        Section("found", "What was found", lead([headline(plan), *sentences(plan)])),
        Section("lines", "What, where, when, how", table("what", HEADS, rows, (2, 3, 5, 6))),
        Section(
            "bounds", "Bounds that decide", table("bound", ("value", "source"), bounds) if bounds else ""
        ),
        Section(
            "delivered",
            "What agents make of it",
            _delivery_page(plan.delivered, spelt) if plan.delivered else "",
        ),
        *_answers(plan, spelt),
        Section(
            "taken", "What is taken for granted", table("number", ("value", "range", "unit", "source"), taken)
        ),
    ]
    return page(f"Plan for {members(plan)}", f"2025 to 2035, made {manifest.made[:10]}", parts)


def _page_cells(item: Item, spelt: Spelling) -> tuple[str, ...]:
    """The same with the names of places and terms that people use."""
    kind, place, *more = _cells(item)
    named = ", ".join(place_name(code) for code in place.split(","))
    return kind, named, *(spelt(cell).replace(" %", "\N{NO-BREAK SPACE}%") for cell in more)


def _spelling(wording: Wording, codes: Sequence[str]) -> Spelling:
    """What replaces names of materials and codes of members in a text by words."""
    place = re.compile(rf"\b({'|'.join(map(re.escape, codes))})\b(?![.:])")

    def spelt(text: str) -> str:
        text = re.sub(r"\b[a-z]+:[A-Za-z]\w*", lambda found: wording.priced(found[0]), text)
        return place.sub(lambda found: place_name(found[0]), text) if codes else text

    return spelt


def _delivery_page(found: Mapping[str, Any], spelt: Spelling) -> str:
    """The tables of what is delivered, and of replies."""
    rows = [
        (escape(spelt(o["item"])), (f"{o['promised']:,.0f}", f"{o['delivered']:,.0f}", o["unit"], o["cause"]))
        for o in found["lines"]
    ]
    replies = [
        (
            escape(o["reply"]),
            (*(f"{o[key] / 1e6:+,.0f}" for key in PAGE_KEYS), f"{100 * o['shortage']:.0f} %"),
        )
        for o in found["replies"]
    ]
    heads = (
        "China", "without the plan", "members", "without the plan",
        "public capital that outlasts the horizon, not in it", "shortage under a ban",
    )  # fmt: skip
    return (
        table("line", ("promise", "delivery", "unit", "cause"), rows, (0, 1))
        + "<p>Objectives at today's worth against doing nothing, million USD:</p>"
        + table("China's reply", heads, replies, (0, 1, 2, 3, 4, 5))
    )


def _answers(plan: PlanDocument, spelt: Spelling) -> Sequence[Section]:
    """Further answers, a section each."""
    return [
        Section(key, str(found["title"]), finding_paragraphs([spelt(str(s)) for s in found.get("said", ())]))
        for key, found in plan.answers.items()
    ]
