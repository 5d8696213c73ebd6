"""The grammar of plates: a text is taken apart into *every* class it can belong to.

Colour and line count narrow the answer; where they do not, more than one plate comes back: text alone cannot
tell, and the caller should not pretend. No character is ever replaced by a look-alike.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass

from contract.plate_kinds import (
    CN_AIRPORT_MARK,
    CN_ARMED_POLICE_MARK,
    CN_EMBASSY_MARK,
    CN_LETTERS,
    CN_NEV_LETTERS,
    CN_OFFICIAL_LETTER,
    CN_PROVINCES,
    CN_SUFFIXES,
    CN_TRAILER_MARK,
    CN_UNREAD_PROVINCE,
    VN_BLUE_LETTERS,
    VN_CODES,
    VN_DIPLOMATIC_SERIES,
    VN_LEGACY_CODE,
    VN_LETTERS,
    VN_SPECIAL_SERIES,
    PlateColour,
    PlateCountry,
    PlateKind,
)

_C = PlateColour
_SUFFIX_COLOURS = {
    "学": frozenset({_C.YELLOW}),
    "警": frozenset({_C.WHITE}),
    "港": frozenset({_C.BLACK}),
    "澳": frozenset({_C.BLACK}),
    "领": frozenset({_C.BLACK}),
    # paper plates with a sky-blue or brown-yellow pattern
    "试": frozenset({_C.BLUE, _C.YELLOW}),
    "超": frozenset({_C.BLUE, _C.YELLOW}),
}


@dataclass(frozen=True, slots=True)
class Plate:
    """A text understood as a plate of one class.

    Attributes:
        text: normalised, as it was given.
        region: local code `12`, province character `桂`; empty on military, embassy and airport plates, and where
            the province character could not be read.
        series: letters behind the region (`C`, `RM`, `TĐ`; the agency letter of a Chinese plate; the district's
            number on older plates of the armed police).
        serial: the number, with its letters on a Chinese plate; the country of a diplomatic one.
        suffix: what follows: 挂, 学 …, or the order number of a diplomatic plate. Often empty.

    """

    text: str
    country: PlateCountry
    kind: PlateKind
    region: str
    series: str
    serial: str
    suffix: str

    @property
    def colours(self) -> frozenset[PlateColour]:
        """Backgrounds that plates of this class and series have."""
        if self.kind is PlateKind.CN_SUFFIX:
            return _SUFFIX_COLOURS[self.suffix]
        if self.kind is PlateKind.VN_SPECIAL and self.series == "CD":
            return frozenset({PlateColour.BLUE})
        allowed = _RULE_OF[self.kind].colours
        if self.kind is PlateKind.VN_CIVIL and self.series not in VN_BLUE_LETTERS:
            return allowed - {PlateColour.BLUE}
        return allowed


@dataclass(frozen=True, slots=True)
class _Rule:
    country: PlateCountry
    kind: PlateKind
    pattern: re.Pattern[str]
    colours: frozenset[PlateColour]
    lines: frozenset[int]


def _rule(kind: PlateKind, pattern: str, colours: set[PlateColour], lines: set[int]) -> _Rule:
    country = PlateCountry(kind.value[:2].upper())
    return _Rule(country, kind, re.compile(pattern, re.ASCII), frozenset(colours), frozenset(lines))


_PP = r"(?P<region>\d\d)"  # which of them exist is looked up once, before any rule is tried
_L = f"[{VN_LETTERS}]"
# zones and machines have no fixed list of letters, but they keep clear of the pairs that mean something else
_TWO_LETTERS = rf"(?P<series>(?!{'|'.join(VN_SPECIAL_SERIES + VN_DIPLOMATIC_SERIES)}){_L}{{2}})"
_NG = "|".join(VN_DIPLOMATIC_SERIES)
_CN_REGION = rf"(?P<region>[{CN_PROVINCES}{CN_UNREAD_PROVINCE}])"
_CN = rf"{_CN_REGION}(?P<series>[{CN_LETTERS}])"
_CX = f"[{CN_LETTERS}0-9]"

# Order matters: of several classes that a text can be, the one met most often at a freight gate comes first.
_VN_LOCAL_RULES: tuple[_Rule, ...] = (
    _rule(
        PlateKind.VN_CIVIL,
        rf"{_PP}(?P<series>{_L})(?P<serial>\d{{4,5}})",
        {_C.WHITE, _C.YELLOW, _C.BLUE},
        {1, 2},
    ),
    _rule(
        PlateKind.VN_TRAILER,
        rf"{_PP}(?P<series>RM(?=\d{{5}}$)|R)(?P<serial>\d{{4,5}})",
        {_C.WHITE, _C.YELLOW},
        {1, 2},
    ),
    _rule(  # TD and MD: the stroke of Đ is easily lost in the picture
        PlateKind.VN_SPECIAL,
        rf"{_PP}(?P<series>{'|'.join(VN_SPECIAL_SERIES)}|TD|MD)(?P<serial>\d{{4,5}})",
        {_C.WHITE, _C.YELLOW, _C.BLUE},
        {1, 2},
    ),
    _rule(
        PlateKind.VN_DIPLOMATIC,
        rf"{_PP}(?P<serial>\d{{3}})(?P<series>{_NG})(?P<suffix>\d\d)",
        {_C.WHITE},
        {1, 2},
    ),
    _rule(  # the other order of the groups, on the short plate
        PlateKind.VN_DIPLOMATIC,
        rf"{_PP}(?P<series>{_NG})(?P<serial>\d{{3}})(?P<suffix>\d\d)",
        {_C.WHITE},
        {1, 2},
    ),
    _rule(PlateKind.VN_ZONE, rf"{_PP}{_TWO_LETTERS}(?P<serial>\d{{5}})", {_C.YELLOW}, {1, 2}),
    _rule(
        PlateKind.VN_MACHINE,
        rf"{_PP}{_TWO_LETTERS}(?P<serial>\d{{4}})",
        {_C.WHITE, _C.YELLOW},
        {1, 2},
    ),
    _rule(
        PlateKind.VN_MOTORCYCLE,
        rf"{_PP}(?P<series>{_L}[1-9]|{_L}{{2}}|M[ĐD][1-9])(?P<serial>\d{{4,5}})",
        {_C.WHITE, _C.BLUE, _C.YELLOW},
        {2},
    ),
)
_VN_OTHER_RULES: tuple[_Rule, ...] = (
    _rule(PlateKind.VN_TEMPORARY, rf"T{_PP}(?P<serial>\d{{5}})", {_C.WHITE}, {1, 2}),
    _rule(PlateKind.VN_MILITARY, r"(?P<series>[A-Z]{2})(?P<serial>\d{4})", {_C.RED}, {1, 2}),
)
_CN_RULES: tuple[_Rule, ...] = (
    _rule(  # at most two of the five are letters
        PlateKind.CN_ORDINARY,
        rf"{_CN_REGION}(?P<series>[{CN_LETTERS}{CN_OFFICIAL_LETTER}])(?=(?:\d*[A-Z]){{0,2}}\d*$)(?P<serial>{_CX}{{5}})",
        {_C.BLUE, _C.YELLOW},
        {1, 2},
    ),
    _rule(PlateKind.CN_TRAILER, rf"{_CN}(?P<serial>{_CX}{{4}})(?P<suffix>{CN_TRAILER_MARK})", {_C.YELLOW}, {2}),
    _rule(
        PlateKind.CN_SUFFIX,
        rf"{_CN}(?P<serial>{_CX}{{4}})(?P<suffix>[{CN_SUFFIXES}])",
        set().union(*_SUFFIX_COLOURS.values()),
        {1},
    ),
    _rule(PlateKind.CN_NEV_SMALL, rf"{_CN}(?P<serial>[{CN_NEV_LETTERS}]{_CX}\d{{4}})", {_C.GREEN}, {1}),
    _rule(PlateKind.CN_NEV_LARGE, rf"{_CN}(?P<serial>\d{{5}}[{CN_NEV_LETTERS}])", {_C.YELLOW_GREEN}, {1}),
    _rule(PlateKind.CN_EMBASSY, rf"{CN_EMBASSY_MARK}(?P<serial>\d{{6}})", {_C.BLACK}, {1}),
    _rule(PlateKind.CN_AIRPORT, rf"{CN_AIRPORT_MARK}(?P<series>[{CN_LETTERS}])(?P<serial>\d{{4}})", {_C.GREEN}, {1}),
)
_CN_ARMED_POLICE = _rule(
    PlateKind.CN_OTHER,
    rf"{CN_ARMED_POLICE_MARK}(?:(?P<region>[{CN_PROVINCES}])(?=\d{{4}}.$)|(?P<series>\d\d)(?=.\d{{4}}$))(?P<serial>{_CX}{{5}})",
    {_C.WHITE},
    {1, 2},
)
_RULE_OF = {rule.kind: rule for rule in (*_VN_LOCAL_RULES, *_VN_OTHER_RULES, *_CN_RULES, _CN_ARMED_POLICE)}
_CN_STARTS = frozenset(CN_PROVINCES + CN_UNREAD_PROVINCE + CN_EMBASSY_MARK + CN_AIRPORT_MARK[0])
_LONGEST_MILITARY = 6
_SEPARATORS = re.compile(r"[\s.,\-‐-―−·•‧∙・:_/]+")


@functools.lru_cache(maxsize=4096)
def normalise(text: str) -> str:
    """Upper case without separators; full-width characters become plain ones. Keeps Đ.

    No character is replaced by one that merely looks alike, but for Ð (eth), which some keyboards type for Đ.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _SEPARATORS.sub("", text.upper()).replace("Ð", "Đ")


@functools.lru_cache(maxsize=4096)
def parse(text: str, *, colour: PlateColour = PlateColour.UNKNOWN, lines: int | None = None) -> tuple[Plate, ...]:
    """Every class that `text` can be, the likeliest first; empty when no grammar fits.

    `colour` and `lines` (1 or 2) narrow the answer. Where they contradict every class that the letters allow
    they are left out of account, since the camera may have judged them wrongly: compare `Plate.colours` to
    notice. Only military plates are strict: two letters and four digits on another colour than red are none.
    """
    plain = normalise(text)
    fits = [plate for rule in _rules_for(plain) if (plate := _fit(rule, plain)) is not None]
    if colour is not PlateColour.UNKNOWN:
        fits = [plate for plate in fits if plate.kind is not PlateKind.VN_MILITARY or colour is PlateColour.RED]
        fits = [plate for plate in fits if colour in plate.colours] or fits
    if lines is not None:
        fits = [plate for plate in fits if lines in _RULE_OF[plate.kind].lines] or fits
    return tuple(fits)


def _rules_for(plain: str) -> tuple[_Rule, ...]:
    """The rules that a text with this beginning can fit: most reads are told apart here, cheaply."""
    if plain[:2] in VN_CODES:
        return _VN_LOCAL_RULES
    if plain[:1] in _CN_STARTS:
        return _CN_RULES
    if plain[:1] == "T" and plain[1:3] in VN_CODES:
        return _VN_OTHER_RULES
    if plain[:2] == CN_ARMED_POLICE_MARK and len(plain) > _LONGEST_MILITARY:
        return (_CN_ARMED_POLICE,)
    return _VN_OTHER_RULES[1:] if plain[:2].isalpha() else ()


def _fit(rule: _Rule, plain: str) -> Plate | None:
    match = rule.pattern.fullmatch(plain)
    if match is None:
        return None
    part = match.groupdict()
    region, series, serial = part.get("region") or "", part.get("series") or "", part["serial"]
    if not serial.strip("0"):
        return None  # numbers begin at 1
    if region == VN_LEGACY_CODE and not _is_legacy(rule.kind, serial):
        return None
    if rule.kind is PlateKind.VN_SPECIAL:
        series = {"TD": "TĐ", "MD": "MĐ"}.get(series, series)
    return Plate(
        text=plain,
        country=rule.country,
        kind=rule.kind,
        region=region.replace(CN_UNREAD_PROVINCE, ""),
        series=series,
        serial=serial,
        suffix=part.get("suffix", ""),
    )


def _is_legacy(kind: PlateKind, serial: str) -> bool:
    return kind in {PlateKind.VN_CIVIL, PlateKind.VN_TRAILER} and len(serial) == 4


def plausible_colours(plate: Plate) -> frozenset[PlateColour]:
    """Backgrounds that plates of this class and series have."""
    return plate.colours


def format_plate(text: str) -> str:
    """The text as people write it: `12C-345.67`, `桂F·12345`; unchanged when no grammar fits.

    Of several classes the likeliest decides. Normalising the result gives the normalised text again.
    """
    plates = parse(text)
    return _format(plates[0]) if plates else text


def _format(plate: Plate) -> str:
    if plate.country is PlateCountry.CN:
        if plate.kind is PlateKind.CN_EMBASSY:
            return f"{CN_EMBASSY_MARK}{plate.serial[:3]}·{plate.serial[3:]}"
        head = len(plate.text) - len(plate.serial) if plate.kind is PlateKind.CN_OTHER else 2
        return f"{plate.text[:head]}·{plate.text[head:]}"
    serial = plate.serial
    number = f"{serial[:3]}.{serial[3:]}" if len(serial) == 5 else serial
    if plate.kind is PlateKind.VN_TEMPORARY:
        return f"T{plate.region}-{number}"
    if plate.kind is PlateKind.VN_MILITARY:
        return f"{plate.series}-{serial[:2]}-{serial[2:]}"
    if plate.kind is PlateKind.VN_DIPLOMATIC:
        series_first = plate.text[2].isalpha()
        groups = (plate.series, serial) if series_first else (serial, plate.series)
        return "-".join((plate.region, *groups, plate.suffix))
    letters = plate.text[2 : len(plate.text) - len(serial)]  # as read: D stays D
    if plate.kind is PlateKind.VN_MOTORCYCLE:
        return f"{plate.region}-{letters} {number}"
    return f"{plate.region}{letters}-{number}"
