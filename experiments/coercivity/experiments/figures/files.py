"""The files of figures, written beside a page while the page is made."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from coercivity.experiments.figures.chart import Figure
from coercivity.experiments.figures.look import PAGE
from coercivity.experiments.figures.paper import write

WriteFigure = Callable[[Figure, Path], None]


@contextmanager
def writing_figures(workers: int) -> Iterator[WriteFigure]:
    """A function that writes a figure into a folder; all are written when the block ends.

    workers: processes that draw; with one, figures are drawn at once, in this process
    """
    if workers < 2:
        yield write_figure
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        begun: list[Future[None]] = []
        yield lambda figure, folder: begun.append(pool.submit(write_figure, figure, folder))
        for one in begun:
            one.result()


def write_figure(figure: Figure, folder: Path) -> None:
    """Write a figure as PNG and PDF, as wide as a page."""
    write(figure, folder, PAGE, stem=figure.name, kinds=("png", "pdf"))
