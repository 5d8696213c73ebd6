"""Who comes: made-up lorries, the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum

from contract.made_up import random_plate
from contract.messages import Direction
from contract.plate import PlateColour, PlateKind


class Declared(StrEnum):
    """How truthfully a lorry was declared."""

    EXACT = "exact"
    MISTYPED = "mistyped"
    CORRECTED = "corrected"
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

    @property
    def rigid(self) -> bool:
        """Whether it pulls no trailer: then both its plates say the same."""
        return self.front is not None and self.rear is not None and self.front.text == self.rear.text


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
    weights = {
        Declared.EXACT: 62,
        Declared.MISTYPED: 13,
        Declared.CORRECTED: 6,
        Declared.NOT_AT_ALL: 15,
        Declared.CANCELLED: 4,
    }
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
