"""The Mesa agents, states and firms, and how settings become governments."""
