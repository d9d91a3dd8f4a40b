"""What the next step starts from: the economy as arrays, products in use, know-how."""
