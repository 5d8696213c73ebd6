"""The plates seen on the vehicle in view: looks at one plate are gathered in one track."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge.frame import Frame
from edge.lpr.types import Box, Detection, Read
from edge.lpr.vote import unlike, vote


@dataclass(eq=False)
class PlateTrack:
    """Looks at one plate over time."""

    reads: list[Read] = field(default_factory=list)
    first_s: float = 0.0
    last_s: float = 0.0
    first_frame: Frame | None = None
    last_frame: Frame | None = None
    box: Box | None = None
    best_frame: Frame | None = None
    best_box: Box | None = None
    best_confidence: float = -1.0

    def add(self, detection: Detection, read: Read, frame: Frame) -> None:
        """Take one more look into account; the surest look's frame is kept as the proof."""
        if not self.reads:
            self.first_s, self.first_frame = frame.monotonic_s, frame
        self.reads.append(read)
        self.last_s, self.last_frame = frame.monotonic_s, frame
        self.box = detection.box
        if read.confidence > self.best_confidence:
            self.best_confidence, self.best_frame, self.best_box = read.confidence, frame, detection.box

    def fused(self) -> Read | None:
        """What the looks agree on so far."""
        return vote(self.reads)

    def agreeing(self, text: str) -> int:
        """How many looks gave exactly this text."""
        return sum(1 for read in self.reads if read.text == text)

    def prove(self, text: str) -> None:
        """Forget the proof if it shows another text than the one that won; it must be the winner's own frame."""
        if all(read.text != text for read in self.reads):
            self.best_frame = self.best_box = None


class PlateTracker:
    """Assigns looks to tracks by text first, by place second."""

    def __init__(self) -> None:
        self.tracks: list[PlateTrack] = []

    def add(self, detection: Detection, read: Read, frame: Frame) -> PlateTrack:
        """Add a look; returns its track."""
        track = self._match(detection, read, frame.monotonic_s)
        if track is None:
            track = PlateTrack()
            self.tracks.append(track)
        track.add(detection, read, frame)
        return track

    def _match(self, detection: Detection, read: Read, now_s: float) -> PlateTrack | None:
        for track in self.tracks:
            if any(not unlike(read.text, earlier.text) for earlier in track.reads[-5:]):
                return track
        for track in self.tracks:
            recent = now_s - track.last_s < 1.5
            if recent and track.box is not None and track.box.overlap(detection.box) > 0.5:
                return track
        return None
