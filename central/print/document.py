"""A paper to print: A4, its fonts inside, Vietnamese and Chinese in one line. Times and words are the caller's."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, TableCellFillMode, VAlign
from fpdf.fonts import FontFace
from PIL import Image

from central.print import fonts
from central.print.qr import qr_rows

PDF: Final = "application/pdf"
"""Media type of a paper."""
_FAMILY: Final = "paper"
_CHINESE: Final = "chinese"
_GREY: Final = 235
_INCH_MM: Final = 25.4
_LEAST_DOTS: Final = 60.0
"""Dots an inch below which a picture is a blur on paper."""
Align = Literal["L", "C", "R"]


@dataclass(frozen=True, slots=True)
class PaperColumn:
    """A column of a table: its header, its width in millimetres, and where its texts stand."""

    header: str
    width_mm: float
    align: Align = "L"


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A line of a block; `ruled` has a short rule beneath it."""

    text: str
    bold: bool = False
    ruled: bool = False


class Paper:
    """A document under way; `bytes` ends it. Lengths are millimetres, sizes of letters points.

    Raises:
        ConfigError: the fonts were not made.

    """

    def __init__(self, title: str, *, landscape: bool = False, margin_mm: float = 15.0, footer: str = "") -> None:
        self._pdf = _Pages(landscape=landscape, footer=footer)
        self._pdf.set_title(title)
        self._pdf.set_margin(margin_mm)
        self._pdf.set_auto_page_break(auto=True, margin=margin_mm)
        self._pdf.add_page()

    @property
    def width_mm(self) -> float:
        """Between the margins."""
        return float(self._pdf.epw)

    @property
    def left_mm(self) -> float:
        """Where the margin ends."""
        return float(self._pdf.l_margin)

    @property
    def top_mm(self) -> float:
        """Where the next text begins, from the upper edge of the page."""
        return float(self._pdf.get_y())

    @property
    def room_mm(self) -> float:
        """What is left of the page below the last text."""
        return float(self._pdf.page_break_trigger - self._pdf.get_y())

    def page(self) -> None:
        """Begin another page."""
        self._pdf.add_page()

    def text(self, text: str, *, size_pt: float = 11, bold: bool = False, align: Align = "L") -> None:
        """A paragraph across the page."""
        self._font(size_pt, bold=bold)
        self._pdf.multi_cell(0, size_pt * 0.5, _whole(text), align=align, new_x="LMARGIN", new_y="NEXT")

    def gap(self, mm: float) -> None:
        """Room below the last text."""
        self._pdf.ln(mm)

    def beside(self, blocks: Sequence[Sequence[PaperLine]], *, size_pt: float = 11) -> None:
        """Blocks of centred lines side by side: heads of letters, signatures."""
        top, bottom = self._pdf.get_y(), self._pdf.get_y()
        width = self.width_mm / len(blocks)
        for number, lines in enumerate(blocks):
            left = self.left_mm + number * width
            self._pdf.set_y(top)
            for line in lines:
                self._font(size_pt, bold=line.bold)
                self._pdf.set_x(left)
                self._pdf.multi_cell(width, size_pt * 0.5, _whole(line.text), align="C", new_x="LEFT", new_y="NEXT")
                if line.ruled:
                    y = self._pdf.get_y() + 0.5
                    self._pdf.line(left + width * 0.38, y, left + width * 0.62, y)
                    self._pdf.set_y(y + 1)
            bottom = max(bottom, self._pdf.get_y())
        self._pdf.set_xy(self.left_mm, bottom)

    def picture(self, jpeg: bytes, width_mm: float) -> None:
        """A picture below the last text, as wide as this, or less where it has too few dots for that.

        Raises:
            OSError: the bytes are no picture.

        """
        with Image.open(io.BytesIO(jpeg)) as opened:
            opened.load()
            width = min(width_mm, opened.width * _INCH_MM / _LEAST_DOTS)
        self._pdf.image(io.BytesIO(jpeg), w=width)
        self._pdf.ln(1)

    def table(
        self,
        columns: Sequence[PaperColumn],
        rows: Sequence[Sequence[str]],
        *,
        size_pt: float = 9,
        headed: bool = True,
    ) -> None:
        """A table with lines; its header stands again on each page."""
        self._font(size_pt, bold=False)
        with self._pdf.table(
            col_widths=tuple(column.width_mm for column in columns),
            text_align=tuple(_ALIGN[column.align] for column in columns),
            headings_style=FontFace(emphasis="B", fill_color=(_GREY, _GREY, _GREY)),
            cell_fill_mode=TableCellFillMode.NONE,
            line_height=size_pt * 0.48,
            padding=1,
            width=min(self.width_mm, sum(column.width_mm for column in columns)),
            align="L",
            v_align=VAlign.T,
            first_row_as_headings=headed,
        ) as table:
            for texts in (*([[column.header for column in columns]] if headed else []), *rows):
                row = table.row()
                for text in texts:
                    row.cell(_whole(text))

    def box(self, x_mm: float, y_mm: float, width_mm: float, height_mm: float) -> None:
        """A thin frame."""
        self._pdf.set_draw_color(170)
        self._pdf.rect(x_mm, y_mm, width_mm, height_mm)

    def lines_at(
        self, x_mm: float, y_mm: float, width_mm: float, text: str, *, size_pt: float, bold: bool = False, most: int = 1
    ) -> float:
        """A text on `most` lines at most; what does not fit ends with dots. Where the next one may begin."""
        self._font(size_pt, bold=bold)
        height = size_pt * 0.45
        lines = self._pdf.multi_cell(
            width_mm, height, _whole(text), align="L", dry_run=True, output=MethodReturnValue.LINES
        )
        assert isinstance(lines, list)
        if len(lines) > most:
            last = f"{lines[most - 1]} {lines[most]}"
            while self._pdf.get_string_width(f"{last}…") > width_mm - 2 * self._pdf.c_margin:
                last = last[:-1]
            lines = [*lines[: most - 1], f"{last.rstrip()}…"]
        for number, line in enumerate(lines):
            self._pdf.set_xy(x_mm, y_mm + number * height)
            self._pdf.cell(width_mm, height, line)
        return y_mm + len(lines) * height + size_pt * 0.07

    def qr_at(self, x_mm: float, y_mm: float, side_mm: float, content: str) -> None:
        """A QR code of this side, the quiet margin included."""
        rows = qr_rows(content)
        module = side_mm / len(rows)
        self._pdf.set_fill_color(0)
        for y, row in enumerate(rows):
            for x, dark in enumerate(row):
                if dark:
                    self._pdf.rect(x_mm + x * module, y_mm + y * module, module + 0.01, module + 0.01, style="F")

    def bytes(self) -> bytes:
        """The whole document."""
        return bytes(self._pdf.output())

    def _font(self, size_pt: float, *, bold: bool) -> None:
        self._pdf.set_font(_FAMILY, "B" if bold else "", size_pt)


_ALIGN: Final = {"L": "LEFT", "C": "CENTER", "R": "RIGHT"}


class _Pages(FPDF):
    """Pages with their number at the foot."""

    def __init__(self, *, landscape: bool, footer: str) -> None:
        super().__init__(orientation="landscape" if landscape else "portrait", unit="mm", format="A4")
        self._foot = footer
        self.add_font(_FAMILY, "", fonts.font(fonts.PLAIN))
        self.add_font(_FAMILY, "B", fonts.font(fonts.BOLD))
        self.add_font(_CHINESE, "", fonts.font(fonts.CHINESE))
        self.set_fallback_fonts([_CHINESE], exact_match=False)

    def footer(self) -> None:
        """What stands at the foot of each page, and its number."""
        if not self._foot:
            return
        self.set_y(-11)
        self.set_font(_FAMILY, "", 8)
        self.cell(0, 5, f"{_whole(self._foot)} · {self.page_no()}/{{nb}}", align="C")


def _whole(text: str) -> str:
    """Letters and their marks in one sign: the fonts know no others."""
    return unicodedata.normalize("NFC", text)
