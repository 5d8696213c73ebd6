"""The plate grammar of Vietnam and China: normalise, parse, format for people, compare as typed.

A text is parsed into *every* class it can belong to. Colour and line count narrow the answer; where they do
not, more than one plate comes back: text alone cannot tell, and the caller should not pretend.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from contract.regions import (
    CN_PROVINCES,
    CN_REGIONS,
    CN_TYPED_PREFIXES,
    GUANGXI_AGENCIES,
    VN_REGIONS,
    Language,
)


class PlateCountry(StrEnum):
    """Who issued a plate."""

    VN = "VN"
    CN = "CN"
    OTHER = "OTHER"


class PlateColour(StrEnum):
    """Background of a plate, which tells classes apart where letters cannot."""

    WHITE = "white"
    YELLOW = "yellow"
    BLUE = "blue"
    RED = "red"
    GREEN = "green"
    YELLOW_GREEN = "yellow_green"
    BLACK = "black"
    UNKNOWN = "unknown"


class PlateKind(StrEnum):
    """Class of a plate."""

    VN_CIVIL = "vn_civil"
    VN_TRAILER = "vn_trailer"
    VN_SPECIAL = "vn_special"
    VN_ZONE = "vn_zone"
    VN_MACHINE = "vn_machine"
    VN_TEMPORARY = "vn_temporary"
    VN_DIPLOMATIC = "vn_diplomatic"
    VN_MILITARY = "vn_military"
    VN_MOTORCYCLE = "vn_motorcycle"
    CN_ORDINARY = "cn_ordinary"
    CN_TRAILER = "cn_trailer"
    CN_SUFFIX = "cn_suffix"
    CN_EMBASSY = "cn_embassy"
    CN_NEV_SMALL = "cn_nev_small"
    CN_NEV_LARGE = "cn_nev_large"
    OTHER = "other"


VN_LETTERS = "ABCDEFGHKLMNPSTUVXYZ"
"""The twenty series letters; I J O Q R W are not used in ordinary series."""
VN_BLUE_LETTERS = "ABCDEFGHKLM"
CN_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
CN_SUFFIXES = "学警港澳领试超"
CN_NEV_LETTERS = "ABCDEFGHJK"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZĐ" + CN_PROVINCES + "挂" + CN_SUFFIXES + "使"
"""Every character a plate may hold, the order that models use."""

_C = PlateColour
_PP = r"(?P<region>\d\d)"
_CN = rf"(?P<region>[{CN_PROVINCES}])(?P<series>[{CN_LETTERS}])"
_CX = f"[{CN_LETTERS}0-9]"
# at most two of a serial's characters are letters
_FEW_LETTERS = "(?=(?:[0-9]*[A-Z]){{0,2}}[0-9]*(?:{end})$)"


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: PlateKind
    pattern: re.Pattern[str]
    colours: frozenset[PlateColour]
    lines: frozenset[int]


def _rule(kind: PlateKind, pattern: str, colours: set[PlateColour], lines: set[int]) -> _Rule:
    return _Rule(kind, re.compile(f"^{pattern}$"), frozenset(colours), frozenset(lines))


# Order matters: of several classes that a text can be, the one met most often at a freight gate comes first.
_RULES: tuple[_Rule, ...] = (
    _rule(
        PlateKind.VN_CIVIL,
        rf"{_PP}(?P<series>[{VN_LETTERS}])(?P<serial>\d{{4,5}})",
        {_C.WHITE, _C.YELLOW, _C.BLUE},
        {1, 2},
    ),
    _rule(
        PlateKind.VN_TRAILER,
        rf"{_PP}(?:(?P<series>RM)(?P<serial>\d{{5}})|(?P<series_2>R)(?P<serial_2>\d{{4,5}}))",
        {_C.WHITE, _C.YELLOW},
        {1, 2},
    ),
    _rule(
        PlateKind.VN_SPECIAL,
        rf"{_PP}(?P<series>KT|CD|MK|TĐ|TD|HC|LD|DA|MĐ|MD)(?P<serial>\d{{4,5}})",
        {_C.WHITE, _C.YELLOW, _C.BLUE},
        {1, 2},
    ),
    _rule(PlateKind.VN_TEMPORARY, rf"(?P<series>T){_PP}(?P<serial>\d{{5}})", {_C.WHITE}, {1, 2}),
    _rule(
        PlateKind.VN_DIPLOMATIC,
        rf"{_PP}(?:(?P<serial>\d{{3}})(?P<series>NG|QT|CV|NN)(?P<suffix>\d\d)"
        r"|(?P<series_2>NG|QT|CV|NN)(?P<serial_2>\d{3})(?P<suffix_2>\d\d))",
        {_C.WHITE},
        {1, 2},
    ),
    _rule(
        PlateKind.VN_ZONE,
        rf"{_PP}(?P<series>[{VN_LETTERS}]{{2}})(?P<serial>\d{{5}})",
        {_C.YELLOW},
        {1, 2},
    ),
    _rule(
        PlateKind.VN_MACHINE,
        rf"{_PP}(?P<series>[{VN_LETTERS}]{{2}})(?P<serial>\d{{4}})",
        {_C.WHITE, _C.YELLOW},
        {1, 2},
    ),
    _rule(
        PlateKind.VN_MOTORCYCLE,
        rf"{_PP}(?P<series>[{VN_LETTERS}][1-9]|[{VN_LETTERS}]{{2}}|MĐ[1-9]|MD[1-9])(?P<serial>\d{{4,5}})",
        {_C.WHITE, _C.BLUE, _C.YELLOW},
        {2},
    ),
    _rule(PlateKind.VN_MILITARY, r"(?P<series>[A-Z]{2})(?P<serial>\d{4})", {_C.RED}, {1, 2}),
    _rule(
        PlateKind.CN_ORDINARY,
        rf"{_CN}{_FEW_LETTERS.format(end='')}(?P<serial>{_CX}{{5}})",
        {_C.BLUE, _C.YELLOW},
        {1, 2},
    ),
    _rule(PlateKind.CN_TRAILER, rf"{_CN}(?P<serial>{_CX}{{4}})(?P<suffix>挂)", {_C.YELLOW}, {2}),
    _rule(
        PlateKind.CN_SUFFIX,
        rf"{_CN}(?P<serial>{_CX}{{4}})(?P<suffix>[{CN_SUFFIXES}])",
        {_C.YELLOW, _C.WHITE, _C.BLACK, _C.BLUE},
        {1},
    ),
    _rule(PlateKind.CN_NEV_SMALL, rf"{_CN}(?P<serial>[{CN_NEV_LETTERS}]{_CX}\d{{4}})", {_C.GREEN}, {1}),
    _rule(PlateKind.CN_NEV_LARGE, rf"{_CN}(?P<serial>\d{{5}}[{CN_NEV_LETTERS}])", {_C.YELLOW_GREEN}, {1}),
    _rule(PlateKind.CN_EMBASSY, r"(?P<series>使)(?P<serial>\d{6})", {_C.BLACK}, {1}),
)
_RULE_OF = {rule.kind: rule for rule in _RULES}
_SEPARATORS = re.compile(r"[\s.\-·•_:/]")


@dataclass(frozen=True, slots=True)
class Plate:
    """A text understood as a plate of one class.

    `region` is the local code or the province character, `series` the letters behind it, `serial` the number,
    `suffix` what follows (挂, 学 …, or the order number of a diplomatic plate). Absent parts are empty.
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
        """Backgrounds that this class can have."""
        allowed = _RULE_OF[self.kind].colours
        if self.kind is PlateKind.VN_CIVIL and self.series not in VN_BLUE_LETTERS:
            return allowed - {PlateColour.BLUE}
        return allowed


def normalise(text: str) -> str:
    """Upper case without separators. Keeps Đ; no character is replaced by a look-alike."""
    return _SEPARATORS.sub("", text.upper())


@functools.lru_cache(maxsize=4096)
def parse(
    text: str, *, colour: PlateColour = PlateColour.UNKNOWN, lines: int | None = None
) -> tuple[Plate, ...]:
    """Every class that `text` can be, the likeliest first; empty when no grammar fits.

    `colour` and `lines` narrow the answer. When they fit none of the classes they are left out of account, since
    the camera may have judged them wrongly; compare `Plate.colours` to notice the contradiction.
    """
    plain = normalise(text)
    fits = [plate for rule in _RULES if (plate := _fit(rule, plain))]
    for narrower in (
        [plate for plate in fits if colour in plate.colours],
        [plate for plate in fits if lines in _RULE_OF[plate.kind].lines],
    ):
        both = [plate for plate in fits if plate in narrower]
        fits = both or fits
    return tuple(fits)


def _fit(rule: _Rule, plain: str) -> Plate | None:
    match = rule.pattern.match(plain)
    if match is None:
        return None
    part = {name.removesuffix("_2"): value for name, value in match.groupdict().items() if value}
    country = PlateCountry.CN if rule.kind.startswith("cn_") else PlateCountry.VN
    region, serial = part.get("region", ""), part["serial"]
    if country is PlateCountry.VN and rule.kind is not PlateKind.VN_MILITARY and region not in VN_REGIONS:
        return None
    if not serial.strip("0"):
        return None  # numbers begin at 1
    return Plate(plain, country, rule.kind, region, part.get("series", ""), serial, part.get("suffix", ""))


def plausible_colours(plate: Plate) -> frozenset[PlateColour]:
    """Backgrounds that the class of this plate can have."""
    return plate.colours


def format_plate(text: str) -> str:
    """The text as people write it: `12C-345.67`, `桂F·12345`; unchanged when no grammar fits."""
    plates = parse(text)
    return _format(plates[0]) if plates else text


def _format(plate: Plate) -> str:
    number = f"{plate.serial[:3]}.{plate.serial[3:]}" if len(plate.serial) == 5 else plate.serial
    head = plate.region + plate.series
    by_kind: dict[PlateKind, Callable[[], str]] = {
        PlateKind.VN_TEMPORARY: lambda: f"T{plate.region}-{number}",
        PlateKind.VN_DIPLOMATIC: lambda: f"{plate.region}-{plate.serial}-{plate.series}-{plate.suffix}",
        PlateKind.VN_MILITARY: lambda: f"{plate.series}-{plate.serial[:2]}-{plate.serial[2:]}",
        PlateKind.VN_MOTORCYCLE: lambda: f"{plate.region}-{plate.series} {number}",
    }
    if plate.kind in by_kind:
        return by_kind[plate.kind]()
    if plate.country is PlateCountry.CN:
        return f"{head}·{plate.serial}{plate.suffix}"
    return f"{head}-{number}"


def latin_form(text: str) -> str | None:
    """A Chinese plate in Latin letters, `GUI-F12345`, for people who cannot read or type the character."""
    plate = next((plate for plate in parse(text) if plate.region in CN_TYPED_PREFIXES), None)
    if plate is None:
        return None
    tail = "GUA" if plate.suffix == "挂" else plate.suffix
    return f"{CN_TYPED_PREFIXES[plate.region][0]}-{plate.series}{plate.serial}{tail}"


def region_name(plate: Plate, language: Language) -> str | None:
    """Who issued the plate: "name when issued (name today)" in Vietnam, "province / city" in Guangxi."""
    if plate.region in VN_REGIONS:
        return VN_REGIONS[plate.region]
    names = CN_REGIONS.get(plate.region)
    if names is None:
        return None
    city = GUANGXI_AGENCIES.get(plate.series) if plate.region == "桂" else None
    return f"{names[language]} / {city[language]}" if city else names[language]


def typed_forms(text: str) -> frozenset[str]:
    """What officers may type for this plate, normalised; holds the text itself.

    Vietnamese keyboards have no Chinese characters, so a declaration may hold `桂F12345`, `GUIF12345`, `QTF12345` or
    `F12345`, and for a trailer `F1234挂`, `F1234GUA` or `F1234G`. The Vietnamese Đ is often typed as D.
    """
    plain = normalise(text)
    forms = {plain, plain.replace("Đ", "D")}
    for plate in parse(plain):
        if plate.region in CN_TYPED_PREFIXES:
            tails = ("挂", "GUA", "G") if plate.suffix == "挂" else (plate.suffix,)
            for prefix in ("", plate.region, *CN_TYPED_PREFIXES[plate.region]):
                forms.update(f"{prefix}{plate.series}{plate.serial}{tail}" for tail in tails)
    return frozenset(forms)


_ALL_PREFIXES = sorted({p for forms in CN_TYPED_PREFIXES.values() for p in forms}, key=len, reverse=True)
_TYPED_CN = re.compile(
    rf"^(?:[{CN_PROVINCES}]|{'|'.join(_ALL_PREFIXES)})?"
    rf"(?P<core>[{CN_LETTERS}](?=(?:[0-9]*[A-Z]){{0,2}}[0-9]*[挂{CN_SUFFIXES}]?$|[0-9A-Z]{{4}}GUA$)"
    rf"{_CX}{{4,6}}?)(?P<tail>挂|GUA|[{CN_SUFFIXES}])?$"
)


def typed_key(text: str) -> str:
    """A key for looking up near texts: agency letter and number for Chinese plates, Đ as D for Vietnamese ones.

    Two texts with one key may still be different plates (the province is left out): a key finds, it does not prove.
    """
    plain = normalise(text)
    if parse(plain) and plain[0] not in CN_PROVINCES:
        return plain.replace("Đ", "D")
    match = _TYPED_CN.match(plain)
    if match is None:
        return plain.replace("Đ", "D")
    tail = "挂" if match["tail"] == "GUA" else match["tail"] or ""
    return match["core"] + tail
