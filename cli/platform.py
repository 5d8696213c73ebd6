"""`smartgate platform`: what central would read of a file that an office exported."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contract.errors import ConfigError

if TYPE_CHECKING:
    from central.platform.declaration import Declaration
    from central.platform.export import Export, ReadRow
    from central.platform.settings import FolderSettings
    from central.platform.tables import Table

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def platform() -> None:
    """Declarations of the platform; nothing here writes to central."""


@app.command()
def preview(
    file: Annotated[Path, typer.Argument(help="A CSV or XLSX file.", metavar="FILE")],
    *,
    config: Annotated[
        Path | None, typer.Option(help="Central's TOML file, whose [platform_folder] says what the columns mean.")
    ] = None,
    rows: Annotated[int, typer.Option(min=0, help="How many good rows to show.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show what would be read of FILE: columns, first rows, bad rows with reasons. Ends with 1 when a row is bad.

    Names, documents and phone numbers of people are not shown.
    """
    from central.platform.export import read_export

    settings = _settings(config)
    try:
        content = file.read_bytes()
        written_at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from error
    export = read_export(content, settings.mapping, as_of=written_at)
    tell = _as_json if as_json else _as_text
    for line in tell(file.name, export, rows, settings):
        typer.echo(line)
    if export.faults:
        raise typer.Exit(1)


def _settings(config: Path | None) -> FolderSettings:
    from central.config import CentralConfig
    from central.platform.settings import FolderSettings

    if config is None:
        return FolderSettings(path=Path())
    settings = CentralConfig.load(config).platform_folder
    if settings is None:
        raise ConfigError(
            f"expected a section [platform_folder] in {config}, found none; leave --config out to do without"
        )
    return settings


def _good(export: Export, most: int) -> list[tuple[ReadRow, Declaration]]:
    from central.platform.declaration import Declaration

    good = [(row, row.meant) for row in export.rows if isinstance(row.meant, Declaration)]
    return good[:most]


def _as_json(name: str, export: Export, most: int, settings: FolderSettings) -> list[str]:
    from central.platform.preview import told

    sheets = {"left_out": list(export.left_out)}
    lines: list[dict[str, Any]] = [{"kind": "file", "file": name, "rows": len(export.rows), "bad": export.bad} | sheets]
    lines += [
        {
            "kind": "table",
            "sheet": table.sheet,
            "encoding": table.encoding,
            "separator": table.separator,
            "header_row": table.header_row,
            "columns": [{"column": c.letter, "header": c.header, "field": c.field} for c in table.columns],
            "ignored": list(table.ignored),
        }
        for table in export.tables
    ]
    lines += [
        {"kind": "row", "sheet": row.sheet, "row": row.number} | told(meant, settings.gates)
        for row, meant in _good(export, most)
    ]
    lines += [
        {
            "kind": "fault",
            "sheet": one.sheet,
            "row": one.row,
            "column": one.column,
            "header": one.header,
            "field": one.fault.field,
            "expected": one.fault.expected,
            "came": one.fault.came,
        }
        for one in export.faults
    ]
    return [json.dumps(line, ensure_ascii=False) for line in lines]


def _as_text(name: str, export: Export, most: int, settings: FolderSettings) -> list[str]:
    from central.platform.preview import told

    lines = [line for table in export.tables for line in _table_as_text(name, table)]
    if export.left_out:
        lines += [f"sheets left out, they have no table of declarations: {', '.join(export.left_out)}", ""]
    for row, meant in _good(export, most):
        fields = told(meant, settings.gates)
        place = f"sheet {row.sheet!r}, row {row.number}" if row.sheet else f"row {row.number}"
        lines += [place, *(f"  {field:<18} {_words(value)}" for field, value in fields.items()), ""]
    if export.faults:
        lines += [*map(str, export.faults), ""]
    return [*lines, f"{len(export.rows) - export.bad} rows can be read, {export.bad} cannot"]


def _table_as_text(name: str, table: Table) -> list[str]:
    kind = f"sheet {table.sheet!r}" if table.sheet else f"separated by {table.separator!r}"
    about = ", ".join(filter(None, (table.encoding, kind)))
    width = max(len(column.header) for column in table.columns)
    lines = [f"{name}: {about}; header in row {table.header_row}", ""]
    lines += [f"  {c.letter:>3}  {c.header:<{width}}  {c.field}" for c in table.columns]
    if table.ignored:
        lines += ["", f"left out, their headers are not known: {', '.join(table.ignored)}"]
    return [*lines, ""]


def _words(value: object) -> str:
    return ", ".join(f"{name} {said}" for name, said in value.items()) if isinstance(value, dict) else str(value)
