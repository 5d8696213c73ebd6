"""From a passage to motion: policy and state machine (both pure), and the drivers that move things."""
