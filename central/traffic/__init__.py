"""Counts of what passes, what stands in the yards, how grave that is, and what comes next. Pure: no store, no clock."""
