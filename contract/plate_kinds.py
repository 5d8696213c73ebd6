"""Words of the plate grammar: who issues plates, their colours and classes, the characters they hold."""

from __future__ import annotations

from enum import StrEnum


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
    """Class of a plate. The value begins with its country, `vn_` or `cn_`."""

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
    CN_AIRPORT = "cn_airport"
    CN_NEV_SMALL = "cn_nev_small"
    CN_NEV_LARGE = "cn_nev_large"
    CN_OTHER = "cn_other"
    OTHER = "other"


VN_LETTERS = "ABCDEFGHKLMNPSTUVXYZ"
"""The twenty series letters; I J O Q R W are not used in ordinary series (Circular 58/2020, Art. 25)."""
VN_BLUE_LETTERS = "ABCDEFGHKLM"
"""Series letters of Party and State bodies, which have blue plates."""
VN_SPECIAL_SERIES = ("KT", "CD", "MK", "TĐ", "HC", "LD", "DA", "MĐ")
"""Military enterprise, police special, farm tractor, pilot, limited range; legacy foreign-invested, project,
electric two-wheeler."""
VN_DIPLOMATIC_SERIES = ("NG", "QT", "CV", "NN")
"""Diplomats, international organisations, their technical staff, other foreign bodies and people."""
VN_CENTRAL_POLICE_CODE = "80"
VN_LEGACY_CODE = "13"
"""Hà Bắc, divided in 1997: only on four-digit plates."""
VN_NOT_ISSUED_CODES = frozenset({"10", "42", "44", "45", "46", "87", "91", "96"})
VN_CODES = frozenset(str(code) for code in range(11, 100)) - VN_NOT_ISSUED_CODES
"""80 local codes that 34 provinces use since 1 July 2025, the central police and the legacy code."""

CN_PROVINCES = "桂粤云湘贵川渝鄂豫鲁冀苏浙闽赣皖京津沪晋陕甘青宁新藏蒙琼辽吉黑"
"""The 31 province characters, Guangxi and its neighbours first."""
CN_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters of agencies and serials: I and O never occur (GA 36-2018)."""
CN_OFFICIAL_LETTER = "O"
"""Agency letter on plates of police and authorities from before the standard, of cars alone; many still drive."""
CN_TRAILER_MARK = "挂"
CN_SUFFIXES = "学警港澳领试超"
"""Training, police, Hong Kong, Macao, consulate, test, oversize: the last character of a plate."""
CN_EMBASSY_MARK = "使"
CN_AIRPORT_MARK = "民航"
"""Civil aviation: vehicles of airports, before the letter of the airport."""
CN_ARMED_POLICE_MARK = "WJ"
"""Before the number of a district (`WJ07`) until 2013, since then before a province (`WJ桂`)."""
CN_NEV_LETTERS = "ABCDEFGHJK"
"""Energy letters of new-energy plates: D A B C E battery, the rest other."""
CN_UNREAD_PROVINCE = "?"
"""Stands where a plate has a province character that nobody could read: `?F12345`."""

ALPHABET = (
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZĐ"
    + CN_PROVINCES
    + CN_TRAILER_MARK
    + CN_SUFFIXES
    + CN_EMBASSY_MARK
    + CN_AIRPORT_MARK
)
"""Every character a plate may hold, in the order that models use: never reorder, only append."""
