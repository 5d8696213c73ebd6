"""From what looks at a plate believe on average to how often such a read is right.

The network's single looks are calibrated by their temperature. Where a plate is in doubt, several looks are averaged,
and what they agree on is right more often than they say: the logarithm of the odds is stretched and shifted (Platt
1999), as `training/reader/confidence.py` measured it on held-out pictures.
"""

from __future__ import annotations

import math
from dataclasses import replace

from edge.lpr.types import Read

SLOPE, SHIFT = 1.45, 1.25
_LEAST = 1e-6


def right_share(believed: float) -> float:
    """How many of the reads that the looks believe in so far (0–1) are exact, 0–1."""
    odds = math.log(max(believed, _LEAST) / max(1.0 - believed, _LEAST))
    return 1.0 / (1.0 + math.exp(-(SLOPE * odds + SHIFT)))


def believed_share(right: float) -> float:
    """The inverse of `right_share`."""
    odds = (math.log(max(right, _LEAST) / max(1.0 - right, _LEAST)) - SHIFT) / SLOPE
    return 1.0 / (1.0 + math.exp(-odds))


def calibrated(read: Read) -> Read:
    """The read with a confidence that is true; its other candidates share what is left as they did before."""
    confidence = right_share(read.confidence)
    rest = (1.0 - confidence) / max(1.0 - read.confidence, _LEAST)
    others = tuple((text, p * rest) for text, p in read.candidates[1:])
    return replace(read, confidence=confidence, candidates=((read.text, confidence), *others))
