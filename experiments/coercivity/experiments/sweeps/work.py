"""How runs are cut into shards, whoever makes them: as long as asked, and none across two files."""

import itertools
from collections import deque
from collections.abc import Iterable

from coercivity.experiments.sweeps.dataset import PART_RUNS
from coercivity.experiments.sweeps.runner import Receipt

GROWTH = 4  # times a shard may be larger than the one before, while the pace is being learnt


class Work:
    """Spans of runs still to be made, handed out a shard at a time.

    The first shards are of one run; later ones take about `seconds`, by the pace so far, and leave every
    worker a few. Which runs share a shard changes no answer.
    """

    def __init__(
        self, spans: Iterable[tuple[int, int]], seconds: float, workers: int, size: int | None = None
    ) -> None:
        self._spans = deque(span for whole in spans for span in _cut(*whole))
        self._seconds = seconds
        self._workers = max(workers, 1)
        self._size = size
        self._done, self._took = 0, 0.0

    @property
    def remaining(self) -> int:
        """Runs not handed out yet."""
        return sum(stop - first for first, stop in self._spans)

    def next(self) -> tuple[int, int] | None:
        """The next shard, or None when all is handed out."""
        if not self._spans:
            return None
        first, stop = self._spans.popleft()
        end = min(first + self._due(), stop)
        if end < stop:
            self._spans.appendleft((end, stop))
        return first, end

    def requeue(self, first: int, stop: int) -> None:
        """Take back runs that were handed out and not made."""
        if first < stop:
            self._spans.appendleft((first, stop))

    def update_pace(self, receipt: Receipt) -> None:
        """Hear how long a shard took."""
        self._done += receipt.stop - receipt.first
        self._took += receipt.seconds

    def _due(self) -> int:
        if self._size is not None:
            return self._size
        if not self._done:
            return 1
        paced = self._seconds / max(self._took / self._done, 1e-4)
        fair = self.remaining / (2 * self._workers)
        return max(1, int(min(paced, fair, GROWTH * self._done)))


def _cut(first: int, stop: int) -> list[tuple[int, int]]:
    """A span cut where files will be.

    >>> _cut(990, 2010)
    [(990, 1000), (1000, 2000), (2000, 2010)]
    """
    edges = [first, *range((first // PART_RUNS + 1) * PART_RUNS, stop, PART_RUNS), stop]
    return list(itertools.pairwise(edges))
