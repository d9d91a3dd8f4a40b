"""The model, loaded: what its imports leave in memory is set aside for good.

Else every collection of garbage goes through all of it again, which took a tenth of a step.
"""

import gc

from coercivity.model.world import World

__all__ = ["World"]

gc.freeze()
