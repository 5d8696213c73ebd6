"""Counts of what passes, what stands in the yards, how grave that is, and what comes next.

Pure, with no store and no clock, but for those that join the pure parts with the store: `yards`, `hours`, `weigh`,
`outlook`, `keeper`.
"""
