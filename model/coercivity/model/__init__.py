"""Who acts: states and firms, what they may know, what they choose, what it changes."""
