"""What fitting the account gives."""

from collections.abc import Mapping
from dataclasses import dataclass

from coercivity.experiments.validation.registered import Registration
from coercivity.model.calibration.account import (
    AccountDescription,
    Fit,
    LeftOut,
    Paths,
)


@dataclass(frozen=True)
class AccountResult:
    """The account: fits and paths by variant, of all records and of those known early, and the test.

    left: magnet years left out, of the first variant
    """

    registration: Registration
    account: AccountDescription
    variants: Mapping[str, tuple[Fit, Paths]]
    early: Mapping[str, tuple[Fit, Paths]]
    left: tuple[LeftOut, ...]
