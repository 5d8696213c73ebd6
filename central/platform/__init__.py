"""Connectors that bring declarations in."""
