"""Frames of lane cameras: sources, and a process per camera that a watchdog may kill."""
