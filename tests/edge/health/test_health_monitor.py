"""Diagnosis of a camera from synthetic frames: what is told, how soon, and what is not told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache

import cv2
import numpy as np
import pytest

from contract.messages import HealthLevel, HealthReason
from edge.frame import Frame, Image
from edge.health.monitor import CaptureFacts, Health, HealthMonitor
from edge.health.settings import HealthSettings

START = datetime(2026, 3, 1, tzinfo=UTC)
FPS = 4.0
GRAIN = np.random.default_rng(3).normal(0, 10, (8, 540, 960, 3)).astype(np.int16)
"""Sensor noise with a standard deviation of ten grey levels, drawn once: that takes long."""


@cache
def lane(*, night: bool = False) -> Image:
    """An empty lane: road, kerbs, a booth, texture; at night a pool of light in the dark."""
    rng = np.random.default_rng(7)
    picture = np.full((540, 960, 3), 110, np.float32)
    picture += cv2.GaussianBlur(rng.normal(0, 60, (540, 960)).astype(np.float32), (0, 0), 2)[..., None]
    picture[:120] = (200, 190, 180)
    cv2.line(picture, (200, 540), (430, 120), (230, 230, 230), 6)
    cv2.line(picture, (860, 540), (560, 120), (230, 230, 230), 6)
    cv2.rectangle(picture, (700, 140), (850, 420), (160, 90, 60), -1)
    if night:
        rows, columns = np.mgrid[0:540, 0:960]
        pool = np.exp(-(((columns - 480) / 300) ** 2 + ((rows - 400) / 180) ** 2))[..., None]
        picture *= 0.03 + 0.5 * pool
    return np.clip(picture, 0, 255).astype(np.uint8)


def lorry() -> Image:
    """A lorry's side fills the view: flat paint, nothing else."""
    return np.full((540, 960, 3), (140, 60, 50), np.uint8)


class Camera:
    """Runs a monitor through seconds of frames as a camera would send them: with sensor noise, as JPEG."""

    def __init__(self, settings: HealthSettings | None = None) -> None:
        self.now_s = 0.0
        self.number = 0
        self.monitor = HealthMonitor("in-1-front", settings or HealthSettings(), started_at=START, started_s=0.0)
        self.last_s = 0.0
        self.history: list[tuple[float, Health]] = []

    def shows(
        self, picture: Image, seconds: float, *, noise: float = 2.5, busy: bool = False, fps: float = FPS
    ) -> None:
        frozen = self.as_jpeg(picture, 0.0) if noise == 0 else None
        for _ in range(round(seconds * fps)):
            self.now_s += 1 / fps
            image = frozen if frozen is not None else self.as_jpeg(picture, noise)
            self.give(image, busy=busy)
            self.assess(CaptureFacts(connected=True, fps=fps, frame_age_s=0.1))

    def as_jpeg(self, picture: Image, noise: float) -> Image:
        grain = np.roll(GRAIN[self.number % len(GRAIN)], 13 * self.number, axis=1)
        grainy = cv2.addWeighted(picture.astype(np.int16), 1.0, grain, noise / 10, 0)
        data = cv2.imencode(".jpg", np.clip(grainy, 0, 255).astype(np.uint8))[1]
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)

    def give(self, image: Image, *, busy: bool = False) -> None:
        frame = Frame(image, "in-1-front", START + timedelta(seconds=self.now_s), self.now_s, self.number)
        self.monitor.frame(frame, lane_busy=busy)
        self.number += 1
        self.last_s = self.now_s

    def silent(self, seconds: float, *, connected: bool) -> None:
        for _ in range(round(seconds)):
            self.now_s += 1
            age_s = self.now_s - self.last_s if self.number else float("inf")
            self.assess(CaptureFacts(connected=connected, fps=0.0, frame_age_s=age_s))

    def assess(self, facts: CaptureFacts) -> None:
        health = self.monitor.assess(START + timedelta(seconds=self.now_s), self.now_s, facts)
        self.history.append((self.now_s, health))

    @property
    def health(self) -> Health:
        return self.history[-1][1]

    def reasons(self, since_s: float = 0.0) -> list[HealthReason | None]:
        """What was told, each once, in order."""
        told: list[HealthReason | None] = []
        for at_s, health in self.history:
            if at_s >= since_s and (not told or told[-1] != health.reason):
                told.append(health.reason)
        return told


def blurred(picture: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 3), dtype=np.uint8)


def dark(picture: Image) -> Image:
    return np.full_like(picture, 4)


def covered(picture: Image) -> Image:
    shade = np.linspace(60, 110, picture.shape[1])[None, :, None]
    return np.broadcast_to(shade, picture.shape).astype(np.uint8)


def glaring(picture: Image) -> Image:
    return np.asarray(cv2.convertScaleAbs(picture, alpha=2, beta=120), dtype=np.uint8)


def same(picture: Image) -> Image:
    return picture


FAULTS = [
    (dark, 2.5, HealthReason.DARK, HealthLevel.FAILED),
    (covered, 2.5, HealthReason.COVERED, HealthLevel.FAILED),
    (glaring, 2.5, HealthReason.OVEREXPOSED, HealthLevel.FAILED),
    (blurred, 2.5, HealthReason.DEFOCUSED, HealthLevel.FAILED),
    (same, 0.0, HealthReason.FROZEN, HealthLevel.FAILED),
]


@pytest.mark.parametrize(("spoil", "noise", "reason", "level"), FAULTS)
def test_each_fault_is_told_within_ten_seconds_and_heals(
    spoil: Callable[[Image], Image], noise: float, reason: HealthReason, level: HealthLevel
) -> None:
    """Well, then the fault with its level, then well again; nothing else in between."""
    camera = Camera()
    camera.shows(lane(), 12)
    assert camera.health.level is HealthLevel.OK
    began_s = camera.now_s
    camera.shows(spoil(lane()), 10, noise=noise)
    assert (camera.health.level, camera.health.reason) == (level, reason)
    assert START + timedelta(seconds=began_s) < camera.health.since <= START + timedelta(seconds=began_s + 10)
    camera.shows(lane(), 6)
    assert camera.reasons(since_s=3) == [None, reason, None]


@pytest.mark.parametrize("night", [False, True])
def test_an_idle_lane_is_neither_frozen_nor_dark(night: bool) -> None:
    """Half a minute in which nothing happens, by day and by night: sensor noise tells that the camera lives."""
    camera = Camera()
    camera.shows(lane(night=night), 30, noise=4.0 if night else 1.5)
    assert camera.reasons() == [HealthReason.STARTING, None]


def test_a_frozen_picture_with_a_running_clock_is_frozen() -> None:
    """Digits that change in a corner do not pass for life."""
    camera = Camera()
    camera.shows(lane(), 5)
    still = camera.as_jpeg(lane(), 2.5)
    for second in range(48):
        camera.now_s += 1 / FPS
        shown = still.copy()
        cv2.putText(shown, f"12:00:{second:02}", (20, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 2)
        camera.give(shown)
        camera.assess(CaptureFacts(connected=True, fps=FPS, frame_age_s=0.1))
    assert camera.health.reason is HealthReason.FROZEN


def test_a_lorry_that_fills_the_view_is_no_cover() -> None:
    """While a vehicle is in view, a flat picture is no fault."""
    camera = Camera()
    camera.shows(lane(), 12)
    camera.shows(lorry(), 40, busy=True)
    camera.shows(lane(), 5)
    assert camera.reasons(since_s=3) == [None]


def test_a_cover_that_looks_like_a_vehicle_is_found_out_in_the_end() -> None:
    """A lane that seems busy for minutes, with nothing to see, is a covered camera."""
    camera = Camera(HealthSettings(busy_trust_s=20))
    camera.shows(lane(), 12)
    camera.shows(covered(lane()), 30, busy=True)
    assert camera.health.reason is HealthReason.COVERED


def test_a_fault_stays_told_while_a_vehicle_is_in_view() -> None:
    """A vehicle says nothing for or against a lens out of focus."""
    camera = Camera()
    camera.shows(lane(), 12)
    camera.shows(blurred(lane()), 10)
    camera.shows(blurred(lane()), 10, busy=True)
    assert camera.health.reason is HealthReason.DEFOCUSED


def test_light_that_goes_is_not_a_lens_out_of_focus() -> None:
    """Half of the light is a darker picture, as sharp as before; a quarter is a lamp that went out, and no blur."""
    camera = Camera()
    camera.shows(lane(), 12)
    camera.shows((lane() // 2).astype(np.uint8), 20)
    assert camera.reasons(since_s=3) == [None]
    camera.shows((lane() // 4).astype(np.uint8), 10)
    assert camera.reasons(since_s=3) == [None, HealthReason.DARK]


def test_a_short_disturbance_is_not_told() -> None:
    """Headlights into the lens for three seconds are no fault, and a good moment does not end one."""
    camera = Camera()
    camera.shows(lane(), 12)
    for _ in range(4):
        camera.shows(glaring(lane()), 3)
        camera.shows(lane(), 2)
    assert camera.reasons(since_s=3) == [None]
    camera.shows(dark(lane()), 10)
    camera.shows(lane(), 2)
    camera.shows(dark(lane()), 4)
    assert camera.reasons(since_s=3) == [None, HealthReason.DARK]


def test_a_camera_is_unknown_until_there_is_evidence() -> None:
    """Neither well before good frames came for a while, nor failed while it may still be starting."""
    camera = Camera()
    camera.silent(5, connected=False)
    assert (camera.health.level, camera.health.reason) == (HealthLevel.UNKNOWN, HealthReason.STARTING)
    assert camera.health.frame_at is None
    camera.shows(lane(), 0.5)
    assert camera.health.reason is HealthReason.STARTING
    camera.shows(lane(), 2.5)
    assert camera.health.reason is None


def test_a_camera_that_is_frozen_from_the_start_is_never_called_well() -> None:
    """From unknown straight to frozen."""
    camera = Camera()
    camera.shows(lane(), 12, noise=0.0)
    assert camera.reasons() == [HealthReason.STARTING, HealthReason.FROZEN]


@pytest.mark.parametrize(("connected", "reason"), [(True, HealthReason.NO_FRAMES), (False, HealthReason.SIGNAL_LOST)])
def test_silence_is_told_with_its_kind_and_heals(connected: bool, reason: HealthReason) -> None:
    """A camera that answers without pictures is told from one that does not answer; both come back by themselves."""
    camera = Camera()
    camera.shows(lane(), 5)
    camera.silent(3, connected=connected)
    assert camera.health.level is HealthLevel.OK
    camera.silent(2, connected=connected)
    assert (camera.health.level, camera.health.reason) == (HealthLevel.FAILED, reason)
    assert camera.health.picture is not None
    assert camera.health.frame_at == START + timedelta(seconds=5)
    camera.shows(lane(), 2)
    assert camera.health.reason is reason
    camera.shows(lane(), 4)
    assert camera.reasons(since_s=3) == [None, reason, None]


def test_a_camera_that_never_sends_is_told_after_its_starting_time() -> None:
    """Starting is no excuse for ever."""
    camera = Camera()
    camera.silent(12, connected=False)
    assert camera.reasons() == [HealthReason.STARTING, HealthReason.SIGNAL_LOST]


def test_a_camera_that_gets_slow_is_degraded() -> None:
    """Measured against its own usual rate, not against a number of ours."""
    camera = Camera()
    camera.shows(lane(), 15)
    camera.shows(lane(), 30, fps=1.0)
    assert (camera.health.level, camera.health.reason) == (HealthLevel.DEGRADED, HealthReason.LOW_FPS)
    camera.shows(lane(), 8)
    assert camera.health.level is HealthLevel.OK


def test_measurements_come_with_the_state() -> None:
    """What was measured is told with its unit, for people and for plots."""
    camera = Camera()
    camera.shows(lane(), 12)
    numbers = camera.health.measurements
    assert set(numbers) >= {"fps", "frame_age_s", "mean_grey", "noise_grey", "sharpness"}
    assert numbers["sharpness"] == pytest.approx(1.0, abs=0.2)


def test_a_card_instead_of_a_picture_is_a_lost_signal_and_heals() -> None:
    """A recorder shows one colour when it has lost the camera; with the picture the camera is well again."""
    camera = Camera()
    camera.shows(lane(), 6)
    camera.shows(np.full_like(lane(), (150, 60, 20)), 5, noise=0.0)
    assert (camera.health.level, camera.health.reason) == (HealthLevel.FAILED, HealthReason.SIGNAL_LOST)
    camera.shows(lane(), 6)
    assert camera.health.level is HealthLevel.OK


def test_another_format_is_told_until_a_person_confirms_it() -> None:
    """A camera set to another size; once confirmed, that is its size."""
    camera = Camera()
    camera.shows(lane(), 6)
    smaller = np.ascontiguousarray(lane()[:, :720])
    for _ in range(12):
        camera.now_s += 1 / FPS
        camera.give(np.asarray(cv2.imdecode(cv2.imencode(".jpg", smaller)[1], cv2.IMREAD_COLOR), np.uint8))
        camera.assess(CaptureFacts(connected=True, fps=FPS, frame_age_s=0.1))
    assert camera.health.reason is HealthReason.FORMAT_CHANGED
    camera.monitor.confirm_view()
    rng = np.random.default_rng(4)
    for _ in range(24):
        camera.now_s += 1 / FPS
        camera.give(np.clip(smaller + rng.normal(0, 2.5, smaller.shape), 0, 255).astype(np.uint8))
        camera.assess(CaptureFacts(connected=True, fps=FPS, frame_age_s=0.1))
    assert camera.health.level is HealthLevel.OK
