"""Moved to `coercivity.model.inputs.observation`."""

from coercivity.model.legacy import redirect

redirect(__name__, "coercivity.model.inputs.observation")
