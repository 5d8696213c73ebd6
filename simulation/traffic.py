"""Who comes, and what was declared: made-up lorries and declarations, the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from contract.made_up import random_plate
from contract.messages import Direction
from contract.plate import PlateColour, PlateKind, typed_forms

_GOODS = {
    "fruit": ("thanh long", "vải thiều", "sầu riêng", "dưa hấu", "xoài"),
    "other": ("linh kiện điện tử", "vải dệt", "máy móc", "đồ gia dụng"),
    "new_vehicle": ("xe đầu kéo mới",),
}
_DECLARANTS = ("Công ty Ví Dụ A", "Công ty Ví Dụ B", "Hợp tác xã Ví Dụ C", "Đại lý Ví Dụ D")


class Declared(StrEnum):
    """How truthfully a lorry was declared."""

    EXACT = "exact"
    MISTYPED = "mistyped"
    NOT_AT_ALL = "not_at_all"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class PlateLook:
    """A plate as it hangs on a vehicle."""

    text: str
    colour: PlateColour
    lines: int


@dataclass(frozen=True, slots=True)
class Lorry:
    """A made-up vehicle; `front` is None when it has no plate there, `muddy` when that cannot be read."""

    vehicle_id: str
    front: PlateLook | None
    rear: PlateLook | None
    declared: Declared
    muddy: bool
    paint: tuple[int, int, int]
    seed: int


@dataclass
class LaneTraffic:
    """The lorries of one lane, one after the other."""

    site: str
    lane: str
    direction: Direction
    rng: random.Random
    first: Declared
    _count: int = 0
    _leaving: list[Lorry] = field(default_factory=list)

    def next(self) -> Lorry:
        """The next lorry; in an out lane it may be one that came in before (see `will_leave`)."""
        self._count += 1
        if self._leaving and self.rng.random() < 0.6:
            return self._leaving.pop(0)
        name = f"{self.site}/{self.lane}/{self._count}"
        how = self.first if self._count == 1 else _pick_declared(self.rng)
        return _make_lorry(self.rng, name, how, plain=self._count == 1)

    def will_leave(self, lorry: Lorry) -> None:
        """Tell an out lane that this lorry is in the yard."""
        self._leaving.append(lorry)


def _pick_declared(rng: random.Random) -> Declared:
    weights = {Declared.EXACT: 66, Declared.MISTYPED: 14, Declared.NOT_AT_ALL: 16, Declared.CANCELLED: 4}
    return rng.choices(list(weights), list(weights.values()))[0]


def _make_lorry(rng: random.Random, vehicle_id: str, declared: Declared, *, plain: bool) -> Lorry:
    chinese = rng.random() < 0.5
    front, rear = _chinese_plates(rng) if chinese else _vietnamese_plates(rng)
    unreadable = not plain and rng.random() < 1 / 12
    paint = rng.choice(((60, 60, 190), (180, 120, 40), (235, 235, 235), (40, 150, 60), (40, 170, 220), (90, 90, 95)))
    return Lorry(
        vehicle_id,
        None if unreadable and rng.random() < 0.4 else front,
        rear,
        declared,
        unreadable,
        paint,
        rng.randrange(2**31),
    )


def _vietnamese_plates(rng: random.Random) -> tuple[PlateLook, PlateLook]:
    text = random_plate(rng, PlateKind.VN_CIVIL)
    text = rng.choice(("12", "29", "98", "15", "99", text[:2])) + rng.choice("CH") + text[3:]
    colour = rng.choice((PlateColour.YELLOW, PlateColour.YELLOW, PlateColour.WHITE))
    front = PlateLook(text, colour, 2 if rng.random() < 0.25 else 1)
    trailer = random_plate(rng, PlateKind.VN_TRAILER)
    return front, PlateLook(trailer, rng.choice((PlateColour.YELLOW, PlateColour.WHITE)), 2)


def _chinese_plates(rng: random.Random) -> tuple[PlateLook, PlateLook]:
    roll = rng.random()
    province = "桂F" if rng.random() < 0.6 else None

    def at_home(text: str) -> str:
        return province + text[2:] if province else text

    trailer = PlateLook(at_home(random_plate(rng, PlateKind.CN_TRAILER)), PlateColour.YELLOW, 2)
    if roll < 0.12:
        return PlateLook(at_home(random_plate(rng, PlateKind.CN_NEV_LARGE)), PlateColour.YELLOW_GREEN, 1), trailer
    text = at_home(random_plate(rng, PlateKind.CN_ORDINARY))
    if roll < 0.35:
        return PlateLook(text, PlateColour.BLUE, 1), PlateLook(text, PlateColour.BLUE, 1)
    return PlateLook(text, PlateColour.YELLOW, 1), trailer


def mistype(rng: random.Random, text: str) -> str:
    """The text with one digit typed wrongly."""
    places = [i for i, character in enumerate(text) if character.isdigit() and i >= 3]
    place = rng.choice(places or [len(text) - 1])
    wrong = rng.choice([digit for digit in "0123456789" if digit != text[place]])
    return text[:place] + wrong + text[place + 1 :]


def declaration_for(
    rng: random.Random, lorry: Lorry, *, site: str, direction: Direction, number: int, now: datetime
) -> dict[str, object] | None:
    """What was declared for a lorry, as the platform sends it; None when nothing was."""
    if lorry.declared is Declared.NOT_AT_ALL or (lorry.front is None and lorry.rear is None):
        return None
    look = lorry.front or lorry.rear
    assert look is not None
    plate = mistype(rng, look.text) if lorry.declared is Declared.MISTYPED else look.text
    typed = rng.choice(sorted(typed_forms(plate)))
    record = _record(
        rng,
        site=site,
        direction=direction,
        number=number,
        plate=typed,
        now=now,
        since=now - timedelta(minutes=5),
        until=now + timedelta(hours=2),
    )
    record["trailer_plate"] = rng.choice(sorted(typed_forms(lorry.rear.text))) if lorry.rear else None
    record["state"] = "cancelled" if lorry.declared is Declared.CANCELLED else "declared"
    return record


def no_show(
    rng: random.Random, *, site: str, direction: Direction, number: int, now: datetime, until_s: float
) -> dict[str, object]:
    """A declaration whose lorry never comes; its window ends `until_s` seconds from now."""
    plate = random_plate(rng, PlateKind.VN_CIVIL)
    since = now - timedelta(hours=1)
    until = now + timedelta(seconds=until_s)
    return _record(rng, site=site, direction=direction, number=number, plate=plate, now=now, since=since, until=until)


def _record(
    rng: random.Random,
    *,
    site: str,
    direction: Direction,
    number: int,
    plate: str,
    now: datetime,
    since: datetime,
    until: datetime,
) -> dict[str, object]:
    goods_class = rng.choices(("fruit", "other", "new_vehicle"), (50, 45, 5))[0]
    prefix = "".join(word[0] for word in site.split("-")).upper()
    return {
        "declaration_id": f"{prefix}-{number:06d}",
        "version": 1,
        "state": "declared",
        "direction": direction.value,
        "regime": "import" if direction is Direction.IN else "export",
        "gate": site,
        "plate": plate,
        "trailer_plate": None,
        "container_no": None,
        "goods": rng.choice(_GOODS[goods_class]),
        "goods_class": goods_class,
        "expected_from": since.isoformat(),
        "expected_until": until.isoformat(),
        "declared_at": (now - timedelta(minutes=rng.randint(6, 180))).isoformat(),
        "updated_at": now.isoformat(),
        "declarant": rng.choice(_DECLARANTS),
    }
