"""From a clearing to money and rows: settlement, objectives, exposure, public claims, indicators, tables."""
