"""What a chain calls its things and which of them play which part: the content of conf/chain/NAME.yaml.

The model knows parts (what is extracted, what plants make of it, which grade is dosed with what), never
a mineral: every name of a form, a stage, an element or a grade comes from here or from the evidence.
"""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from coercivity.model.inputs.fields import Element, MaterialName, MaterialPattern, OreFamily, Substance
from coercivity.model.inputs.names import form, matches

__all__ = ["Blend", "ChainSettings", "Dose", "Forms", "Input", "Recipes", "Stages", "Units", "Words"]

INSIDE = re.compile(r"\.|\w[\w-]*(/\w[\w-]*)*")  # a folder inside another
Positive = Annotated[float, Field(gt=0)]


class _Named(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Forms(_Named):
    """How materials begin, by the stage that makes them; empty where a chain has no such stage."""

    extracted: str = Field(description="what mines give, such as concentrate")
    separated: str = Field(description="what separators make of it, such as oxide")
    reduced: str = Field(default="", description="what is made of that, such as metal")
    assembled: str = Field(default="", description="what is made of several of those, such as magnet")
    scrap: str = Field(default="", description="what comes back, such as scrap")

    @property
    def made(self) -> tuple[str, ...]:
        """What plants make of ore: separated, reduced and assembled, as far as there is any."""
        return tuple(name for name in (self.separated, self.reduced, self.assembled) if name)

    @property
    def worked(self) -> tuple[str, ...]:
        """Reduced and assembled."""
        return tuple(name for name in (self.reduced, self.assembled) if name)


class Stages(_Named):
    """What stages are called; empty where a chain has no such stage."""

    extract: str
    separate: str
    reduce: str = ""
    assemble: str = ""
    recycle: str = ""

    @property
    def every(self) -> tuple[str, ...]:
        """The stages there are, from ore on."""
        given = (self.extract, self.separate, self.reduce, self.assemble, self.recycle)
        return tuple(stage for stage in given if stage)

    @property
    def learnt(self) -> tuple[str, ...]:
        """Stages whose craft is tacit: separate, reduce, assemble."""
        return tuple(stage for stage in (self.separate, self.reduce, self.assemble) if stage)

    @property
    def worked(self) -> tuple[str, ...]:
        """Stages after separation that add value: reduce, assemble."""
        return tuple(stage for stage in (self.reduce, self.assemble) if stage)

    @property
    def before(self) -> dict[str, str]:
        """The stage before each."""
        line = [stage for stage in (self.extract, *self.learnt) if stage]
        return dict(zip(line[1:], line[:-1], strict=True))

    def named(self, word: str) -> str | None:
        """A stage by its part (`separate`) or its own name; empty for a part the chain lacks, else None."""
        if word in type(self).model_fields:
            return str(getattr(self, word))
        return word if word in self.every else None


class Blend(_Named):
    """One reduced material whose two inputs stand in for each other, within a range.

    share: attribute of recipes.csv with the share of `part`, its low and high the range; label: in names
    """

    material: str
    share: str
    main: str
    part: str
    label: str


class Dose(_Named):
    """A content of one grade that either of two materials gives and that makers thrift when it is dear.

    service: node it is delivered through; grade: what holds it; plain: the grade without
    content, worth, least, most: attributes of the grade in recipes.csv: how much a kg holds, kg of `main`
    that a kg of `part` is worth, and the least and most share that `part` may carry; label: in names
    """

    service: str
    title: str
    makers: str
    grade: str
    plain: str
    main: str
    part: str
    label: str
    content: str
    worth: str
    least: str
    most: str


class Recipes(_Named):
    """What other ways to serve a use are called: with little of what is dosed, and without the mineral."""

    low: str = ""
    free: str

    @property
    def low_attribute(self) -> str:
        """How attributes of uses.csv about it begin."""
        return self.low.replace(" ", "_")


class Input(_Named):
    """An uncertain input of the base year: what it moves and how uncertain it is, as a log.

    families: ore it belongs to, for `mines` and `basket` (none: all that no other input has)
    elements: of those, for `basket`
    """

    moves: Literal[
        "mines", "basket", "recovery", "services", "blend", "blend_share", "dose", "dose_share", "others"
    ]
    sigma: Positive
    families: tuple[OreFamily, ...] = ()
    elements: tuple[Element, ...] = ()


class Units(_Named):
    """What tonnes are tonnes of."""

    service: str = Field(description="of services, in the table of uses, such as t magnet")
    other: str = Field(description="of all other uses, such as t REO")
    extracted: str = Field(description="of ore, such as t REO")
    separated: str = Field(description="of what separators make, as it is counted")
    fed: str = Field(description="of what separators take in, by which their capacity is told")
    reduced: str = Field(default="t", description="of what is reduced")
    assembled: str = Field(default="t", description="of what is assembled")


class Words(_Named):
    """What reports say, in running text."""

    way: str = Field(description="the chain from end to end, such as from mine to magnet")
    services: str = Field(description="what uses go short of, in the plural, such as magnets")
    makers: str = Field(default="", description="who assembles, such as magnet makers")
    output: str = Field(description="what the last stage makes, such as magnet output")
    elements: dict[str, str] = Field(description="names of elements in sentences")
    materials: dict[str, str] = Field(description="names of forms in the plural")
    counted: str = Field(description="what of separators' output is counted, in the plural")
    priced: dict[str, str] = Field(description="how a form is named with its element, such as {} oxide")
    price: str = Field(description="what prices are of in a heading, such as oxide")
    prices: str = Field(description="what prices are of in a sentence, in the plural, such as oxides")
    stocks: dict[str, tuple[str, ...]] = Field(description="what stocks are told together, by pattern")
    stocked: str = Field(description="what is in stocks, in a sentence")
    stages: dict[str, str] = Field(description="the output of stages whose shares are told")
    columns: dict[str, str] = Field(description="names of stages in the picture of the chain")
    products: dict[str, str] = Field(description="what China makes at a stage, in a sentence")
    asked: tuple[MaterialName, ...] = Field(description="materials whose prices people ask for first")
    mentioned: tuple[MaterialName, ...] = Field(
        default=(), description="materials whose mean price they also see"
    )
    listed: tuple[MaterialName, ...] = Field(description="materials whose prices are compared")
    bought: tuple[MaterialName, ...] = Field(
        default=(), description="products whose prices their buyers see first"
    )
    telling: tuple[MaterialName, ...] = Field(description="materials whose prices are drawn")
    burdens: tuple[str, ...] = Field(default=(), description="pollutants told first")


class ChainSettings(_Named):
    """A mineral's chain: names, parts and words. What is in it, is in its folder of evidence."""

    name: str
    title: str
    evidence: str = Field(default=".", description="folder of its figures, inside that of all evidence")
    files: tuple[str, ...] = Field(
        default=(), description="files of evidence it has besides those of every chain"
    )
    rules: str = Field(default="rules", description="the file of evidence that roles take their numbers from")
    baseline: str = Field(description="the scenario a run has where none is named")
    states: tuple[str, ...] = Field(default=(), description="files of conf/state, where not all of them")
    base_years: tuple[int, ...] = Field(description="years that are reconciled, the latest last")
    home: str = Field(description="whose limits, quotas and burdens stand against the rest of the world's")
    marginal: str = Field(description="where some of every scarce material goes in the base year")
    elements: tuple[str, ...] = Field(default=(), description="customary order")
    forms: Forms
    stages: Stages
    units: Units
    words: Words
    recipes: Recipes
    scrap: str = Field(default="", description="the material that comes back from use")
    blend: Blend | None = None
    dose: Dose | None = None
    quotas: dict[str, tuple[OreFamily, ...]] = Field(
        default_factory=dict, description="families of ore by kind"
    )
    account: dict[str, str] = Field(
        default_factory=dict, description="what the yearly account calls the output of each kind of mine"
    )
    reconcile: dict[str, Input] = Field(description="uncertain inputs of the base year")
    scarce: tuple[Element, ...] = Field(description="elements whose supply and need the base year matches")
    captive: tuple[OreFamily, ...] = Field(default=(), description="families whose base-year feed goes home")
    signal: MaterialName = Field(description="material whose price calls forth exploration and collection")
    counted: tuple[MaterialName, ...] = Field(description="materials that separators' output is counted in")
    serving: tuple[Element, ...] = Field(default=(), description="elements that grow with services")
    defended: tuple[MaterialName, ...] = Field(description="materials whose dependence is followed")
    smuggled: tuple[MaterialPattern, ...] = Field(
        default=(), description="patterns of what the grey channel takes"
    )
    watched: tuple[Substance, ...] = Field(default=(), description="what costs more to smuggle")
    unreturned: tuple[Substance, ...] = Field(default=(), description="grades whose swarf nobody takes back")
    essential: dict[MaterialName, tuple[Element, ...]] = Field(
        default_factory=dict, description="elements that a grade cannot do without"
    )
    worked_from: dict[Element, MaterialName] = Field(
        default_factory=dict, description="the reduced material that holds each element"
    )
    makers_need: tuple[Element, ...] = Field(default=(), description="elements that makers cannot do without")
    choke: dict[Element, Positive] = Field(
        default_factory=dict, description="choke price without a row, USD/kg, by element; `other` the rest"
    )

    @field_validator("evidence")
    @classmethod
    def _inside(cls, folder: str) -> str:
        if not INSIDE.fullmatch(folder):
            raise ValueError("it must be the name of a folder inside conf/evidence")
        return folder

    @property
    def remainder(self) -> str:
        """The input of mines that no other input has, as reconcile names it."""
        return next((n for n, i in self.reconcile.items() if i.moves == "mines" and not i.families), "")

    def input_of(self, family: str) -> str:
        """The input that an ore's uncertainty belongs to."""
        found = (n for n, i in self.reconcile.items() if i.moves == "mines" and family in i.families)
        return next(found, self.remainder)

    def moved_by(self, part: str) -> str:
        """The input that moves something, empty where nothing is uncertain about it."""
        return next((n for n, i in self.reconcile.items() if i.moves == part), "")

    def smuggles(self, material: str) -> bool:
        """Whether the grey channel takes a material."""
        return any(matches(material, pattern) for pattern in self.smuggled)

    def patterns(self, word: str) -> tuple[str, ...]:
        """Patterns of materials for a part of the chain (`made`, `signal`, a form); else the word itself."""
        if word == "signal":
            return (self.signal,)
        if word == "made":
            return tuple(f"{name}:*" for name in self.forms.made)
        if word in Forms.model_fields:
            found = getattr(self.forms, word)
            return (f"{found}:*",) if found else ()
        return (word,)

    def is_made(self, material: str) -> bool:
        """Whether plants make it of ore: neither ore nor scrap nor a service."""
        return form(material) in self.forms.made
