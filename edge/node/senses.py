"""The loop and the cameras of one lane, and whether they tell of the same vehicles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from contract.messages import HealthReason
from edge.gate_controller.controller import GateController
from edge.health.kept import keep, recall
from edge.health.together import Judgement
from edge.health.triggers import LOOP, MEMORY, LaneCounts, Stay
from edge.lpr.types import Observation


class LaneSenses:
    """One lane's. Used from the node's reader thread only."""

    def __init__(self, folder: Path, lane: str, gate: GateController | None, cameras: Sequence[str]) -> None:
        """`gate`: the barrier with the loop, where there is one; `cameras`: their names, the front ones first."""
        self._path = folder / f"triggers-{lane}.json"
        self._gate = gate
        self._cameras = cameras
        self._counts = LaneCounts(cameras)

    def load(self) -> None:
        """Find what was known before."""
        self._counts = LaneCounts(self._cameras, recall(self._path, MEMORY))

    def seen(self, camera: str, seen: Observation) -> None:
        """A vehicle left the view of one of the cameras."""
        if self._gate is not None:
            stay = Stay(camera, seen.first_monotonic_s, seen.last_monotonic_s, went_through=not seen.turned_back)
            self._counts.sensed(stay)

    def unseeing(self, camera: str, now_s: float) -> None:
        """The picture of one of the cameras has failed."""
        self._counts.unseeing(camera, now_s)

    def tick(self, now_s: float, *, hour: int | None) -> None:
        """Take what the loop told, and compare."""
        if self._gate is None:
            return
        for came_s, went_s in self._gate.stays():
            self._counts.sensed(Stay(LOOP, came_s, went_s))
        if not self._gate.senses:
            self._counts.forget()
        self._counts.step(now_s, hour=hour)

    def judge(self, camera: str, now_s: float, *, hour: int | None) -> Judgement:
        """How a camera agrees with the others."""
        code = HealthReason.TRIGGER_MISMATCH
        if self._gate is None:
            return Judgement(unjudged={code: "no_loop"})
        finding, why = self._counts.finding(camera, hour=hour), self._counts.unjudged(camera, now_s)
        return Judgement(
            findings=() if finding is None else (finding,),
            unjudged={code: why} if why is not None and finding is None else {},
        )

    def confirm(self, camera: str) -> None:
        """The camera was serviced."""
        self._counts.confirm(camera)

    def keep(self) -> None:
        """Put on disk what was learnt."""
        if self._gate is not None:
            keep(self._path, MEMORY, self._counts.memory)
