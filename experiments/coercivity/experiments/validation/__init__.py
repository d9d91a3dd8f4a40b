"""The model held against history: fits, replays, scores and the calibration of base years."""
