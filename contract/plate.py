"""The plate grammar of Vietnam and China: normalise, parse, classify, format for people."""

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
    """Class of a plate."""

    VN_CIVIL = "vn_civil"
    VN_TRAILER = "vn_trailer"
    VN_SPECIAL = "vn_special"
    VN_ZONE = "vn_zone"
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
