"""The `smartgate` command, a file for each of its commands."""
