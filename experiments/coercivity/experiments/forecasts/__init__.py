"""Forecasts as distributions: futures of replays, discrepancy, rivals, scores; the sealed forecast."""
