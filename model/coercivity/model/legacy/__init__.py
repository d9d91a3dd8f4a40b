"""Old import paths that the documentation named; they go after one release."""

import sys
import warnings
from importlib import import_module

__all__ = ["redirect"]


def redirect(old: str, new: str) -> None:
    """Let a module answer under its old name, with a DeprecationWarning that says the new one."""
    warnings.warn(f"{old} is now {new}", DeprecationWarning, stacklevel=3)
    sys.modules[old] = import_module(new)
