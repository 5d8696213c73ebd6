"""What a judge is shown."""

from __future__ import annotations

from dataclasses import dataclass

from contract.messages import HealthFinding
from contract.vocabulary import HealthLevel
from edge.frame import Image


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What came at a moment."""

    at_s: float
    image: Image | None
    connected: bool = True
    lane_busy: bool | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change of level."""

    at_s: float
    level: HealthLevel
    findings: tuple[HealthFinding, ...]
