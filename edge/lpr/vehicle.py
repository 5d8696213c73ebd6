"""What is gathered of the vehicle in view, and what is said of it when it has left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from contract.messages import Abstention, PlateRead
from edge.frame import Frame
from edge.lpr.container import ContainerRead, Lattice, MarkingSeen, vote
from edge.lpr.crossing import Course, direction_of, turned_back, way_through
from edge.lpr.lane_area import LaneArea
from edge.lpr.motion import Foreground
from edge.lpr.narrow import NarrowTrack
from edge.lpr.preprocess import crop_box
from edge.lpr.road import Road
from edge.lpr.settings import LprSettings
from edge.lpr.tracker import PlateTrack, PlateTracker
from edge.lpr.types import Box, Observation, Read
from edge.lpr.vote import unlike

_CROP_MARGIN = 0.08
_NEXT_VEHICLE_S = 1.0
"""A different plate is the next vehicle's when the former has not been seen for so long."""
_SURE_READS = 6
_VEHICLE_LIKE_FRAMES = 3
_FILLS = 0.35
"""What fills so much of the lane did not just walk across it, wherever it came from."""
_LARGE = 0.5
"""What fills so much of the lane, and is broad, is no motorcycle."""
_BODY_M = 1.65
"""A vehicle that is no motorcycle is broader where it stands: rendered ones are seen 1.85 m broad and more, with their
blurred edges; of people in a group three may hang together, 1.6 m, for the nearest one's feet tell how far …"""
_BROAD_LOOKS = 75
"""… which the look at this percentile tells: by night, or where it has the road's colour, it is seen in parts …"""
_LEAST_BODIES = 3
"""… but fewer looks tell nothing."""
_NEAR_END_CUT = 0.97
"""A vehicle that reaches so far down has its near end, with its plate and its face, below the picture."""
_PLATE_GONE_S = 1.7
"""A plate not read for so long has left the picture: the next vehicle's may come at any moment."""
_CONTAINER_LOOKS = 4
_CONTAINER_LOOK_S = 1.0
_KEPT_NARROW = 8
"""Of all who walk past a vehicle that stands for an hour the longest ways are kept."""
_CARRIES = 0.5
"""Of a plate so much lies on the narrow thing that carries it."""
_BEHIND_WIDTHS = 5.0
"""A plate hangs at its vehicle's near end: less than 2 m above the ground, and 0.4 m wide or more."""


@dataclass(eq=False)
class VehicleInView:
    """One vehicle while it is in view."""

    track_id: int
    settings: LprSettings
    first: Frame
    last: Frame
    """The newest frame in which the lane was not empty."""
    active: Frame
    """The newest frame in which something moved, or a plate was read."""
    standing: bool = False
    """It stands where it stood when watching began: the learnt lane holds it …"""
    stood_at_start: bool = False
    """… and leaves a trace there once it moves."""
    left_traces: bool = False
    """It has gone, and what still differs from the empty lane was taken for part of it."""
    plates: PlateTracker = field(default_factory=PlateTracker)
    area: LaneArea = field(default_factory=LaneArea)
    road: Road | None = None
    shares: list[float] = field(default_factory=list)
    near_ends: list[float] = field(default_factory=list)
    came_from: float = 1.0
    """The farthest that its near end was while it was still too small to be in view."""
    overview: Frame | None = None
    """The fullest view of it: before its near end left the picture, where it was seen then."""
    overview_rank: tuple[bool, float] = (False, 0.0)
    vehicle_like: int = 0
    """Frames in which it was as large and broad as a vehicle, and no mere light or shadow."""
    largest: float = 0.0
    """The share of the lane that it filled in the fullest of these."""
    bodies_m: list[float] = field(default_factory=list)
    """How broad it was on the road whenever it moved with its foot in the picture, and had shown no plate yet."""
    rides: bool = False
    """It is narrow, and came too fast for somebody on foot."""
    narrow: list[NarrowTrack] = field(default_factory=list)
    """What was followed along the road while it was in view, and may be a motorcycle …"""
    carried: bool = False
    """… on which its plate was seen."""
    containers: list[Lattice] = field(default_factory=list)
    """Looks at the marking of its container."""
    container_looks: int = 0
    container_looked_s: float = float("-inf")
    announced: bool = False
    settled: bool = False
    looked_s: float = float("-inf")
    moved_s: float = float("-inf")

    def seen(self, frame: Frame, seen: Foreground) -> None:
        """It is in view in this frame."""
        self.last = frame
        self.shares.append(seen.share)
        self.near_ends.append(seen.near_end)
        if seen.moving:
            self.moved_s, self.active = frame.monotonic_s, frame
        rank = (seen.near_end < _NEAR_END_CUT, seen.share)
        if self.overview is None or rank > self.overview_rank:
            self.overview, self.overview_rank = frame, rank
        undecided = not self.plates.tracks and seen.share >= self.settings.vehicle_share
        if undecided and seen.is_vehicle_like(breadth=self.settings.vehicle_breadth):
            self.vehicle_like += 1
            self.largest = max(self.largest, seen.share)
        self._note_body(seen)

    def _note_body(self, seen: Foreground) -> None:
        in_doubt = self.road is not None and seen.moving and not self.plates.tracks
        body = seen.body() if in_doubt else None
        if body is not None and self.road is not None and not body.cut:
            self.bodies_m.append(body.breadth * self.road.picture_m(body.foot))

    def seen_narrow(self, tracks: Iterable[NarrowTrack]) -> None:
        """These narrow things are in view with it, or it is one of them: the one that rides, or has its plate."""
        self.narrow += [track for track in tracks if track.way and track not in self.narrow]
        if len(self.narrow) > _KEPT_NARROW:
            self.narrow.remove(min(self.narrow, key=lambda track: _length_m(track.way)))
        self.rides = self.rides or any(track.rides for track in tracks)

    def seen_carried(self, tracks: Iterable[NarrowTrack], plates: Iterable[Box]) -> None:
        """These narrow things and these plates were seen on it in its last frame."""
        now_s = self.last.monotonic_s
        boxes = [track.last.box for track in tracks if track.last.at_s == now_s]
        self.carried = self.carried or any(box.overlap(plate) > _CARRIES for box in boxes for plate in plates)

    @property
    def rides_alone(self) -> bool:
        """Whether it is a motorcycle without a plate, and not the lamps of something larger."""
        return self.rides and not self.plates.tracks and self.largest < _LARGE

    @property
    def counts(self) -> bool:
        """Whether it has been in view long and large enough for a vehicle. A plate is proof enough."""
        if len(self.shares) < self.settings.min_frames:
            return False
        if self.plates.tracks or self.rides:
            return True
        long = self.active.monotonic_s - self.first.monotonic_s >= self.settings.min_seen_s
        way = max(self.near_ends) - min(self.came_from, *self.near_ends)
        came = way >= self.settings.vehicle_way or self.largest >= _FILLS
        return long and self.has_bulk and came

    @property
    def has_bulk(self) -> bool:
        """Whether it looked like a vehicle often enough, and no group of people."""
        narrow = len(self.bodies_m) >= _LEAST_BODIES and np.percentile(self.bodies_m, _BROAD_LOOKS) < _BODY_M
        return self.vehicle_like >= _VEHICLE_LIKE_FRAMES and not narrow

    @property
    def last_read_s(self) -> float | None:
        """When a plate of it was last read."""
        return max((track.last.monotonic_s for track in self.plates.tracks), default=None)

    def main_plate(self) -> tuple[PlateTrack, Read] | None:
        """The plate with the most support, and what its looks agree on."""
        return _main(self.plates.tracks)

    def is_sure(self, now_s: float) -> bool:
        """Whether further looks would add nothing: enough of them agree on its plate, which is still to be seen."""
        best = self.main_plate() if self.settled else None
        if best is None or now_s - best[0].last.monotonic_s > _PLATE_GONE_S:
            return False
        return best[0].agreeing(best[1].text) >= _SURE_READS

    def may_settle(self) -> bool:
        """Whether enough looks agree on its plate for an early result."""
        best = self.main_plate()
        if best is None:
            return False
        track, read = best
        enough = track.agreeing(read.text) >= self.settings.settle_reads
        return enough and read.confidence >= self.settings.settle_confidence

    def next_vehicles_plate(self) -> PlateTrack | None:
        """A plate that cannot be this vehicle's, since the next one came up close behind.

        It was first seen after all others had gone for a while; or, where this vehicle's own was never read, far
        behind this vehicle's near end, which a lorry carries its plate at.
        """
        newest = max(self.plates.tracks, key=lambda track: track.first.monotonic_s, default=None)
        others = [track for track in self.plates.tracks if track is not newest]
        if newest is None or len(newest.reads) < 2:
            return None
        read = newest.fused()
        if read is None or read.confidence < self.settings.settle_confidence:
            return None
        if not others:
            return newest if newest.behind_widths > _BEHIND_WIDTHS and self.has_bulk else None
        apart = all(newest.first.monotonic_s - track.last.monotonic_s > _NEXT_VEHICLE_S for track in others)
        different = all(unlike(read.text, earlier.text) for track in others for earlier in track.reads)
        return newest if apart and different else None

    def is_time_for_container(self, now_s: float) -> bool:
        """Whether another look for a container's marking is worth its time: a few are, spread over its stay."""
        due = now_s - self.container_looked_s >= _CONTAINER_LOOK_S
        known = self.has_bulk or bool(self.plates.tracks)
        return known and due and self.container_looks < _CONTAINER_LOOKS

    def look_at_container(self, markings: list[MarkingSeen], now_s: float) -> None:
        """Take into account what one look for markings gave."""
        self.container_looks += 1
        self.container_looked_s = now_s
        self.containers += [marking.lattice for marking in markings]

    def _container(self) -> str | None:
        verdict = vote(self.containers)
        return verdict.text if isinstance(verdict, ContainerRead) else None

    def observation(self) -> Observation:
        """All that was seen of it so far."""
        plate, abstained, track = self._verdict()
        frame, crop = self.overview, None
        proof = track.proof_of(plate.text if plate else "") if track else None
        if proof is not None:
            frame = proof.frame
            crop = np.ascontiguousarray(crop_box(frame.image, proof.box, margin=_CROP_MARGIN))
        course = Course(
            track.places if track else (), track.heights_px if track else (), self.shares, self.near_ends, self._way()
        )
        return Observation(
            first_seen_at=self.first.captured_at,
            last_seen_at=self.active.captured_at,
            first_monotonic_s=self.first.monotonic_s,
            last_monotonic_s=self.active.monotonic_s,
            direction=direction_of(course, self.area),
            plate=plate,
            second_plate=self._second(track),
            abstained=abstained,
            frames=len(self.shares),
            reads=sum(track.looks for track in self.plates.tracks),
            crossed=way_through(course, self.area),
            turned_back=turned_back(course, self.area),
            overview=self.overview,
            container=self._container(),
            best_frame=frame,
            best_crop=crop,
        )

    def abreast(self) -> list[NarrowTrack]:
        """The motorcycles that rode beside it, or it beside them, when it is one itself."""
        riders = [track for track in self.narrow if track.rides] if self.rides_alone else []
        apart: list[NarrowTrack] = []
        for rider in riders:
            if all(rider.rode_beside(other) for other in apart):
                apart.append(rider)
        return apart[1:]

    def observation_of(self, rider: NarrowTrack) -> Observation:
        """What was seen of one that rode beside it: all but its own way is theirs together."""
        course = Course((), (), self.shares, self.near_ends, rider.way)
        return replace(
            self.observation(),
            direction=direction_of(course, self.area),
            crossed=way_through(course, self.area),
            turned_back=turned_back(course, self.area),
        )

    def _way(self) -> Sequence[tuple[float, float]]:
        """Where it was followed along the road, which is done with what is narrow; an arm may hide it in between."""
        carried = self.carried and max(self.shares) < _LARGE  # of a lorry, parts alone are narrow
        if not self.rides_alone and not carried:
            return ()
        parts: list[list[tuple[float, float]]] = []
        for way in sorted((track.way for track in self.narrow if track.way), key=_length_m, reverse=True):
            if all(way[-1] < part[0] or part[-1] < way[0] for part in parts):
                parts.append(way)
        return sorted(place for part in parts for place in part)

    def _verdict(self) -> tuple[PlateRead | None, Abstention | None, PlateTrack | None]:
        best = self.main_plate()
        if best is None:
            return None, Abstention.NO_PLATE_FOUND, None
        track, read = best
        few = track.looks < self.settings.settle_reads
        # of one look alone nothing tells whether it misread, but how sure it was: a plate under mud shows for a moment
        least = self.settings.settle_confidence if few else self.settings.accept_confidence
        if read.confidence >= least:
            return read.as_plate_read(), None, track
        return None, Abstention.TOO_FEW_READS if few else Abstention.READS_DISAGREE, track

    def _second(self, main: PlateTrack | None) -> PlateRead | None:
        others = _main([track for track in self.plates.tracks if track is not main and len(track.reads) >= 2])
        if main is None or others is None or others[1].confidence < self.settings.settle_confidence:
            return None
        return others[1].as_plate_read()


def _length_m(way: Sequence[tuple[float, float]]) -> float:
    aheads_m = [ahead_m for _, ahead_m in way]
    return max(aheads_m) - min(aheads_m)


def _main(tracks: list[PlateTrack]) -> tuple[PlateTrack, Read] | None:
    fused = [(track, read) for track in tracks if (read := track.fused())]
    return max(fused, key=lambda pair: pair[1].confidence * min(3, len(pair[0].reads)), default=None)
