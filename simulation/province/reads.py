"""What a camera makes of a plate: made-up reads that err as our own reader does on real pictures.

`read_errors.json` (`python -m training.reader.read_errors`) holds, for plates that nothing was trained on, how sure
each place of each read was, at which rank the true character stood and which characters are taken for which; and that
in two halves, of different plates. A read is made by laying one of these profiles over a plate. The places behind the
first three (dirt and screws are anywhere) may change their order; profiles of misreads serve the plates of both
countries.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from contract.messages import Candidate, PlateRead
from contract.plate import (
    CN_LETTERS,
    CN_PROVINCES,
    CN_UNREAD_PROVINCE,
    VN_LETTERS,
    PlateColour,
    PlateCountry,
    PlateKind,
    parse,
)
from simulation.traffic import PlateLook

Half = Literal["tuning", "final"]
WRONG_SHARE: Final = 0.03
"""Of the plates that are read so many are misread: 3 in 100, as at a gate that works well. On the pictures themselves
2.4 in 100 are."""
PROVINCE_UNREAD: Final = 0.01
"""Of the Chinese plates: all else is read. An assumption, for it happened on none of the 290 pictures of Chinese
plates; at a gate a frame or dirt covers the character."""
_UNREAD_CONFIDENCE: Final = (0.5, 0.6)
"""The reader is never surer of a plate without its province."""
_COLOUR_UNKNOWN: Final = 0.02
_CLEAR: Final = 0.999
"""How sure a clear place is, usually."""
_HEAD: Final = 3
"""Places of a plate that say where it comes from: a profile's stay in place."""
_SLOTS: Final = 4
"""A plate that is read right looks like one of so many: it is dirty in its own way."""
_TRIES: Final = 4
_DIGITS: Final = "0123456789"
_FIELDS: Final = set(PlateRead.model_fields)


@dataclass(frozen=True, slots=True)
class _Profile:
    """How one read went.

    `places`: for each character read its place in the truth (None: none), its options (class and
    probability, the one that was taken first), or None where it was clear. `others`: other texts that it may be, each
    as probability and changes (place in the read, option; -1: left out).
    """

    shape: str
    confidence: float
    places: tuple[tuple[int | None, tuple[tuple[str, float], ...] | None], ...]
    others: tuple[tuple[float, tuple[tuple[int, int], ...]], ...]


@dataclass(frozen=True, slots=True)
class _Made:
    """A character of a made-up read: the options and, first of them, what was taken."""

    options: tuple[Candidate, ...]


class CameraReads:
    """Reads plates as one half of the pictures was read."""

    def __init__(self, half: Half) -> None:
        """`tuning` for everything that is tried and adjusted, `final` for the numbers that count."""
        table = json.loads(Path(__file__).with_name("read_errors.json").read_text(encoding="utf-8"))[half]
        self._confusions: Mapping[str, Mapping[str, Mapping[str, int]]] = table["confusions"]
        self._clear: Mapping[str, Sequence[float]] = table["clear"]
        profiles = [(entry, _profile(entry)) for entry in table["doubtful"]]
        self._misread = [profile for entry, profile in profiles if entry["outcome"] == "wrong"]
        self._doubtful = {
            country: [
                p for entry, p in profiles if entry["outcome"] == "right" and (p.shape[0] == "h") == (country == "CN")
            ]
            for country in ("VN", "CN")
        }
        self._right: dict[tuple[str, int], PlateRead] = {}
        self._lattices: dict[str, tuple[tuple[Candidate, ...], ...]] = {}

    def read(self, look: PlateLook, rng: random.Random) -> PlateRead | None:
        """A read of this plate; None where what was made out is no plate's text, so that nothing is told."""
        if rng.random() < WRONG_SHARE:
            return next((read for _ in range(_TRIES) if (read := self._wrong(look, rng)) is not None), None)
        if look.text[0] in CN_PROVINCES and rng.random() < PROVINCE_UNREAD:
            return self._without_province(look, rng)
        slot = int(rng.random() * _SLOTS)
        known = self._right.get((look.text, slot))
        if known is None:
            known = self._right[look.text, slot] = self._rightly(look, rng)
        return known

    def _rightly(self, look: PlateLook, rng: random.Random) -> PlateRead:
        country = "VN" if look.text[0].isascii() else "CN"
        clear, doubtful = self._clear[country], self._doubtful[country]
        if rng.random() < len(clear) / (len(clear) + len(doubtful)):
            return self._told(look, look.text, self._lattice(look.text), rng.choice(clear), (), colour=_seen(look, rng))
        made, index, profile = self._laid_over(look, rng.choice(doubtful), rng, shuffled=False)
        return self._as_read(look, made, index, profile, rng)

    def _wrong(self, look: PlateLook, rng: random.Random) -> PlateRead | None:
        made, index, profile = self._laid_over(look, rng.choice(self._misread), rng, shuffled=True)
        read = self._as_read(look, made, index, profile, rng)
        return None if read.country is PlateCountry.OTHER else read

    def _without_province(self, look: PlateLook, rng: random.Random) -> PlateRead:
        """`?F12345`: which province it was is hardly more than a guess."""
        true = look.text[0]
        other = self._taken_for(true, "h", {true}, rng)
        shares = {CN_UNREAD_PROVINCE: 0.7, true: 0.15, other: 0.1}
        place = tuple(_candidate(character, share) for character, share in shares.items())
        confidence = round(rng.uniform(*_UNREAD_CONFIDENCE), 2)
        text = CN_UNREAD_PROVINCE + look.text[1:]
        guesses = [(round(confidence * shares[guess], 2), guess + look.text[1:]) for guess in (true, other)]
        lattice = (place, *self._lattice(look.text)[1:])
        return self._told(look, text, lattice, confidence, guesses, colour=_seen(look, rng))

    def _lattice(self, text: str) -> tuple[tuple[Candidate, ...], ...]:
        known = self._lattices.get(text)
        if known is None:
            known = self._lattices[text] = tuple((_candidate(character, _CLEAR),) for character in text)
        return known

    def _laid_over(
        self, look: PlateLook, profile: _Profile, rng: random.Random, *, shuffled: bool
    ) -> tuple[list[_Made], dict[int, int], _Profile]:
        """The characters of a read, and for each place of the profile which of them came from it."""
        text = look.text
        order = list(range(_HEAD, len(text)))
        if shuffled:
            rng.shuffle(order)
        shift = len(profile.shape) - len(text)
        source = {place: place for place in range(_HEAD)}
        source |= {
            place: to + shift for place, to in zip(range(_HEAD, len(text)), order, strict=True) if to + shift >= _HEAD
        }
        at = {place: number for number, (place, _) in enumerate(profile.places) if place is not None}
        strays = _strays(profile)
        made: list[_Made] = []
        index: dict[int, int] = {}
        for place, character in enumerate(text):
            before = source.get(place)
            for number in strays.get(before, ()) if before is not None else ():
                index[number] = len(made)
                made.append(self._options(character, profile, number, rng))
            if before is None:
                made.append(_Made((_candidate(character, _CLEAR),)))
            elif before in at:
                index[at[before]] = len(made)
                made.append(self._options(character, profile, at[before], rng))
        for number in strays.get(None, ()):
            index[number] = len(made)
            made.append(self._options(text[-1], profile, number, rng))
        return made, index, profile

    def _options(self, true: str, profile: _Profile, number: int, rng: random.Random) -> _Made:
        place, options = profile.places[number]
        if options is None:
            return _Made((_candidate(true, _CLEAR),))
        was = profile.shape[place] if place is not None else ""
        used = {true}
        found = []
        for kind, p in options:
            character = true
            if kind != "T":
                character = self._taken_for(true, _class_of(true) if kind == was else kind, used, rng)
                used.add(character)
            found.append(_candidate(character, p))
        return _Made(tuple(found))

    def _taken_for(self, true: str, kind: str, used: set[str], rng: random.Random) -> str:
        """Another character of a class that this one is taken for."""
        if kind == CN_UNREAD_PROVINCE:
            return CN_UNREAD_PROVINCE
        known = {c: n for c, n in self._confusions.get(true, {}).get(kind, {}).items() if c not in used}
        if known:
            return rng.choices(list(known), list(known.values()))[0]
        letters = VN_LETTERS if kind == "l" and true in VN_LETTERS else CN_LETTERS
        pool = {"d": _DIGITS, "l": letters, "h": CN_PROVINCES}[kind]
        return rng.choice([c for c in pool if c not in used])

    def _as_read(
        self, look: PlateLook, made: Sequence[_Made], index: Mapping[int, int], profile: _Profile, rng: random.Random
    ) -> PlateRead:
        text = "".join(one.options[0].text for one in made)
        others = [
            (p, other)
            for p, changes in profile.others
            if (other := _changed(text, made, [(index.get(number), option) for number, option in changes])) is not None
        ]
        lattice = tuple(tuple(sorted(one.options, key=lambda option: -option.confidence)) for one in made)
        return self._told(look, text, lattice, profile.confidence, others, colour=_seen(look, rng))

    def _told(
        self,
        look: PlateLook,
        text: str,
        lattice: tuple[tuple[Candidate, ...], ...],
        confidence: float,
        others: Sequence[tuple[float, str]],
        *,
        colour: PlateColour,
    ) -> PlateRead:
        plate = next(iter(parse(text, colour=colour, lines=look.lines)), None)
        candidates = [_candidate(text, confidence)]
        candidates += [_candidate(other, p) for p, other in others if other and other != text]
        return PlateRead.model_construct(
            _FIELDS,
            text=text,
            confidence=confidence,
            country=plate.country if plate else PlateCountry.OTHER,
            kind=plate.kind if plate else PlateKind.OTHER,
            colour=colour,
            lines=2 if look.lines == 2 else 1,
            lattice=lattice,
            candidates=tuple(candidates[:5]),
        )


def _profile(entry: Mapping[str, Any]) -> _Profile:
    places = tuple(
        (place, None) if isinstance(place, int) else (place[0], tuple((kind, p) for kind, p in place[1]))
        for place in entry["places"]
    )
    others = tuple((p, tuple((at, option) for at, option in changes)) for p, *changes in entry["others"])
    return _Profile(entry["shape"], entry["confidence"], places, others)


def _strays(profile: _Profile) -> dict[int | None, list[int]]:
    """Characters that do not stand on the plate, by the place of the truth they were read before."""
    found: dict[int | None, list[int]] = {}
    for number, (place, _) in enumerate(profile.places):
        if place is None:
            behind = (later for later, _ in profile.places[number:] if later is not None)
            found.setdefault(next(behind, None), []).append(number)
    return found


def _changed(text: str, made: Sequence[_Made], changes: Sequence[tuple[int | None, int]]) -> str | None:
    characters: list[str] = list(text)
    for place, option in changes:
        if place is None:
            return None
        characters[place] = "" if option < 0 else made[place].options[option].text
    return "".join(characters)


def _seen(look: PlateLook, rng: random.Random) -> PlateColour:
    return PlateColour.UNKNOWN if rng.random() < _COLOUR_UNKNOWN else look.colour


def _class_of(character: str) -> str:
    return "d" if character.isdigit() else "l" if character.isascii() else "h"


@cache
def _candidate(text: str, confidence: float) -> Candidate:
    """The same object for the same thing: a million reads share their clear places."""
    return Candidate(text=text, confidence=confidence)
