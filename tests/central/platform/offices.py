"""Files as offices export them: made up, but with the headers, dates and encodings that are met."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from openpyxl import Workbook

VIETNAM = timezone(timedelta(hours=7))
HEADERS = ("Mã tờ khai", "Biển số xe (VN / TQ)", "Cửa khẩu", "Loại hình", "Thời gian dự kiến đến", "Lái xe", "Tên hàng")
ROW = ("HN-000001", "12C-345.67", "Hữu Nghị", "Nhập khẩu", "04/05/2026 12:00", "Nguyễn Văn Ví Dụ", "vải thiều")


def without_diacritics(text: str) -> str:
    """As people type who have no Vietnamese keyboard."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def written(rows: Sequence[Sequence[str]], separator: str = ";") -> str:
    """Rows as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue()


def in_windows_1258(text: str) -> bytes:
    """As Excel of a Vietnamese Windows saves: letters first, tones behind them."""
    return b"".join(map(_in_windows_1258, unicodedata.normalize("NFC", text)))


def _in_windows_1258(sign: str) -> bytes:
    try:
        return sign.encode("cp1258")
    except UnicodeEncodeError:
        base, *marks = unicodedata.normalize("NFD", sign)
        tone = next(mark for mark in marks if mark in "\u0300\u0301\u0303\u0309\u0323")
        letter = unicodedata.normalize("NFC", base + "".join(mark for mark in marks if mark != tone))
        return (letter + tone).encode("cp1258")


def encoded(text: str, encoding: str) -> bytes:
    """Text as a program of an office saves it."""
    return in_windows_1258(text) if encoding == "windows-1258" else text.encode(encoding)


def excel_serial(at: datetime) -> float:
    """How a spreadsheet counts a moment of Vietnam: days since 30 December 1899."""
    local = at.astimezone(VIETNAM).replace(tzinfo=None)
    return (local - datetime(1899, 12, 30)) / timedelta(days=1)  # noqa: DTZ001 - a spreadsheet knows no zone


def workbook(rows: Sequence[Sequence[object]], titles: Sequence[str] = ()) -> bytes:
    """Rows as XLSX, below lines that stand over the table."""
    book = Workbook()
    for title in titles:
        book.active.append([title])
    for row in rows:
        book.active.append(list(row))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
