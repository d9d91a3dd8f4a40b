"""Investors who see the pipeline expect less of a crowded stage, and only of that."""

import numpy as np
from tests.model.worlds import world

from coercivity.model.dynamics.viewpoint import crowding_factor, firm_views


def test_a_crowded_stage_is_worth_less_and_only_to_those_who_look() -> None:
    calm, full, blind = world(), world(), world("firm.crowding.active=false")
    for made in (full, blind):
        e = made.economy
        for at, facility in enumerate(e.chain.facilities):
            if facility.stage == "separation" and facility.terms and not np.isfinite(e.opens[at]):
                e.opens[at] = 2030.0
    kinds = np.array([a.kind for a in full.economy.supply.layout.activities])
    factor = crowding_factor(full.economy)
    assert factor[kinds == "separation"].max() < 0.98
    assert np.all(factor[kinds == "magnet"] == crowding_factor(calm.economy)[kinds == "magnet"])
    assert np.all(crowding_factor(blind.economy) == 1.0)
    offers = calm.pipeline.offers([], calm.when)
    plants = [at for at, f in enumerate(full.economy.chain.facilities) if f.stage == "separation" and f.terms]
    margin = [firm_views(w)["lynas"](offers).margin[plants] for w in (full, blind)]
    assert np.all(margin[0] < margin[1])
