"""Benchmarks of the clearing, of whole runs and of sweeps: part of the repository, not of the wheel."""
