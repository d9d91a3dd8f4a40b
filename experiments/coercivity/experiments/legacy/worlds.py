"""Moved to `coercivity.experiments.runs.loader`."""

from coercivity.model.legacy import redirect

redirect(__name__, "coercivity.experiments.runs.loader")
