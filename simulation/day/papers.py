"""What is declared on a made-up day: rightly, in many ways of typing; as the platform sends it, and as a file."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from contract.messages import Direction
from simulation.day.trips import Day, How, Trip
from simulation.province.plans import CONTAINER_LEFT_OUT, EDITED, TRAILER_LEFT_OUT
from simulation.province.typed import typed

Record = dict[str, Any]
_CONFIRMED_AFTER: Final = timedelta(minutes=2)
"""So much later the platform has what was confirmed at the barrier."""
_FORCES: Final = {
    Direction.IN: ("border_guard", "health"),
    Direction.OUT: ("border_guard", "customs", "quarantine"),
}
_NAMES: Final = {"fruit": "thanh long", "other": "vải dệt", "new_vehicle": "xe đầu kéo mới"}
_DECLARANTS: Final = ("Công ty Ví Dụ A", "Công ty Ví Dụ B", "Hợp tác xã Ví Dụ C")
_OFFICE: Final = "Đại lý Ví Dụ D"
_HEADERS: Final = {
    "declaration_id": "Mã tờ khai",
    "version": "Phiên bản",
    "state": "Trạng thái",
    "direction": "Chiều",
    "regime": "Loại hình",
    "gate": "Cửa khẩu",
    "plate": "Biển số xe",
    "trailer_plate": "Biển số rơ moóc",
    "container_no": "Số container",
    "goods": "Tên hàng hóa",
    "goods_class": "Nhóm hàng",
    "expected_from": "Thời gian dự kiến từ",
    "expected_until": "Thời gian dự kiến đến hết",
    "declared_at": "Thời điểm khai",
    "updated_at": "Cập nhật lúc",
    "declarant": "Người khai",
}


@dataclass(frozen=True, slots=True)
class Declared:
    """A version of a declaration, and when it can be had."""

    at: datetime
    record: Record


@dataclass(frozen=True, slots=True)
class Papers:
    """Everything that is declared.

    Attributes:
        platform: in the order in which the platform has it.
        file: rows of the office's file.
        again: rows of the same file with other numbers.

    """

    platform: tuple[Declared, ...]
    file: tuple[Record, ...]
    again: tuple[Record, ...]


def papers(day: Day) -> Papers:
    """Write them; the same for the same day."""
    rng = random.Random(f"{day.seed} papers")
    platform: list[Declared] = []
    file: list[Record] = []
    again: list[Record] = []
    for trip in day.trips:
        if trip.declaration_id is None:
            continue
        first = _record(trip, rng)
        if trip.by_file:
            file.append(first)
            again.append(first | {"declaration_id": trip.declared_again})
        else:
            platform += _versions(first, rng)
        if trip.how is not How.GAP:
            confirmed = {"state": "confirmed", "confirmed_at": trip.at.isoformat(), "lane": trip.lane, "version": 3}
            at = trip.at + _CONFIRMED_AFTER
            platform.append(Declared(at, first | confirmed | {"updated_at": at.isoformat()}))
    platform.sort(key=lambda one: (one.at, one.record["declaration_id"]))
    return Papers(tuple(platform), tuple(file), tuple(again))


def as_csv(rows: Iterable[Record]) -> bytes:
    """As an office exports them."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(_HEADERS.values())
    writer.writerows([row[name] for name in _HEADERS] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _versions(first: Record, rng: random.Random) -> Iterator[Declared]:
    """Before its vehicle comes; one in ten is edited."""
    at = datetime.fromisoformat(first["updated_at"])
    yield Declared(at, first)
    if rng.random() < EDITED:
        at += timedelta(minutes=5)
        yield Declared(
            at, first | {"version": 2, "updated_at": at.isoformat(), "seal": f"VD{rng.randrange(10**6):06d}"}
        )


def _record(trip: Trip, rng: random.Random) -> Record:
    long = timedelta(hours=rng.uniform(2.0, 6.0))
    begin = (trip.at - rng.uniform(0.05, 0.95) * long).replace(microsecond=0)
    declared_at = begin - timedelta(hours=rng.uniform(0.5, 12.0))
    trailer, box = trip.rig.trailer, trip.box
    named = trailer is not None and rng.random() >= TRAILER_LEFT_OUT
    return {
        "declaration_id": trip.declaration_id,
        "version": 1,
        "state": "declared",
        "direction": trip.direction.value,
        "regime": trip.regime,
        "gate": trip.gate,
        "plate": typed(trip.rig.front.text, rng),
        "trailer_plate": typed(trailer.text, rng) if trailer is not None and named else None,
        "container_no": box if box is not None and rng.random() >= CONTAINER_LEFT_OUT else None,
        "goods": _NAMES[trip.goods_class],
        "goods_class": trip.goods_class,
        "expected_from": begin.isoformat(),
        "expected_until": (begin + long).replace(microsecond=0).isoformat(),
        "declared_at": declared_at.replace(microsecond=0).isoformat(),
        "updated_at": declared_at.replace(microsecond=0).isoformat(),
        "declarant": _OFFICE if trip.by_file else rng.choice(_DECLARANTS),
        "fee_paid": True if trip.direction is Direction.OUT else None,
        "confirmations": [
            {"force": force, "verdict": "confirmed", "at": begin.isoformat()} for force in _FORCES[trip.direction]
        ],
    }
