"""Passages held against declarations: outcomes with their reasons."""
