"""The game between states: payoffs of strategies by simulation, equilibria, gaps to the nearest one."""
