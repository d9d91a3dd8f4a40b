"""Thousands of generated inputs: each ends in a clear sentence or in a certified run."""
