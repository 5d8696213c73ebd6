"""Container codes of ISO 6346: owner, category, serial number, check digit; and size-type codes.

A code is valid or it is not: the check digit picks among the texts that a reader offers, it never completes one.
It catches most single errors, not all, since a remainder of 10 is written as 0 too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from contract.plate_grammar import normalise

CATEGORIES = {"U": "container", "J": "attached equipment", "Z": "trailer or chassis"}
"""Meaning of the fourth letter."""

_CODE = re.compile(rf"(?P<owner>[A-Z]{{3}})(?P<category>[{''.join(CATEGORIES)}])(?P<serial>[0-9]{{6}})")
_SIZE_TYPE = re.compile(r"(?P<length>[24L])(?P<height>[0-9A-Z])(?P<kind>[A-Z])[0-9A-Z]")
_LENGTH_FT = {"2": 20, "4": 40, "L": 45}
_HEIGHT = {"0": "8'", "2": "8'6\"", "5": "9'6\""}
_KIND = {"G": "general", "R": "reefer", "U": "open_top", "P": "flat", "T": "tank", "V": "ventilated", "B": "bulk"}


def _letter_values() -> dict[str, int]:
    """Digits are worth themselves; A is 10, each letter one more, multiples of 11 left out (ISO 6346, annex A)."""
    values = {str(digit): digit for digit in range(10)}
    numbers = (number for number in range(10, 39) if number % 11)
    return values | dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", numbers, strict=True))


VALUES = _letter_values()


@dataclass(frozen=True, slots=True)
class Container:
    """A container code whose check digit fits."""

    text: str
    owner: str
    category: str
    serial: str
    check_digit: int


@dataclass(frozen=True, slots=True)
class SizeType:
    """What a size-type code says, as far as fees and search need it.

    `height` in feet and inches and `kind` (`general`, `reefer` …) are None where the code is rarer than these.
    """

    text: str
    length_ft: int
    height: str | None
    kind: str | None


def check_digit(code: str) -> int:
    """The check digit, 0–9, that belongs to the first ten characters of a container code.

    Values times 2 to the power of their place, summed; modulo 11, then modulo 10 (ISO 6346, annex A).
    Other input than four letters (the fourth U, J or Z) and six digits is a ValueError.
    """
    plain = normalise(code)
    if _CODE.fullmatch(plain) is None:
        raise ValueError(f"expected three letters, one of U J Z and six digits, got {code!r}")
    return sum(VALUES[character] << place for place, character in enumerate(plain)) % 11 % 10


def parse_container(text: str) -> Container | None:
    """A container code with its parts; None where the shape or the check digit does not fit.

    A code without its check digit is None as well: it was not wholly read.
    """
    plain = normalise(text)
    match = _CODE.fullmatch(plain[:10])
    if match is None or len(plain) != 11 or plain[10] != str(check_digit(plain[:10])):
        return None
    return Container(plain, match["owner"], match["category"], match["serial"], int(plain[10]))


def format_container(text: str) -> str:
    """The code as it is painted, `TSTU 100001 9`; unchanged when it is not valid."""
    container = parse_container(text)
    if container is None:
        return text
    return f"{container.owner}{container.category} {container.serial} {container.check_digit}"


def parse_size_type(text: str) -> SizeType | None:
    """A size-type code such as `45G1` or `22R1`; None where it is none of a 20, 40 or 45 foot container."""
    plain = normalise(text)
    match = _SIZE_TYPE.fullmatch(plain)
    if match is None:
        return None
    return SizeType(plain, _LENGTH_FT[match["length"]], _HEIGHT.get(match["height"]), _KIND.get(match["kind"]))
