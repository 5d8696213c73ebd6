"""Drawing made-up plates, and what dirt, light and cameras do to them."""
