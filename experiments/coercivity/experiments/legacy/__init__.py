"""Old import paths that the documentation named; they go after one release."""
