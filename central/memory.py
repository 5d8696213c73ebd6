"""How Python looks after the memory of central's processes."""

from __future__ import annotations

import gc


def search_memory_seldom() -> None:
    """Let Python look for circles of dead objects among the young ones alone, as a rule.

    Passages of days stay in memory to be reconciled, millions of objects. Searched whenever they have grown by a
    quarter, they cost more than all else when a node catches up, and central stands still for a second each time.
    """
    gc.set_threshold(50_000, 20, 100)
