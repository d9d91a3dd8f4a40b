"""Moved to `coercivity.experiments.config.compose`."""

from coercivity.model.legacy import redirect

redirect(__name__, "coercivity.experiments.config.compose")
