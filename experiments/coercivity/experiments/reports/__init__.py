"""Comparisons and runs as tables, sentences and pages."""
