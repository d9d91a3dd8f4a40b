"""The page of mechanisms in words: how numbers are told, and the text around them."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.config.evidence_reader import read_evidence
from coercivity.model.mechanisms import Mechanism

HEADS = (
    "price of dysprosium (USD/kg)",
    "shortage of magnets",
    "China's share of mining",
    "China's share of separation",
)
NOTHING = 1e-3  # of any outcome's unit: round-off and less
BAND = (10.0, 90.0)  # per cent of futures


def is_firm(changes: Sequence[float]) -> bool:
    """Whether all of the band has one sign."""
    low, high = np.percentile(changes, BAND) if changes else (0.0, 0.0)
    return bool(low > NOTHING or high < -NOTHING)


def label(mechanism: Mechanism) -> str:
    """What a figure calls it: `Private inventories`, or a lever by its name, `Price policy`."""
    head, colon, _ = mechanism.summary.partition(":")
    return head if colon and mechanism.kind == "behaviour" else mechanism.name.replace("_", " ").capitalize()


def tell_band(values: Sequence[float]) -> str:
    """Median and band; nothing where nothing was tried."""
    if not values:
        return ""
    middle, (low, high) = np.median(values), np.percentile(values, BAND)
    return f"{middle:,.3g} ({low:,.3g} to {high:,.3g})"


def tell_change(changes: Sequence[float]) -> str:
    """What goes with a mechanism off, firm where the band leaves nought out; 0 below rounding."""
    if not changes:
        return ""
    if max(map(abs, changes)) < NOTHING:
        return "0"
    middle, (low, high) = np.median(changes), np.percentile(changes, BAND)
    told = f"**{_with_sign(middle)}**" if is_firm(changes) else _with_sign(middle)
    return f"{told}<br>({_plain(low)} to {_plain(high)})"


def _with_sign(value: float) -> str:
    """`+0.35`, with as many digits as matter.

    >>> _with_sign(0.351), _with_sign(-4212.4), _with_sign(-0.001)
    ('+0.35', '−4,212', '0')
    """
    text = _plain(value)
    return f"+{text}" if value > 0 and text != "0" else text


def _plain(value: float) -> str:
    size = abs(value)
    text = f"{value:,.0f}" if size >= 10.0 else f"{value:.1f}" if size >= 1.0 else f"{value:.2f}"
    return "0" if text.strip("-0.") == "" else text.replace("-", "\N{MINUS SIGN}")


def parameters(every: Iterable[Mechanism]) -> Iterator[str]:
    """A row a parameter of behaviour: value, range, unit, source; a row a lever: its keys."""
    evidence = read_evidence(evidence_dir())
    for mechanism in every:
        for name, row in mechanism.rows.items():
            fact = evidence.find("behaviour", row.entity, row.attribute, row.item)
            if fact is None:
                continue
            span = f"{fact.low} to {fact.high}" if fact.low and fact.high else ""
            key = f"{mechanism.switch.removesuffix('.active')}.{name}"
            source = f"{fact.confidence}: {fact.source.removeprefix('estimate: ')}".replace("|", "/")
            yield f"| {mechanism.name} | `{key}` | {fact.value} | {span} | {fact.unit} | {source} |"
        if mechanism.kind == "lever":
            keys = ", ".join(f"`{key}`" for key in mechanism.parameters)
            yield f"| {mechanism.name} | {keys} | as set | | | `conf/lever/{mechanism.name}.yaml` |"


TEXT = """# Mechanisms: what each part of the model does

Each part of the model can be switched off, so that you can see what depends on it. Of {behaviours}
mechanisms of firms and markets, {moving} change at least one of five outcomes in the same direction in
eight futures of ten; of {levers} levers of states, {used} do. No clear effect on any of the five: of
mechanisms {idle}; of levers {still}.{untried}

<img src="{figure}" width="440" alt="What changes the shortage of magnets and the price of dysprosium most">

*How much two outcomes change when one mechanism or lever is switched off: the largest changes, with 80 %
bands over {futures} futures. Right of zero: without it, the shortage or the price is higher.*

{reasons}

**How to read the tables.** Each number is an outcome with the mechanism off, less the same outcome with it
on, in the same future: the median of {futures} futures, and below it the band that holds eight in ten of
them. Bold: the whole band has one sign. Shares and shortages change in percentage points. Welfare is that
of the states that set a lever; of the world for everything else. Shares are those of the last year; prices
and shortages are means of all years.

**What was run.** Quarterly steps, `{clock}`; yearly steps to 2045 for what is slow to build. Mechanisms of
firms and markets are switched off in `{common}`. Levers are switched off in the first scenario in which a
state sets them, for all states that do, or against the example of `conf/trial/mechanisms.yaml`. With
everything on:

{head}
{bases}

`coercivity experiment mechanisms` writes this page and makes the runs that `data/mechanisms.csv` lacks;
`--all` makes every run again. `coercivity list mechanisms` prints the same list.

## Of firms and markets

| mechanism | {columns} | what it is |
| --- |{right} --- |
{behaviour_effects}

Where each was switched off, and how:

| mechanism | scenario | switch | equations |
| --- | --- | --- | --- |
{behaviour_switches}

## Levers of states

| lever | {columns} | what it is |
| --- |{right} --- |
{lever_effects}

Where each was switched off, and how; `<name>` is a state, as in
`state.china.lever.production_quota.active=false`:

| lever | scenario | switch | equations |
| --- | --- | --- | --- |
{lever_switches}

## Strategies of states

Chosen by `state.<name>.strategy`; [looking ahead against rule and script](strategies.md) compares them.

| strategy | what it is | equations | parameters |
| --- | --- | --- | --- |
{strategies}

## Parameters and sources

Values of firms and markets come from `conf/evidence/behaviour.csv`; the setting of that name on the command
line replaces one. What a lever takes, and the sources of its defaults, stand in its file.

| mechanism | setting | value | range | unit | source |
| --- | --- | ---: | --- | --- | --- |
{parameters}
"""
