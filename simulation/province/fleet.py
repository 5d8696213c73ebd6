"""The lorries of a province: hauliers whose plates follow each other, Chinese ones and Vietnamese ones."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from contract.made_up import random_container, random_plate
from contract.plate import PlateColour, PlateKind
from contract.vocabulary import VehicleClass
from simulation.traffic import PlateLook

GATES: Final = {"huu-nghi": 0.49, "tan-thanh": 0.33, "chi-ma": 0.13, "coc-nam": 0.05}
"""Gates and their shares of the traffic, after the means of July 2025."""
LANES: Final = {"huu-nghi": 3, "tan-thanh": 2, "chi-ma": 1, "coc-nam": 1}
"""Lanes in each direction."""
CHINESE: Final = 0.7
"""Of the lorries: three of four that are cleared bring imports, mostly on Chinese lorries."""
_FLEET_SIZE: Final = 6
_RIGID: Final = 0.25
_WITH_CONTAINERS: Final = 0.45
_AT_HOME: Final = 0.9
"""Of a haulier's lorries those that use its gate."""
_CN_HEADS: Final = {
    "桂F": 40,
    "桂A": 12,
    "桂N": 6,
    "桂L": 5,
    "桂K": 4,
    "粤B": 6,
    "粤A": 5,
    "湘A": 4,
    "云A": 3,
    "豫P": 3,
}
_VN_HEADS: Final = {"12": 35, "29": 10, "98": 8, "99": 7, "15": 9, "14": 5, "34": 4, "51": 4, "30": 3, "89": 3}
_ELSEWHERE: Final = 12
"""Weight of any other province, beside those above."""


@dataclass(frozen=True, slots=True)
class Rig:
    """A lorry: `trailer` is None of a rigid one, `boxes` whether it carries containers."""

    front: PlateLook
    trailer: PlateLook | None
    vehicle_class: VehicleClass
    gate: str
    boxes: bool

    @property
    def chinese(self) -> bool:
        """Whether its plate is Chinese."""
        return not self.front.text[0].isascii()


def make_fleet(size: int, rng: random.Random) -> list[Rig]:
    """So many lorries, in fleets with consecutive numbers; no plate twice."""
    used: set[str] = set()
    found: list[Rig] = []
    while len(found) < size:
        gate = rng.choices(list(GATES), list(GATES.values()))[0]
        count = min(size - len(found), 1 + int(rng.expovariate(1 / (_FLEET_SIZE - 1))))
        chinese = rng.random() < CHINESE
        front, colour = _chinese(rng) if chinese else _vietnamese(rng)
        trailer = _trailer(front, rng)
        boxes = rng.random() < _WITH_CONTAINERS
        for _ in range(count):
            front, trailer = _next(front, used, rng), _next(trailer, used, rng)
            rigid = rng.random() < _RIGID
            at = gate if rng.random() < _AT_HOME else rng.choices(list(GATES), list(GATES.values()))[0]
            behind = PlateLook(trailer, PlateColour.YELLOW if chinese or rng.random() < 0.7 else PlateColour.WHITE, 2)
            found.append(
                Rig(
                    PlateLook(front, colour, 1),
                    None if rigid else behind,
                    VehicleClass.LORRY if rigid else VehicleClass.TRACTOR,
                    at,
                    boxes and not rigid,
                )
            )
    return found


def make_containers(count: int, rng: random.Random) -> list[str]:
    """So many codes."""
    return [random_container(rng) for _ in range(count)]


def _chinese(rng: random.Random) -> tuple[str, PlateColour]:
    kind = rng.choices((PlateKind.CN_ORDINARY, PlateKind.CN_NEV_LARGE), (9, 1))[0]
    text = random_plate(rng, kind)
    while kind is PlateKind.CN_ORDINARY and not text[-3:].isdigit():  # a haulier's numbers follow each other
        text = random_plate(rng, kind)
    head = _head(text[:2], _CN_HEADS, rng)
    if kind is PlateKind.CN_NEV_LARGE:
        return head + text[2:], PlateColour.YELLOW_GREEN
    return head + text[2:], rng.choices((PlateColour.YELLOW, PlateColour.BLUE), (85, 15))[0]


def _vietnamese(rng: random.Random) -> tuple[str, PlateColour]:
    kinds = (PlateKind.VN_CIVIL, PlateKind.VN_SPECIAL, PlateKind.VN_TEMPORARY)
    kind = rng.choices(kinds, (96, 2, 2))[0]
    text = random_plate(rng, kind)
    if kind is PlateKind.VN_CIVIL:
        text = _head(text[:2], _VN_HEADS, rng) + rng.choice("CCCH") + text[3:]
        return text, rng.choice((PlateColour.YELLOW, PlateColour.YELLOW, PlateColour.WHITE))
    return text, PlateColour.WHITE


def _trailer(front: str, rng: random.Random) -> str:
    """A haulier's trailers come from where its lorries do."""
    if not front[0].isascii():
        text = random_plate(rng, PlateKind.CN_TRAILER)
        while not text[-4:-1].isdigit():
            text = random_plate(rng, PlateKind.CN_TRAILER)
        return front[:2] + text[2:]
    region = front[:2] if front[:2].isdigit() else front[1:3]
    return region + random_plate(rng, PlateKind.VN_TRAILER)[2:]


def _head(other: str, heads: dict[str, int], rng: random.Random) -> str:
    return rng.choices((*heads, other), (*heads.values(), _ELSEWHERE))[0]


def _next(text: str, used: set[str], rng: random.Random) -> str:
    """The haulier's next plate: a little further on, and nobody else's."""
    end = len(text.rstrip("挂ABCDEFGHJK")) if not text[0].isascii() else len(text)
    begin = end
    while begin > 0 and text[begin - 1].isdigit() and end - begin < 4:
        begin -= 1
    number, span = int(text[begin:end]), 10 ** (end - begin)
    for _ in range(span):
        number = (number + rng.choice((1, 1, 1, 2, 3))) % span
        plate = f"{text[:begin]}{number:0{end - begin}d}{text[end:]}"
        if plate not in used and number:
            used.add(plate)
            return plate
    raise ValueError(f"no plate is left behind {text!r}; ask for a smaller fleet")
