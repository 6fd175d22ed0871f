"""The catalogue (the only truth) and the two indexes that are derived from it."""
