"""Moved to `coercivity.experiments.config.chains`."""

from coercivity.model.legacy import redirect

redirect(__name__, "coercivity.experiments.config.chains")
