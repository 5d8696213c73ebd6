"""How plates and containers get into a declaration: in many forms, and not always rightly.

The shares are assumptions: how officers type Chinese plates is to be verified on site. When people copy sentences
on a telephone, 2.3 % of the characters stay wrong (Palin et al. 2019), which would be every sixth plate. A plate is
short, and read over before it is sent: one in forty is assumed to stay wrong.
"""

from __future__ import annotations

import random
from functools import cache
from typing import Final

from contract.plate import format_plate, latin_form, typed_forms

MISTYPED_PLATE: Final = 0.025
MISTYPED_TRAILER: Final = 0.025
MISTYPED_CONTAINER: Final = 0.03
_AS_CHARACTER, _BARE, _AS_LATIN = 0.3, 0.3, 0.25
"""Of Chinese plates: with the province's character, without any province, with its first Latin name; the rest in other
forms."""
_FORMATTED, _PLAIN = 0.45, 0.4
_KEYBOARD: Final = ("1234567890", "QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM")
_SUBSTITUTED, _SWAPPED, _LEFT_OUT = 0.55, 0.2, 0.15
"""Of the slips; the rest are characters typed twice. Of those substituted, half hit the key beside it."""


def typed(text: str, rng: random.Random) -> str:
    """A plate as somebody types it, without a slip."""
    forms, bare, latin = _forms(text)
    dice = rng.random()
    if bare is None:
        if dice < _FORMATTED:
            return format_plate(text)
        return text if dice < _FORMATTED + _PLAIN else text.lower()
    if dice < _AS_CHARACTER:
        return text if rng.random() < 0.5 else format_plate(text)
    if dice < _AS_CHARACTER + _BARE:
        return bare
    if dice < _AS_CHARACTER + _BARE + _AS_LATIN and latin:
        return latin.replace("-", " ") if rng.random() < 0.3 else latin
    return rng.choice(forms)


@cache
def _forms(text: str) -> tuple[tuple[str, ...], str | None, str | None]:
    """All forms of a plate; of a Chinese one also that without a province, and the Latin one."""
    if text[0].isascii():
        return (), None, None
    forms = tuple(sorted(typed_forms(text)))
    bare = text[1:] if text[1:] in forms else forms[0]
    return forms, bare, latin_form(text)


def slipped(text: str, rng: random.Random) -> str:
    """What was typed, with one slip behind its first two characters; what it says is another text."""
    places = [place for place, character in enumerate(text) if character.isascii() and character.isalnum()]
    places = places[2:] if len(places) > 5 else places
    for _ in range(20):
        place, dice = rng.choice(places), rng.random()
        wrong = text[:place] + _instead(text, place, dice, rng)
        if wrong != text:
            return wrong
    return text[:-1]


def _instead(text: str, place: int, dice: float, rng: random.Random) -> str:
    """What stands there in place of the rest of the text."""
    character, rest = text[place], text[place + 1 :]
    if dice < _SUBSTITUTED:
        return (_beside(character, rng) if rng.random() < 0.5 else _another(character, rng)) + rest
    if dice < _SUBSTITUTED + _SWAPPED:
        return rest[:1] + character + rest[1:] if rest[:1].isalnum() and rest[0].isascii() else character + rest
    return rest if dice < _SUBSTITUTED + _SWAPPED + _LEFT_OUT else character + character + rest


def _beside(character: str, rng: random.Random) -> str:
    row = next((row for row in _KEYBOARD if character.upper() in row), None)
    if row is None:
        return character
    place = row.index(character.upper())
    return rng.choice([key for key in (row[max(0, place - 1)], row[min(len(row) - 1, place + 1)]) if key != row[place]])


def _another(character: str, rng: random.Random) -> str:
    pool = "0123456789" if character.isdigit() else "ABCDEFGHKLMNPSTUVXYZ"
    return rng.choice([other for other in pool if other != character.upper()])
