"""Does the picture tell the truth? Measured on the frames that flow anyway."""
