"""Pictures that prove a passage: made once, named by their hash, kept under a quota."""
