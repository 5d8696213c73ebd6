"""Another plate detector to compare ours with: a nano pose model of ultralytics, trained on the same scenes.

Read in this order:

`dataset` (scenes as files) → `train` → `export` → `compare`.

ultralytics is under AGPL-3.0, and its makers claim that for the models made with it. Therefore it stays in an
environment of its own (`requirements.txt`), only `train` and `export` import it, and its weights are not part of this
repository.
"""
