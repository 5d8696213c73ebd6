"""Listed plates as a table: written for an office, read whatever the office did to it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from central.access_rules import FIELDS, RuleFault, read_rule
from central.console.say import Say
from central.console.words import LANGUAGES, words_of
from central.print.workbook import CellValue, WorkbookError, column_letter, read_workbook
from central.store.setup_records import Effect, RuleFields, RuleRecord
from contract.plate import format_plate

MOST_ROWS: Final = 2000
_XLSX_BEGINS: Final = b"PK\x03\x04"
_ENCODINGS: Final = ("utf-8-sig", "cp1258")
_UNSAFE: Final = ("=", "+", "-", "@")
_HEADER_WITHIN: Final = 10


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be listed; `columns` are letters by field."""

    number: int
    faults: tuple[RuleFault, ...]
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A file, read: `good` as they would be listed, `known` of them stand on the list already."""

    good: tuple[RuleFields, ...]
    known: int
    bad: tuple[BadRow, ...]


class UnreadableTableError(ValueError):
    """Nothing of a file can be read; `key` names the sentence in the catalogue."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def write_table(rules: Iterable[RuleRecord], say: Say) -> bytes:
    """The list as a CSV that Excel opens as it should, with headers in the language of the page."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow([say.words(f"access_field.{name}") for name in FIELDS])
    for rule in rules:
        last = rule.valid_until.astimezone(say.zone) - timedelta(seconds=1)
        values = (
            format_plate(rule.plate),
            say.words(f"access_effect.{rule.effect.value}"),
            rule.site,
            f"{rule.valid_from.astimezone(say.zone):%Y-%m-%d}",
            f"{last:%Y-%m-%d}",
            rule.reason,
        )
        writer.writerow([f"'{value}" if value.startswith(_UNSAFE) else value for value in values])
    return text.getvalue().encode("utf-8-sig")


def read_table(content: bytes, listed: Iterable[RuleRecord], say: Say) -> ReadTable:
    """What a CSV or XLSX file would put on the list; headers and words may be those of any language of the pages.

    Raises:
        UnreadableTableError: it is no such file, has no header that we know, or too many rows.

    """
    rows = _rows(content)
    header = next((at for at, (_, cells) in enumerate(rows[:_HEADER_WITHIN]) if len(_columns(cells)) > 2), None)
    if header is None:
        raise UnreadableTableError("access_import.no_header")
    columns = _columns(rows[header][1])
    body = [(number, cells) for number, cells in rows[header + 1 :] if any(map(_text, cells))]
    if len(body) > MOST_ROWS:
        raise UnreadableTableError("access_import.too_many")
    letters = {name: column_letter(at) for name, at in columns.items()}
    known = {_key(rule) for rule in listed}
    good: dict[tuple[object, ...], RuleFields] = {}
    bad = []
    for number, cells in body:
        raw = {name: _text(cells[at]) if at < len(cells) else "" for name, at in columns.items()}
        raw["effect"] = _EFFECTS.get(raw.get("effect", "").casefold(), raw.get("effect", ""))
        raw["site"] = _site(raw.get("site", ""), say)
        found = read_rule(raw, now=say.now, zone=say.zone)
        if isinstance(found, tuple):
            bad.append(BadRow(number, found, letters))
        else:
            good[_key(found)] = found
    new = tuple(rule for key, rule in good.items() if key not in known)
    return ReadTable(new, len(good) - len(new), tuple(bad))


def _key(rule: RuleFields) -> tuple[object, ...]:
    """What makes two rows the same; when one began without a day is not part of it."""
    return rule.plate, rule.effect, rule.site, rule.valid_until


def _site(typed: str, say: Say) -> str:
    """A gate by its name in messages, or as the pages call it."""
    wanted = typed.casefold()
    if wanted in _ALL_SITES:
        return ""
    named = {words_of(language).get(f"site.{site}", "").casefold(): site for language in LANGUAGES for site in _SITES}
    return named.get(wanted, wanted if say.words.get(f"site.{wanted}", "") else typed)


_SITES: Final = tuple(key.removeprefix("site.") for key in words_of("vi").keys if key.startswith("site."))
_ALL_SITES: Final = frozenset(words_of(language)("gate.all").casefold() for language in LANGUAGES) | {""}
_EFFECTS: Final = {
    words_of(language)(f"access_effect.{effect.value}").casefold(): effect.value
    for language in LANGUAGES
    for effect in Effect
} | {effect.value: effect.value for effect in Effect}
_HEADERS: Final = {
    words_of(language)(f"access_field.{name}").casefold(): name for language in LANGUAGES for name in FIELDS
} | {name: name for name in FIELDS}


def _columns(cells: tuple[CellValue, ...]) -> dict[str, int]:
    """Field to the place of its column; the first of two counts."""
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        name = _HEADERS.get(_text(cell).casefold())
        if name is not None:
            found.setdefault(name, at)
    return found


def _text(cell: CellValue) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip().removeprefix("'")


def _rows(content: bytes) -> list[tuple[int, tuple[CellValue, ...]]]:
    if content.startswith(_XLSX_BEGINS):
        try:
            grids = read_workbook(content)
        except WorkbookError as error:
            raise UnreadableTableError("access_import.damaged") from error
        return [(row.number, row.cells) for grid in grids[:1] for row in grid.rows]
    for encoding in _ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        break
    else:
        raise UnreadableTableError("access_import.damaged")
    first = text.partition("\n")[0]
    separator = max(";,\t", key=first.count)
    lines = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=separator)
    try:
        return [(number, tuple(cells)) for number, cells in enumerate(lines, start=1)]
    except csv.Error as error:
        raise UnreadableTableError("access_import.damaged") from error
