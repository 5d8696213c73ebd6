"""Nodes and cameras as central sees them."""
