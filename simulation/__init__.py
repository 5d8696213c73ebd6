"""Simulated gates: lorries, lane cameras, barriers and the platform; used by the demo and the system tests."""
