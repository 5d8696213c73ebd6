"""Motorcycles are told from people by how fast they come along the road."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge.lpr.crossing import steady_slope
from edge.lpr.motion import LaneBackground
from edge.lpr.narrow import NarrowTrack, NarrowTracker
from tests.edge.lpr.drawn_lane import AREA, FOCAL, ROAD, SIZE, Figure, at, picture_of

_FRAME_S = 0.2


def _followed(figures: Sequence[Figure], for_s: float, *, frame_s: float = _FRAME_S) -> tuple[list[NarrowTrack], int]:
    """All that was followed, and how often something was seen behind another that had just left."""
    background, tracker = LaneBackground(AREA), NarrowTracker(ROAD)
    tracks: list[NarrowTrack] = []
    followers = 0
    for number in range(8):
        background.look(picture_of((), 0.0, number), number * 0.2 - 2.0)
    for number in range(round(for_s / frame_s)):
        now_s = number * frame_s
        seen = background.look(picture_of(figures, now_s, number), now_s)
        tracker.look(seen, now_s)
        followers += tracker.follower(now_s) is not None
        tracks += [track for track in tracker.tracks if track not in tracks]
    return tracks, followers


def _along(from_m: float, speed_m_s: float) -> Callable[[float], float]:
    return lambda now_s: from_m - speed_m_s * now_s


@settings(max_examples=12, deadline=None)
@given(
    speed=st.floats(5.5, 9.0), wide_m=st.floats(0.75, 1.0), aside_m=st.floats(-0.8, 0.8), frame_s=st.floats(0.12, 0.3)
)
@example(speed=6.0, wide_m=1.0, aside_m=0.0, frame_s=0.25)  # its foot was looked for beyond the lane's end
def test_what_comes_faster_than_people_run_rides(speed: float, wide_m: float, aside_m: float, frame_s: float) -> None:
    """Wherever in the lane, and however often the camera looks."""
    tracks, _ = _followed([Figure(_along(38, speed), wide_m, aside_m=aside_m)], 38 / speed, frame_s=frame_s)
    assert any(track.rides for track in tracks)


@settings(max_examples=12, deadline=None)
@given(
    speed=st.floats(0.5, 3.8), wide_m=st.floats(0.4, 1.0), aside_m=st.floats(-0.8, 0.8), frame_s=st.floats(0.12, 0.3)
)
@example(speed=3.5, wide_m=0.4375, aside_m=0.0, frame_s=0.12109375)  # seen by rows of the picture, a step too fast
def test_who_walks_or_runs_does_not_ride(speed: float, wide_m: float, aside_m: float, frame_s: float) -> None:
    """Alone, two side by side, with a cart."""
    tracks, _ = _followed([Figure(_along(26, speed), wide_m, 1.7, aside_m)], min(12.0, 26 / speed), frame_s=frame_s)
    assert tracks, "somebody is seen all the same"
    assert not any(track.rides for track in tracks)


def test_who_goes_away_does_not_ride_by_speed() -> None:
    """What rides away shows its plate: speed proves nothing there."""
    tracks, _ = _followed([Figure(lambda now_s: 5 + 7 * now_s, 0.8)], 5)
    assert not any(track.rides for track in tracks)


@settings(max_examples=10, deadline=None)
@given(speed=st.floats(2.0, 7.0), comes=st.booleans())
def test_way_along_the_road_is_measured(speed: float, *, comes: bool) -> None:
    """In metres per second, with its sign: what comes nears."""
    ahead_m = _along(24, speed) if comes else (lambda now_s: 6 + speed * now_s)
    tracks, _ = _followed([Figure(ahead_m, 0.8)], 17 / speed)
    way = max((track.way for track in tracks), key=len)
    assert steady_slope(way) == pytest.approx(-speed if comes else speed, rel=0.25)


def test_second_of_two_is_known_when_the_first_has_gone() -> None:
    """They stand close behind each other; one rides on, the other a second later."""

    def first(now_s: float) -> float:
        return max(6.9, 34 - 7 * now_s) if now_s < 8 else 6.9 - 4 * (now_s - 8)

    def second(now_s: float) -> float:
        return max(9.6, 38 - 7 * now_s) if now_s < 9 else 9.6 - 4 * (now_s - 9)

    both = [Figure(first, 0.75, aside_m=-0.5), Figure(second, 0.75, aside_m=0.5)]
    assert _followed(both, 12)[1] == 1
    assert _followed(both[:1], 12)[1] == 0


def test_two_who_ride_abreast_are_two() -> None:
    """They come beside each other all the way; of one that rides alone nobody rode beside it."""
    both = [Figure(_along(38, 6.5), 0.85, aside_m=-0.65), Figure(_along(38.6, 6.5), 0.85, aside_m=0.65)]
    riders = [track for track in _followed(both, 6)[0] if track.rides]
    assert len(riders) == 2
    assert riders[0].rode_beside(riders[1])
    assert not any(track.beside for track in _followed(both[:1], 6)[0])


def test_broad_things_are_not_followed() -> None:
    """A lorry, a car, an arm across the lane."""
    assert _followed([Figure(_along(38, 7), 2.5, 3.6)], 5)[0] == []
    assert _followed([Figure(lambda _now_s: 7.6, 3.4, 0.25)], 2)[0] == []


def test_light_does_not_ride() -> None:
    """A spot of light runs along the road as fast as a motorcycle."""
    background, tracker = LaneBackground(AREA), NarrowTracker(ROAD)
    lane = picture_of((), 0.0, 1).astype(np.float32)
    for number in range(40):
        now_s = number * _FRAME_S
        ahead_m = 38 - 6.5 * max(0.0, now_s - 2)
        light = np.zeros(lane.shape[:2], np.float32)
        if now_s > 2 and ahead_m > 5:
            (x, y), soft_px = at(0, 0.5, ahead_m), 0.4 * FOCAL / ahead_m * SIZE[0]
            across, down = np.arange(SIZE[0]) - x * SIZE[0], np.arange(SIZE[1]) - y * SIZE[1]
            light = np.exp(-(across[None] ** 2 + down[:, None] ** 2) / (2 * soft_px**2))
        lit = lane * (1 + 0.7 * light)[..., None]
        tracker.look(background.look(np.clip(lit, 0, 255).astype(np.uint8), now_s), now_s)
        assert not any(track.rides for track in tracker.tracks)


def test_without_a_road_nothing_is_followed() -> None:
    """A camera without a region knows no metres."""
    background, tracker = LaneBackground(), NarrowTracker(None)
    background.look(picture_of((), 0.0, 1), 0.0)
    tracker.look(background.look(picture_of([Figure(lambda _now_s: 12, 0.8)], 0.2, 2), 0.2), 0.2)
    assert tracker.tracks == []
