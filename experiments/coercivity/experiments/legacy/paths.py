"""Moved to `coercivity.experiments.base.paths`."""

from coercivity.model.legacy import redirect

redirect(__name__, "coercivity.experiments.base.paths")
