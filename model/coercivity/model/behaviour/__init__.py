"""Behaviours of firms and markets, one a file: pure functions with their equations and numbers."""
