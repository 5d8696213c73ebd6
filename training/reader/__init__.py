"""The plate reader, from data to the exported model.

Read in this order:

`render` (made-up plates) → `prepare` (real crops, split) → `model` → `train` → `evaluate` → `calibrate` → `export`.
"""
