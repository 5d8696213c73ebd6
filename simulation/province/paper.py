"""Makes the records: a passage as its node tells it, a declaration as the platform has it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import product
from typing import Final
from uuid import UUID

from central.store.declaration_records import (
    Confirmation,
    ConfirmingForce,
    DeclarationRecord,
    DeclarationState,
    Verdict,
)
from central.store.records import PassageRecord
from contract.messages import Abstention, Direction, PlateRead, TimeQuality
from contract.plate import CN_UNREAD_PROVINCE, PlateCountry, parse_typed
from simulation.province.fleet import LANES, Rig
from simulation.province.plans import (
    CLEARANCE_UNTOLD,
    CONTAINER_LEFT_OUT,
    EDITED,
    LATE_DECLARED,
    LATE_H,
    LATE_TOLD,
    TRAILER_LEFT_OUT,
    WITHIN_SLACK,
)
from simulation.province.typed import MISTYPED_CONTAINER, MISTYPED_PLATE, MISTYPED_TRAILER, slipped, typed

_HOUR_S: Final = 3600.0
_CLEARING: Final = {
    Direction.IN: (ConfirmingForce.BORDER_GUARD, ConfirmingForce.HEALTH),
    Direction.OUT: (ConfirmingForce.BORDER_GUARD, ConfirmingForce.CUSTOMS, ConfirmingForce.QUARANTINE),
}
_GOODS: Final = (("thanh long", "fruit"), ("sầu riêng", "fruit"), ("linh kiện điện tử", "other"), ("vải dệt", "other"))
_DECLARANTS: Final = ("Công ty Ví Dụ A", "Công ty Ví Dụ B", "Hợp tác xã Ví Dụ C", "Đại lý Ví Dụ D")
_FEES: Final = ("C20", "C40", "T10")
_BUSINESS: Final = tuple(product(_GOODS, _DECLARANTS, _FEES))


@dataclass(frozen=True, slots=True)
class Way:
    """One way of one lorry through a gate, as it really was; `at_s` since 1970."""

    rig: Rig
    gate: str
    direction: Direction
    at_s: float
    trailer: str | None
    box: str | None
    regime: str


@dataclass(frozen=True, slots=True)
class Said:
    """How a declaration differs from what really was; by default in nothing but slips.

    Attributes:
        gate, direction: others than its own.
        window_shift_s: so far its window lies beside the passage: before it where that is negative.
        short: the window is two hours long, and holds the passage.
        full: trailer and container are not left out.
        uncleared: a force has not agreed, or the fee is unpaid.

    """

    gate: str | None = None
    direction: Direction | None = None
    window_shift_s: float | None = None
    short: bool = False
    full: bool = False
    uncleared: bool = False
    cancelled: bool = False


@dataclass
class Paper:
    """Writes records; deterministic by `rng`.

    `plates` are those of all lorries, Chinese ones also without their province: a slip never makes one of them out of a
    declaration that names no trailer, for nobody could tell the two apart.
    """

    rng: random.Random
    end_s: float
    plates: frozenset[str]
    _passages: int = 0
    _cleared: dict[tuple[Direction, int], tuple[Confirmation, ...]] = field(default_factory=dict)

    def passage(
        self, way: Way, plate: PlateRead | None, second: PlateRead | None, container: str | None
    ) -> PassageRecord:
        """What the node tells of it."""
        rng = self.rng
        self._passages += 1
        seen_at = datetime.fromtimestamp(way.at_s, UTC)
        late = rng.random() < LATE_TOLD
        delay_s = rng.uniform(600.0, LATE_H * _HOUR_S) if late else rng.uniform(2.0, 6.0)
        received_at = datetime.fromtimestamp(min(self.end_s, way.at_s + delay_s), UTC)
        return PassageRecord(
            passage_id=UUID(int=rng.getrandbits(128), version=4),
            revision=0,
            site=way.gate,
            node=f"{way.gate}-1",
            lane=f"{way.direction}-{1 + self._passages % LANES[way.gate]}",
            direction=way.direction,
            first_seen_at=seen_at,
            last_seen_at=seen_at,
            received_at=received_at,
            time_quality=TimeQuality.SYNCED,
            late=late,
            plate=plate,
            abstained=None if plate else Abstention.ILLEGIBLE,
            cancelled=None,
            second_plate=second,
            container=container,
            vehicle_class=way.rig.vehicle_class,
            frames=30,
            reads=12 if plate else 0,
            decision=None,
            barrier=(),
            models={},
            config_hash="",
            evidence=(),
            outcome=None,
        )

    def declaration(self, way: Way, said: Said) -> DeclarationRecord:
        """What is declared for it."""
        rng = self.rng
        begin_s, until_s = self._window(way.at_s, said.window_shift_s, short=said.short)
        late = rng.random() < LATE_DECLARED
        declared_s = way.at_s + rng.uniform(60.0, 3 * _HOUR_S) if late else begin_s - rng.uniform(600.0, 24 * _HOUR_S)
        declared_at = datetime.fromtimestamp(min(self.end_s, declared_s), UTC)
        direction = said.direction or way.direction
        (goods, goods_class), declarant, fee_class = rng.choice(_BUSINESS)
        confirmations, fee_paid = self._clearance(direction, begin_s, uncleared=said.uncleared)
        trailer, container = self._trailer(way, full=said.full), self._container(way, full=said.full)
        return DeclarationRecord(
            declaration_id=f"LS-{rng.getrandbits(40):010x}",
            version=2 if rng.random() < EDITED else 1,
            state=DeclarationState.CANCELLED if said.cancelled else DeclarationState.DECLARED,
            direction=direction,
            regime=way.regime,
            gate=said.gate or way.gate,
            plate=self._plate(way, alone=trailer is None),
            trailer_plate=trailer,
            container_no=container,
            goods=goods,
            goods_class=goods_class,
            expected_from=datetime.fromtimestamp(begin_s, UTC),
            expected_until=datetime.fromtimestamp(until_s, UTC),
            declared_at=declared_at,
            updated_at=declared_at,
            declarant=declarant,
            received_at=declared_at,
            outcome=None,
            nationality=PlateCountry.CN if way.rig.chinese else PlateCountry.VN,
            container_size_ft=40 if container else None,
            fee_class=fee_class,
            fee_paid=fee_paid,
            confirmations=confirmations,
        )

    def _window(self, at_s: float, shift_s: float | None, *, short: bool) -> tuple[float, float]:
        rng = self.rng
        long_s = (2.0 if short else rng.uniform(2.0, 6.0)) * _HOUR_S
        if shift_s is None and short:
            shift_s = 0.0
        if shift_s is None:
            shift_s = rng.choice((-1, 1)) * rng.uniform(60.0, 1500.0) if rng.random() < WITHIN_SLACK else 0.0
        if shift_s < 0:
            return at_s + shift_s - long_s, at_s + shift_s
        if shift_s > 0:
            return at_s + shift_s, at_s + shift_s + long_s
        begin_s = at_s - rng.uniform(0.05, 0.95) * long_s
        return begin_s, begin_s + long_s

    def _plate(self, way: Way, *, alone: bool) -> str:
        rng = self.rng
        right = typed(way.rig.front.text, rng)
        if rng.random() >= MISTYPED_PLATE:
            return right
        for _ in range(20):
            wrong = slipped(right, rng)
            if not (alone and _means_another(wrong, way.rig.front.text, self.plates)):
                return wrong
        return right

    def _trailer(self, way: Way, *, full: bool) -> str | None:
        rng = self.rng
        if way.trailer is None or (not full and rng.random() < TRAILER_LEFT_OUT):
            return None
        right = typed(way.trailer, rng)
        return slipped(right, rng) if rng.random() < MISTYPED_TRAILER else right

    def _container(self, way: Way, *, full: bool) -> str | None:
        rng = self.rng
        if way.box is None or (not full and rng.random() < CONTAINER_LEFT_OUT):
            return None
        return slipped(way.box, rng) if rng.random() < MISTYPED_CONTAINER else way.box

    def _clearance(
        self, direction: Direction, begin_s: float, *, uncleared: bool
    ) -> tuple[tuple[Confirmation, ...], bool | None]:
        """Who has agreed, all of them before the passage, and whether the fee is paid."""
        rng = self.rng
        if not uncleared and rng.random() < CLEARANCE_UNTOLD:
            return (), None
        hour = int(begin_s // _HOUR_S) - 1
        known = self._cleared.get((direction, hour))
        if known is None:
            at = datetime.fromtimestamp(hour * _HOUR_S, UTC)
            known = tuple(Confirmation(force, Verdict.CONFIRMED, at) for force in _CLEARING[direction])
            self._cleared[direction, hour] = known
        if not uncleared:
            return known, True if direction is Direction.OUT else None
        return (known, False) if rng.random() < 0.3 else (_without_one(known, rng), None)


def _without_one(said: Sequence[Confirmation], rng: random.Random) -> tuple[Confirmation, ...]:
    """One force that lorries wait for has refused, or not agreed yet."""
    waited_for = [place for place, one in enumerate(said) if one.force is not ConfirmingForce.HEALTH]
    missing = rng.choice(waited_for)
    refused = rng.random() < 0.4
    instead = Confirmation(
        said[missing].force, Verdict.REFUSED if refused else Verdict.PENDING, said[missing].at if refused else None
    )
    return tuple(instead if place == missing else one for place, one in enumerate(said))


def _means_another(wrong: str, right: str, plates: frozenset[str]) -> bool:
    """Whether a slip made another lorry's plate."""
    own = {right, CN_UNREAD_PROVINCE + right[1:]}
    return any(plate.text in plates and plate.text not in own for plate in parse_typed(wrong))
