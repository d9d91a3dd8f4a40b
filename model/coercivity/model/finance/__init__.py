"""Money over time: what every room may use."""
