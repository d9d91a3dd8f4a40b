"""What runs read of the yearly account: the newest one that is known, its variant with every record."""

from coercivity.model.inputs.evidence import Evidence, Fact

__all__ = ["ACCOUNT", "EXPECTED", "account_facts"]

ACCOUNT = "account"
EXPECTED = "expected"  # as owners take for granted (behaviour.csv, market_growth)
ACCOUNTS = ("account_2024", "account_2014")  # newest first: one that is not known yet has no rows
VARIANT = "counted"


def account_facts(evidence: Evidence, quantity: str, base: int) -> dict[int, Fact]:
    """A quantity by year, of the newest account that has it in the base year; nothing where none has."""
    for file in ACCOUNTS:
        years = sorted(evidence.path(file, quantity, ACCOUNT, VARIANT))
        if base in years:
            facts = {year: evidence.find(file, quantity, ACCOUNT, VARIANT, year) for year in years}
            return {year: fact for year, fact in facts.items() if fact is not None}
    return {}
