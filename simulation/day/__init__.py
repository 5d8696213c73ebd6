"""A day of a province whose truth is known to the vehicle, through central and its store, held against the bulletin."""
