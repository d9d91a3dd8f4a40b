"""The explorer: a local page where two settings are chosen with controls, run and held against each other."""
