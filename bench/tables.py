"""Tables that print on a terminal, as Markdown and as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rich.table import Table as RichTable

from contract.errors import SmartGateError

Cell = str | int | float | None
Look = Literal["text", "count", "share", "percent", "ms", "number"]
"""`percent`: a share with two decimals."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name, which is its JSON key as well, and how its values look."""

    name: str
    look: Look = "text"

    def show(self, value: Cell) -> str:
        """The value for people."""
        if value is None:
            return "–"
        if isinstance(value, str):
            return value
        if self.look == "share":
            return f"{100 * value:.1f} %"
        if self.look == "percent":
            return f"{100 * value:.2f} %"
        if self.look == "count":
            return f"{value:,.0f}"
        return f"{value:.1f}" if self.look == "ms" else f"{value:.3g}"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a title. `name` is what programs know it by; `note` says how it was measured."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    def with_rows_of(self, *others: Table) -> Table:
        """The same, with the rows of others like it behind its own."""
        return replace(self, rows=tuple(row for table in (self, *others) for row in table.rows))

    def markdown(self) -> str:
        """As a section of a page."""
        head = "| " + " | ".join(column.name for column in self.columns) + " |"
        rule = "|" + "|".join("---" if column.look == "text" else "--:" for column in self.columns) + "|"
        body = ["| " + " | ".join(shown) + " |" for shown in self._shown()]
        return "\n".join([f"## {self.title}", "", *([self.note, ""] if self.note else []), head, rule, *body, ""])

    def rich(self) -> RichTable:
        """For a terminal."""
        table = RichTable(
            title=self.title, caption=self.note or None, box=None, header_style="bold", title_justify="left"
        )
        for column in self.columns:
            table.add_column(column.name, justify="left" if column.look == "text" else "right", no_wrap=True)
        for shown in self._shown():
            table.add_row(*shown)
        return table

    def json_lines(self) -> Iterator[str]:
        """One object a row."""
        for row in self.rows:
            named = {column.name: value for column, value in zip(self.columns, row, strict=True)}
            yield json.dumps({"table": self.name, **named}, ensure_ascii=False)

    def csv(self) -> str:
        """Comma-separated, with a head; no value of these tables holds a comma or a quote."""
        rows = [",".join("" if value is None else str(value) for value in row) for row in self.rows]
        return "\n".join([",".join(column.name for column in self.columns), *rows, ""])

    def _shown(self) -> Iterator[list[str]]:
        for row in self.rows:
            yield [column.show(value) for column, value in zip(self.columns, row, strict=True)]


def write_between_marks(page: Path, name: str, tables: Iterable[Table]) -> None:
    """Put tables between the lines `<!-- bench NAME: begin -->` and `<!-- bench NAME: end -->` of a page.

    Raises:
        SmartGateError: the page has none.

    """
    begin, end = f"<!-- bench {name}: begin -->", f"<!-- bench {name}: end -->"
    words = page.read_text("utf-8")
    head, found, rest = words.partition(begin)
    _, ended, tail = rest.partition(end)
    if not found or not ended:
        raise SmartGateError(f"expected the lines {begin} and {end} in {page}: the tables stand between them")
    text = "\n".join(table.markdown() for table in tables).strip()
    page.write_text(f"{head}{begin}\n{text}\n{end}{tail}", "utf-8")
