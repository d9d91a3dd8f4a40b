"""Value added tax: how much of it exporters get back, by material.

FOB = price × (1 + VAT × (1 − refund)) × (1 + duty)                                     (D.20)

Withheld on raw forms and paid on magnets, it moves the later stages home like a graded export tax.
"""

from typing import Any, ClassVar

from pydantic import field_validator

from coercivity.model.instruments import Instrument, VatRefund
from coercivity.model.lever import Lever, Schedule, at, shares
from coercivity.model.observation import StateView


class VatRefunds(Lever):
    """share: of the tax paid back, 0 to 1, by material pattern; in the place of taxes.csv."""

    summary: ClassVar[str] = "share of value added tax paid back on exports, by material"
    share: dict[str, Schedule] = {}

    @field_validator("share")
    @classmethod
    def _share(cls, given: dict[str, Schedule]) -> dict[str, Schedule]:
        return shares(given)

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """Refunds in force; what the evidence has where strength is nothing."""
        found = {pattern: at(schedule, view.date) for pattern, schedule in self.share.items()}
        return tuple(
            VatRefund(view.place, pattern, share, lever=self.name)
            for pattern, share in found.items()
            if share is not None and strength > 0
        )


LEVER: Any = VatRefunds
