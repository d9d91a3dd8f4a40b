"""The only definitions of what a run comes to: measures, comparisons, intervals, resilience."""
