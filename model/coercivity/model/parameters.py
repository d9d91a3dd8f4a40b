"""Numbers of behaviour: the configuration's where it gives one, else the evidence's row."""

from dataclasses import dataclass

from coercivity.model.behaviour.expectation import stable
from coercivity.model.behaviour.inventory import Inventory
from coercivity.model.evidence import Evidence, EvidenceError
from coercivity.model.settings import FirmSettings

__all__ = ["Parameters", "parameters"]

# behaviour.parameter -> row of behaviour.csv (entity, attribute, item) and factor on it
ROWS: dict[str, tuple[str, str, str, float]] = {
    "inventory.phi": ("stock", "phi", "", 1.0),
    "inventory.elasticity": ("stock", "holding_elasticity", "", 1.0),
    "inventory.risk_weight": ("stock", "risk_weight", "", 1.0),
    "inventory.growth_weight": ("stock", "growth_weight", "", 1.0),
    "inventory.floor": ("stock", "cover_floor", "", 1.0),
    "inventory.growth_clip": ("stock", "growth_clip", "", 1.0),
    "inventory.news_weight": ("expectation", "news_weight", "", 1.0),
    "inventory.anchor_speed": ("expectation", "anchor_speed", "", 1.0),
    "inventory.chi": ("expectation", "chi", "", 1.0),
    "inventory.stability_margin": ("expectation", "stability_margin", "", 1.0),
    "demand.kappa": ("demand", "kappa", "", 1.0),
    "thrift.sigma_short": ("thrift", "sigma_short", "", 1.0),
    "thrift.sigma_long": ("thrift", "sigma_long", "", 1.0),
    "thrift.speed": ("thrift", "speed", "", 0.25),  # a year -> a quarter
    "risk.half_life": ("risk", "risk_half_life", "", 1.0),
    "risk.jump": ("risk", "jump_generic", "restriction", 1.0),
    "licence.rho": ("licence", "rho", "", 1.0),
    "licence.low_use": ("licence", "low_use_threshold", "", 1.0),
    "licence.low_use_decay": ("licence", "low_use_decay", "", 1.0),
    "grey.growth": ("grey", "grey_growth", "", 1.0),
    "grey.ceiling": ("grey", "grey_ceiling", "", 1.0),
    "grey.cost": ("grey", "grey_cost", "", 1.0),
    "grey.fall": ("grey", "grey_max_fall", "", 1.0),
    "grey.rise": ("grey", "grey_max_rise", "", 1.0),
    "invest.damping": ("investment", "damping", "", 1.0),
    "invest.schedule_slip": ("investment", "schedule_slip", "", 1.0),
    "invest.spot_weight": ("investment", "expected_price_weight_spot", "", 1.0),
    "exit.patience": ("investment", "mothball_quarters", "", 1.0),
    "exit.restart_price": ("investment", "restart_price_over_cash_cost", "", 1.0),
    "exit.restart_time": ("investment", "restart_time", "mine", 4.0),  # years -> quarters
    "offer.tie_share": ("firm", "tie_share", "owner", 1.0),
}


@dataclass(frozen=True, slots=True)
class Parameters:
    """Every number of behaviour by `<behaviour>.<parameter>`, and which behaviours are off."""

    values: dict[str, float]
    off: frozenset[str]
    inventory: Inventory

    def __getitem__(self, name: str) -> float:
        return self.values[name]

    def on(self, behaviour: str) -> bool:
        """Whether a behaviour is switched on."""
        return behaviour not in self.off


def parameters(evidence: Evidence, settings: FirmSettings) -> Parameters:
    """All numbers for a run. Raises EvidenceError for a name nobody knows or an unstable market."""
    given = settings.model_dump()
    values: dict[str, float] = {}
    off = frozenset(b for b, found in given.items() if found.get("active") is False)
    for name, (entity, attribute, item, factor) in ROWS.items():
        behaviour, parameter = name.split(".")
        set_ = given.get(behaviour, {}).get(parameter)
        values[name] = (
            evidence.number("behaviour", entity, attribute, item) * factor if set_ is None else float(set_)
        )
    known = {name.split(".")[1] for name in ROWS} | {"active"}
    for behaviour, found in given.items():
        for parameter in found:
            if parameter != "active" and f"{behaviour}.{parameter}" not in ROWS:
                raise EvidenceError(
                    f"firm.{behaviour}.{parameter} is not a parameter; known: "
                    + ", ".join(sorted(n for n in ROWS if n.startswith(f"{behaviour}.")) or sorted(known))
                )
    cover = evidence.number("behaviour", "stock", "cover") / 4.0
    inventory = Inventory(
        cover,
        values["inventory.phi"],
        values["inventory.elasticity"],
        values["inventory.risk_weight"],
        values["inventory.growth_weight"],
        values["inventory.floor"],
    )
    _check_stability(evidence, values, cover)
    return Parameters(values, off, inventory)


def _check_stability(evidence: Evidence, values: dict[str, float], cover: float) -> None:
    """Refuse a configuration whose holders chase their own trend into a lasting cycle."""
    least = min(evidence.items("behaviour", "demand", "short_elasticity").values())
    if not stable(
        values["inventory.news_weight"],
        values["inventory.phi"],
        4.0 * cover,
        values["inventory.growth_weight"],
        least,
        values["inventory.stability_margin"],
    ):
        raise EvidenceError(
            "firm.inventory: news_weight · phi · cover · growth_weight is too large for a demand "
            f"elasticity of {least:g}: holders would chase their own trend for ever; lower one of them"
        )
