"""The plates seen on the vehicle in view: looks at one plate are gathered in one track."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge.frame import Frame
from edge.lpr.lane_area import place_of
from edge.lpr.preprocess import size_of
from edge.lpr.types import Box, Detection, Point, Read
from edge.lpr.vote import unlike, vote

_SAME_PLACE_S = 1.5
"""Unlike texts at one place within this time are looks at one plate, one of them wrong."""
_PROVED_TEXTS = 4
"""Texts of one track whose surest frame is kept; a frame is some megabytes."""
_KEPT_READS = 60
"""Looks that are voted on: of a vehicle that stands for an hour the surest ones of thousands."""
_MOVED = 0.004
_RESIZED = 0.03
"""A look at the same place (shares of the picture) and of the same size (share of it) adds nothing to the course."""


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """The frame and place of a look."""

    confidence: float
    frame: Frame
    box: Box


@dataclass(eq=False)
class PlateTrack:
    """Looks at one plate over time."""

    first: Frame
    last: Frame
    box: Box
    behind_widths: float = 0.0
    """How far above the near end of what was in view it was first seen, in widths of the plate."""
    reads: list[Read] = field(default_factory=list)
    looks: int = 0
    places: list[Point] = field(default_factory=list)
    heights_px: list[float] = field(default_factory=list)
    """Where it was, in shares of the picture, and how high: an entry whenever that changed."""
    fixed: bool = True
    """Whether it never was anywhere else than where the empty lane shows something like a plate too."""
    _proofs: dict[str, Proof] = field(default_factory=dict)
    _fused: Read | None = None
    """What the looks agree on; None until somebody asks, and again after each look."""

    def add(self, detection: Detection, read: Read, frame: Frame) -> None:
        """Take one more look into account; of each text the surest look's frame is kept as the proof."""
        self.looks += 1
        self._fused = None
        self.reads.append(read)
        if len(self.reads) > _KEPT_READS:
            del self.reads[min(range(_KEPT_READS), key=lambda place: self.reads[place].confidence)]
        self._note_course(detection, frame)
        self.last, self.box = frame, detection.box
        known = self._proofs.get(read.text)
        if known is None or read.confidence > known.confidence:
            self._proofs[read.text] = Proof(read.confidence, frame, detection.box)
        if len(self._proofs) > _PROVED_TEXTS:
            del self._proofs[min(self._proofs, key=lambda text: self._proofs[text].confidence)]

    def _note_course(self, detection: Detection, frame: Frame) -> None:
        height, width = frame.image.shape[:2]
        place, height_px = place_of(detection.box, width, height), size_of(detection.corners)[1]
        if self.places and abs(height_px - self.heights_px[-1]) < _RESIZED * height_px:
            (x, y), (last_x, last_y) = place, self.places[-1]
            if max(abs(x - last_x), abs(y - last_y)) < _MOVED:
                return
        self.places.append(place)
        self.heights_px.append(height_px)

    def fused(self) -> Read | None:
        """What the looks agree on so far."""
        if self._fused is None:
            self._fused = vote(self.reads)
        return self._fused

    def agreeing(self, text: str) -> int:
        """How many looks gave exactly this text."""
        return sum(1 for read in self.reads if read.text == text)

    def proof_of(self, text: str) -> Proof | None:
        """The surest look that gave exactly this text; where none did, the surest look of all."""
        exact = self._proofs.get(text)
        return exact or max(self._proofs.values(), key=lambda proof: proof.confidence, default=None)


class PlateTracker:
    """Assigns looks to tracks by text first, by place second."""

    def __init__(self) -> None:
        self._all: list[PlateTrack] = []

    def add(
        self, detection: Detection, read: Read, frame: Frame, *, near_end: float = 0.0, fixture: bool = False
    ) -> PlateTrack:
        """Add a look; returns its track.

        `near_end` is how far down in the picture (0–1) what is in view reaches. A `fixture` lies where the empty lane
        shows something like a plate too.
        """
        track = self._match(detection, read, frame.monotonic_s)
        if track is None:
            below_px = near_end * frame.image.shape[0] - detection.box.y2
            track = PlateTrack(frame, frame, detection.box, below_px / max(1.0, detection.box.width))
            self._all.append(track)
        track.fixed = track.fixed and fixture
        track.add(detection, read, frame)
        return track

    @property
    def tracks(self) -> list[PlateTrack]:
        """The plates of the vehicle, first seen first."""
        return [track for track in self._all if not track.fixed]

    def take_out(self, track: PlateTrack) -> None:
        """It is another vehicle's."""
        self._all.remove(track)

    def take_in(self, track: PlateTrack) -> None:
        """It was another vehicle's."""
        self._all.append(track)

    def _match(self, detection: Detection, read: Read, now_s: float) -> PlateTrack | None:
        for track in self._all:
            if any(not unlike(read.text, earlier.text) for earlier in track.reads[-5:]):
                return track
        for track in self._all:
            recent = now_s - track.last.monotonic_s < _SAME_PLACE_S
            if recent and track.box.overlap(detection.box) > 0.5:
                return track
        return None
