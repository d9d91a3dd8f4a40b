"""What a step changes: expectations, risk, diplomacy, know-how, projects, exploration."""
