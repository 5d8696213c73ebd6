"""One lane camera: frames in, vehicles out."""

from __future__ import annotations

from collections import deque

from contract.region import CameraRegion
from edge.frame import Frame
from edge.lpr.container import ContainerReader
from edge.lpr.engine import PlateReader
from edge.lpr.fixtures import Fixtures, is_laid_over
from edge.lpr.lane_area import LaneArea
from edge.lpr.motion import Foreground, LaneBackground
from edge.lpr.narrow import NarrowTracker
from edge.lpr.road import Road
from edge.lpr.settings import LprSettings
from edge.lpr.tracker import PlateTrack
from edge.lpr.types import Box, Detection, LaneEvent, Observation, PlateSettled, Read, VehicleArrived, VehicleLeft
from edge.lpr.vehicle import VehicleInView

_STUCK_S = 600.0
"""What stands this long without moving, and without a plate that can be read, has become part of the view …"""
_STUCK_VEHICLE_S = 7200.0
"""… later when it fills the lane as a vehicle does: a lorry may wait half through, its plate out of the picture …"""
_STUCK_AT_START_S = 15.0
"""… sooner as long as no vehicle has come and gone: the first frame may have held one, whose trace this is. Light is
no trace: it goes again, and were the lit lane learnt, the dark one would look like a thing."""
_GONE_S = 2.5
"""When a plate that was read has moved and is read no more for so long, and nothing stands at its place, the vehicle
has gone. What still differs from the empty lane, and is still, is a raised arm or the like."""
_TRACE_STILL_S = 1.0
_FIRST_S = 120.0
"""In the first minutes the lane that was learnt may still hold a vehicle that was in the first frame."""
_SURE_LOOK_S = 0.8
"""After enough agreeing looks at a settled plate, further ones add nothing: look this seldom, for the next vehicle."""
_START_S, _START_LOOK_S = 5.0, 2.0
"""A vehicle that stands in view when watching begins is looked for in the first seconds, this often."""
_SURELY_A_PLATE = 0.75
"""From here on the detector takes a plate for one by its looks: rendered and real plates of standing vehicles get 0.89
and more, lettering over the picture that reads as a plate 0.78 at most, and mostly less than 0.56."""
_AGAIN_S = 10.0
"""The plate of the former vehicle, read again so soon, is still that vehicle."""
_COMING_S = 4.0
_MARGIN = 0.02
_COVERED = 0.3
_FILLS = 0.35
"""What fills so much of the lane, broad and no mere light, is no raised arm."""


class LanePipeline:
    """Gathers the frames of one lane camera into vehicles. Time is the frames' own."""

    def __init__(
        self,
        reader: PlateReader,
        settings: LprSettings,
        *,
        camera: str,
        region: CameraRegion | None = None,
        containers: ContainerReader | None = None,
    ) -> None:
        """`region` is where in the picture the lane lies; by default it is the whole picture.

        With a reader of `containers` each vehicle is looked at a few times for its container's marking.
        """
        self._reader = reader
        self._containers = containers
        self._settings = settings
        self._area = LaneArea(region)
        self._background = LaneBackground(self._area)
        self._road = self._road_of(self._area)
        self._narrow = NarrowTracker(self._road)
        self._fixtures = Fixtures()
        self._fixtures_known = False
        self._vehicle: VehicleInView | None = None
        self._count = 0
        self._began_s: float | None = None
        self._looked_s = float("-inf")
        self._before: Frame | None = None
        """The former frame, in the first seconds."""
        self._lane_known = False
        self._former: Observation | None = None
        self._coming: deque[tuple[float, float]] = deque()
        self.camera = camera

    @property
    def busy(self) -> bool:
        """Whether a vehicle is in view now."""
        return self._vehicle is not None

    def set_region(self, region: CameraRegion | None) -> None:
        """From the next frame on the lane lies there; a vehicle in view keeps what was seen of it."""
        self._area = LaneArea(region)
        self._background.set_area(self._area)
        self._road = self._road_of(self._area)
        self._narrow = NarrowTracker(self._road)
        self._fixtures_known = False
        if self._vehicle:
            self._vehicle.area, self._vehicle.road = self._area, self._road

    def _road_of(self, area: LaneArea) -> Road | None:
        lane = self._settings
        return Road.of(area, breadth_m=lane.lane_breadth_m, focal_widths=lane.focal_widths)

    def process(self, frame: Frame) -> list[LaneEvent]:
        """Take one frame; returns what became known with it."""
        seen = self._background.look(frame.image, frame.monotonic_s)
        self._narrow.look(seen, frame.monotonic_s)
        vehicle = self._vehicle
        if vehicle is None:
            self._note_coming(frame, seen)
            if seen.share < self._settings.enter_share or seen.box is None:
                self._background.learn()
                return self._look_at_empty_lane(frame, seen)
            vehicle = self._enter(frame)
        vehicle.seen_narrow(self._narrow.tracks)
        if vehicle.stood_at_start and not vehicle.left_traces and seen.share < self._settings.leave_share:
            vehicle.standing = True  # an arm moved before it, or somebody walked past
        if vehicle.standing:
            return self._watch_standing(vehicle, frame, seen)
        if seen.share < self._settings.leave_share and not self._narrow.is_coming(frame.monotonic_s):
            if frame.monotonic_s - vehicle.last.monotonic_s >= self._settings.leave_s:
                self._lane_known = True
                return self._leave()
            return []
        events = self._watch(vehicle, frame, seen)
        self._forget_traces(self._vehicle or vehicle, seen, frame.monotonic_s)
        return events

    def flush(self) -> list[LaneEvent]:
        """End of the stream: close the vehicle in view."""
        return self._leave() if self._vehicle else []

    def _enter(self, frame: Frame, *, standing: bool = False) -> VehicleInView:
        self._count += 1
        self._vehicle = VehicleInView(
            self._count, self._settings, frame, frame, frame, standing=standing, area=self._area, road=self._road
        )
        self._vehicle.came_from = min((end for _, end in self._coming), default=1.0)
        return self._vehicle

    def _note_coming(self, frame: Frame, seen: Foreground) -> None:
        """Where the near end was of what is still too small for a vehicle in view."""
        now_s = frame.monotonic_s
        if seen.box is not None:
            self._coming.append((now_s, seen.near_end))
        while self._coming and now_s - self._coming[0][0] > _COMING_S:
            self._coming.popleft()

    def _look_at_empty_lane(self, frame: Frame, seen: Foreground) -> list[LaneEvent]:
        """Find a vehicle that stands in view when watching begins: the learnt lane holds it, its plate betrays it.

        Lettering in the picture reads like a plate, and may look like one. Later, once behind every vehicle: what is
        read now is none of a vehicle's.
        """
        now_s, before = frame.monotonic_s, self._before
        self._began_s = now_s if self._began_s is None else self._began_s
        starting = not self._lane_known and now_s - self._began_s <= _START_S
        self._before = frame if starting else None
        if starting and (before is None or before.image.shape != frame.image.shape):
            return []  # two frames tell lettering from plates
        if (not starting and self._fixtures_known) or now_s - self._looked_s < _START_LOOK_S:
            return []
        self._looked_s = now_s
        plates = self._plates_of(frame)
        standing = [
            pair
            for pair in plates
            if pair[0].confidence >= _SURELY_A_PLATE
            and before is not None
            and not is_laid_over(pair[0].box, before.image, frame.image)
        ]
        if starting and standing:
            vehicle = self._enter(frame, standing=True)
            return self._take(vehicle, frame, standing, seen)
        self._fixtures_known = not starting
        self._fixtures.note(detection.box for detection, _ in plates)
        return []

    def _plates_of(self, frame: Frame) -> list[tuple[Detection, Read]]:
        """The plates in the lane of a whole frame."""
        height, width = frame.image.shape[:2]
        plates = self._reader.read_picture(frame.image, side_px=self._settings.picture_side_px).plates
        return [pair for pair in plates if self._area.carries(pair[0].box, width, height)]

    def _watch_standing(self, vehicle: VehicleInView, frame: Frame, seen: Foreground) -> list[LaneEvent]:
        if seen.share >= self._settings.enter_share:
            vehicle.standing, vehicle.stood_at_start = False, True
            return self._watch(vehicle, frame, seen)
        if self._is_time_to_look(vehicle, frame):
            plates = self._plates_of(frame)
            if plates:
                return self._take(vehicle, frame, plates, seen)
        if frame.monotonic_s - vehicle.last.monotonic_s > _GONE_S:
            return self._leave()
        return []

    def _watch(self, vehicle: VehicleInView, frame: Frame, seen: Foreground) -> list[LaneEvent]:
        plates = self._look(frame, seen) if self._is_time_to_look(vehicle, frame) else []
        return self._take(vehicle, frame, plates, seen)

    def _is_time_to_look(self, vehicle: VehicleInView, frame: Frame) -> bool:
        now_s = frame.monotonic_s
        if vehicle.is_sure(now_s) and now_s - vehicle.looked_s < _SURE_LOOK_S:
            return False
        vehicle.looked_s = now_s
        return True

    def _take(
        self, vehicle: VehicleInView, frame: Frame, plates: list[tuple[Detection, Read]], seen: Foreground
    ) -> list[LaneEvent]:
        """Take what one frame showed into account."""
        events: list[LaneEvent] = []
        vehicle.seen(frame, seen)
        if self._containers and vehicle.is_time_for_container(frame.monotonic_s):
            vehicle.look_at_container(self._containers.read_picture(frame.image), frame.monotonic_s)
        for detection, read in plates:
            fixture = self._fixtures.has(detection.box)
            track = vehicle.plates.add(detection, read, frame, near_end=seen.near_end, fixture=fixture)
            if not track.fixed:
                vehicle.active = frame
        vehicle.seen_carried(self._narrow.tracks, [detection.box for detection, _ in plates])
        vehicle, told = self._next_rider(vehicle, frame, seen)
        events += told
        following = vehicle.next_vehicles_plate()
        if following is not None:
            events += self._change(vehicle, following)
            vehicle = self._enter(following.first)
            vehicle.plates.take_in(following)
            for _ in following.reads:
                vehicle.seen(frame, seen)
        if not vehicle.announced and vehicle.counts:
            vehicle.announced = True
            events.append(VehicleArrived(vehicle.track_id, frame.captured_at))
        return events + self._settle(vehicle, frame)

    def _next_rider(
        self, vehicle: VehicleInView, frame: Frame, seen: Foreground
    ) -> tuple[VehicleInView, list[LaneEvent]]:
        """Of two motorcycles close behind each other the first has gone: from now on the second is in view."""
        follower = self._narrow.follower(frame.monotonic_s) if vehicle.rides_alone else None
        if follower is None:
            return vehicle, []
        events, second = self._leave(), self._enter(frame)
        second.seen(frame, seen)
        second.rides, second.narrow = True, [follower]
        return second, events

    def _change(self, vehicle: VehicleInView, following: PlateTrack) -> list[LaneEvent]:
        """The next vehicle came up so close that the lane was never empty: the former one ends."""
        vehicle.plates.take_out(following)
        # what moved since the former plate was last read may have been the next vehicle
        tracks = vehicle.plates.tracks
        vehicle.active = max((track.last for track in tracks), key=_taken_s, default=following.first)
        return self._leave()

    def _look(self, frame: Frame, seen: Foreground) -> list[tuple[Detection, Read]]:
        """Plates on what differs from the empty lane; text on what belongs to the view is none of a vehicle's."""
        box = seen.whole_box()
        if box is None:
            return []
        height, width = frame.image.shape[:2]
        part = Box(
            max(0.0, box.x1 - _MARGIN * width),
            max(0.0, box.y1 - _MARGIN * height),
            min(float(width), box.x2 + _MARGIN * width),
            min(float(height), box.y2 + _MARGIN * height),
        )
        plates = self._reader.read_part(frame.image, part, side_px=self._settings.frame_side_px).plates
        return [
            pair
            for pair in plates
            if self._area.carries(pair[0].box, width, height)
            and (not self._lane_known or seen.covers(pair[0].box) >= _COVERED)
        ]

    def _forget_traces(self, vehicle: VehicleInView, seen: Foreground, now_s: float) -> None:
        """Take for part of the lane what still differs from it though no vehicle is there any more."""
        moved_s = max(vehicle.moved_s, vehicle.first.monotonic_s)
        read_s = vehicle.last_read_s
        idle_s = now_s - max(moved_s, read_s or moved_s)
        first = self._began_s is not None and now_s - self._began_s < _FIRST_S
        if first and now_s - moved_s > _TRACE_STILL_S and now_s - (read_s or 0.0) > _GONE_S and seen.is_trace():
            if not self._is_there(vehicle, seen):
                self._background.forget(_TRACE_STILL_S, remember=False)
                vehicle.left_traces = True
        elif idle_s > _STUCK_S or (not self._lane_known and idle_s > _STUCK_AT_START_S and not seen.is_lit()):
            if idle_s > _STUCK_VEHICLE_S or not self._is_there(vehicle, seen):
                self._background.forget()
        elif read_s is not None and now_s - read_s > _GONE_S and moved_s > read_s:
            newest = max(vehicle.plates.tracks, key=lambda track: track.last.monotonic_s)
            gone = seen.covers(newest.box) < 1 - _COVERED and not self._is_there(vehicle, seen)
            if vehicle.stood_at_start or gone:
                # what was learnt with a vehicle in it is no look of the lane to go back to
                known = not vehicle.left_traces and not vehicle.stood_at_start
                self._background.forget(_TRACE_STILL_S, remember=known)
                vehicle.left_traces = True

    def _is_there(self, vehicle: VehicleInView, seen: Foreground) -> bool:
        """Whether a vehicle that came up the lane fills it still, its plate out of the picture or not to be read.

        A trace lies where something stood at the start: it reaches no farther down than that did.
        """
        if vehicle.stood_at_start:
            return False
        came = seen.near_end - vehicle.near_ends[0] >= self._settings.vehicle_way
        known = (vehicle.last_read_s is not None or vehicle.has_bulk) and not vehicle.left_traces
        fills = known and came and seen.share >= _FILLS
        return fills and seen.is_vehicle_like(breadth=self._settings.vehicle_breadth)

    def _settle(self, vehicle: VehicleInView, frame: Frame) -> list[LaneEvent]:
        if vehicle.settled or not vehicle.may_settle():
            return []
        so_far = vehicle.observation()
        if so_far.plate is None or self._is_former(so_far):
            return []
        vehicle.settled = True
        return [PlateSettled(vehicle.track_id, frame.captured_at, so_far.plate, so_far)]

    def _leave(self) -> list[LaneEvent]:
        vehicle, self._vehicle = self._vehicle, None
        if vehicle is None or not vehicle.counts:
            return []
        seen = vehicle.observation()
        if not vehicle.settled and self._is_former(seen):
            return []
        self._former, self._fixtures_known = seen, False
        return [VehicleLeft(vehicle.track_id, seen), *self._abreast(vehicle)]

    def _abreast(self, vehicle: VehicleInView) -> list[LaneEvent]:
        """The motorcycles that rode beside this one: one thing to the lane, until each was followed by itself."""
        left: list[LaneEvent] = []
        for rider in vehicle.abreast():
            self._count += 1
            left.append(VehicleLeft(self._count, vehicle.observation_of(rider)))
        return left

    def _is_former(self, seen: Observation) -> bool:
        """Whether this is the vehicle that was told last, seen a little longer."""
        former = self._former
        if former is None or former.plate is None or seen.plate is None or former.turned_back:
            return False
        soon = seen.first_monotonic_s - former.last_monotonic_s < _AGAIN_S
        return soon and seen.plate.text == former.plate.text


def _taken_s(frame: Frame) -> float:
    return frame.monotonic_s
