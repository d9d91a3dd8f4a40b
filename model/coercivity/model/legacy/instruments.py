"""Moved to `coercivity.model.inputs.instruments`."""

from coercivity.model.legacy import redirect

redirect(__name__, "coercivity.model.inputs.instruments")
