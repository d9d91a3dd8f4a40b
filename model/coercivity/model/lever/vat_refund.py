"""Value added tax: how much of it exporters get back, by material.

FOB = price × (1 + VAT × (1 − refund)) × (1 + duty)                                     (D.20)

Withheld on raw forms and paid on magnets, it moves the later stages home like a graded export tax.
"""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import MaterialPattern, ShareSchedule, setting
from coercivity.model.inputs.instruments import Instrument, VatRefund
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever, at


class VatRefunds(Lever):
    """How much of value added tax exporters get back, by material."""

    summary: ClassVar[str] = "share of value added tax paid back on exports, by material"
    note: ClassVar[str] = "null gives the evidence's refund (taxes.csv) back."
    share: dict[MaterialPattern, ShareSchedule] = setting(
        {},
        "of the tax paid back, 0 (none) to 1 (all), by material or pattern; the last that fits holds. "
        "China pays none back on concentrate, oxide and metal, all on magnets",
        "share",
        {"oxide:*": 1.0},
    )

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """Refunds in force; what the evidence has where strength is nothing."""
        found = {pattern: at(schedule, view.date) for pattern, schedule in self.share.items()}
        return tuple(
            VatRefund(view.place, pattern, share, lever=self.name)
            for pattern, share in found.items()
            if share is not None and strength > 0
        )


LEVER: Any = VatRefunds
