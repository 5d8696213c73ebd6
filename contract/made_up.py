"""Made-up plates of every class, for rendering, simulation and tests."""

from __future__ import annotations

import random
from collections.abc import Callable

from contract.plate import CN_LETTERS, CN_NEV_LETTERS, CN_SUFFIXES, VN_LETTERS, PlateKind
from contract.regions import CN_PROVINCES, VN_REGIONS

_LOCAL = sorted(set(VN_REGIONS) - {"13", "80"})


def random_plate(rng: random.Random, kind: PlateKind) -> str:
    """A made-up plate of a class, normalised.

    Raises:
        KeyError: the class has no grammar (`PlateKind.OTHER`).
    """
    return _MAKERS[kind](rng)


def _digits(rng: random.Random, count: int) -> str:
    return f"{rng.randrange(1, 10**count):0{count}d}"


def _number(rng: random.Random) -> str:
    return _digits(rng, 5 if rng.random() < 0.9 else 4)


def _cn_head(rng: random.Random) -> str:
    return rng.choice(CN_PROVINCES) + rng.choice(CN_LETTERS)


def _cn_serial(rng: random.Random, count: int) -> str:
    text = list(_digits(rng, count))
    for place in rng.sample(range(count), rng.choice((0, 0, 1, 2))):
        text[place] = rng.choice(CN_LETTERS)
    return "".join(text)


def _two_letters(rng: random.Random) -> str:
    reserved = {"KT", "CD", "MK", "TD", "HC", "LD", "DA", "MD", "NN", "CV"}
    while True:
        pair = rng.choice(VN_LETTERS) + rng.choice(VN_LETTERS)
        if pair not in reserved:
            return pair


def _trailer(rng: random.Random) -> str:
    head = rng.choice(_LOCAL)
    return f"{head}RM{_digits(rng, 5)}" if rng.random() < 0.5 else f"{head}R{_number(rng)}"


def _motorcycle(rng: random.Random) -> str:
    letters = rng.choice((rng.choice(VN_LETTERS) + str(rng.randint(1, 9)), _two_letters(rng)))
    return rng.choice(_LOCAL) + letters + _digits(rng, 5)


_SPECIAL = ("KT", "CD", "MK", "TĐ", "HC", "LD", "DA", "MĐ")
_MAKERS: dict[PlateKind, Callable[[random.Random], str]] = {
    PlateKind.VN_CIVIL: lambda r: r.choice(_LOCAL) + r.choice(VN_LETTERS) + _number(r),
    PlateKind.VN_TRAILER: _trailer,
    PlateKind.VN_SPECIAL: lambda r: r.choice(_LOCAL) + r.choice(_SPECIAL) + _number(r),
    PlateKind.VN_ZONE: lambda r: r.choice(_LOCAL) + _two_letters(r) + _digits(r, 5),
    PlateKind.VN_MACHINE: lambda r: r.choice(_LOCAL) + _two_letters(r) + _digits(r, 4),
    PlateKind.VN_TEMPORARY: lambda r: "T" + r.choice(_LOCAL) + _digits(r, 5),
    PlateKind.VN_DIPLOMATIC: lambda r: (
        f"80{_digits(r, 3)}{r.choice(('NG', 'QT', 'CV', 'NN'))}{_digits(r, 2)}"
    ),
    PlateKind.VN_MILITARY: lambda r: r.choice(VN_LETTERS) + r.choice(VN_LETTERS) + _digits(r, 4),
    PlateKind.VN_MOTORCYCLE: _motorcycle,
    PlateKind.CN_ORDINARY: lambda r: _cn_head(r) + _cn_serial(r, 5),
    PlateKind.CN_TRAILER: lambda r: _cn_head(r) + _cn_serial(r, 4) + "挂",
    PlateKind.CN_SUFFIX: lambda r: _cn_head(r) + _cn_serial(r, 4) + r.choice(CN_SUFFIXES),
    PlateKind.CN_EMBASSY: lambda r: "使" + _digits(r, 6),
    PlateKind.CN_NEV_SMALL: lambda r: (
        _cn_head(r) + r.choice(CN_NEV_LETTERS) + r.choice(CN_LETTERS + "0123456789") + _digits(r, 4)
    ),
    PlateKind.CN_NEV_LARGE: lambda r: _cn_head(r) + _digits(r, 5) + r.choice(CN_NEV_LETTERS),
}
