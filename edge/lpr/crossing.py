"""Which way a vehicle went, from how large it appeared over time. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from contract.messages import Direction

_CHANGE = 1.25


def direction_of(shares: Sequence[float], *, facing: Direction = Direction.IN) -> Direction | None:
    """Direction from the share of the picture that the vehicle filled, frame by frame.

    A vehicle that grows comes towards the camera, which is `facing` traffic of that direction; one that shrinks
    goes the other way. None when it did neither by a quarter.
    """
    if len(shares) < 4:
        return None
    largest = max(range(len(shares)), key=shares.__getitem__)
    grew = shares[largest] / max(1e-6, min(shares[: largest + 1]))
    shrank = shares[largest] / max(1e-6, min(shares[largest:]))
    other = Direction.OUT if facing is Direction.IN else Direction.IN
    time_growing = largest / (len(shares) - 1)
    if grew > _CHANGE and time_growing >= 0.5:
        return facing
    if shrank > _CHANGE and time_growing < 0.5:
        return other
    return None
