"""The list that the province asked for: which devices to keep, to repair, to replace, and who answers for them."""
