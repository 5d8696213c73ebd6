"""The plate detector, from data to the exported model.

Read in this order:

`scenes` (real pictures and composites) → `model` → `train` → `evaluate` → `export`.
"""
