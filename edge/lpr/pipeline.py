"""One lane camera: frames in, vehicles out."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from contract.messages import Abstention, PlateRead
from edge.frame import Frame, Image
from edge.lpr.crossing import direction_of
from edge.lpr.engine import PlateReader
from edge.lpr.motion import Foreground, LaneBackground
from edge.lpr.preprocess import crop_box
from edge.lpr.settings import LprSettings
from edge.lpr.tracker import PlateTrack, PlateTracker
from edge.lpr.types import (
    Box,
    Detection,
    LaneEvent,
    Observation,
    PlateSettled,
    Read,
    VehicleArrived,
    VehicleLeft,
)
from edge.lpr.vote import unlike

_STUCK_S = 600.0
"""What stands this long without moving and without ever a plate has become part of the view."""
_GONE_S = 2.5
"""When a plate that was read has moved and is read no more for so long, the vehicle has gone. What still differs from
the empty lane, and is still, is a raised arm, or the trace of a vehicle that stood there when the node was started."""
_TRACE_STILL_S = 1.0
_NEXT_VEHICLE_S = 1.0
"""A different plate is the next vehicle's when the former has not been seen for so long."""
_SURE_READS = 6
_SURE_LOOK_S = 0.8
"""After so many agreeing looks at a settled plate, further ones add nothing: look this seldom, for the next vehicle."""


@dataclass(eq=False)
class _Vehicle:
    track_id: int
    first: Frame
    last: Frame
    """The newest frame in which the lane was not empty."""
    active: Frame
    """The newest frame in which something moved, or a plate was read."""
    plates: PlateTracker = field(default_factory=PlateTracker)
    shares: list[float] = field(default_factory=list)
    fullest: tuple[float, Frame | None] = (0.0, None)
    announced: bool = False
    settled: bool = False
    looked_s: float = float("-inf")
    moved_s: float = 0.0

    @property
    def frames(self) -> int:
        return len(self.shares)


class LanePipeline:
    """Gathers the frames of one lane camera into vehicles. Time is the frames' own."""

    def __init__(self, reader: PlateReader, settings: LprSettings, *, camera: str) -> None:
        self._reader = reader
        self._settings = settings
        self._background = LaneBackground()
        self._vehicle: _Vehicle | None = None
        self._count = 0
        self.camera = camera

    @property
    def busy(self) -> bool:
        """Whether a vehicle is in view now."""
        return self._vehicle is not None

    def process(self, frame: Frame) -> list[LaneEvent]:
        """Take one frame; returns what became known with it."""
        seen = self._background.look(frame.image, frame.monotonic_s)
        vehicle = self._vehicle
        if vehicle is None:
            if seen.share < self._settings.enter_share or seen.box is None:
                self._background.learn()
                return []
            vehicle = self._enter(frame)
        if seen.share < self._settings.leave_share:
            if frame.monotonic_s - vehicle.last.monotonic_s >= self._settings.leave_s:
                return self._leave()
            return []
        events = self._watch(vehicle, frame, seen)
        vehicle = self._vehicle or vehicle
        if self._has_gone(vehicle, frame.monotonic_s):
            self._background.forget(_TRACE_STILL_S)
        elif not vehicle.plates.tracks and frame.monotonic_s - vehicle.moved_s > _STUCK_S:
            self._background.forget()
        return events

    def _has_gone(self, vehicle: _Vehicle, now_s: float) -> bool:
        last_read_s = max((track.last_s for track in vehicle.plates.tracks), default=None)
        return last_read_s is not None and now_s - last_read_s > _GONE_S and vehicle.moved_s > last_read_s

    def flush(self) -> list[LaneEvent]:
        """End of the stream: close the vehicle in view."""
        return self._leave() if self._vehicle else []

    def _enter(self, frame: Frame) -> _Vehicle:
        self._count += 1
        self._vehicle = _Vehicle(self._count, frame, frame, frame, moved_s=frame.monotonic_s)
        return self._vehicle

    def _watch(self, vehicle: _Vehicle, frame: Frame, seen: Foreground) -> list[LaneEvent]:
        events: list[LaneEvent] = []
        vehicle.last = frame
        vehicle.shares.append(seen.share)
        if seen.moving:
            vehicle.moved_s, vehicle.active = frame.monotonic_s, frame
        if seen.share > vehicle.fullest[0]:
            vehicle.fullest = (seen.share, frame)
        if not vehicle.announced and vehicle.frames >= self._settings.min_frames:
            vehicle.announced = True
            events.append(VehicleArrived(vehicle.track_id, frame.captured_at))
        if self._is_sure(vehicle) and frame.monotonic_s - vehicle.looked_s < _SURE_LOOK_S:
            return events
        vehicle.looked_s = frame.monotonic_s
        for detection, read in self._look(frame, seen.box):
            vehicle.plates.add(detection, read, frame)
            vehicle.active = frame
        following = self._next_vehicles_plate(vehicle)
        if following is not None:
            vehicle.plates.tracks.remove(following)
            # what moved since the former plate was last read may have been the next vehicle
            vehicle.active = max(vehicle.plates.tracks, key=lambda track: track.last_s).last_frame or vehicle.active
            events += self._leave()
            vehicle = self._enter(following.first_frame or frame)
            vehicle.plates.tracks.append(following)
            vehicle.last = vehicle.active = frame
            vehicle.moved_s, vehicle.announced = frame.monotonic_s, True
            vehicle.shares = [seen.share] * len(following.reads)
            vehicle.fullest = (seen.share, frame)
            events.append(VehicleArrived(vehicle.track_id, vehicle.first.captured_at))
        events += self._settle(vehicle, frame)
        return events

    def _is_sure(self, vehicle: _Vehicle) -> bool:
        best = _main(vehicle.plates.tracks) if vehicle.settled else None
        return best is not None and best[0].agreeing(best[1].text) >= _SURE_READS

    def _look(self, frame: Frame, box: Box | None) -> list[tuple[Detection, Read]]:
        if box is None:
            return []
        height, width = frame.image.shape[:2]
        part = Box(
            max(0.0, box.x1 - 0.02 * width),
            max(0.0, box.y1 - 0.02 * height),
            min(float(width), box.x2 + 0.02 * width),
            min(float(height), box.y2 + 0.02 * height),
        )
        return list(self._reader.read_part(frame.image, part, side_px=self._settings.frame_side_px).plates)

    def _next_vehicles_plate(self, vehicle: _Vehicle) -> PlateTrack | None:
        """A plate that was first seen after all others had gone for a while: the next vehicle came up close behind."""
        newest = max(vehicle.plates.tracks, key=lambda track: track.first_s, default=None)
        others = [track for track in vehicle.plates.tracks if track is not newest]
        if newest is None or not others or len(newest.reads) < 2:
            return None
        read = newest.fused()
        if read is None or read.confidence < self._settings.settle_confidence:
            return None
        apart = all(newest.first_s - track.last_s > _NEXT_VEHICLE_S for track in others)
        different = all(unlike(read.text, earlier.text) for track in others for earlier in track.reads)
        return newest if apart and different else None

    def _settle(self, vehicle: _Vehicle, frame: Frame) -> list[LaneEvent]:
        best = _main(vehicle.plates.tracks)
        if vehicle.settled or best is None:
            return []
        track, read = best
        enough = track.agreeing(read.text) >= self._settings.settle_reads
        if not enough or read.confidence < self._settings.settle_confidence:
            return []
        so_far = self._observation(vehicle)
        if so_far.plate is None:
            return []
        vehicle.settled = True
        return [PlateSettled(vehicle.track_id, frame.captured_at, so_far.plate, so_far)]

    def _leave(self) -> list[LaneEvent]:
        vehicle, self._vehicle = self._vehicle, None
        if vehicle is None or vehicle.frames < self._settings.min_frames:
            return []
        return [VehicleLeft(vehicle.track_id, self._observation(vehicle))]

    def _observation(self, vehicle: _Vehicle) -> Observation:
        tracks = vehicle.plates.tracks
        plate, abstained, track = self._verdict(tracks)
        frame, crop = vehicle.fullest[1], None
        if track is not None and track.best_frame is not None and track.best_box is not None:
            frame, crop = track.best_frame, np.ascontiguousarray(_crop(track.best_frame.image, track.best_box))
        return Observation(
            first_seen_at=vehicle.first.captured_at,
            last_seen_at=vehicle.active.captured_at,
            first_monotonic_s=vehicle.first.monotonic_s,
            last_monotonic_s=vehicle.active.monotonic_s,
            direction=direction_of(vehicle.shares),
            plate=plate,
            second_plate=self._second(tracks, track),
            abstained=abstained,
            frames=vehicle.frames,
            reads=sum(len(track.reads) for track in tracks),
            best_frame=frame,
            best_crop=crop,
        )

    def _verdict(self, tracks: list[PlateTrack]) -> tuple[PlateRead | None, Abstention | None, PlateTrack | None]:
        best = _main(tracks)
        if best is None:
            return None, Abstention.NO_PLATE_FOUND, None
        track, read = best
        if read.confidence >= self._settings.accept_confidence:
            track.prove(read.text)
            return read.as_plate_read(), None, track
        few = len(track.reads) < self._settings.settle_reads
        return None, Abstention.TOO_FEW_READS if few else Abstention.READS_DISAGREE, track

    def _second(self, tracks: list[PlateTrack], main: PlateTrack | None) -> PlateRead | None:
        others = _main([track for track in tracks if track is not main and len(track.reads) >= 2])
        if main is None or others is None or others[1].confidence < self._settings.settle_confidence:
            return None
        return others[1].as_plate_read()


def _main(tracks: list[PlateTrack]) -> tuple[PlateTrack, Read] | None:
    """The plate with the most support, and what its looks agree on."""
    fused = [(track, read) for track in tracks if (read := track.fused())]
    return max(fused, key=lambda pair: pair[1].confidence * min(3, len(pair[0].reads)), default=None)


def _crop(image: Image, box: Box) -> Image:
    return crop_box(image, box, margin=0.08)
