"""Moved to `coercivity.model.inputs.evidence`."""

from coercivity.model.legacy import redirect

redirect(__name__, "coercivity.model.inputs.evidence")
