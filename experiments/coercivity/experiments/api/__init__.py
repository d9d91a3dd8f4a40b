"""The Python face: runs, comparisons, sweeps and their results as tidy tables, behind `coercivity.api`."""
