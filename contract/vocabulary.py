"""The words that stand in messages: what a vehicle, a gate, a camera and a command can be.

`docs/protocol.md` explains each of them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

SLUG_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"
Slug = Annotated[str, StringConstraints(pattern=SLUG_PATTERN)]
"""Name of a site, node, lane or camera: lower-case letters, digits and dashes; fits a topic level."""


class Direction(StrEnum):
    """Way through a lane, seen from the yard."""

    IN = "in"
    OUT = "out"

    @property
    def opposite(self) -> Direction:
        """The other way."""
        return Direction.OUT if self is Direction.IN else Direction.IN


class TimeQuality(StrEnum):
    """How far a node's clock can be trusted."""

    SYNCED = "synced"
    HOLDOVER = "holdover"
    UNSET = "unset"


class Abstention(StrEnum):
    """Why a vehicle has no plate text."""

    NO_PLATE_FOUND = "no_plate_found"
    ILLEGIBLE = "illegible"
    TOO_FEW_READS = "too_few_reads"
    READS_DISAGREE = "reads_disagree"


class Cancellation(StrEnum):
    """Why a vehicle that was in the lane did not go through it."""

    REVERSED_OUT = "reversed_out"


class VehicleClass(StrEnum):
    """What kind of vehicle passed."""

    LORRY = "lorry"
    TRACTOR = "tractor"
    CAR = "car"
    BUS = "bus"
    MOTORCYCLE = "motorcycle"
    OTHER = "other"
    UNKNOWN = "unknown"


class EvidenceKind(StrEnum):
    """What a picture shows."""

    FRAME = "frame"
    CROP = "crop"
    OVERVIEW = "overview"


class Verdict(StrEnum):
    """What the gate decided."""

    GRANT = "grant"
    DENY = "deny"
    ASK = "ask"


class DecisionReason(StrEnum):
    """Why the gate decided so."""

    LISTED_EXACT = "listed_exact"
    NOT_LISTED = "not_listed"
    UNREADABLE = "unreadable"
    LOW_CONFIDENCE = "low_confidence"
    OUTSIDE_WINDOW = "outside_window"
    LIST_EXPIRED = "list_expired"
    LANE_ASSIST = "lane_assist"
    LANE_MANUAL = "lane_manual"
    PASSBACK = "passback"
    OPERATOR = "operator"


class LaneMode(StrEnum):
    """Who moves the barrier of a lane. `assist`, where a person confirms, is the default."""

    MANUAL = "manual"
    ASSIST = "assist"
    AUTO = "auto"


class HealthLevel(StrEnum):
    """State of a camera or node; `unknown` is a state, never shown as good."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"
    UNKNOWN = "unknown"


class HealthReason(StrEnum):
    """What is wrong with a camera, or why that cannot be judged now. The graver stands before the less grave."""

    SIGNAL_LOST = "signal_lost"
    NO_FRAMES = "no_frames"
    """The stream stands, but no frames come."""
    FROZEN = "frozen"
    LOOPED = "looped"
    """A stretch of video is played again and again."""
    DETECTOR_DEAD = "detector_dead"
    """Its pictures are good, and nobody reads them. Said by central alone."""
    VEHICLES_UNSEEN = "vehicles_unseen"
    """Vehicles went through that it did not tell of. Said by central alone."""
    DARK = "dark"
    COVERED = "covered"
    OVEREXPOSED = "overexposed"
    IR_FAILED = "ir_failed"
    """The infrared lamp is out at night."""
    CORRUPTED = "corrupted"
    """Torn or smeared blocks, errors of the decoder."""
    FORMAT_CHANGED = "format_changed"
    MOVED = "moved"
    DEFOCUSED = "defocused"
    SHAKING = "shaking"
    NOISE = "noise"
    DIRTY_LENS = "dirty_lens"
    COLOUR_CAST = "colour_cast"
    LOW_FPS = "low_fps"
    CAMERAS_DISAGREE = "cameras_disagree"
    """It does not read the vehicles that the other camera of its lane reads. Said by central alone."""
    UNREADABLE_PLATES = "unreadable_plates"
    """Fewer plates are read than this camera usually reads."""
    TRIGGER_MISMATCH = "trigger_mismatch"
    """The loop counts vehicles that the camera does not see, or the reverse."""
    CLOCK_DRIFT = "clock_drift"
    STARTING = "starting"
    NODE_SILENT = "node_silent"


class NodeTrouble(StrEnum):
    """What is wrong with a node itself. The graver stands before the less grave."""

    DISK_REFUSES = "disk_refuses"
    """Messages that the disk does not take wait in memory."""
    DISK_FULL = "disk_full"
    DISK_WORN = "disk_worn"
    LOW_VOLTAGE = "low_voltage"
    HOT = "hot"
    THROTTLED = "throttled"
    """The processor is slowed down."""
    CLOCK_UNSET = "clock_unset"
    CLOCK_UNSYNCED = "clock_unsynced"
    """It goes on from when it was synchronised last."""
    BROKER_AWAY = "broker_away"
    PROVIDER_DEGRADED = "provider_degraded"
    """Plates are read on the processor, though the configuration or the machine has something faster."""
    READING_SLOW = "reading_slow"


class Severity(StrEnum):
    """How bad a finding is."""

    SLIGHT = "slight"
    MODERATE = "moderate"
    SEVERE = "severe"

    @property
    def level(self) -> HealthLevel:
        """How a camera or node does that has such a finding, and no graver one."""
        return HealthLevel.FAILED if self is Severity.SEVERE else HealthLevel.DEGRADED


class CommandKind(StrEnum):
    """What central may ask of a node. There is no command to force a barrier down."""

    OPEN = "open"
    HOLD = "hold"
    RELEASE = "release"
    SNAPSHOT = "snapshot"
    SET_REGION = "set_region"
    SET_VIEW_REFERENCE = "set_view_reference"
    """The camera was serviced: it is held against what it shows from now on."""
    KEEP_EVIDENCE = "keep_evidence"
    RELEASE_EVIDENCE = "release_evidence"
    SET_LANE_MODE = "set_lane_mode"
