"""What drawn assumptions are called in a sentence."""

from collections.abc import Mapping

ASSUMPTIONS: Mapping[str, str] = {
    "market.demand_level": "the level of demand",
    "market.demand_scenario": "the demand scenario (stated policies, announced pledges, net zero)",
    "market.elasticity": "how strongly users respond to prices",
    "market.backstop": "the price at which users give up",
    "firm.demand.adoption": "how fast demand follows new uses",
    "firm.thrift.sigma_long": "how much dysprosium users can save in the long run",
    "firm.thrift.speed": "how fast users save dysprosium",
    "firm.invest.damping": "how far investors trust high prices",
    "firm.invest.schedule_slip": "how late projects open",
    "firm.knowhow.rate": "how fast makers abroad learn",
    "firm.exit.restart_price": "the price at which idle plants restart",
    "firm.grey.ceiling": "how much can be smuggled",
    "firm.third_country.added": "how much third countries re-export",
    "firm.outage.severity": "how severe outages are",
    "state.china.lever.export_limit.measure.licence_2025.approval.2025-04": "the share of licences approved",
}

RATIOS: Mapping[str, str] = {  # what a ratio is to
    "market.demand_level": "times the scenario's",
    "market.elasticity": "times the estimate",
    "market.backstop": "times the estimate",
    "firm.thrift.sigma_long": "elasticity",
    "firm.invest.damping": "share of what pays decided in a year",
    "firm.exit.restart_price": "times cash cost",
    "firm.grey.ceiling": "times base-year capacity",
}

IN_FULL: Mapping[str, str] = {"magnets": "rare-earth magnets"}  # what a first sentence calls what uses need

UNITS = (" %", " USD/kg", " billion USD")  # that a line never begins with


def keep_units(text: str) -> str:
    """A sentence in which a number keeps its unit beside it.

    >>> keep_units("up to 19 % of it").encode()
    b'up to 19\\xc2\\xa0% of it'
    """
    for unit in UNITS:
        text = text.replace(unit, f"\N{NO-BREAK SPACE}{unit[1:]}")
    return text
