"""What we ask: runs, comparisons and reports of the model, from configuration to paper figures."""
