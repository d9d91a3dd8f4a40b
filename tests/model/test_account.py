"""The yearly account: slopes, balances, what it reads, the same twice, what it predicts."""

from dataclasses import replace

import numpy as np
import pytest

from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.validation.registered import read_registration
from coercivity.model.calibration.account import AccountDescription, AccountError, draw_paths, fit_account
from coercivity.model.calibration.account.fit import Problem, first_guess, pose
from coercivity.model.calibration.account.leave_out import interpolate, leave_out, root_mean_square
from coercivity.model.inputs.evidence import Evidence, is_dated

EARLY = 2014


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return Evidence(evidence_dir())


@pytest.fixture(scope="module")
def account() -> AccountDescription:
    fixed = read_registration(evidence_dir())
    assert fixed is not None
    return AccountDescription.from_values(fixed.values["account"])


@pytest.fixture(scope="module")
def early(evidence: Evidence, account: AccountDescription) -> Problem:
    return pose(evidence, account, "counted", EARLY)


def test_slopes_are_those_of_differences(early: Problem) -> None:
    x = fit_account(early).x
    direction = np.random.default_rng(1).standard_normal(len(x))
    step = 1e-6 * direction
    found = (early.residuals(x + step) - early.residuals(x - step)) / 2e-6
    assert early.slopes(x) @ direction == pytest.approx(found, rel=1e-5, abs=1e-3)


@pytest.mark.proof
def test_every_draw_holds_every_balance(early: Problem) -> None:
    """Ore and swarf of an element go into blanks, other uses, or stocks; none is negative."""
    fit = fit_account(early)
    paths = draw_paths(fit, 12, np.random.default_rng(5))
    assert paths.accepted > 0.5
    flows = early.flows(paths.x.T)
    for element in early.account.elements:
        come = flows[f"supply.{element}"] + flows[f"recycled.{element}"]
        gone = flows[f"gross.{element}"] + flows[f"other.{element}"] + flows[f"public.{element}"]
        stock = flows[f"stock.{element}"].value
        assert (come - gone).value[1:] == pytest.approx(np.diff(stock, axis=0), rel=1e-9, abs=1e-6)
        assert (stock > 0).all()
    mined = sum(flows[f"mined.{name}"].value for name in ("light", "clay"))
    undocumented = sum(flows[f"mined.undocumented_{name}"].value for name in ("light", "clay"))
    assert flows["china"].value == pytest.approx(mined + undocumented)


def test_the_early_account_knows_nothing_later(evidence: Evidence, account: AccountDescription) -> None:
    watched = evidence.watched()
    fit_account(pose(watched, account, "counted", EARLY))
    assert watched.read
    later = [fact for fact in watched.read if is_dated(fact) and max(fact.known, fact.year) > EARLY]
    assert later == []
    assert any(fact.file == "account.csv" and fact.known == EARLY for fact in watched.read)


@pytest.mark.proof
def test_the_same_digits_twice(early: Problem) -> None:
    one, two = fit_account(early), fit_account(early)
    assert (one.x == two.x).all()
    first, second = (draw_paths(one, 2, np.random.default_rng(3)).x for _ in range(2))
    assert (first == second).all()


def test_stored_rows_are_those_of_the_account(evidence: Evidence, early: Problem) -> None:
    flows = fit_account(early).flows
    for at, year in enumerate(early.constants.years):
        for name in ("china", "blanks.CN", "use.ev_motors", "supply.Dy"):
            fact = evidence.find("account_2014", name, "account", "counted", year)
            assert fact is not None
            assert (fact.year, fact.known) == (year, EARLY)
            assert float(fact.note.removeprefix("most likely ")) == pytest.approx(
                flows[name].only[at], rel=2e-3
            )
            assert float(fact.low) <= float(fact.value) <= float(fact.high)


def test_recycling_stays_under_what_swarf_allows(evidence: Evidence) -> None:
    ceiling = evidence.number("account", "swarf_ceiling", "constant")
    for year in range(2009, 2025):
        share = evidence.number("account_2024", "returned", "account", "counted", year)
        assert share < 1.05 * ceiling


def test_a_wrong_description_is_refused(account: AccountDescription, early: Problem) -> None:
    values = account.model_dump(by_alias=True)
    with pytest.raises(AccountError, match=r"account\.unsold"):
        AccountDescription.from_values(values | {"unsold": "much"})
    series = dict(account.series) | {
        "legal_china": account.series["legal_china"].model_copy(update={"sum": ("mined.moon",)})
    }
    wrong = replace(early, account=account.model_copy(update={"series": series}))
    with pytest.raises(AccountError, match=r"no quantity 'mined\.moon'"):
        wrong.residuals(first_guess(early))


def test_interpolation_between_and_beyond() -> None:
    logs = {2010: 1.0, 2012: 2.0, 2013: 2.2}
    assert interpolate(logs, 2011) == pytest.approx(1.5)
    assert interpolate(logs, 2015) == pytest.approx(2.6)


@pytest.mark.proof
@pytest.mark.proof
def test_magnet_years_left_out_are_predicted(evidence: Evidence, account: AccountDescription) -> None:
    """The registered bars: 10 % for China and Japan, elsewhere better than interpolation."""
    fixed = read_registration(evidence_dir())
    assert fixed is not None
    fit = fit_account(pose(evidence, account, "counted"))
    left = leave_out(evidence, account, fit, "counted")
    for maker in account.leave_out.scored:
        own = [one for one in left if one.maker == maker]
        bar = fixed.values["thresholds"]["leave_out_rms"].get(maker)
        bar = bar or root_mean_square([one.naive for one in own])
        assert root_mean_square([one.error for one in own]) <= bar, maker
