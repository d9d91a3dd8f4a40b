"""What a search has learnt, kept beside its folder until it ends, so that a stopped command can go on."""

import os
from pathlib import Path

import numpy as np

from coercivity.experiments.planning.benders import Pool
from coercivity.experiments.planning.program import Cut

__all__ = ["forget_cuts", "keep_cuts", "recall_cuts"]


def _place(out: Path) -> Path:
    return out.parent / f".{out.name}.cuts.npz"


def keep_cuts(out: Path, digest: str, pool: Pool) -> None:
    """Write the cuts of a pool, all at once. digest: of the blocks they hold for"""
    path = _place(out)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with draft.open("wb") as stream:
        np.savez_compressed(
            stream,
            digest=np.array(digest),
            block=np.array([cut.block for cut in pool.cuts]),
            constant=np.array([cut.constant for cut in pool.cuts]),
            slope=np.array([cut.slope for cut in pool.cuts]),
        )
    draft.replace(path)


def recall_cuts(out: Path, digest: str, pool: Pool) -> int:
    """Give a pool the cuts that an earlier command found for the same blocks; how many."""
    path = _place(out)
    try:
        with np.load(path, allow_pickle=False) as kept:
            if str(kept["digest"]) != digest:
                return 0
            rows = zip(kept["block"].tolist(), kept["constant"].tolist(), kept["slope"], strict=True)
            pool.cuts = [Cut(block, constant, np.array(slope)) for block, constant, slope in rows]
    except (OSError, ValueError, KeyError):
        return 0
    return len(pool.cuts)


def forget_cuts(out: Path) -> None:
    """Remove what was kept: the plan is made."""
    _place(out).unlink(missing_ok=True)
