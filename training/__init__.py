"""Training of the plate reader and the plate detector. See docs in each folder's `__init__`."""
