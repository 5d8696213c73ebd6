"""Which way a vehicle went, from how large it appeared over time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from contract.messages import Direction

_CHANGE = 1.25
_PLATE_CHANGE = 1.1


def direction_of(
    shares: Sequence[float], plate_heights_px: Sequence[float] = (), *, facing: Direction = Direction.IN
) -> Direction | None:
    """Direction of a vehicle from how large it appeared, frame by frame.

    What grows comes towards the camera, which looks at traffic of the direction `facing`; what shrinks goes the other
    way. The plate tells best: it grows or shrinks by a tenth between its first and last looks. Else the share of the
    picture that the vehicle filled tells, by a quarter. None when neither does.
    """
    other = Direction.OUT if facing is Direction.IN else Direction.IN
    if len(plate_heights_px) >= 4:
        quarter = max(1, len(plate_heights_px) // 4)
        change = median(plate_heights_px[-quarter:]) / max(1e-6, median(plate_heights_px[:quarter]))
        if change > _PLATE_CHANGE or change < 1 / _PLATE_CHANGE:
            return facing if change > 1 else other
    if len(shares) < 4:
        return None
    largest = max(range(len(shares)), key=shares.__getitem__)
    grew = shares[largest] / max(1e-6, min(shares[: largest + 1]))
    shrank = shares[largest] / max(1e-6, min(shares[largest:]))
    time_growing = largest / (len(shares) - 1)
    if grew > _CHANGE and time_growing >= 0.5:
        return facing
    if shrank > _CHANGE and time_growing < 0.5:
        return other
    return None
