"""Plates as people type them, who have no Chinese keyboard and no time for Đ.

A declaration may hold `桂F12345`, `GUI F12345`, `QT-F12345` or just `F12345`, and for a trailer `F1234挂`,
`F1234 GUA` or `F1234G`. What was typed can mean more than one plate; then more than one comes back.
"""

from __future__ import annotations

import functools

from contract.plate_grammar import Plate, normalise, parse
from contract.plate_kinds import (
    CN_AIRPORT_MARK,
    CN_ARMED_POLICE_MARK,
    CN_EMBASSY_MARK,
    CN_TRAILER_MARK,
    CN_UNREAD_PROVINCE,
    PlateCountry,
    PlateKind,
)
from contract.regions import CN_REGIONS, CN_TYPED_PREFIXES, without_marks

_TYPED_SUFFIXES: dict[str, tuple[str, ...]] = {
    CN_TRAILER_MARK: ("GUA", "G"),
    "学": ("XUE",),
    "警": ("JING",),
    "港": ("GANG",),
    "澳": ("AO",),
    "领": ("LING",),
    "试": ("SHI",),
    "超": ("CHAO",),
}
_TYPED_MARKS = {PlateKind.CN_EMBASSY: (CN_EMBASSY_MARK, "SHI"), PlateKind.CN_AIRPORT: (CN_AIRPORT_MARK, "MINHANG")}
"""What stands where others have a province, and how it is typed."""


def _provinces_by_prefix() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {"": (CN_UNREAD_PROVINCE,)}
    for character, prefixes in CN_TYPED_PREFIXES.items():
        for prefix in prefixes:
            found[prefix] = (*found.get(prefix, ()), character)
    return found


_PROVINCES_BY_PREFIX = _provinces_by_prefix()
# nothing cut off first, then the longest prefix first: JINK12345 is JIN K12345 rather than JI NK12345
_CUTS = (0, *range(max(map(len, _PROVINCES_BY_PREFIX)), 0, -1))


@functools.lru_cache(maxsize=4096)
def parse_typed(text: str) -> tuple[Plate, ...]:
    """Every plate that a typed text can mean, the plainest reading first; empty when none.

    Beyond `parse` this understands Chinese plates without characters. Where no province was typed `region` is
    empty and the text begins with `?`.
    """
    plain = normalise(text)
    exact = parse(plain)
    if exact and exact[0].kind is not PlateKind.VN_MILITARY:
        return exact
    return tuple(dict.fromkeys((*exact, *_chinese_readings(plain))))


def _chinese_readings(typed: str) -> list[Plate]:
    plain = without_marks(typed)
    tails = [(mark, tail) for mark, latin in _TYPED_SUFFIXES.items() for tail in latin if plain.endswith(tail)]
    bodies = [plain, *(plain.removesuffix(tail) + mark for mark, tail in tails)]
    texts = [
        province + body[cut:]
        for body in bodies
        for cut in _CUTS
        for province in _PROVINCES_BY_PREFIX.get(body[:cut], ())
    ]
    police = plain.removeprefix(CN_ARMED_POLICE_MARK)
    texts += [
        CN_ARMED_POLICE_MARK + province + police[cut:]
        for cut in _CUTS
        if police != plain
        for province in _PROVINCES_BY_PREFIX.get(police[:cut], ())
    ]
    texts += [mark + plain.removeprefix(latin) for mark, latin in _TYPED_MARKS.values() if plain.startswith(latin)]
    # a character that was typed leads the way: here it stands behind its typed tail only
    texts += [body for body in bodies[1:] if body[0] in CN_REGIONS]
    return [plate for text in texts for plate in parse(text)]


@functools.lru_cache(maxsize=4096)
def typed_forms(text: str) -> frozenset[str]:
    """What people may type for this plate, normalised; holds the text itself.

    For a Chinese plate with and without its province, in characters and Latin letters; for a Vietnamese one
    with Đ and D, and the groups of a diplomatic plate in both orders.
    """
    plain = normalise(text)
    forms = {plain, _plain_d(plain)}
    for plate in parse(plain):
        forms |= _chinese_forms(plate) if plate.country is PlateCountry.CN else _vietnamese_forms(plate)
    return frozenset(forms)


def _vietnamese_forms(plate: Plate) -> set[str]:
    if plate.kind is PlateKind.VN_DIPLOMATIC:
        return {
            plate.region + plate.serial + plate.series + plate.suffix,
            plate.region + plate.series + plate.serial + plate.suffix,
        }
    if plate.kind is PlateKind.VN_SPECIAL:
        return {plate.region + plate.series + plate.serial}
    return set()


def _chinese_forms(plate: Plate) -> set[str]:
    if plate.kind is PlateKind.CN_OTHER:
        return {CN_ARMED_POLICE_MARK + head + plate.serial for head in _typed_heads(plate) or (plate.series,)}
    if plate.kind in _TYPED_MARKS:
        return {_TYPED_MARKS[plate.kind][1] + plate.series + plate.serial}
    heads = ("", *_typed_heads(plate))
    tails = (plate.suffix, *_TYPED_SUFFIXES.get(plate.suffix, ()))
    forms = {head + plate.series + plate.serial + tail for head in heads for tail in tails}
    # who types the character also types 挂: behind it a G belongs to the number
    return forms - {f"{plate.region}{plate.series}{plate.serial}G"} if plate.region else forms


def _typed_heads(plate: Plate) -> tuple[str, ...]:
    """The province as it may be typed; nothing where it was not read or there is none."""
    return (plate.region, *CN_TYPED_PREFIXES[plate.region]) if plate.region else ()


def typed_key(text: str) -> str:
    """A key for looking up plates, the same for a plate and for what people type for it.

    Agency letter and number for a Chinese plate (`F12345`; a trailer's 挂 becomes G, `F1234G`), the text with D
    for Đ for a Vietnamese one. Two plates with one key can still be different plates, since the province is
    left out: a key finds, it does not prove. Where a text can be cut in several ways (`EF12345`) nothing is
    cut off, and its key is not that of 鄂F12345; `typed_forms` knows those few too.
    """
    plates = parse_typed(text)
    if not plates:
        return _plain_d(normalise(text))
    plate = plates[0]
    if plate.kind is PlateKind.VN_DIPLOMATIC:
        return plate.region + plate.serial + plate.series + plate.suffix
    if plate.country is PlateCountry.VN or plate.kind in _TYPED_MARKS or plate.kind is PlateKind.CN_OTHER:
        return _plain_d(plate.text)
    return plate.series + plate.serial + plate.suffix.replace(CN_TRAILER_MARK, "G")


def _plain_d(text: str) -> str:
    return text.replace("Đ", "D")


def latin_form(text: str) -> str | None:
    """A Chinese plate in Latin letters, `GUI-F12345`, for people who cannot read or type the character."""
    plate = next(iter(parse(text)), None)
    if plate is None or plate.country is not PlateCountry.CN:
        return None
    if plate.kind in _TYPED_MARKS:
        return f"{_TYPED_MARKS[plate.kind][1]}-{plate.series}{plate.serial}"
    head = CN_TYPED_PREFIXES[plate.region][0] if plate.region else CN_UNREAD_PROVINCE
    if plate.kind is PlateKind.CN_OTHER:
        return f"{CN_ARMED_POLICE_MARK}{plate.series or head}-{plate.serial}"
    tail = _TYPED_SUFFIXES[plate.suffix][0] if plate.suffix else ""
    return f"{head}-{plate.series}{plate.serial}{tail}"
