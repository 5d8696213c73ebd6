"""The plate detector, from data to the exported model.

Read in this order:

`scenes` (composites) → `prepare` (real pictures) → `model` → `train` → `evaluate` → `export`.
"""
