"""Rendered lanes with nobody in them, and a camera that shows them to a monitor at five pictures a second."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

import cv2
import numpy as np

from contract.messages import HealthReason
from edge.frame import Frame, Image
from edge.health.look import TileMeasures, look_at, measure_tiles
from edge.health.memory import ViewMemory
from edge.health.monitor import CaptureFacts, Health, HealthMonitor
from edge.health.settings import HealthSettings
from edge.health.view import View
from simulation.faultlab.material import DAY, NIGHT, Kind, Rendered

FPS = 5.0
LIGHTS = {"day": DAY, "night": NIGHT}
_GRAIN = np.random.default_rng(3).normal(0, 10, (900, 1500, 3)).astype(np.int16)


@cache
def lane(light: str = "day", width_px: int = 1280) -> Image:
    """An empty lane as it lies before the lens."""
    image = next(Rendered(Kind(light, LIGHTS[light], comers=()), 3, 1.0).scene()).image
    assert image is not None
    size = (width_px, width_px * 9 // 16)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def taken(scene: Image, number: int, noise: float = 2.5) -> Image:
    """What a sensor makes of it; another grain for each number."""
    height, width = scene.shape[:2]
    row, column = (37 * number) % (900 - height), (53 * number) % (1500 - width)
    grain = _GRAIN[row : row + height, column : column + width]
    return np.asarray(np.clip(cv2.addWeighted(scene.astype(np.int16), 1.0, grain, noise / 10, 0), 0, 255), np.uint8)


def measured(scene: Image, number: int = 0) -> TileMeasures:
    """Measures of one look at it."""
    return measure_tiles(look_at(taken(scene, number + 1), 0.2), look_at(taken(scene, number), 0.0))


def learnt(scene: Image, looks: int = 4000) -> View:
    """What is usual for a camera that has seen this for so many looks."""
    view, everywhere = View(), np.ones((9, 16), np.bool_)
    before = look_at(taken(scene, 0), 0.0)
    for number in range(1, 13):
        look = look_at(taken(scene, number), number * 0.2)
        view.learn(look, measure_tiles(look, before), everywhere)
        before = look
    view.learnt[:] = view.looks = looks
    return view


@dataclass
class Camera:
    """A camera that is switched on at a time of day, with what was kept of it."""

    began_at: datetime = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
    memory: ViewMemory | None = None
    now_s: float = 0.0
    history: list[Health] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        """Switch it on."""
        self.monitor = HealthMonitor(
            "in-1-front", HealthSettings(), started_at=self.began_at, started_s=0.0, memory=self.memory
        )

    def shows(self, scene: Image, seconds: float, *, busy: bool = False, still: bool = False) -> None:
        """Show it for so long; `still`: the same picture again and again."""
        for _ in range(round(seconds * FPS)):
            self.now_s = round(self.now_s + 1 / FPS, 3)
            self.number += not still
            image = taken(scene, self.number)
            self.monitor.frame(Frame(image, "in-1-front", self.now, self.now_s, self.number), lane_busy=busy)
            self.history.append(self.monitor.assess(self.now, self.now_s, CaptureFacts(True, FPS, 0.0)))

    @property
    def now(self) -> datetime:
        """Its time."""
        return self.began_at + timedelta(seconds=self.now_s)

    def reasons(self) -> list[HealthReason | None]:
        """What was told, each once, in order."""
        told = [one.reason for one in self.history]
        return [one for place, one in enumerate(told) if place == 0 or told[place - 1] is not one]
