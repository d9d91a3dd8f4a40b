"""A yearly account of what was mined, separated, made into magnets and used, reconciled without prices.

    min over x of  Σ (balances / 0.001)² + Σ (records − account)² / σ² + Σ (changes − drift)² / σ²   (E.3)

x: logs of quantities by year. Series, sigmas and smoothness are registered (`registered.yaml`);
records are rows of `account.csv`. One stage a file: description, slopes, flows, terms, fit, paths.
"""

from coercivity.model.calibration.account.description import AccountDescription, AccountError
from coercivity.model.calibration.account.fit import Fit, fit_account
from coercivity.model.calibration.account.leave_out import LeftOut, leave_out
from coercivity.model.calibration.account.paths import Paths, draw_paths

__all__ = [
    "AccountDescription",
    "AccountError",
    "Fit",
    "LeftOut",
    "Paths",
    "draw_paths",
    "fit_account",
    "leave_out",
]
