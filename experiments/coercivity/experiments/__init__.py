"""What we ask: runs, comparisons and reports of the model, from configuration to paper figures."""

import os

# Matrices here are small or sparse: more threads of BLAS would only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
