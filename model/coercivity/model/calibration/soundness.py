"""Whether a set of evidence can carry a run: its chain's description, behaviour and every base year."""

from coercivity.model.calibration.base_rows import read_base_year
from coercivity.model.calibration.base_year import apply_multipliers, content_of
from coercivity.model.inputs.chain_settings import ChainSettings
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.evidence_chain import Footing, check_base, check_chain
from coercivity.model.inputs.parameters import parameters
from coercivity.model.inputs.settings import FirmSettings
from coercivity.model.network.chain import Chain, read_chain
from coercivity.model.network.supply_chain import SupplyChain, lay_out

__all__ = ["check_network", "check_set"]


def check_network(evidence: Evidence, chain: Chain, supply: SupplyChain) -> None:
    """Refuse a base year that was reconciled with other evidence than the network is laid out from."""
    layout, stages = supply.layout, chain.names.stages
    standing = {facility.name for facility in chain.facilities if facility.terms is None}
    made = {
        f"{activity.place} {activity.product} made"
        for activity in layout.activities
        if activity.kind in (stages.extract, *stages.worked)
        and chain.facilities[activity.facility].terms is None
    }
    used = {f"{curve.place} {curve.material} held" for curve in layout.curves if curve.kind == "use"}
    footing = Footing(
        year=chain.year,
        standing=standing,
        nodes=supply.network.nodes,
        activities={*supply.network.arcs, *(activity.name for activity in layout.activities)},
        priced=(made | used) & set(supply.network.nodes),
        moved=tuple(chain.names.reconcile),
    )
    check_base(evidence, footing)


def check_set(evidence: Evidence, names: ChainSettings, folder: str) -> None:
    """Refuse evidence that a run of a chain would refuse. Raises EvidenceError saying what would be right."""
    check_chain(evidence, names, folder)
    for year in names.base_years:
        parameters(evidence, FirmSettings(), 1.0, year)
        base = read_base_year(evidence, year)
        chain = apply_multipliers(read_chain(evidence, year, names), base.multiplier)
        check_network(evidence, chain, lay_out(evidence, chain, content=content_of(names, base.multiplier)))
