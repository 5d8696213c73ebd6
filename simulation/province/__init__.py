"""A province's traffic whose truth is known: passages as cameras tell them, declarations as people type them."""
