"""Made-up plates of every class and made-up containers, for rendering, simulation and tests."""

from __future__ import annotations

import random
from collections.abc import Callable

from contract.container import check_digit
from contract.plate_kinds import (
    CN_AIRPORT_MARK,
    CN_ARMED_POLICE_MARK,
    CN_EMBASSY_MARK,
    CN_LETTERS,
    CN_NEV_LETTERS,
    CN_PROVINCES,
    CN_SUFFIXES,
    CN_TRAILER_MARK,
    VN_CENTRAL_POLICE_CODE,
    VN_CODES,
    VN_DIPLOMATIC_SERIES,
    VN_LEGACY_CODE,
    VN_LETTERS,
    VN_SPECIAL_SERIES,
    PlateKind,
)

_LOCAL = sorted(VN_CODES - {VN_LEGACY_CODE, VN_CENTRAL_POLICE_CODE})


def random_plate(rng: random.Random, kind: PlateKind) -> str:
    """A made-up plate of a class, normalised; ValueError for `PlateKind.OTHER`, which has no grammar."""
    maker = _MAKERS.get(kind)
    if maker is None:
        raise ValueError(f"there is no grammar for {kind}; choose one of {', '.join(_MAKERS)}")
    return maker(rng)


def random_container(rng: random.Random) -> str:
    """A made-up container code with its right check digit. TST is nobody's owner code."""
    code = f"TSTU{_digits(rng, 6)}"
    return f"{code}{check_digit(code)}"


def _digits(rng: random.Random, count: int) -> str:
    return f"{rng.randrange(1, 10**count):0{count}d}"


def _number(rng: random.Random) -> str:
    return _digits(rng, 5 if rng.random() < 0.9 else 4)


def _civil(rng: random.Random) -> str:
    return rng.choice(_LOCAL) + rng.choice(VN_LETTERS) + _number(rng)


def _trailer(rng: random.Random) -> str:
    head = rng.choice(_LOCAL)
    return f"{head}RM{_digits(rng, 5)}" if rng.random() < 0.5 else f"{head}R{_number(rng)}"


def _special(rng: random.Random) -> str:
    return rng.choice(_LOCAL) + rng.choice(VN_SPECIAL_SERIES) + _number(rng)


def _two_letters(rng: random.Random) -> str:
    reserved = {*VN_SPECIAL_SERIES, *VN_DIPLOMATIC_SERIES, "TD", "MD"}
    while True:
        pair = rng.choice(VN_LETTERS) + rng.choice(VN_LETTERS)
        if pair not in reserved:
            return pair


def _diplomatic(rng: random.Random) -> str:
    code = rng.choice((VN_CENTRAL_POLICE_CODE, "29", "41", "43"))
    groups = [_digits(rng, 3), rng.choice(VN_DIPLOMATIC_SERIES)]
    rng.shuffle(groups)
    return code + "".join(groups) + _digits(rng, 2)


def _motorcycle(rng: random.Random) -> str:
    letters = rng.choice((rng.choice(VN_LETTERS) + str(rng.randint(1, 9)), _two_letters(rng)))
    return rng.choice(_LOCAL) + letters + _digits(rng, 5)


def _cn_head(rng: random.Random) -> str:
    return rng.choice(CN_PROVINCES) + rng.choice(CN_LETTERS)


def _cn_serial(rng: random.Random, count: int) -> str:
    serial = list(_digits(rng, count))
    for place in rng.sample(range(count), rng.choice((0, 0, 1, 2))):
        serial[place] = rng.choice(CN_LETTERS)
    return "".join(serial)


def _nev_small(rng: random.Random) -> str:
    second = rng.choice(CN_LETTERS + "0123456789")
    return _cn_head(rng) + rng.choice(CN_NEV_LETTERS) + second + _digits(rng, 4)


def _armed_police(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return f"{CN_ARMED_POLICE_MARK}{_digits(rng, 2)}{rng.choice(CN_LETTERS + '0123456789')}{_digits(rng, 4)}"
    return f"{CN_ARMED_POLICE_MARK}{rng.choice(CN_PROVINCES)}{_digits(rng, 4)}{rng.choice('DXBTSHJ0123456789')}"


_MAKERS: dict[PlateKind, Callable[[random.Random], str]] = {
    PlateKind.VN_CIVIL: _civil,
    PlateKind.VN_TRAILER: _trailer,
    PlateKind.VN_SPECIAL: _special,
    PlateKind.VN_ZONE: lambda rng: rng.choice(_LOCAL) + _two_letters(rng) + _digits(rng, 5),
    PlateKind.VN_MACHINE: lambda rng: rng.choice(_LOCAL) + _two_letters(rng) + _digits(rng, 4),
    PlateKind.VN_TEMPORARY: lambda rng: "T" + rng.choice(_LOCAL) + _digits(rng, 5),
    PlateKind.VN_DIPLOMATIC: _diplomatic,
    PlateKind.VN_MILITARY: lambda rng: rng.choice(VN_LETTERS) + rng.choice(VN_LETTERS) + _digits(rng, 4),
    PlateKind.VN_MOTORCYCLE: _motorcycle,
    PlateKind.CN_ORDINARY: lambda rng: _cn_head(rng) + _cn_serial(rng, 5),
    PlateKind.CN_TRAILER: lambda rng: _cn_head(rng) + _cn_serial(rng, 4) + CN_TRAILER_MARK,
    PlateKind.CN_SUFFIX: lambda rng: _cn_head(rng) + _cn_serial(rng, 4) + rng.choice(CN_SUFFIXES),
    PlateKind.CN_EMBASSY: lambda rng: CN_EMBASSY_MARK + _digits(rng, 6),
    PlateKind.CN_AIRPORT: lambda rng: CN_AIRPORT_MARK + rng.choice(CN_LETTERS) + _digits(rng, 4),
    PlateKind.CN_NEV_SMALL: _nev_small,
    PlateKind.CN_NEV_LARGE: lambda rng: _cn_head(rng) + _digits(rng, 5) + rng.choice(CN_NEV_LETTERS),
    PlateKind.CN_OTHER: _armed_police,
}
