"""Counts of what passes, and what stands in the yards."""
