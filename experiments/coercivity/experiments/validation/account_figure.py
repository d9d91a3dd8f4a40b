"""The account of one year as a Sankey: ore, oxide, magnet blanks, uses; four elements as oxide."""

from collections.abc import Mapping

from coercivity.experiments.figures.sankey import Node, Ribbon, draw_sankey
from coercivity.model.calibration.account.fit import Fit

__all__ = ["account_figure"]

COLOURS = ("#0072B2", "#D55E00", "#56B4E9", "#E69F00", "#CC79A7", "#B07AA1", "#009E73", "#117733", "#9a9a9a")
OXIDE, SCRAP, STOCK, OTHER, MAGNET, LOST = "oxide", "scrap", "stock", "other", "magnet", "lost"


def account_figure(fit: Fit, year: int, names: Mapping[str, str]) -> str:
    """The most likely flows of a year, kt of Nd, Pr, Dy and Tb oxide, as SVG."""
    account, flows = fit.problem.account, fit.flows
    at = fit.problem.constants.years.index(year)

    def summed(prefix: str, suffix: str = "") -> float:
        parts = (
            flows[f"{prefix}.{e}{suffix}"].stretch(len(fit.problem.constants.years)).only[at]
            for e in account.elements
        )
        return float(sum(parts)) / 1e3

    nodes: dict[str, Node] = {}
    links: list[Ribbon] = []
    for place, source in enumerate(account.sources):
        key = f"mined.{source}"
        nodes[key] = Node(names.get(key, source), 0, COLOURS[place % len(COLOURS)])
        links.append(Ribbon(key, OXIDE, summed("supply", f".{source}")))
    recycled, kept = summed("recycled"), summed("kept") + summed("public")
    nodes[SCRAP] = Node("Swarf and scrap", 0, "#777777")
    links.append(Ribbon(SCRAP, OXIDE, recycled))
    if kept < 0:
        nodes[STOCK] = Node("From stocks", 0, "#444444")
        links.append(Ribbon(STOCK, OXIDE, -kept))
    nodes[OXIDE] = Node("Oxide", 1, "#3b3b3b")
    gross, blanks = summed("gross"), float(flows["blanks"].only[at])
    made = float(flows["finished_yield"].only[at])
    for place, maker in enumerate(account.makers):
        key = f"blanks.{maker}"
        share = float(flows[key].only[at]) / blanks
        nodes[key] = Node(names.get(key, maker), 2, COLOURS[place % len(COLOURS)])
        links += [
            Ribbon(OXIDE, key, gross * share),
            Ribbon(key, MAGNET, gross * share * made),
            Ribbon(key, LOST, gross * share * (1 - made)),
        ]
    nodes[OTHER] = Node("Uses without magnets", 2, "#999933")
    links.append(Ribbon(OXIDE, OTHER, summed("other")))
    if kept > 0:
        nodes[STOCK] = Node("Into stocks", 2, "#444444")
        links.append(Ribbon(OXIDE, STOCK, kept))
    nodes[MAGNET] = Node("Finished magnets", 3, "#3b3b3b")
    nodes[LOST] = Node("Swarf and losses", 3, "#777777")
    for place, use in enumerate(account.uses):
        key = f"use.{use}"
        share = float(flows[key].only[at] / flows["use"].only[at])
        nodes[key] = Node(names.get(key, use), 4, COLOURS[place % len(COLOURS)])
        links.append(Ribbon(MAGNET, key, gross * made * share))
    unit = "kt a year of Nd, Pr, Dy and Tb, as oxide; the most likely account"
    return draw_sankey(f"Magnet rare earths, {year}", unit, nodes, links)
