"""What mines at home could make in the past, by kind of mine: the record of output, or the account.

    room(t) = room₀ · [1 + s (Q(t) / Q₀ − 1)]                                             (E.2)

Q is the record by kind of mine (output.csv), s the share of a fall before 2014 that was real. A rise is
taken as it is. room₀ is what a mine made in the base year, at what it cost then.
"""

import numpy as np

from coercivity.model.inputs.account_rows import ACCOUNT, EXPECTED, account_facts
from coercivity.model.inputs.evidence import Evidence, EvidenceError
from coercivity.model.inputs.names import ILLICIT
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array

__all__ = ["account_factor", "end_at_record", "mine_kinds", "output_factor", "recorded_room"]


def end_at_record(economy: Economy) -> None:
    """Let the room of mines at home end at what they made in the base year, at the cost of what they made.

    Room beyond it is dropped, not squeezed: squeezed, the last tonne of the base year would cost what the
    last tonne of all room does, and the base year would clear above its record.
    """
    for mines in mine_kinds(economy).values():
        for mine in mines:
            normal, block = float(economy.normal[mine]), float(economy.block[mine])
            made = economy.chain.facilities[mine].output
            kept = min(normal, made), min(max(made - normal, 0.0), block)
            economy.spread[mine] *= kept[0] / normal if normal > 0 else 1.0
            economy.rise[mine] *= kept[1] / block if block > 0 else 1.0
            economy.normal[mine], economy.block[mine] = kept


def recorded_room(
    economy: Economy, normal: Array, block: Array, year: int, length: float, source: str = "history"
) -> None:
    """Narrow the room of mines at home to what they made by the record or the account, t a step.

    Cost is as it was. Only what closure leaves standing; a mine may still make less than it could.
    """
    for kind, mines in mine_kinds(economy).items():
        factor = _factor(economy, kind, year, source)
        for mine in mines:
            room = normal[mine] + block[mine]
            if room > 0:
                share = factor * economy.chain.facilities[mine].output * length / room
                normal[mine], block[mine] = normal[mine] * share, block[mine] * share


def _factor(economy: Economy, kind: str, year: int, source: str) -> float:
    """By the record of output, by the account, or as owners expect."""
    names, base = economy.chain.names, economy.chain.year
    if source == EXPECTED:
        return float(np.exp(economy.parameters["crowding.growth"] * (year - base)))
    if source == ACCOUNT:
        if kind not in names.account:
            raise EvidenceError(
                f"market.output=account: chain={names.name} names no quantity for {kind} mines"
            )
        return account_factor(economy.evidence, names.account[kind], base, year)
    return output_factor(economy.evidence, kind, base, year, names.home)


def mine_kinds(economy: Economy) -> dict[str, list[int]]:
    """Standing mines at home by kind: those of quotas, what no quota names with the last; illicit apart.

    The kind of an illicit mine is that of a legal one of its ore after `illicit_`.
    """
    names = economy.chain.names
    kinds: dict[str, list[int]] = {}
    for at, mine in economy.chain.at_stage(names.stages.extract):
        if mine.place == names.home and mine.terms is None:
            found = [kind for kind, families in names.quotas.items() if mine.family in families]
            legal = (*found, *reversed(names.quotas))[0]
            kind = f"{ILLICIT}_{legal}" if mine.firm.startswith(ILLICIT) else legal
            kinds.setdefault(kind, []).append(at)
    return kinds


def output_factor(evidence: Evidence, kind: str, base: int, year: int, home: str) -> float:
    """(E.2) Factor on what a kind of mine can make in a year, 1 in the base year."""
    first = evidence.number("output", home, "output", kind, base)
    if first <= 0:
        raise EvidenceError(
            f"market.output=history needs output of {kind}, and output.csv has none in {base}; "
            "leave market.output=free, or take an earlier market.base_year"
        )
    now = evidence.number("output", home, "output", kind, year)
    doubted = now < first and year < 2014
    real = evidence.number("behaviour", "supply", "output_fall_real_share") if doubted else 1.0
    return 1.0 + real * (now / first - 1.0)


def account_factor(evidence: Evidence, quantity: str, base: int, year: int) -> float:
    """The same by the yearly account, whose falls are real: what statistics missed is in it."""
    facts = account_facts(evidence, quantity, base)
    if not facts:
        raise EvidenceError(
            f"market.output=account needs {quantity} in {base}, and no account has it; "
            "`coercivity calibrate account` makes them"
        )
    return facts[max(known for known in facts if known <= year)].number / facts[base].number
