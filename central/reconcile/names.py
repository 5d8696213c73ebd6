"""Plates as keys: under what a read and a typed text are looked up, and whether they name the same plate.

`contract.plate` knows every form and takes 30–100 µs for a text; most texts are plain, and for these the key is found
here in two. The answers are the same.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from contract.plate import (
    CN_NEV_LETTERS,
    CN_PROVINCES,
    CN_TRAILER_MARK,
    CN_UNREAD_PROVINCE,
    PlateCountry,
    normalise,
    parse_typed,
    typed_forms,
    typed_key,
)
from contract.regions import CN_TYPED_PREFIXES, without_marks

_VN_PLAIN: Final = re.compile(r"[1-9]\d(?!NG|QT|CV|NN)[A-Z]{1,2}\d{4,5}", re.ASCII)
_CN_LETTER: Final = "[A-HJ-NP-Z]"
_CN_LARGE: Final = rf"\d{{5}}[{CN_NEV_LETTERS}]"
"""The number of a lorry with a green plate."""
_CN_PLAIN: Final = re.compile(
    rf"[{CN_PROVINCES}{CN_UNREAD_PROVINCE}]{_CN_LETTER}"
    rf"(?:(?=(?:\d*[A-Z]){{0,2}}\d*$)[A-HJ-NP-Z0-9]{{5}}|{_CN_LARGE})",
    re.ASCII,
)
_CN_TRAILER: Final = re.compile(rf"[{CN_PROVINCES}]({_CN_LETTER}[A-HJ-NP-Z0-9]{{4}}){CN_TRAILER_MARK}", re.ASCII)
_LATIN_PLAIN: Final = re.compile(rf"([A-Z]*)({_CN_LETTER}\d{{4,5}})(|G|GUA|{CN_TRAILER_MARK})", re.ASCII)
_LATIN_LETTERED: Final = re.compile(
    rf"([A-Z]*)({_CN_LETTER}(?:(?=\d*[A-Z]\d*[A-Z]?\d*$)[A-HJ-NP-Z0-9]{{4}}\d|{_CN_LARGE}))", re.ASCII
)
"""The same with letters in the number."""
_TRAILER_TAIL: Final = re.compile(r"([A-Z]?\d{3,5}|[A-Z][A-Z0-9]\d{3})[A-Z]{1,4}$", re.ASCII)
"""A trailer's number before a mistyped GUA."""
_NO_NUMBER: Final = "00000"
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ROW_DIGITS: Final = 2
_TEXTS: Final = 1 << 19
"""Texts that are kept with their names: those of two months at the border, of which a day has a tenth."""
_CN_LENGTHS: Final = (6, 7)
"""Characters of a Chinese plate behind its province."""


def _provinces_of_prefixes() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for province, prefixes in CN_TYPED_PREFIXES.items():
        for prefix in prefixes:
            found.setdefault(prefix, set()).add(province)
    return {prefix: frozenset(provinces) for prefix, provinces in found.items()}


_PROVINCES_OF: Final = _provinces_of_prefixes()
_NO_PROVINCE: Final = frozenset[str]()
_ANY_PROVINCE: Final = frozenset(CN_PROVINCES + CN_UNREAD_PROVINCE)
_ONE_PROVINCE: Final = {province: frozenset(province) for province in CN_PROVINCES}


class Name(NamedTuple):
    """A normalised text, as it is looked up.

    Attributes:
        key: as `typed_key` gives it: the same for a plate and for what people type for it.
        provinces: the Chinese provinces that it can be of; None where that takes a closer look, empty for a plain
            Vietnamese plate.

    """

    text: str
    key: str
    provinces: frozenset[str] | None

    def __hash__(self) -> int:
        """The text says it all."""
        return hash(self.text)


@functools.lru_cache(maxsize=_TEXTS)
def name_of(typed: str) -> Name:
    """The name of a text that was read or typed."""
    is_bare = typed.isalnum()
    if is_bare and (plain := _plainly(typed)) is not None:  # most texts are normalised already
        return plain
    text = normalise(typed)
    plain = None if is_bare and text == typed else _plainly(text)
    return plain or Name(text, typed_key(text), None)


def _plainly(text: str) -> Name | None:
    """The name of a text that has one of the plain forms as it stands there."""
    head = text[:1]
    if head.isdigit():
        return Name(text, text, _NO_PROVINCE) if _VN_PLAIN.fullmatch(text) else None
    return _chinese(text) if head in _ANY_PROVINCE else _latin(text)


def _chinese(text: str) -> Name | None:
    """The same of one that begins with a province's character, or with the sign for one that was not read."""
    if _CN_PLAIN.fullmatch(text) and not text.endswith(_NO_NUMBER):
        return Name(text, text[1:], _ONE_PROVINCE.get(text[0]))
    if trailer := _CN_TRAILER.fullmatch(text):
        return Name(text, f"{trailer[1]}G", _ONE_PROVINCE[text[0]]) if trailer[1][1:] != "0000" else None
    return None


def _latin(text: str) -> Name | None:
    """The same of a Chinese plate that was typed in Latin letters."""
    latin = _LATIN_PLAIN.fullmatch(text)
    if latin:
        head, number, mark = latin.groups()
        if number[1:].strip("0") and len(head) != 1 and (len(number) == 6) is (mark == ""):
            provinces = _provinces_of(head)
            return Name(text, number + ("G" if mark else ""), provinces) if provinces is not None else None
    elif lettered := _LATIN_LETTERED.fullmatch(text):
        head, number = lettered.groups()
        if len(head) != 1 and (provinces := _provinces_of(head)) is not None:
            is_plain = number[1].isdigit() and (len(provinces) == 1 or not head)  # else it may mean more than that
            return Name(text, number, provinces if is_plain else None)
    return None


def _provinces_of(head: str) -> frozenset[str] | None:
    """Those that a beginning may be typed for; any where none was typed, None where it is no such beginning."""
    return _PROVINCES_OF.get(head) if head else _ANY_PROVINCE


def names_same(read: Name, declared: Name) -> bool:
    """Whether `declared` is one of the forms that people type for the plate `read`."""
    if read.text == declared.text:
        return True
    if read.provinces is not None and declared.provinces is not None:
        if read.key != declared.key:
            return False
        if _is_trailer(declared.text) and not _is_trailer(read.text):
            return False
        if _is_trailer(read.text) and declared.text[0] in _ANY_PROVINCE and not _is_trailer(declared.text):
            return False  # who types the character also types 挂: behind it a G belongs to the number
        return read.provinces <= declared.provinces and bool(read.provinces)
    return declared.text in typed_forms(read.text)


def is_named(read: str, typed: str) -> bool:
    """`names_same` of two texts."""
    return read == typed or names_same(name_of(read), name_of(typed))


def _is_trailer(text: str) -> bool:
    return text.endswith((CN_TRAILER_MARK, "GUA"))


def may_be_same(one: Name, other: Name) -> bool:
    """Whether two typed texts can name one plate."""
    if one.key != other.key:
        return False
    provinces = [
        {province for meaning in meanings(name) for province in meaning.provinces}
        for name in (one, other)
        if name.provinces != frozenset()
    ]
    return len(provinces) < 2 or not all(provinces) or bool(provinces[0] & provinces[1])


@functools.lru_cache(maxsize=_TEXTS)
def shortened(key: str) -> frozenset[str]:
    """The key, and the key with any one character left out: two keys one character apart share one of these."""
    return frozenset((key, *(key[:place] + key[place + 1 :] for place in range(len(key)))))


def thirds(key: str) -> frozenset[str]:
    """Its beginning, middle and end: of two slips, mostly, one of three is still as it was."""
    third = len(key) // 3
    return frozenset((f"{key[:third]}-", f"-{key[third:-third]}-", f"-{key[-third:]}"))


def in_row(key: str, body: str) -> bool:
    """Whether two plates are the same but for the last two digits of their numbers, as those of a fleet are."""
    if len(key) != len(body) or key == body:
        return False
    end = len(body.rstrip(_LETTERS))
    head = end - _ROW_DIGITS
    return key[:head] == body[:head] and key[end:] == body[end:] and (key[head:end] + body[head:end]).isdigit()


@dataclass(frozen=True, slots=True)
class Meaning:
    """One plate that a typed text can mean: the province where one was typed, and the rest as keys have it."""

    provinces: frozenset[str]
    body: str
    is_chinese: bool


@functools.lru_cache(maxsize=_TEXTS)
def meanings(declared: Name) -> tuple[Meaning, ...]:
    """What a typed text can mean, also where it was mistyped so that it is no plate at all."""
    if declared.provinces is not None:
        stated = frozenset[str]() if declared.provinces is _ANY_PROVINCE else declared.provinces
        return (Meaning(stated, declared.key, is_chinese=bool(declared.provinces)),)
    found = {_meaning(plate.text, plate.country, plate.region) for plate in parse_typed(declared.text)}
    found = found | set(_of_longest_prefix(declared.text)) if found else set(_mistyped(declared.text))
    return tuple(sorted(found, key=lambda one: (one.body, sorted(one.provinces))))


def _meaning(text: str, country: PlateCountry, region: str) -> Meaning:
    if country is not PlateCountry.CN or text[0] not in _ANY_PROVINCE:
        return Meaning(frozenset(), plain_body(text), is_chinese=False)
    return Meaning(frozenset(region), plain_body(text[1:]), is_chinese=True)


def _of_longest_prefix(text: str) -> Iterable[Meaning]:
    """What is left with a slip where that makes a plate of another province: YUE-B5281 is 渝EB5281, too."""
    plain = without_marks(text)
    for cut in range(len(plain) - 4, 1, -1):
        if provinces := _PROVINCES_OF.get(plain[:cut]):
            yield Meaning(provinces, plain_body(plain[cut:]), is_chinese=True)
            return


def _mistyped(text: str) -> Iterable[Meaning]:
    plain = without_marks(text)
    yield Meaning(frozenset(), plain_body(text), is_chinese=False)
    if trailer := _TRAILER_TAIL.search(plain):
        yield Meaning(frozenset(), f"{trailer[1]}G", is_chinese=True)
    if text[:1] in _ONE_PROVINCE:
        yield Meaning(_ONE_PROVINCE[text[0]], plain_body(text[1:]), is_chinese=True)
        return
    yield Meaning(frozenset(), plain_body(plain), is_chinese=True)
    for cut in range(2, len(plain) - 3):
        if provinces := _PROVINCES_OF.get(plain[:cut]):
            yield Meaning(provinces, plain_body(plain[cut:]), is_chinese=True)
    for length in _CN_LENGTHS:  # the province itself was mistyped
        if len(plain) > length + 1 and plain[-length].isalpha():
            yield Meaning(frozenset(), plain_body(plain[-length:]), is_chinese=True)


@functools.lru_cache(maxsize=_TEXTS)
def bodies(declared: Name) -> frozenset[str]:
    """The key of a typed text, and where it is no plate what its key may have been."""
    return frozenset({declared.key, *(meaning.body for meaning in meanings(declared))})


def plain_body(text: str) -> str:
    """A text with D for Đ and G for 挂, as keys have it."""
    return text.replace("Đ", "D").replace(CN_TRAILER_MARK, "G")
