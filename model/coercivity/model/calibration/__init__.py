"""The fit of a base year: flows reconciled, then prices, kept as rows of evidence."""
