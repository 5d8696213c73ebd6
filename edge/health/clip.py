"""Diagnosis of a stretch of video: the same judgement as at a gate, in the video's own time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contract.messages import HealthFinding, HealthLevel, HealthReason
from edge.frame import Frame, Image
from edge.health.monitor import CaptureFacts, HealthMonitor
from edge.health.settings import HealthSettings

_ASSESS_EVERY_S = 0.5
_RATE_WINDOW_S = 4.0
_BEGAN_AT = datetime(2000, 1, 1, 12, tzinfo=UTC)
"""A video does not say when it was taken; its frames need a time all the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What came at a moment.

    Attributes:
        at_s: seconds since the beginning; never falls.
        image: None when nothing new came. Give such a moment every half second while nothing comes.
        connected: whether the source answers.
        lane_busy: whether a vehicle is in view, where that is known.

    """

    at_s: float
    image: Image | None
    connected: bool = True
    lane_busy: bool | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A new level, or new reasons for it."""

    at_s: float
    level: HealthLevel
    findings: tuple[HealthFinding, ...]
    unjudged: dict[HealthReason, str]


def judge_clip(
    shown: Iterable[Shown], settings: HealthSettings | None = None, *, reference: Iterable[Image] = ()
) -> Iterator[Change]:
    """Tell every change of level or of its reasons; `reference` are pictures of the camera in good order."""
    monitor = HealthMonitor("clip", settings or HealthSettings(), started_at=_BEGAN_AT, started_s=0.0)
    pictures = list(reference)
    if pictures:
        monitor.learn_from(pictures)
    arrivals: deque[float] = deque()
    told: tuple[HealthLevel, tuple[HealthReason, ...]] | None = None
    due_s = _ASSESS_EVERY_S
    number = 0
    for moment in shown:
        if moment.image is not None:
            at = _BEGAN_AT + timedelta(seconds=moment.at_s)
            monitor.frame(Frame(moment.image, "clip", at, moment.at_s, number), lane_busy=moment.lane_busy)
            arrivals.append(moment.at_s)
            number += 1
        while arrivals and moment.at_s - arrivals[0] > _RATE_WINDOW_S:
            arrivals.popleft()
        if moment.at_s + 1e-6 < due_s:
            continue
        due_s = moment.at_s + _ASSESS_EVERY_S
        facts = CaptureFacts(
            connected=moment.connected,
            fps=len(arrivals) / min(_RATE_WINDOW_S, max(moment.at_s, 1.0)),
            frame_age_s=moment.at_s - arrivals[-1] if arrivals else float("inf"),
        )
        health = monitor.assess(_BEGAN_AT + timedelta(seconds=moment.at_s), moment.at_s, facts)
        now = (health.level, tuple(one.code for one in health.findings))
        if now != told:
            told = now
            yield Change(round(moment.at_s, 2), health.level, health.findings, health.unjudged)
