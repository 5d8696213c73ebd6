"""A picture that is being painted, and what all who paint into it need to know."""

from __future__ import annotations

from dataclasses import dataclass

from simulation.view import Picture, View


@dataclass(frozen=True, slots=True)
class Light:
    """The light of a scene: what the day leaves of colours (1 at noon), whether lamps are lit, and how they glare."""

    day: float = 1.0
    lamps: bool = False
    glare: float = 1.0

    @property
    def night(self) -> bool:
        """Whether only lamps give light."""
        return self.day < 0.2


@dataclass(frozen=True, slots=True)
class Box:
    """Where something stands, seen from above, in metres: to the right of the camera, and ahead."""

    x1: float
    x2: float
    z1: float
    z2: float


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A picture that is being painted: through which view, of which moment, in which light."""

    frame: Picture
    view: View
    now_s: float
    light: Light
    empty: Picture
    """The picture without anybody and without passing lights and shadows."""
    by_day: Picture
    """The empty lane in full light, for lamps to show."""
