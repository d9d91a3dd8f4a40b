"""Where a number comes from, whether it repeats, and results in other people's formats."""
