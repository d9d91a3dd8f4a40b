"""From the state of the world and the decisions of a step to one market."""
