"""What each field of the register takes, from a form, a table or a program. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from central.fleet.register.speech import Speech
from central.store.register_records import FIELD_NAMES, FieldValue
from contract.vocabulary import SLUG_PATTERN

MAX_VND: Final = 10**12
EARLIEST_DAY: Final = date(1990, 1, 1)
LATEST_DAY: Final = date(2099, 12, 31)


class Takes(StrEnum):
    """The nature of a field."""

    KIND = "kind"
    SITE = "site"
    NAME = "name"
    """As messages call it."""
    TEXT = "text"
    LONG_TEXT = "long_text"
    UNIT = "unit"
    DAY = "day"
    VND = "vnd"


LENGTHS: Final = {Takes.TEXT: 120, Takes.UNIT: 120, Takes.LONG_TEXT: 2000}
"""How many characters fit."""

_TAKES: Final = {
    "kind": Takes.KIND,
    "site": Takes.SITE,
    **dict.fromkeys(("node", "lane", "camera"), Takes.NAME),
    **dict.fromkeys(("owner", "managing_unit", "using_unit", "maintainer"), Takes.UNIT),
    **dict.fromkeys(("cost_vnd", "replacement_cost_vnd"), Takes.VND),
    **dict.fromkeys(("compliance", "note"), Takes.LONG_TEXT),
    **{name: Takes.DAY for name in FIELD_NAMES if name.endswith(("_on", "_until"))},
}
FIELDS: Final = {name: _TAKES.get(name, Takes.TEXT) for name in FIELD_NAMES}
"""Field to what it takes, in the order in which people see them."""
UNIT_FIELDS: Final = ("owner", "managing_unit", "using_unit", "maintainer")


class FaultCode(StrEnum):
    """What is wrong with a value; the catalogue has the sentence, `expected …, got …`."""

    REQUIRED = "required"
    DAY = "day"
    VND = "vnd"
    KIND = "kind"
    SITE = "site"
    NAME = "name"
    TOO_LONG = "too_long"
    """limit"""
    SHEET_ERROR = "sheet_error"
    PHONE = "phone"
    EMAIL = "email"
    BEFORE = "before"
    """other: the field whose day it lies before"""
    NEEDS_NODE = "needs_node"
    ONLY_CAMERA = "only_camera"
    TAKEN = "taken"
    """device_id of who has the names already"""
    UNKNOWN_ID = "unknown_id"
    TWICE = "twice"
    """row of the table that names it, too"""


@dataclass(frozen=True, slots=True)
class Fault:
    """One value that cannot be kept."""

    field: str
    code: FaultCode
    came: str = ""
    values: Mapping[str, str] = dataclass_field(default_factory=dict)


class FaultError(ValueError):
    """A value that a field does not take."""

    def __init__(self, code: FaultCode, came: object, **values: object) -> None:
        super().__init__(f"{code.value}: {came}")
        self.code = code
        self.came = str(came)
        self.values = {name: str(value) for name, value in values.items()}

    def of(self, name: str) -> Fault:
        """The same, said of a field."""
        return Fault(name, self.code, self.came, self.values)


_UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Cs"})
_SHEET_ERRORS: Final = frozenset({"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})
_SPREADSHEET_ZERO: Final = date(1899, 12, 30)
_DAY_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?: 0?0:00(?::00)?)?")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?")
_GROUPED = re.compile(r"\d{1,3}(?:([., ])\d{3})(?:\1\d{3})*|\d+")
_CURRENCY = re.compile(r"\s*(?:vnđ|vnd|đồng|đ|₫)\.?$")
_SLUG = re.compile(SLUG_PATTERN)
_PHONE = re.compile(r"\+?[\d ().\-]{3,40}")
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")


def parse_field(name: str, raw: object, speech: Speech) -> FieldValue:
    """The value of a device's field out of what a person typed or a cell holds.

    Raises:
        FaultError: the field does not take this.

    """
    takes = FIELDS[name]
    if takes is Takes.DAY:
        return parse_day(raw)
    if takes is Takes.VND:
        return parse_vnd(raw)
    text = parse_text(raw, lines=takes is Takes.LONG_TEXT)
    if len(text) > LENGTHS.get(takes, 120):
        raise FaultError(FaultCode.TOO_LONG, f"{text[:30]}…", limit=LENGTHS.get(takes, 120))
    if takes is Takes.KIND:
        return _found(speech.kind(text), FaultCode.KIND, text)
    if takes is Takes.SITE:
        return _found(speech.site(text) or (text if _SLUG.fullmatch(text) else None), FaultCode.SITE, text)
    if takes is Takes.NAME and text and not _SLUG.fullmatch(text):
        raise FaultError(FaultCode.NAME, text)
    return text


def parse_text(raw: object, *, lines: bool = False) -> str:
    """A text without what nobody sees: outer and doubled blanks, control characters, two ways to write one letter.

    Raises:
        FaultError: the cell holds an error of the spreadsheet.

    """
    if raw is None:
        return ""
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, datetime):
        raw = raw.date()
    text = str(raw).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign) not in _UNSEEN)
    rows = [" ".join(row.split()) for row in unicodedata.normalize("NFC", kept).split("\n")]
    text = ("\n" if lines else " ").join(rows).strip()
    if text in _SHEET_ERRORS:
        raise FaultError(FaultCode.SHEET_ERROR, text)
    return text if lines else " ".join(text.split())


def parse_day(raw: object) -> date | None:
    """A day: a real date, `31/01/2026` (also with dots or dashes), `2026-01-31`, or a spreadsheet's number of days.

    Raises:
        FaultError: it is none, or lies outside 1990-2099.

    """
    if isinstance(raw, datetime):
        raw = raw.date()
    if isinstance(raw, date):
        return _within_reason(raw, raw)
    text = parse_text(raw)
    if not text:
        return None
    try:
        if match := _DAY_FIRST.fullmatch(text):
            day = date(int(match[3]), int(match[2]), int(match[1]))
        elif match := _YEAR_FIRST.fullmatch(text):
            day = date(*map(int, match.groups()))
        elif text.isdecimal() and len(text) == 5:  # a date whose cell lost its format
            day = _SPREADSHEET_ZERO + timedelta(days=int(text))
        else:
            raise FaultError(FaultCode.DAY, text)
    except ValueError as error:
        raise FaultError(FaultCode.DAY, text) from error
    return _within_reason(day, text)


def parse_vnd(raw: object) -> int | None:
    """An amount of whole đồng; `12.500.000 đ`, `12,500,000` and `12 500 000` are the same.

    Raises:
        FaultError: it is none, is negative, or is more than a device can cost.

    """
    text = parse_text(raw)
    if not text:
        return None
    bare = _CURRENCY.sub("", text.casefold())
    if not _GROUPED.fullmatch(bare):
        raise FaultError(FaultCode.VND, text)
    amount = int(re.sub(r"[., ]", "", bare))
    if amount > MAX_VND:
        raise FaultError(FaultCode.VND, text)
    return amount


def parse_phone(raw: object) -> str:
    """A number to call. A spreadsheet drops the 0 that a Vietnamese number begins with: it is put back.

    Raises:
        FaultError: it holds something else than digits and what stands between them.

    """
    text = parse_text(raw)
    if isinstance(raw, int | float) and not isinstance(raw, bool) and len(text) == 9:
        text = f"0{text}"
    if text and not (_PHONE.fullmatch(text) and re.search(r"\d.*\d.*\d", text)):
        raise FaultError(FaultCode.PHONE, text)
    return text


def parse_email(raw: object) -> str:
    """An address to write to.

    Raises:
        FaultError: it is none.

    """
    text = parse_text(raw)
    if text and not (_EMAIL.fullmatch(text) and len(text) <= 120):
        raise FaultError(FaultCode.EMAIL, text)
    return text


def parse_short(raw: object) -> str:
    """A text of one line that fits a column.

    Raises:
        FaultError: it is too long.

    """
    text = parse_text(raw)
    if len(text) > LENGTHS[Takes.TEXT]:
        raise FaultError(FaultCode.TOO_LONG, f"{text[:30]}…", limit=LENGTHS[Takes.TEXT])
    return text


UNIT_PARSERS: Final = {"name": parse_short, "contact": parse_short, "phone": parse_phone, "email": parse_email}
"""What the fields of a unit take."""


def _found(value: str | None, code: FaultCode, text: str) -> str:
    if not text:
        raise FaultError(FaultCode.REQUIRED, text)
    if value is None:
        raise FaultError(code, text)
    return value


def _within_reason(day: date, came: object) -> date:
    if not EARLIEST_DAY <= day <= LATEST_DAY:
        raise FaultError(FaultCode.DAY, came)
    return day
