"""Made-up messages and records for central's tests; every name and plate is invented."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from central.ingest.pipe import Packet
from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.records import PassageRecord, Role, Scope
from contract.messages import (
    Abstention,
    CameraHealth,
    Candidate,
    Direction,
    Evidence,
    EvidenceKind,
    EvidenceRef,
    HealthLevel,
    LaneCount,
    LaneInfo,
    LaneMode,
    Message,
    Passage,
    PlateRead,
    Stamp,
    Status,
    TimeQuality,
    VehicleClass,
)
from contract.plate import PlateColour, PlateCountry, PlateKind, parse
from contract.topics import address_of

NOON = datetime(2026, 5, 4, 5, 0, tzinfo=UTC)
BOOT = UUID(int=7)
OUTBOX = UUID(int=77)
_OPERATOR = (Scope.READ, Scope.DECIDE, Scope.EXPORT, Scope.COMMANDS, Scope.KEEP_EVIDENCE)
SCOPES_OF = {
    Role.OPERATOR: _OPERATOR,
    Role.MAINTENANCE: (Scope.READ_DEVICES, Scope.SET_CAMERAS, Scope.REGISTER, Scope.TICKETS),
    Role.MANAGER: (*_OPERATOR, Scope.REGISTER, Scope.TICKETS),
    Role.ADMIN: (Scope.ADMIN,),
}
"""The scopes that let a key do what a role may."""


def stamp(at: datetime = NOON, quality: TimeQuality = TimeQuality.SYNCED) -> Stamp:
    return Stamp(at=at, boot_id=BOOT, monotonic_s=1e6, time_quality=quality)


def read(text: str, confidence: float = 0.95, others: tuple[tuple[str, float], ...] = ()) -> PlateRead:
    meant = parse(text)
    return PlateRead(
        text=text,
        confidence=confidence,
        country=meant[0].country if meant else PlateCountry.OTHER,
        kind=meant[0].kind if meant else PlateKind.OTHER,
        colour=PlateColour.UNKNOWN,
        lines=1,
        candidates=tuple(Candidate(text=t, confidence=c) for t, c in ((text, confidence), *others)),
    )


def passage(
    seq: int, plate: str | None = "12C34567", *, at: datetime = NOON, jpegs: tuple[bytes, ...] = (), **more: Any
) -> Passage:
    values: dict[str, Any] = {
        "site": "huu-nghi",
        "node": "huu-nghi-1",
        "outbox_id": OUTBOX,
        "seq": seq,
        "stamp": stamp(at),
        "passage_id": UUID(int=1000 + seq),
        "lane": "in-1",
        "direction": Direction.IN,
        "first_seen_at": at,
        "last_seen_at": at + timedelta(seconds=9),
        "plate": read(plate) if plate else None,
        "abstained": None if plate else Abstention.ILLEGIBLE,
        "frames": 30,
        "reads": 12,
        "evidence": tuple(
            EvidenceRef(
                kind=EvidenceKind.FRAME, sha256=hashlib.sha256(jpeg).hexdigest(), camera="in-1-front", captured_at=at
            )
            for jpeg in jpegs
        ),
    }
    return Passage(**values | more)


def lane_count(loop: int, *, since: datetime, until: datetime, **more: Any) -> LaneCount:
    """What the loop of a lane counted in a run; its arm let through as many."""
    values: dict[str, Any] = {
        "site": "huu-nghi",
        "node": "huu-nghi-1",
        "outbox_id": OUTBOX,
        "seq": 1,
        "stamp": stamp(until),
        "lane": "in-1",
        "direction": Direction.IN,
        "run_id": BOOT,
        "since": since,
        "until": until,
        "loop": loop,
        "barrier": loop,
    }
    return LaneCount(**values | more)


def evidence(seq: int, of: Passage, jpeg: bytes = b"\xff\xd8 made up \xff\xd9") -> Evidence:
    return Evidence(
        site=of.site,
        node=of.node,
        outbox_id=of.outbox_id,
        seq=seq,
        stamp=of.stamp,
        passage_id=of.passage_id,
        kind=EvidenceKind.FRAME,
        camera="in-1-front",
        captured_at=of.first_seen_at,
        sha256=hashlib.sha256(jpeg).hexdigest(),
        jpeg=jpeg,
    )


def birth(**more: Any) -> Status:
    values: dict[str, Any] = {
        "site": "huu-nghi",
        "node": "huu-nghi-1",
        "online": True,
        "boot_id": BOOT,
        "outbox_id": OUTBOX,
        "started_at": NOON,
        "software": "0.1.0",
        "lanes": (LaneInfo(lane="in-1", direction=Direction.IN, mode=LaneMode.ASSIST, cameras=("in-1-front",)),),
    }
    return Status(**values | more)


def health(level: HealthLevel = HealthLevel.OK, **more: Any) -> CameraHealth:
    values: dict[str, Any] = {
        "site": "huu-nghi",
        "node": "huu-nghi-1",
        "lane": "in-1",
        "camera": "in-1-front",
        "level": level,
        "since": NOON,
        "stamp": stamp(),
        "frame_at": NOON,
        "measurements": {"fps": 4.0},
        "jpeg": b"\xff\xd8\xff\xd9",
    }
    return CameraHealth(**values | more)


def packet(message: Message, *, retained: bool = False) -> Packet:
    return Packet(address_of(message), message.model_dump_json().encode(), retained)


def seen(plate: str | None = "12C34567", /, *, at: datetime = NOON, **more: Any) -> PassageRecord:
    """A passage as the store returns it."""
    values: dict[str, Any] = {
        "passage_id": uuid4(),
        "revision": 0,
        "site": "huu-nghi",
        "node": "huu-nghi-1",
        "lane": "in-1",
        "direction": Direction.IN,
        "first_seen_at": at,
        "last_seen_at": at + timedelta(seconds=9),
        "received_at": at + timedelta(seconds=10),
        "time_quality": TimeQuality.SYNCED,
        "late": False,
        "plate": read(plate) if plate else None,
        "abstained": None if plate else Abstention.ILLEGIBLE,
        "cancelled": None,
        "second_plate": None,
        "container": None,
        "vehicle_class": VehicleClass.LORRY,
        "frames": 30,
        "reads": 12,
        "decision": None,
        "barrier": (),
        "models": {},
        "config_hash": "",
        "evidence": (),
        "outcome": None,
    }
    return PassageRecord(**values | more)


def declared(plate: str = "12C-345.67", number: int = 1, *, at: datetime = NOON, **more: Any) -> DeclarationRecord:
    """A declaration whose window begins an hour before `at` and ends an hour after it."""
    values: dict[str, Any] = {
        "declaration_id": f"HN-{number:06d}",
        "version": 1,
        "state": DeclarationState.DECLARED,
        "direction": Direction.IN,
        "regime": "import",
        "gate": "huu-nghi",
        "plate": plate,
        "trailer_plate": None,
        "container_no": None,
        "goods": "thanh long",
        "goods_class": "fruit",
        "expected_from": at - timedelta(hours=1),
        "expected_until": at + timedelta(hours=1),
        "declared_at": at - timedelta(hours=3),
        "updated_at": at - timedelta(hours=3),
        "declarant": "Công ty Ví Dụ",
        "received_at": at - timedelta(hours=3),
        "outcome": None,
    }
    return DeclarationRecord(**values | more)
