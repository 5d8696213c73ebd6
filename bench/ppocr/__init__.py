"""A peer of our own models: PP-OCRv6, as the `rapidocr` package carries it, with our geometry and grammar around it."""
