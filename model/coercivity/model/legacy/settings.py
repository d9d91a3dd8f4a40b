"""Moved to `coercivity.model.inputs.settings`."""

from coercivity.model.legacy import redirect

redirect(__name__, "coercivity.model.inputs.settings")
