"""The planner: the least-cost way out of dependence, and what agents make of it."""
