"""How much likelier a read is if the plate is the one declared than if it is any plate. Pure.

Three things stand between the plate and the two texts: the camera, which gives each place its possible characters
(the lattice) and is sometimes surer than it should be; the reader, which loses or adds a character; and the person who
typed the declaration. All three are summed over, by one pass over the lattice for each meaning of what was typed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from central.reconcile.confusions import Confusions
from central.reconcile.names import Name, meanings, name_of, names_same, plain_body
from contract.messages import PlateRead
from contract.plate import CN_PROVINCES, CN_UNREAD_PROVINCE, PlateCountry

_MISTYPED: Final = 0.003
"""Chance of a typed character to be another one. An assumption: 2 % of plates."""
_SWAPPED: Final = 0.001
"""Chance that two neighbours are swapped."""
_LOST: Final = 0.001
"""Chance that a character is missing in the read, or one too many in what was typed; and the reverse."""
_MOST_SHIFTED: Final = 2
"""Characters that may be missing or too many, all together."""
_DIGITS: Final = "0123456789"
_DIGIT: Final = 0.1
_LETTER: Final = 1 / 24
"""How common a character is on any plate."""
_PROVINCE: Final = 0.05
_HOME_PROVINCE: Final = {"桂": 0.5}
_PROVINCE_DOUBT: Final = 0.015
_DOUBT: Final = 0.02
"""Weight of the confusions beside the camera's own word: no place is surer than this."""

Position = Mapping[str, float]


def likelihood_ratio(read: PlateRead, declared: Name, confusions: Confusions) -> float:
    """P(read | the plate declared) / P(read | any plate); above 1 speaks for it."""
    places = lattice_of(read)
    is_chinese = read.country is PlateCountry.CN and read.text[0] in CN_PROVINCES + CN_UNREAD_PROVINCE
    head = places[0] if is_chinese else None
    body = places[1:] if is_chinese else places
    best = 0.0
    if names_same(name_of(read.text), declared) and not is_chinese:  # also where its groups stand in another order
        best = _aligned(body, plain_body(read.text), confusions)
    for meaning in meanings(declared):
        if meaning.is_chinese and not is_chinese:
            continue
        ratio = _aligned(body, meaning.body, confusions)
        if head is not None and meaning.provinces:
            ratio *= _province(head, meaning.provinces)
        best = max(best, ratio)
    return best


def lattice_of(read: PlateRead) -> tuple[Position, ...]:
    """Per place the probabilities of its characters; made from whole texts where the read has no lattice."""
    if len(read.lattice) == len(read.text):
        return tuple({plain_body(one.text): one.confidence for one in place} for place in read.lattice)
    sure = max(read.confidence, 0.01) ** (1 / len(read.text))
    places = [{character: sure} for character in plain_body(read.text)]
    for candidate in read.candidates[1:]:
        if len(candidate.text) == len(places):
            for place, character in zip(places, plain_body(candidate.text), strict=True):
                place[character] = max(place.get(character, 0.0), candidate.confidence)
    return tuple(places)


def _aligned(places: tuple[Position, ...], typed: str, confusions: Confusions) -> float:
    """Sum over all ways to lay the typed characters over the places, none further off than `_MOST_SHIFTED`."""
    width = len(typed)
    if abs(len(places) - width) > _MOST_SHIFTED:
        return 0.0
    fits: list[list[float]] = []
    before: list[float] = []
    row = [_LOST**number if number <= _MOST_SHIFTED else 0.0 for number in range(width + 1)]
    for i, place in enumerate(places, 1):
        first, last = max(1, i - _MOST_SHIFTED), min(width, i + _MOST_SHIFTED)
        here = [0.0] * width
        after = [0.0] * (width + 1)
        after[0] = row[0] * _LOST if i <= _MOST_SHIFTED else 0.0
        for j in range(first, last + 1):
            here[j - 1] = fit = _fits(place, typed[j - 1], confusions)
            total = row[j - 1] * fit + (row[j] + after[j - 1]) * _LOST
            if i > 1 and j > 1:
                total += before[j - 2] * _SWAPPED * here[j - 2] * fits[-1][j - 1]
            after[j] = total
        fits.append(here)
        before, row = row, after
    return row[-1]


def _fits(place: Position, typed: str, confusions: Confusions) -> float:
    """How much likelier a place is if this character was typed than if any stands there."""
    doubted = confusions.of_place(place, typed)
    common = _DIGIT if typed in _DIGITS else _LETTER
    return (1 - _MISTYPED) * ((1 - _DOUBT) * place.get(typed, 0.0) + _DOUBT * doubted) / common + _MISTYPED


def _province(place: Position, provinces: frozenset[str]) -> float:
    """The same for the province character, of which the typed letters may mean several."""
    if CN_UNREAD_PROVINCE in place:
        return 1.0
    common = math.fsum(_HOME_PROVINCE.get(one, _PROVINCE) for one in provinces)
    seen = math.fsum(place.get(one, 0.0) for one in provinces)
    return ((1 - _PROVINCE_DOUBT) * seen + _PROVINCE_DOUBT * common) / common
