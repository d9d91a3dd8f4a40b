"""What each file of evidence may hold: its attributes, their units and bounds, and what they refer to.

One declaration a file, used by `coercivity validate`, by every load and by the reference page. Attributes
that no declaration names are free: they need a unit, and where it is a usual one, keep to its bounds.
"""

import re
from collections.abc import Mapping
from fnmatch import translate
from functools import cache

from pydantic import BaseModel, ConfigDict

from coercivity.model.inputs.settings import TERMS

__all__ = ["REQUIRED_FILES", "SCHEMAS", "UNITS", "Attribute", "FileSchema", "Limits", "schema_of"]

Limits = tuple[float, float]
TEXT, SHARE, ANY, RATE = ("text",), ("share",), ("*",), ("t/yr", "t */yr")
BLOCS = ("allied", "china", "host", "other")
MASS, QUOTA = ("t", "t *"), ("t *", "share", "flag", "count")
COST, PRICE, MOST_TONNES, MOST_PRICE = ("USD/kg", "USD/kg *"), ("USD/kg",), 1e8, 1e6  # t/yr, USD/kg

# What a number may be by its unit, where its attribute is not declared or declares no bounds.
UNITS: Mapping[str, Limits] = {
    "share": (0.0, 1.0), "%": (0.0, 100.0), "flag": (0.0, 1.0), "ratio": (0.0, 1e6), "index": (-1e6, 1e6),
    "per year": (-1.0, 10.0), "per quarter": (-1.0, 10.0), "share/yr": (-1.0, 10.0), "1/yr": (0.0, 100.0),
    "log": (-10.0, 10.0), "log per year": (0.0, 20.0), "log per quarter": (0.0, 20.0),
    "years": (0.0, 200.0), "quarters": (0.0, 800.0), "days": (0.0, 3650.0), "year": (1800.0, 2200.0),
    "deg": (-180.0, 180.0), "km": (0.0, 40_100.0), "count": (0.0, 1e6), "million USD": (0.0, 1e7),
    "USD/kg": (-MOST_PRICE, MOST_PRICE), "t": (0.0, MOST_TONNES), "t/yr": (0.0, MOST_TONNES),
}  # fmt: skip


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Attribute(_Declared):
    """What the rows of one attribute may say.

    units: patterns, any of which fits (`t */yr`); `text` for words
    least, most: bounds, both allowed, of the value and of its range; above: the value must be more
    refers: files whose entities the words must name, all of them; words: allowed as well
    many: several words with `;` between; needed: every entity of the file has it
    items: file whose entities its items must name; named: patterns, any of which its items fit; without
    either it takes no item; owners: files that its entities must be in, one of them; sums: its items sum to
    one, within this
    """

    about: str
    units: tuple[str, ...]
    least: float | None = None
    most: float | None = None
    above: float | None = None
    refers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    many: bool = False
    needed: bool = False
    items: str = ""
    named: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    sums: float | None = None

    @property
    def is_text(self) -> bool:
        """Whether its values are words."""
        return self.units == TEXT

    def takes(self, item: str) -> bool:
        """Whether its rows may have that item, as far as its file can say."""
        return fits(item, self.named or (("*",) if self.items or self.sums is not None else ("",)))

    def limits(self, unit: str) -> Limits:
        """Least and most of a number in a unit."""
        usual = limits_of(unit)
        least = usual[0] if self.least is None else self.least
        return least, usual[1] if self.most is None else self.most


class FileSchema(_Declared):
    """What a file holds.

    required: every chain has it; entities: files that its entities must be in, one of them; also: other
    entities it may have; covers: a file every entity of which it must have; any_of: attributes
    of which each entity needs one; places: attributes not declared are entities of jurisdictions.csv
    """

    about: str
    attributes: dict[str, Attribute] = {}
    required: bool = False
    entities: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    covers: str = ""
    any_of: tuple[str, ...] = ()
    places: bool = False


def _text(about: str, *refers: str, **more: object) -> Attribute:
    return Attribute(about=about, units=TEXT, refers=refers, **more)  # type: ignore[arg-type]


def _number(about: str, units: tuple[str, ...], *limits: float, **more: object) -> Attribute:
    least, most = limits if limits else (None, None)
    return Attribute(about=about, units=units, least=least, most=most, **more)  # type: ignore[arg-type]


def _facilities(**more: Attribute) -> dict[str, Attribute]:
    """What mines, plants and projects have in common."""
    return {
        "name": _text("title in tables and reports", needed=True),
        "jurisdiction": _text("where it stands", "jurisdictions", needed=True),
        "firm": _text("who owns it", "firms", needed=True),
        "family": _text("the ore it mines", "baskets", "burdens"),
        "route": _text("the ores it takes", "baskets", words=("all",), many=True),
        "products": _text("what it makes: elements, blends or grades", many=True),
        "buyers": _text("who alone gets its ore", "jurisdictions", words=("own",), many=True),
        "latitude": _number("degrees north", ("deg",), -90.0, 90.0, needed=True),
        "longitude": _number("degrees east", ("deg",), -180.0, 180.0, needed=True),
        "capacity": _number("what it can make", RATE, 0.0, MOST_TONNES, needed=True),
        "output": _number("what it made", RATE, 0.0, MOST_TONNES),
        "unit_cost": _number("cost without capital, feed and charges", COST, 0.0, 1e5, needed=True),
        "fixed_cost": _number("what goes on whatever is made, by kg of usual use", COST, 0.0, 1e5),
        "recovery": _number("share of the feed that is recovered", SHARE, 0.0, 1.0, above=0.0),
        "yield": _number("what comes out of a kg", ("share", "kg */kg *"), 0.0, 1.0, above=0.0),
        "start_year": _number("first year", ("year",)),
        "end_year": _number("last year", ("year",)),
    } | more


STATUS = ("construction", "feasibility", "pre-feasibility", "exploration", "scoping", "replication",
    "ramp-up", "undiscovered", "deep-sea", "replicable")  # fmt: skip

_MINES = FileSchema(
    about="mines that stand, by year",
    required=True,
    attributes=_facilities(family=_text("the ore it mines", "baskets", "burdens", needed=True)),
)
_PLANTS = FileSchema(
    about="plants that stand, by year",
    required=True,
    attributes=_facilities(
        stage=_text("what it does, a stage of the chain", needed=True),
        products=_text("what it makes: elements, blends or grades", many=True, needed=True),
    ),
)
_PROJECTS = FileSchema(
    about="mines and plants that may be built",
    attributes=_facilities(
        kind=_text("mine, or a stage of the chain", needed=True),
        stage=_text("how far it is", words=STATUS, needed=True),
        capex=_number("capital", ("million USD",), 0.0, 1e6, needed=True),
        start=_number("earliest year", ("year",), needed=True),
        lead_time=_number("from decision to start", ("years",), 0.0, 100.0, needed=True),
        backing=_number("share of the capital that states have given or lent", SHARE, 0.0, 1.0),
    ),
)
_BASE = FileSchema(
    about="the reconciled base year, written by `coercivity calibrate base-year`",
    attributes={
        "multiplier": _number("on a recorded quantity", ("ratio",), 0.0, 1000.0, above=0.0),
        "sigma": _number("its uncertainty", ("log",), 0.0, 10.0, above=0.0),
        "demand_factor": _number("on demand of other uses", ("ratio",), 0.0, 1000.0),
        "wedge": _number("added to the cost of an activity", PRICE, -1e5, 1e5),
        "markup": _number("asked over cost", PRICE, 0.0, 1e5),
        "price": _number("of a material at a place", PRICE, 0.0, MOST_PRICE),
        "room": _number("of a mine or plant: normal and block (t/yr), spread and rise (USD/kg)",
                        ("t/yr", "USD/kg"), 0.0, MOST_TONNES, named=("normal", "block", "spread", "rise")),
    },
)  # fmt: skip

_ACCOUNT = FileSchema(
    about="records of the yearly account, as they were made; low and high stand one sigma off",
    attributes={
        name: _number(about, ANY, -1e9 if name == "account" else 0.0, 1e9, named=ANY)  # stocks may be drawn
        for name, about in (
            ("record", "of a series, by source"), ("factor", "of record over truth"), ("driver", "of use"),
            ("recovery", "in separation"), ("level", "of content or share"), ("constant", "of the account"),
            ("mix", "of ore"), ("basket", "of ore"), ("purchase", "of states"),
            ("account", "what it finds"),
        )
    },
)  # fmt: skip

SCHEMAS: Mapping[str, FileSchema] = {
    "baskets": FileSchema(
        about="what ores hold", required=True,
        attributes={"share": _number("of an element, by weight", SHARE, 0.0, 1.0, sums=0.01, needed=True)},
    ),
    "behaviour": FileSchema(about="how firms, users and states behave", required=True),
    "burdens": FileSchema(
        about="what mining and making leaves behind, and what that costs", required=True,
        attributes={
            "route": _text("how an ore is mined: an entity with burdens", "burdens"),
            "burden": _number("of a pollutant, by weight of what is made", ("*/t *",), 0.0, 1e6, named=ANY),
            "charge": _number("on a pollutant", ("USD/kg", "USD/m3", "USD/t"), 0.0, 1e5, named=ANY,
                              owners=("jurisdictions",)),
            "compliance_cost": _number("of keeping to the rules", COST, 0.0, 1e4, named=ANY,
                                       owners=("jurisdictions",)),
        },
    ),
    "demand": FileSchema(
        about="what is used where, and how that grows", required=True,
        entities=("uses",),
        covers="uses",
        attributes={
            "demand": _number("a year, in a region", MASS, 0.0, MOST_TONNES, needed=True,
                              items="jurisdictions"),
            "index": _number("of the world, base year 1", ("ratio", "* = 1"), 0.0, 1e4, above=0.0,
                             needed=True, named=("steps", "aps", "nze")),
            "index_region": _number("growth of a region over the world's", ("ratio",), 0.0, 100.0, above=0.0,
                                    items="jurisdictions"),
        },
    ),
    "drivers": FileSchema(
        about="how past demand grew at base-year prices",
        entities=("uses",),
        attributes={
            "growth": _number("a year", ("share/yr",), -0.95, 10.0, named=("history",)),
            "growth_apart": _number("of a region over the others", ("share/yr",), -0.95, 10.0,
                                    items="jurisdictions"),
        },
    ),
    "events": FileSchema(about="what states did, for reading", attributes={"date": _text("month or year")}),
    "finishing": FileSchema(
        about="what it costs to finish what separators make", required=True,
        attributes={
            "finishing_cost": _number("of a kg", PRICE, 0.0, 1e5),
            "demand_over_supply": _number("where the base year cannot match", ("share",), 0.0, 10.0),
            "in_surplus": _number("whether some is thrown away", ("flag",)),
        },
    ),
    "firms": FileSchema(
        about="who owns mines, plants and projects", required=True,
        attributes={
            "name": _text("title in tables and reports", needed=True),
            "home": _text("where its profits count", "jurisdictions", needed=True),
            "ownership": _text("who owns it"),
            "cash": _number("at the start", ("million USD",), 0.0, 1e7),
            "group": _number("whether several firms stand together", ("flag",)),
        },
    ),
    "freight": FileSchema(
        about="what it costs to ship a form of material, and distances by sea", required=True,
        places=True,
        attributes={
            "freight_fixed": _number("of loading", PRICE, 0.0, 1e4),
            "freight_per_1000_km": _number("of distance", ("USD/kg/1000 km",), 0.0, 1e3),
            "insurance": _number("of value", SHARE),
            "air_freight": _number("by air", PRICE, 0.0, 1e4),
            "inland_factor": _number("on great-circle distance", ("ratio",), 0.1, 100.0),
            "transit_time": _number("by sea", ("years",), named=("sea",)),
        },
    ),
    "history": FileSchema(
        about="what a back-test compares with",
        attributes={
            name: _number(about, ANY, -1e9, 1e9, named=ANY)
            for name, about in (
                ("fitted", "seen when behaviour was fitted"), ("predicted", "left aside"),
                ("series", "of prices over the base year's"),
            )
        },
    ),
    "jurisdictions": FileSchema(
        about="states and regions", required=True,
        attributes={
            "name": _text("title in tables and reports", needed=True),
            "kind": _text("what it is", words=("state", "host"), needed=True),
            "bloc": _text("who it goes with", words=BLOCS, needed=True),
            "latitude": _number("degrees north", ("deg",), -90.0, 90.0, needed=True),
            "longitude": _number("degrees east", ("deg",), -180.0, 180.0, needed=True),
            "governance": _number("from -2.5 to 2.5", ("index",), -5.0, 5.0, needed=True),
            "permitting": _number("of a mine", ("years",), 0.0, 100.0, needed=True),
            "capital_cost": _number("return asked for", ("share/yr",), 0.0, 5.0, needed=True),
            "stop_probability": _number("of a stoppage", ("1/yr",), 0.0, 10.0),
        },
    ),
    "mines": _MINES,
    "objective": FileSchema(
        about="what states want",
        entities=("jurisdictions",),
        also=("all",),
        attributes={
            "weight": _number("of a term", ("ratio",), 0.0, 1e4, named=TERMS),
            "goal": _number("share that is enough", SHARE, 0.0, 1.0, named=("self_reliance", "leadership")),
            "hazard": _number("of a restriction, as states see it", ("per year",), 0.0, 10.0,
                              named=("rival", "ally", "perceived_risk")),
            "stock": _number("cost of one, of its worth", ("per year",), 0.0, 1.0, named=("carrying",)),
        },
    ),
    "output": FileSchema(
        about="what mines at home made, by kind and year",
        entities=("jurisdictions",),
        attributes={"output": _number("in a year", RATE, 0.0, MOST_TONNES, named=ANY)},
    ),
    "plants": _PLANTS,
    "policies": FileSchema(about="measures of states, for reading", entities=("jurisdictions",)),
    "prices": FileSchema(
        about="prices on record", required=True,
        attributes={
            name: _number(about, PRICE, 0.0, MOST_PRICE, above=0.0, named=ANY)
            for name, about in (
                ("fob", "at the border, exported"), ("import", "at the border, imported"),
                ("domestic", "at home, with value added tax"), ("domestic_ex_vat", "at home, without"),
                ("realised", "by a firm"), ("cost", "of a kg"),
            )
        },
    ),
    "projects": _PROJECTS,
    "quotas": FileSchema(
        about="quotas on mining, separation and export", entities=("jurisdictions",), attributes={
            f"{on}_quota": _number(f"on {on}", QUOTA, named=ANY)
            for on in ("mining", "separation", "export")}),
    "recipes": FileSchema(
        about="what goes into a kg of what is made, and what comes back",
        attributes={
            "input": _number("of a material, into a kg", ("kg/kg",), 0.0, 20.0, named=ANY),
            "stoichiometry": _number("of a compound in its element", ("kg */kg *",), 1.0, 20.0),
            "yield": _number("of the element, in reduction", SHARE, 0.0, 1.0, above=0.0),
            "finished_yield": _number("of the finished good", SHARE, 0.0, 1.0, above=0.0),
            "swarf": _number("that comes back as scrap", SHARE, 0.0, 1.0, named=ANY),
            "element_content": _number("of an element in scrap", ("kg/kg",), 0.0, 1.0, named=ANY),
            "lifetime": _number("in use", ("years",), 0.0, 200.0, above=0.0, named=ANY),
        },
    ),
    "rules": FileSchema(about="how roles of states answer", entities=("jurisdictions",), also=("all",)),
    "stocks": FileSchema(
        about="stocks of firms and states", required=True,
        entities=("jurisdictions",),
        also=("WORLD",),
        attributes={
            "private_cover": _number("of use", ("days",), 0.0, 3650.0, named=ANY),
            "public_cover": _number("of use", ("days",), 0.0, 3650.0, named=("held", "target")),
            "public_stock": _number("of a material", MASS, 0.0, 1e7, named=ANY),
        },
    ),
    "taxes": FileSchema(
        about="taxes, duties, tariffs and refunds by year", required=True,
        entities=("jurisdictions",),
        attributes={
            "vat": _number("value added tax", SHARE, 0.0, 1.0),
            "vat_refund": _number("of it, on export, by form", SHARE, 0.0, 1.0, named=ANY),
            "export_duty": _number("by form or material", SHARE, 0.0, 10.0, named=ANY),
            "import_tariff": _number("by form and sender", SHARE, 0.0, 10.0, named=("*:*",)),
            "royalty": _number("of value", SHARE, 0.0, 1.0, named=ANY),
        },
    ),
    "uncertainty": FileSchema(
        about="ranges of settings for sensitivity analysis",
        attributes={"range": _number("on the setting", ("ratio",), 0.0, 1e4, needed=True)},
    ),
    "uses": FileSchema(
        about="what the mineral is used in", required=True,
        covers="demand",
        any_of=("recipe", "composition"),
        attributes={
            "name": _text("title in tables and reports", needed=True),
            "unit": _text("of its demand", needed=True),
            "recipe": _number("of a grade in what it takes", SHARE, 0.0, 1.0, sums=0.01),
            "composition": _number("of an element in what it takes", SHARE, 0.0, 1.0, sums=0.02),
            "elasticity_short": _number("of demand, within a year", ("ratio",), 0.0, 50.0, named=ANY),
            "elasticity_long": _number("of demand, in the end", ("ratio",), 0.0, 50.0, named=ANY),
            "backstop_price": _number("at which nobody buys", PRICE, 0.0, MOST_PRICE, above=0.0, named=ANY),
            "free_cost": _number("of doing without the mineral", PRICE, 0.0, MOST_PRICE),
            "free_share": _number("that can do without", SHARE, 0.0, 1.0),
            "value_at_stake": _number("revenue that hangs on a kg of what serves it", PRICE, 0.0, 1e7),
        },
    ),
}  # fmt: skip

REQUIRED_FILES: tuple[str, ...] = tuple(name for name, schema in SCHEMAS.items() if schema.required)


def schema_of(stem: str) -> FileSchema | None:
    """What a file of that name without `.csv` may hold; None for one that nothing is declared of."""
    if re.fullmatch(r"base_[0-9]{4}", stem):
        return _BASE
    if stem == "account" or stem.startswith("account_"):
        return _ACCOUNT
    if re.fullmatch(r"projects_[0-9]{4}", stem):
        return _PROJECTS
    return SCHEMAS.get(re.sub(r"^rules_[0-9]{4}$", "rules", stem))


@cache
def fits(unit: str, patterns: tuple[str, ...]) -> bool:
    """Whether a unit is one of those, such as `t REO/yr` of `t */yr`."""
    return any(re.fullmatch(translate(pattern), unit) for pattern in patterns)


@cache
def limits_of(unit: str) -> Limits:
    """What a number in a unit may be where nothing else is declared."""
    for name, limits in UNITS.items():
        if unit == name:
            return limits
    if fits(unit, RATE) or fits(unit, MASS):
        return 0.0, MOST_TONNES * 10.0
    return -1e12, 1e12
