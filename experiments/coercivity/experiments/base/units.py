"""The unit of every column of a run's tables that has one and only one."""

from collections.abc import Mapping

__all__ = ["UNITS"]

TONNES, DOLLARS, PRICE = "t", "USD", "USD/kg"

UNITS: Mapping[str, Mapping[str, str]] = {
    "prices": {"price": PRICE, "low": PRICE, "high": PRICE},
    "flows": {"tonnes": TONNES},
    "activity": {"tonnes": TONNES, "capacity": TONNES, "rent": PRICE},
    "base_imports": {"tonnes": "t/yr"},
    "stocks": {"tonnes": TONNES},
    "uses": {"shortage": "share of wanted"},  # served and wanted: column `unit`
    "limits": {"allowed": TONNES, "used": TONNES, "rent": PRICE},
    "accounts": {"usd": DOLLARS},
    "burdens": {"charge": DOLLARS},  # amount: column `unit`
    "objectives": {"usd": DOLLARS},
    "timing": {"seconds": "s"},
}
