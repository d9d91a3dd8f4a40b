"""Ore export ban: a host keeps its ore at home, so that value is added there or nowhere."""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import Abroad, MaterialPattern, ShareSchedule, setting
from coercivity.model.inputs.instruments import ExportCap, Instrument
from coercivity.model.inputs.observation import StateView
from coercivity.model.inputs.provisions import LimitMeasure
from coercivity.model.lever import Lever, at


class OreExportBan(Lever):
    """A host keeps its ore at home, so that value is added there or nowhere."""

    summary: ClassVar[str] = "ore may not leave, for the sake of plants at home"
    note: ClassVar[str] = (
        "Bans on record: policies.csv, export_restriction (Malaysia 2024, Malawi 2025, Namibia 2023, "
        "Tanzania 2017 with an exemption, Uganda 2022). None is in the baseline: base-year flows of these "
        "hosts are what customs recorded."
    )
    materials: list[MaterialPattern] = setting(
        ["extracted"], "what it covers; `extracted` for every ore", "patterns", ["concentrate:*"]
    )
    share: ShareSchedule = setting(None, "of former shipments kept at home", "share", {"2026-01": 1.0})
    exempt: list[Abroad] = setting([], "destinations it spares", "codes")

    def measures(self, place: str) -> tuple[LimitMeasure, ...]:
        """One row an ore, over every destination but the exempt."""
        if self.share is None:
            return ()
        return (
            LimitMeasure(
                f"{place} ore export ban", place, tuple(self.materials), ("all",), ("material",), 1.0,
                tuple(self.exempt),
            ),
        )  # fmt: skip

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """In force from its date. It frightens nobody who holds what is made of it: alarm is nil."""
        share = at(self.share, view.date)
        if share is None or strength <= 0:
            return ()
        left = max(1.0 - strength * share, 0.0)
        return (ExportCap(view.place, f"{view.place} ore export ban", left, None, 0.0, lever=self.name),)


LEVER: Any = OreExportBan
