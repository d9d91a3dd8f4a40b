"""What reports call the things of a chain, and which of them they tell first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from pydantic import ValidationError

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.config.chains import chain_named, complete_chain, default_chain, load_chain
from coercivity.model.inputs.chain_settings import ChainSettings
from coercivity.model.inputs.names import form, matches, substance

__all__ = ["Link", "Wording", "falls_under"]


@dataclass(frozen=True)
class Link:
    """What flows from a stage to the next: its materials, by pattern, and what they are counted in."""

    stage: str
    what: str
    patterns: tuple[str, ...]
    unit: str


def _default_words() -> ChainSettings:
    return ChainSettings.model_validate(load_chain(default_chain()))


@dataclass(frozen=True)
class Wording:
    """The words of one chain: of the usual one where none is given."""

    names: ChainSettings = field(default_factory=_default_words)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Wording":
        """The words of a configuration's chain. Raises UserError for one that another version wrote."""
        try:
            return cls(ChainSettings.model_validate(complete_chain(values)["chain"]))
        except ValidationError as error:
            raise UserError(
                "the stored configuration describes its chain as another version of coercivity does; make "
                "the result again, or use the commit that its manifest.json names"
            ) from error

    @classmethod
    def said_by(cls, words: Sequence[str]) -> "Wording":
        """The words of the chain that overrides are about."""
        return cls(ChainSettings.model_validate(load_chain(chain_named(words))))

    @property
    def services(self) -> str:
        """What uses go short of, in the plural."""
        return self.names.words.services

    def is_service(self, unit: str) -> bool:
        """Whether a unit of the table of uses counts services."""
        return unit == self.names.units.service

    def kind_of_use(self, unit: str) -> str:
        """What a unit of use is called."""
        return self.services if self.is_service(unit) else "other uses"

    def priced(self, material: str) -> str:
        """A material with its form, such as Dy oxide; one that is no element in words, as in a sentence."""
        if substance(material) not in self.names.elements:
            return self.spelt(material)
        pattern = self.names.words.priced.get(form(material), f"{{}} {form(material)}")
        return pattern.format(substance(material).replace("_", " "))

    def spelt(self, material: str) -> str:
        """The same in a sentence, such as dysprosium oxide."""
        pattern = self.names.words.priced.get(form(material), f"{{}} {form(material)}")
        return pattern.format(self.names.words.elements.get(substance(material), substance(material)))

    def brief(self, material: str) -> str:
        """The same under a heading that names the form already."""
        return self.priced(material).removesuffix(f" {self.names.words.price}")

    def stage(self, stage: str) -> str:
        """What a stage puts out."""
        return self.names.words.stages.get(stage, stage)

    def counted(self, stage: str) -> str:
        """What the tonnes of a stage are tonnes of."""
        stages, units = self.names.stages, self.names.units
        known = {
            stages.extract: units.extracted,
            stages.separate: units.separated,
            stages.reduce: units.reduced,
            stages.assemble: units.assembled,
        }
        return known.get(stage, "t") if stage else "t"

    @property
    def last(self) -> str:
        """The last stage before use."""
        return self.names.stages.learnt[-1]

    @property
    def last_unit(self) -> str:
        """What the last stage makes, a year."""
        return f"{self.counted(self.last)}/yr"

    @property
    def plants(self) -> dict[str, str]:
        """Stages of plants with the unit of their capacity."""
        stages, units = self.names.stages, self.names.units
        given = {stages.separate: units.fed, stages.reduce: units.reduced, stages.assemble: units.assembled}
        return {stage: f"{unit}/yr" for stage, unit in given.items() if stage}

    @property
    def links(self) -> tuple[Link, ...]:
        """What flows from stage to stage, ore first."""
        names, words = self.names, self.names.words
        forms, stages = names.forms, names.stages
        ore, unit = (f"{forms.extracted}:*",), names.units.extracted
        found = [Link(stages.extract, words.materials[forms.extracted], ore, unit)]
        found.append(Link(stages.separate, words.counted, names.counted, "t"))
        for stage, kind in ((stages.reduce, forms.reduced), (stages.assemble, forms.assembled)):
            if stage:
                found.append(Link(stage, words.materials[kind], (f"{kind}:*",), "t"))
        return tuple(found)

    @property
    def shipped(self) -> tuple[Link, ...]:
        """Forms that move between places, with the unit they are told in."""
        names, words = self.names, self.names.words
        units = {names.forms.extracted: names.units.extracted, names.forms.separated: names.units.other}
        kinds = (names.forms.extracted, *names.forms.made)
        return tuple(Link("", words.materials[kind], (f"{kind}:*",), units.get(kind, "t")) for kind in kinds)


def falls_under(materials: "pd.Series[Any]", patterns: Sequence[str]) -> "pd.Series[Any]":
    """Which materials of a column fall under any of some patterns."""
    known = [name for name in materials.unique() if any(matches(str(name), one) for one in patterns)]
    return materials.isin(known)
