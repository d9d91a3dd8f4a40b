"""What we ask: runs, comparisons and reports of the model, from configuration to paper figures."""

import os
from pathlib import Path

# Matrices here are small or sparse: more threads of BLAS would only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Commands are modules too, `python -m coercivity.experiments.run ...`; what moved answers for one release.
__path__ += [str(Path(__file__).parent / name) for name in ("cli", "legacy")]
