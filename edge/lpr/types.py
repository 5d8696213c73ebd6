"""What the stages of plate reading hand to each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from contract.messages import Abstention, Candidate, Direction, PlateRead
from contract.plate import PlateColour, PlateCountry, PlateKind
from edge.frame import Frame, Image

Point = tuple[float, float]
Corners = tuple[Point, Point, Point, Point]
"""Top left, top right, bottom right, bottom left, in pixels of the picture."""
Position = tuple[tuple[str, float], ...]
"""The possible characters of one place with their probabilities, best first."""


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in pixels."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def width(self) -> float:
        """Width in pixels."""
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        """Height in pixels."""
        return self.y2 - self.y1

    def overlap(self, other: Box) -> float:
        """Shared area over the smaller area, 0–1."""
        width = min(self.x2, other.x2) - max(self.x1, other.x1)
        height = min(self.y2, other.y2) - max(self.y1, other.y1)
        if width <= 0 or height <= 0:
            return 0.0
        return width * height / max(1e-6, min(self.width * self.height, other.width * other.height))


@dataclass(frozen=True, slots=True)
class Detection:
    """A plate in a picture."""

    box: Box
    corners: Corners
    confidence: float


@dataclass(frozen=True, slots=True)
class Read:
    """What one look at one plate gave."""

    text: str
    confidence: float
    lattice: tuple[Position, ...]
    candidates: tuple[tuple[str, float], ...]
    country: PlateCountry
    kind: PlateKind
    colour: PlateColour
    lines: int

    @property
    def fits_grammar(self) -> bool:
        """Whether some authority could have issued this text."""
        return self.kind is not PlateKind.OTHER

    def as_plate_read(self) -> PlateRead:
        """The same in the words of the contract."""
        return PlateRead(
            text=self.text,
            confidence=_share(self.confidence),
            country=self.country,
            kind=self.kind,
            colour=self.colour,
            lines=2 if self.lines == 2 else 1,
            lattice=tuple(
                tuple(Candidate(text=character, confidence=_share(p)) for character, p in position[:5])
                for position in self.lattice
            ),
            candidates=tuple(Candidate(text=text, confidence=_share(p)) for text, p in self.candidates[:5]),
        )


def _share(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 4)


class Detector(Protocol):
    """Finds candidates for plates. They may overlap; reading decides between them."""

    def detect(self, image: Image, *, side_px: int) -> list[Detection]:
        """Look at the picture with its longer side scaled to `side_px`."""
        ...


class Recogniser(Protocol):
    """Reads one candidate."""

    def read(self, image: Image, detection: Detection) -> Read | None:
        """Read it; None when there is nothing to read."""
        ...


@dataclass(frozen=True, slots=True)
class PictureReads:
    """Every plate of a picture, with the time it took. `unread` are plates that are surely there and cannot be read."""

    plates: tuple[tuple[Detection, Read], ...]
    detect_ms: float
    read_ms: float
    unread: tuple[Detection, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """One vehicle as one camera saw it. Either `plate` or `abstained` is set.

    `best_frame` is the very frame that the winning read came from (the overview when there was none);
    `best_crop` is that plate, cut from that frame.
    """

    first_seen_at: datetime
    last_seen_at: datetime
    first_monotonic_s: float
    last_monotonic_s: float
    direction: Direction | None
    plate: PlateRead | None
    second_plate: PlateRead | None
    abstained: Abstention | None
    frames: int
    reads: int
    crossed: Direction | None = None
    """Which way it was seen to go through a lane with a trigger line; None without one, or when that was not seen."""
    turned_back: bool = False
    """It left the way it had come."""
    overview: Frame | None = field(default=None, repr=False)
    """The frame in which it filled most of the lane before its near end left the picture."""
    container: str | None = None
    """The code of its container, where a reader of containers saw one whose check digit fits."""
    best_frame: Frame | None = field(default=None, repr=False)
    best_crop: Image | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class VehicleArrived:
    """A vehicle is in view."""

    track_id: int
    at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class PlateSettled:
    """Enough looks agree on the plate of the vehicle in view: an early result for the barrier.

    `so_far` is what was seen of the vehicle until now, with the same plate.
    """

    track_id: int
    at: datetime
    plate: PlateRead
    so_far: Observation


@dataclass(frozen=True, slots=True, eq=False)
class VehicleLeft:
    """A vehicle is out of view; this is all that was seen of it."""

    track_id: int
    observation: Observation


LaneEvent = VehicleArrived | PlateSettled | VehicleLeft
