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
from central.reconcile.names import Name, meanings, plain_body
from contract.messages import PlateRead
from contract.plate import CN_PROVINCES, CN_UNREAD_PROVINCE, PlateCountry

_MISTYPED: Final = 0.003
"""Chance of a typed character to be another one. An assumption: 2 % of plates."""
_SWAPPED: Final = 0.001
"""Chance that two neighbours are swapped."""
_LOST: Final = 0.001
"""Chance that a character is missing in the read, or one too many in what was typed; and the reverse."""
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
    """Sum over all ways to lay the typed characters over the places."""
    fits = [[_fits(place, character, confusions) for character in typed] for place in places]
    before: list[float] = []
    row = [_LOST**number for number in range(len(typed) + 1)]
    for i in range(1, len(places) + 1):
        before, last = row, before
        row = [before[0] * _LOST]
        for j in range(1, len(typed) + 1):
            total = before[j - 1] * fits[i - 1][j - 1] + before[j] * _LOST + row[j - 1] * _LOST
            if i > 1 and j > 1:
                total += last[j - 2] * _SWAPPED * fits[i - 1][j - 2] * fits[i - 2][j - 1]
            row.append(total)
    return row[-1]


def _fits(place: Position, typed: str, confusions: Confusions) -> float:
    """How much likelier a place is if this character was typed than if any stands there."""
    camera = place.get(typed, 0.0)
    doubted = sum(p * confusions.probability(character, typed) for character, p in place.items())
    common = _DIGIT if typed.isdigit() else _LETTER
    return (1 - _MISTYPED) * ((1 - _DOUBT) * camera + _DOUBT * doubted) / common + _MISTYPED


def _province(place: Position, provinces: frozenset[str]) -> float:
    """The same for the province character, of which the typed letters may mean several."""
    if CN_UNREAD_PROVINCE in place:
        return 1.0
    common = math.fsum(_HOME_PROVINCE.get(one, _PROVINCE) for one in provinces)
    seen = math.fsum(place.get(one, 0.0) for one in provinces)
    return ((1 - _PROVINCE_DOUBT) * seen + _PROVINCE_DOUBT * common) / common
