"""Figures and settings, checked and frozen before the first step."""
