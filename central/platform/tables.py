"""A file that an office exported, as a table: which encoding, which separator, which row is the header."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from central.platform.words import HEADERS, fold, fold_header
from central.print.workbook import (
    MAX_BYTES,
    MAX_ROWS,
    CellValue,
    Grid,
    GridRow,
    WorkbookError,
    column_letter,
    read_workbook,
)
from contract.errors import SmartGateError

_HEADER_WITHIN: Final = 40
"""Rows from the top in which the header is looked for: titles stand over it."""
_FEWEST_COLUMNS: Final = 3
_HEAD_SIGNS: Final = 40_000
_SEPARATORS: Final = (";", ",", "\t", "|")
_XLSX_BEGINS: Final = b"PK\x03\x04"
_XLS_BEGINS: Final = b"\xd0\xcf\x11\xe0"
_BYTE_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_TCVN3: Final = str.maketrans(
    # what TCVN 5712:1993 has from A1 to FE, as far as its fonts (.VnTime …) show it: small letters, A8 to AE apart
    {
        **dict(zip(range(0xA1, 0xAF), "ĂÂÊÔƠƯĐăâêôơưđ", strict=True)),
        **dict(zip(range(0xB5, 0xBF), "àảãáạẲằẳẵắ", strict=True)),
        **dict(zip(range(0xC6, 0xD0), "ặầẩẫấậèỂẻẽ", strict=True)),
        **dict(zip(range(0xD0, 0xE0), "éẹềểễếệìỉỄẾỒĩíịò", strict=True)),
        **dict(zip(range(0xE0, 0xF0), "Ổỏõóọồổỗốộờởỡớợù", strict=True)),
        **dict(zip(range(0xF0, 0xFF), "Ỗủũúụừửữứựỳỷỹýỵ", strict=True)),
    }
)


class UnreadableFileError(SmartGateError, ValueError):
    """A file of which nothing can be read; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that means something."""

    field: str
    header: str
    number: int
    """Counted from 0."""

    @property
    def letter(self) -> str:
        """As the spreadsheet calls it."""
        return column_letter(self.number)


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `encoding` and `separator` are empty for a workbook, `sheet` for a text file."""

    encoding: str
    separator: str
    sheet: str
    header_row: int
    columns: tuple[Column, ...]
    ignored: tuple[str, ...]
    """Headers that mean nothing to us."""
    rows: tuple[GridRow, ...]
    """Those below the header, without remarks and repeated headers."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a file, one of each sheet that has one; and the sheets in which something stands, but no table."""

    tables: tuple[Table, ...]
    left_out: tuple[str, ...] = ()


def read_tables(content: bytes, fields: Mapping[str, str]) -> Tables:
    """The tables in a CSV or XLSX file; `fields` (ours to their header) go before the headers that are known.

    Raises:
        UnreadableFileError: it is neither, is too large, or has no header that we know.

    """
    if len(content) > MAX_BYTES:
        raise UnreadableFileError(f"expected a file of at most {MAX_BYTES // 1_000_000} MB, got {len(content)} bytes")
    if content.startswith(_XLS_BEGINS):
        raise UnreadableFileError("expected XLSX or CSV, got an old XLS file (or one with a password): save it as XLSX")
    found = _of_workbook(content, fields) if content.startswith(_XLSX_BEGINS) else _of_text(content, fields)
    if not found.tables:
        raise UnreadableFileError(
            f"expected a row of headers within the first {_HEADER_WITHIN} rows that names the plate and two columns "
            "more, found none; name the headers under mapping.fields, see docs/platform.md"
        )
    if sum(len(table.rows) for table in found.tables) > MAX_ROWS:
        raise UnreadableFileError(f"expected at most {MAX_ROWS} rows, found more: split the file")
    return found


def _goodness(table: Table) -> tuple[int, float]:
    """Headers that make sense; among as many, letters that people here write."""
    signs = [sign for row in table.rows[:200] for cell in row.cells if isinstance(cell, str) for sign in cell]
    foreign = [sign for sign in signs if not sign.isascii()]
    return len(table.columns), sum(map(_is_usual, foreign)) / len(foreign) if foreign else 1.0


def _is_usual(sign: str) -> bool:
    return sign in "đĐ·–’“”•…²³°" or "\u4e00" <= sign <= "\u9fff" or unicodedata.normalize("NFD", sign)[0].isascii()


def _of_workbook(content: bytes, fields: Mapping[str, str]) -> Tables:
    try:
        grids = [grid for grid in read_workbook(content) if grid.rows]
    except WorkbookError as error:
        raise UnreadableFileError(str(error)) from error
    tables = []
    for grid in grids:
        either = [("", grid.rows), ("TCVN3", tuple(map(_as_tcvn3, grid.rows)))]
        read = [_table(Grid(grid.title, rows), fields, encoding, "") for encoding, rows in either]
        best = max((table for table in read if table is not None), key=_goodness, default=None)  # the first of equals
        tables += [best] if best is not None else []
    named = [table for table in tables if any(column.field == "declaration_id" for column in table.columns)]
    tables = named or tables  # a summary beside the list names no declarations
    titles = {table.sheet for table in tables}
    return Tables(tuple(tables), tuple(grid.title for grid in grids if grid.title not in titles))


def _of_text(content: bytes, fields: Mapping[str, str]) -> Tables:
    """Encoding and separator are found out on the head of the file, which is then read once more as a whole."""
    best: tuple[Table, str] | None = None
    for encoding, text in _decoded(content):
        for separator in _SEPARATORS:
            head = _table(Grid("", _rows(text[:_HEAD_SIGNS], separator)), fields, encoding, separator)
            if head is not None and (best is None or _goodness(head) > _goodness(best[0])):
                best = head, text
    if best is None:
        return Tables(())
    head, text = best
    whole = _table(Grid("", _rows(text, head.separator)), fields, head.encoding, head.separator)
    return Tables((whole,) if whole is not None else ())


def _decoded(content: bytes) -> Iterator[tuple[str, str]]:
    """What the bytes can be, the likeliest first."""
    marked = next((name for mark, name in _BYTE_MARKS if content.startswith(mark)), None) or _unmarked_utf16(content)
    names = [marked] if marked else ["utf-8", "cp1258", "gb18030"]
    for name in names:
        try:
            # a byte mark leaves no doubt: a broken sign in it costs the sign, not the file
            text = content.decode(name, errors="replace" if marked else "strict")
        except UnicodeDecodeError:
            continue
        text = unicodedata.normalize("NFC", text)
        yield name.removesuffix("-sig"), text
        if name != "cp1258":  # letters of a TCVN3 font, which a program took for Western ones
            yield f"TCVN3 in {name.removesuffix('-sig')}", text.translate(_TCVN3)
        if name == "utf-8":
            return  # text in another encoding is hardly ever sound UTF-8
    if not marked:
        yield "TCVN3", content.decode("latin-1").translate(_TCVN3)


def _unmarked_utf16(content: bytes) -> str | None:
    head = content[:2000]
    for name, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
        if zeros and zeros.count(0) > len(zeros) // 3:
            return name
    return None


def _rows(text: str, separator: str) -> tuple[GridRow, ...]:
    lines = io.StringIO(text.replace("\0", ""), newline="")
    if text[:4].lower() == "sep=":
        lines.readline()
    began = 2 if lines.tell() else 1
    rows: list[GridRow] = []
    try:
        for number, cells in enumerate(csv.reader(lines, delimiter=separator, skipinitialspace=True), start=began):
            if any(cell.strip() for cell in cells):
                rows.append(GridRow(number, tuple(map(_plain, cells))))
            if len(rows) > MAX_ROWS + _HEADER_WITHIN:
                break
    except csv.Error:
        return ()
    return tuple(rows)


def _plain(cell: str) -> str:
    """Without what keeps Excel from taking a text for a number."""
    cell = cell.strip()
    if cell.startswith('="') and cell.endswith('"'):
        return cell[2:-1]
    return cell.removeprefix("'")


def _as_tcvn3(row: GridRow) -> GridRow:
    return GridRow(row.number, tuple(c.translate(_TCVN3) if isinstance(c, str) else c for c in row.cells))


def _table(grid: Grid, fields: Mapping[str, str], encoding: str, separator: str) -> Table | None:
    for at, row in enumerate(grid.rows):
        if row.number > _HEADER_WITHIN:
            return None
        columns = _columns(row.cells, fields)
        if len(columns) >= _FEWEST_COLUMNS and any(column.field == "plate" for column in columns):
            meant = {column.number for column in columns}
            ignored = (_words(cell) for number, cell in enumerate(row.cells) if number not in meant)
            rows = tuple(one for one in grid.rows[at + 1 :] if _holds_item(one, row, columns))
            return Table(encoding, separator, grid.title, row.number, columns, tuple(filter(None, ignored)), rows)
    return None


def _words(cell: CellValue) -> str:
    return " ".join(cell.split()) if isinstance(cell, str) else ""


def _columns(cells: Sequence[CellValue], fields: Mapping[str, str]) -> tuple[Column, ...]:
    """The columns that mean something; a field has one at most."""
    named = {fold(header): field for field, header in fields.items()}
    best: dict[str, tuple[int, Column]] = {}
    for number, cell in enumerate(cells):
        header = _words(cell)
        found = _meaning(header, named) if header else None
        if found is not None and (found[1] not in best or found[0] < best[found[1]][0]):
            best[found[1]] = found[0], Column(found[1], header, number)
    return tuple(sorted((column for _, column in best.values()), key=lambda column: column.number))


def _meaning(header: str, named: Mapping[str, str]) -> tuple[int, str] | None:
    """How well a header says what, and what: 0 is best."""
    whole, bare = fold_header(header)
    for rank, known in enumerate((named, _KNOWN)):
        for text in (whole, bare):
            if text in known:
                field = known[text]
                names = HEADERS.get(field, ())
                place = next((at for at, name in enumerate(names, start=1) if fold(name) == text), 0)
                return (-1 if rank == 0 else place), field
    return None


_KNOWN: Final = {fold(name): field for field, names in HEADERS.items() for name in (field, *names)}


def _holds_item(row: GridRow, header: GridRow, columns: Sequence[Column]) -> bool:
    """Neither a remark below the table (a sum, a signature) nor the header once more on the next page."""
    if row.cells == header.cells:
        return False
    cells = [row.cells[column.number] for column in columns if column.number < len(row.cells)]
    return sum(cell is not None and cell != "" for cell in cells) > 1
