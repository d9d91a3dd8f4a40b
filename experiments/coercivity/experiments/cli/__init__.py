"""The command line."""

from coercivity.experiments.cli.entry import main

__all__ = ["main"]
