"""The plates seen on the vehicle in view: looks at one plate are gathered in one track."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge.frame import Frame
from edge.lpr.preprocess import size_of
from edge.lpr.types import Box, Detection, Read
from edge.lpr.vote import unlike, vote

_SAME_PLACE_S = 1.5
"""Unlike texts at one place within this time are looks at one plate, one of them wrong."""
_PROVED_TEXTS = 4
"""Texts of one track whose surest frame is kept; a frame is some megabytes."""


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
    reads: list[Read] = field(default_factory=list)
    heights_px: list[float] = field(default_factory=list)
    _proofs: dict[str, Proof] = field(default_factory=dict)

    def add(self, detection: Detection, read: Read, frame: Frame) -> None:
        """Take one more look into account; of each text the surest look's frame is kept as the proof."""
        self.reads.append(read)
        self.heights_px.append(size_of(detection.corners)[1])
        self.last, self.box = frame, detection.box
        known = self._proofs.get(read.text)
        if known is None or read.confidence > known.confidence:
            self._proofs[read.text] = Proof(read.confidence, frame, detection.box)
        if len(self._proofs) > _PROVED_TEXTS:
            del self._proofs[min(self._proofs, key=lambda text: self._proofs[text].confidence)]

    def fused(self) -> Read | None:
        """What the looks agree on so far."""
        return vote(self.reads)

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
        self.tracks: list[PlateTrack] = []

    def add(self, detection: Detection, read: Read, frame: Frame) -> PlateTrack:
        """Add a look; returns its track."""
        track = self._match(detection, read, frame.monotonic_s)
        if track is None:
            track = PlateTrack(frame, frame, detection.box)
            self.tracks.append(track)
        track.add(detection, read, frame)
        return track

    def _match(self, detection: Detection, read: Read, now_s: float) -> PlateTrack | None:
        for track in self.tracks:
            if any(not unlike(read.text, earlier.text) for earlier in track.reads[-5:]):
                return track
        for track in self.tracks:
            recent = now_s - track.last.monotonic_s < _SAME_PLACE_S
            if recent and track.box.overlap(detection.box) > 0.5:
                return track
        return None
