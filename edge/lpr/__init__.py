"""From frame to vehicle: detect, read, track, vote."""
