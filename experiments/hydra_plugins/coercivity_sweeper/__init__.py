"""Hydra finds the sweeper of coercivity here; the folder above holds no __init__.py on purpose."""
