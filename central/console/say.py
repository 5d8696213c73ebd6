"""Sentences and names for people, in the language of the page."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from markupsafe import Markup

from central.console.plates import PlateView, plate_view, typed_plate
from central.console.words import Words, words_of
from central.store.outcome_records import OutcomeKind, Reason, ReasonCode
from central.store.records import CameraRecord, LaneRecord, PassageRecord
from contract.messages import (
    BarrierEvent,
    HealthFinding,
    HealthLevel,
    HealthReason,
    NodeFinding,
    NodeTrouble,
    PlateRead,
)
from contract.plate import Language, format_plate, latin_form, parse, region_name

_LANE = re.compile(r"(in|out)-(\d+)")
_CAMERA_END = re.compile(r"-(front|rear|overview|side)$")
_TIMES = ("_at", "_from", "_until")
_SPANS = ("_min", "_h")
_CHINA: Final = timezone(timedelta(hours=8))
_DAY_S, _HOUR_S, _MINUTE_S = 86400, 3600, 60
_OUTCOME_ICONS: Final = {
    OutcomeKind.MATCHED: "check",
    OutcomeKind.TO_REVIEW: "alert",
    OutcomeKind.UNDECLARED: "flag",
    OutcomeKind.NO_SHOW: "absent",
    OutcomeKind.PENDING: "hourglass",
    OutcomeKind.CANCELLED: "back",
    OutcomeKind.DUPLICATE: "more",
    OutcomeKind.WRONG_GATE: "swap",
    OutcomeKind.WRONG_DIRECTION: "swap",
    OutcomeKind.OUTSIDE_WINDOW: "clock",
    OutcomeKind.NOT_CLEARED: "deny",
    OutcomeKind.CLONE_SUSPECTED: "flag",
    OutcomeKind.RE_PAIRED: "flag",
    OutcomeKind.OVERSTAY: "hourglass",
    OutcomeKind.ANTI_PASSBACK: "undo",
}
_LEVEL_ICONS: Final = {
    HealthLevel.OK: "check",
    HealthLevel.DEGRADED: "alert",
    HealthLevel.FAILED: "cross",
    HealthLevel.UNKNOWN: "question",
}

_SHARES: Final = frozenset(
    {
        HealthReason.DETECTOR_DEAD,
        HealthReason.VEHICLES_UNSEEN,
        HealthReason.CAMERAS_DISAGREE,
        HealthReason.UNREADABLE_PLATES,
        HealthReason.TRIGGER_MISMATCH,
        NodeTrouble.DISK_WORN,
        NodeTrouble.BROKER_AWAY,
    }
)
"""Measured as shares of vehicles, of life or of time."""

_REFUSALS: Final = {
    "no barrier of ours": "no_barrier",
    "no access list signed": "no_list",
    "access list expired": "list_expired",
    "clock was never set": "clock",
    "mode cannot be written": "mode_disk",
    "expired": "expired",
    "repeated": "repeated",
    "has no lane": "no_lane",
    "has no camera": "no_camera",
    "no picture now": "no_view",
    "has no picture": "no_picture",
    "region cannot be written": "disk",
    "cannot use the outbox": "outbox",
}
"""What a node's refusal contains, and the sentence for it."""


class Say:
    """Speaks one language, at one moment (`now`), in the local time of the gates."""

    def __init__(self, words: Words, *, utc_offset_h: float, now: datetime) -> None:
        self.words = words
        self.now = now
        self.zone = timezone(timedelta(hours=utc_offset_h))

    def site(self, site: str) -> str:
        """Name of a border gate."""
        return self.words.get(f"site.{site}", site.replace("-", " ").title())

    def lane(self, lane: str) -> str:
        """Name of a lane: `in-1` is "Làn vào 1"."""
        match = _LANE.fullmatch(lane)
        return self.words(f"lane.{match[1]}", number=match[2]) if match else lane

    def camera(self, camera: str) -> str:
        """Name of a camera: `in-1-front` is "Làn vào 1 · trước"."""
        match = _CAMERA_END.search(camera)
        if match is None:
            return self.lane(camera)
        return f"{self.lane(camera[: match.start()])} · {self.words(f'view.{match[1]}')}"

    def time(self, at: datetime) -> str:
        """Hours, minutes, seconds; with the day in front when it is not today."""
        local = at.astimezone(self.zone)
        return f"{local:%H:%M:%S}" if self.is_today(at) else f"{local:%d/%m %H:%M:%S}"

    def minute(self, at: datetime) -> str:
        """Hours and minutes; with the day in front when it is not today."""
        local = at.astimezone(self.zone)
        return f"{local:%H:%M}" if self.is_today(at) else f"{local:%d/%m %H:%M}"

    def full_time(self, at: datetime) -> str:
        """Day and time."""
        return f"{at.astimezone(self.zone):%d/%m/%Y %H:%M:%S}"

    def both_times(self, at: datetime) -> str:
        """Day and time at the gates, and the hour on the Chinese side of the border."""
        chinese = at.astimezone(_CHINA)
        return self.words("time.both", vn=self.full_time(at), cn=f"{chinese:%H:%M}")

    def html_time(self, at: datetime) -> Markup:
        """`time`, with both hours for who points at it."""
        return self._html(at, self.time(at))

    def html_minute(self, at: datetime) -> Markup:
        """`minute`, with both hours for who points at it."""
        return self._html(at, self.minute(at))

    def html_full(self, at: datetime) -> Markup:
        """`full_time`, with both hours for who points at it."""
        return self._html(at, self.full_time(at))

    def _html(self, at: datetime, text: str) -> Markup:
        return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(), self.both_times(at), text)

    def is_today(self, at: datetime) -> bool:
        """Whether it is the same day at the gates."""
        return at.astimezone(self.zone).date() == self.today

    @property
    def today(self) -> date:
        """The day at the gates."""
        return self.now.astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        """When a day begins at the gates, in UTC."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)

    def age(self, at: datetime) -> str:
        """How long ago."""
        seconds = max(0, int((self.now - at).total_seconds()))
        for unit, size in (("d", _DAY_S), ("h", _HOUR_S), ("min", _MINUTE_S)):
            if seconds >= 2 * size or (seconds >= size and unit != "h"):
                return self.words(f"age.{unit}", n=seconds // size)
        return self.words("age.s", n=seconds)

    def percent(self, share: float) -> str:
        """A probability; never rounded up, neither to certainty nor to a limit that it misses."""
        return f"{math.floor(share * 100 + 1e-6)} %"

    def number(self, value: float) -> str:
        """A measurement, with as many digits as help."""
        return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2g}"

    def plate(self, read: PlateRead) -> PlateView:
        """How a plate that was read is drawn."""
        return plate_view(read)

    def typed(self, text: str, read_text: str | None = None) -> PlateView:
        """How a plate that somebody typed is drawn; what differs from `read_text` is marked."""
        return typed_plate(text, read_text)

    def region(self, read: PlateRead) -> str:
        """Who issued a plate, in words; with Latin letters for a Chinese one."""
        plate = next(iter(parse(read.text, colour=read.colour, lines=read.lines) or parse(read.text)), None)
        region = region_name(plate, self.words.language) if plate else None
        country = self.words(f"country.{read.country.value.lower()}")
        parts = (latin_form(read.text), region, country)
        return " · ".join(part for part in parts if part)

    def kind(self, read: PlateRead) -> str:
        """Class of a plate, in words."""
        return self.words(f"kind.{read.kind.value}")

    def reason(self, reason: Reason) -> str:
        """Why an outcome is what it is: a whole sentence."""
        return self.words(f"reason.{reason.code.value}", **self._values(reason.code, reason.values))

    def outcome_icon(self, outcome: OutcomeKind) -> str:
        """Icon beside the word of an outcome."""
        return _OUTCOME_ICONS[outcome]

    def outcome(self, passage: PassageRecord) -> str:
        """What is said of a passage, in a word or two; of a cancelled one what it did instead."""
        if passage.cancelled is not None:
            return self.words(f"cancelled.{passage.cancelled.value}_{passage.direction.value}")
        return self.words(f"outcome.{self.outcome_of(passage).value}")

    def reasons(self, passage: PassageRecord) -> list[str]:
        """Why, in sentences; what a passage was taken for before it was cancelled is said no more."""
        if passage.cancelled is not None:
            return [self.reason(Reason(ReasonCode(passage.cancelled.value), {"direction": passage.direction.value}))]
        return [self.reason(reason) for reason in passage.outcome.reasons] if passage.outcome else []

    def advice(self, outcome: OutcomeKind) -> str:
        """What to do about it; nothing where nothing is to be done."""
        return self.words.get(f"advice.{outcome.value}", "")

    def level_icon(self, level: HealthLevel) -> str:
        """Icon beside the word of a level."""
        return _LEVEL_ICONS[level]

    def outcome_of(self, passage: PassageRecord) -> OutcomeKind:
        """What is said of a passage now; pending before reconciliation has seen it."""
        if passage.cancelled is not None:
            return OutcomeKind.CANCELLED
        return passage.outcome.outcome if passage.outcome else OutcomeKind.PENDING

    def health(self, camera: CameraRecord) -> str:
        """State of a camera in words: the reason, or the level where there is none."""
        return self.trouble(camera.level, camera.reason)

    def trouble(self, level: HealthLevel, reason: HealthReason | None) -> str:
        """A reason, or the level where there is none."""
        return self.words(f"health.{reason.value}") if reason else self.words(f"level.{level.value}")

    def refusal(self, detail: str) -> str:
        """Why a node did not do what it was told; in its own words where they are new to us."""
        known = next((key for mark, key in _REFUSALS.items() if mark in detail), None)
        return self.words(f"refusal.{known}") if known else detail

    def mode_set(self, lane: LaneRecord) -> str:
        """Who put a lane into its mode, and when."""
        if lane.mode_since is None:
            return self.words("lane_mode.configured")
        key = "lane_mode.set_by" if lane.mode_by else "lane_mode.fallback"
        return self.words(key, who=lane.mode_by, at=self.minute(lane.mode_since))

    def mode_why(self, lane: LaneRecord) -> str:
        """The reason that a person gave for it; the node's own is told by `mode_set`."""
        return lane.mode_reason if lane.mode_by or lane.mode_since is None else ""

    def finding(self, finding: HealthFinding | NodeFinding) -> str:
        """One thing that is wrong: the measure against its limit."""
        values = {"measure": finding.measure, "limit": finding.limit}
        told = {name: self._measured(finding.code, value) for name, value in values.items() if value is not None}
        own = f"finding.{finding.code.value}"
        if isinstance(finding, NodeFinding):
            return self.words(own, **told)
        measured = self.words(own if own in self.words.keys else "finding.measured", **told)
        return f"{self.trouble(HealthLevel.DEGRADED, finding.code)}: {measured}"

    def unjudged(self, unjudged: Mapping[HealthReason, str] | Mapping[NodeTrouble, str]) -> str:
        """What cannot be judged now, and why; in the node's own words where they are new to us."""
        subjects: dict[str, list[str]] = {}
        for code, why in unjudged.items():
            subjects.setdefault(why, []).append(
                self.words(f"{'health' if isinstance(code, HealthReason) else 'node'}.{code.value}")
            )
        return "; ".join(f"{', '.join(named)} ({self._why(why)})" for why, named in subjects.items())

    def _why(self, why: str) -> str:
        return self.words.get(f"unjudged.{why}", self.words.get(f"health.{why}", why))

    def _measured(self, code: HealthReason | NodeTrouble, value: float) -> str:
        return self.percent(value) if code in _SHARES else self.number(value)

    def barrier(self, event: BarrierEvent) -> str:
        """What the barrier did."""
        return self.words.get(f"barrier.{event.event}", event.event.replace("_", " "))

    def measure(self, name: str) -> str:
        """Name of a measurement."""
        return self.words.get(f"measure.{name}", name)

    def _values(self, code: ReasonCode, values: Mapping[str, str | float]) -> dict[str, str]:
        return {name: self._value(code, name, value) for name, value in values.items()}

    def _value(self, code: ReasonCode, name: str, value: str | float) -> str:
        if isinstance(value, float | int):
            return self.number(value) if name.endswith(_SPANS) or value > 1 else self.percent(value)
        if name.endswith(_TIMES) or name in {"until", "as_of", "since"}:
            return self._time_of(value)
        if code is ReasonCode.GATE_DIFFERS or name == "site":
            return self.site(value)
        if name == "force":
            return self.words.get(f"force.{value}", value)
        if name == "direction" or code is ReasonCode.DIRECTION_DIFFERS:
            return self.words.get(f"direction.{value}", value)
        if name == "abstained":
            return self.words.get(f"abstained.{value}", value)
        return format_plate(value) if name in {"read", "declared"} else value

    def _time_of(self, text: str) -> str:
        try:
            return self.minute(datetime.fromisoformat(text))
        except ValueError:
            return text


def speaker(language: Language, *, utc_offset_h: float) -> Say:
    """Who speaks a language, now."""
    return Say(words_of(language), utc_offset_h=utc_offset_h, now=datetime.now(UTC))
