"""The figures of an analysis, one for each of its sections."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from coercivity.experiments.analysis.answers import Answers, codes
from coercivity.experiments.analysis.discovery import Box, failing
from coercivity.experiments.analysis.findings import Findings, short
from coercivity.experiments.analysis.policies import paired, regret_of
from coercivity.experiments.analysis.sensitivity import MEASURES, Index
from coercivity.experiments.style import COLOURS, DASHES, WIDTH, Drawing, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = 8  # factors of a panel
COLUMNS = 2


def drawings(answers: Answers, found: Findings) -> Iterator[Drawing]:
    """Every figure there is something to draw for; each is closed when the next is asked for."""
    import matplotlib.pyplot as plt

    makers: Sequence[Callable[[Answers, Findings], Drawing | None]] = (
        distributions,
        sensitivities,
        failures,
        regrets,
        changes,
    )
    for make in makers:
        with styled():
            drawing = make(answers, found)
            if drawing is not None:
                yield drawing
                plt.close(drawing.figure)


def _grid(count: int, height: float, left: float = 0.0) -> "tuple[Figure, list[Axes]]":
    import matplotlib.pyplot as plt

    columns = min(COLUMNS, count)
    rows = -(-count // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(WIDTH, height * rows + 0.4), squeeze=False)
    flat = list(axes.flat)
    for unused in flat[count:]:
        unused.set_visible(False)
    figure.set_layout_engine("constrained", rect=(left, 0, 1 - left, 1))
    return figure, flat[:count]


def _legend(figure: "Figure", names: Sequence[str]) -> None:
    if len(names) < 2:
        return
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=COLOURS[at % len(COLOURS)], linestyle=DASHES[at % len(DASHES)], label=name)
        for at, name in enumerate(names)
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=min(len(names), 4))


def _colour(at: int) -> Any:
    return COLOURS[at % len(COLOURS)]


def distributions(answers: Answers, _found: Findings) -> Drawing | None:
    """How each outcome is spread over the futures, by policy."""
    figure, axes = _grid(len(answers.outcomes), 1.8)
    for panel, outcome in zip(axes, answers.outcomes, strict=True):
        for at, policy in enumerate(answers.policies):
            values = np.sort(answers.of(policy)[outcome.name].dropna().to_numpy(dtype=float))
            share = np.arange(1, len(values) + 1) / max(len(values), 1)
            panel.step(values, share, where="post", color=_colour(at), linestyle=DASHES[at % len(DASHES)])
        if outcome.good is not None:
            panel.axvline(outcome.good, color="#888888", linewidth=0.8)
        panel.set_title(outcome.name)
        panel.set_xlabel(answers.units[outcome.name])
        panel.set_ylim(0, 1)
    axes[0].set_ylabel("share of futures at most this")
    _legend(figure, answers.policies)
    alt = (
        "Share of futures in which each outcome is at most the value below; thin lines: what is good enough."
    )
    return Drawing("distributions", "Outcomes over all futures", figure, alt)


def sensitivities(answers: Answers, found: Findings) -> Drawing | None:
    """The factors that matter most for each outcome, with intervals."""
    measures = {one.measure for one in found.indices}
    if not measures:
        return None
    main = next(name for name in ("total", "effect", "alone") if name in measures)
    mine = [one for one in found.indices if one.measure == main]
    outcomes = list(dict.fromkeys(one.outcome for one in mine))
    figure, axes = _grid(len(outcomes), 2.3)
    for panel, outcome in zip(axes, outcomes, strict=True):
        _bars(panel, [one for one in mine if one.outcome == outcome], answers.policies)
        panel.set_title(outcome)
    axes[-1].set_xlabel(MEASURES[main])
    _legend(figure, answers.policies)
    alt = f"The factors that matter most for each outcome: {MEASURES[main]}, with 95 % intervals."
    return Drawing("sensitivity", "Which uncertainties decide", figure, alt)


def _bars(panel: "Axes", indices: Sequence[Index], policies: Sequence[str]) -> None:
    strongest: dict[str, float] = {}
    for one in indices:
        strongest[one.factor] = max(strongest.get(one.factor, 0.0), one.value)
    factors = sorted(strongest, key=lambda name: strongest[name])[-SHOWN:]
    width = 0.8 / len(policies)
    for at, policy in enumerate(policies):
        known = {one.factor: one for one in indices if one.policy == policy}
        shown = [(place, known[name]) for place, name in enumerate(factors) if name in known]
        places = [place + 0.4 - width * (at + 0.5) for place, _ in shown]
        values = [one.value for _, one in shown]
        spans = [[one.value - one.low for _, one in shown], [one.high - one.value for _, one in shown]]
        panel.barh(places, values, width, color=_colour(at))
        panel.errorbar(
            values, places, xerr=np.maximum(spans, 0.0), fmt="none", ecolor="#222222", elinewidth=0.7
        )
    panel.set_yticks(range(len(factors)), [short(name) for name in factors])
    panel.grid(axis="y", visible=False)


def failures(answers: Answers, found: Findings) -> Drawing | None:
    """The two strongest limits of each policy's first box, for the first outcome that has one."""
    told = {box.outcome for box in found.boxes}
    outcome = next((one for one in answers.outcomes if one.name in told), None)
    if outcome is None:
        return None
    first = {box.policy: box for box in reversed(found.boxes) if box.outcome == outcome.name}
    policies = [policy for policy in answers.policies if policy in first]
    figure, axes = _grid(len(policies), 2.6)
    for panel, policy in zip(axes, policies, strict=True):
        rows = answers.of(policy).dropna(subset=[outcome.name])
        bad, _ = failing(outcome, rows[outcome.name].to_numpy(dtype=float))
        mine = [one for one in found.indices if (one.outcome, one.policy) == (outcome.name, policy)]
        strongest = [one.factor for one in sorted(mine, key=lambda one: -one.value)]
        _scatter(panel, answers, rows, bad, first[policy], strongest)
        panel.set_title(policy)
    alt = (
        f"Futures in which a policy fails ({outcome.name} {first[policies[0]].what}) in orange, others in "
        "grey, by two uncertainties that matter most; lines bound a box of most failures and little else."
    )
    return Drawing("failures", f"Where policies fail: {outcome.name}", figure, alt)


def _scatter(
    panel: "Axes", answers: Answers, rows: Any, bad: Any, box: Box, strongest: Sequence[str]
) -> None:
    limits = list(box.limits[:2])
    known = {factor.key: factor for factor in answers.factors}
    names = [limit.factor for limit in limits]
    names += [name for name in (*strongest, *known) if name not in names][: 2 - len(names)]
    rng = np.random.default_rng(0)
    columns = []
    for name in names:
        column = codes(known[name], rows[name])
        columns.append(column + (rng.uniform(-0.25, 0.25, len(column)) if known[name].values else 0.0))
    across, up = columns if len(columns) == 2 else (columns[0], rng.uniform(0, 1, len(columns[0])))
    panel.scatter(across[~bad], up[~bad], s=5, color="#b5b5b5", linewidths=0)
    panel.scatter(across[bad], up[bad], s=5, color=COLOURS[1], linewidths=0)
    for name, axis in zip(names, (panel.xaxis, panel.yaxis), strict=False):
        axis.set_label_text(short(name))
        if known[name].values:
            axis.set_ticks(range(len(known[name].values)), list(known[name].values))
    for limit in limits:
        draw = panel.axvline if names.index(limit.factor) == 0 else panel.axhline
        factor = known[limit.factor]
        edges = [limit.low, limit.high] if not limit.values else []
        for edge, end in zip(edges, (factor.low, factor.high), strict=False):
            if edge != end:
                draw(edge, color="#222222", linewidth=1.0)


def regrets(answers: Answers, found: Findings) -> Drawing | None:
    """How much better the best policy would have done, over the futures."""
    if len(answers.policies) < 2 or not found.robustness:
        return None
    figure, axes = _grid(len(answers.outcomes), 1.7)
    for panel, outcome in zip(axes, answers.outcomes, strict=True):
        wide = paired(answers, outcome)
        regret = regret_of(outcome, wide)
        for at, policy in enumerate(answers.policies):
            drawn = panel.boxplot(
                regret[policy].to_numpy(),
                positions=[-at],
                orientation="horizontal",
                widths=0.6,
                whis=(5, 95),
                showfliers=False,
                patch_artist=True,
            )
            drawn["boxes"][0].set_facecolor(_colour(at))
            drawn["medians"][0].set_color("white")
        panel.set_yticks([-at for at in range(len(answers.policies))], answers.policies)
        panel.set_title(outcome.name)
        panel.set_xlabel(f"regret ({answers.units[outcome.name]})")
    alt = "How much better the best policy would have done in the same future: median, quartiles, 5 to 95 %."
    return Drawing("regret", "Regret", figure, alt)


def changes(answers: Answers, found: Findings) -> Drawing | None:
    """What a policy changes against the reference, with intervals."""
    if not found.differences:
        return None
    outcomes = list(dict.fromkeys(one.outcome for one in found.differences))
    figure, axes = _grid(len(outcomes), 1.3)
    for panel, outcome in zip(axes, outcomes, strict=True):
        mine = [one for one in found.differences if one.outcome == outcome]
        for at, one in enumerate(mine):
            colour = _colour(answers.policies.index(one.policy))
            spans = [[max(one.mean - one.low, 0.0)], [max(one.high - one.mean, 0.0)]]
            panel.errorbar([one.mean], [-at], xerr=spans, fmt="o", color=colour, markersize=4)
        panel.axvline(0, color="#888888", linewidth=0.8)
        panel.set_yticks([-at for at in range(len(mine))], [one.policy for one in mine])
        panel.set_ylim(0.6 - len(mine), 0.4)
        panel.set_title(outcome)
        panel.set_xlabel(mine[0].unit)
    alt = f"Mean change against {found.reference} under the same futures, with its 95 % interval."
    return Drawing("differences", f"What each policy changes against {found.reference}", figure, alt)
