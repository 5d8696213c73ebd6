"""`smartgate central register`: the register of devices as an XLSX workbook, out and in."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contract.errors import ConfigError

if TYPE_CHECKING:
    from central.fleet.register.imports import ImportPlan, RowPlan
    from central.store import Store

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
Config = Annotated[Path, typer.Option(help="Central's TOML file; see docs/central-config.md.")]
Workbook = Annotated[Path, typer.Argument(help="An XLSX file.", metavar="FILE")]
Language = Annotated[str, typer.Option(help="Language of the headers: vi, en or zh.")]


@app.callback()
def register() -> None:
    """The register of devices as a workbook; central may run at the same time."""


@app.command("export")
def export_workbook(file: Workbook, config: Config, language: Language = "vi") -> None:
    """Write all devices and units to FILE."""
    from central.console.words import LANGUAGES, choose_language, words_of
    from central.fleet.register.table import register_workbook

    if language not in LANGUAGES:
        raise ConfigError(f"expected --language to be one of {', '.join(LANGUAGES)}, got {language!r}")
    with _open(config) as store:
        content = register_workbook(store, words_of(choose_language(language)))
        count = len(store.register.list())
    try:
        file.write_bytes(content)
    except OSError as error:
        raise ConfigError(f"cannot write {file}: {error.strerror}") from error
    typer.echo(f"{count} devices in {file}")


@app.command("import")
def import_workbook(
    file: Workbook,
    config: Config,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Write the good rows; without it nothing is written.")] = False,
    bad: Annotated[Path | None, typer.Option(help="Write the rows that cannot be kept to this XLSX file.")] = None,
) -> None:
    """Say what FILE would do to the register, and do it with --yes. Ends with 1 when rows cannot be kept."""
    from central.console.words import LANGUAGES, words_of
    from central.fleet.register.imports import plan_import, take_in
    from central.fleet.register.sentences import bad_rows_workbook
    from central.fleet.register.speech import Speech

    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from error
    with _open(config) as store:
        plan = plan_import(content, store, Speech(map(words_of, LANGUAGES)))
        _tell(plan)
        if yes:
            take_in(store, plan, None, actor=f"{getpass.getuser()} (command line)"[:64])
    if bad is not None and plan.bad:
        bad.write_bytes(bad_rows_workbook(plan, words_of("en")))
    written = len(plan.new) + len(plan.changed)
    typer.echo(f"{written} rows written" if yes else f"nothing written; with --yes {written} rows would be")
    if plan.bad:
        raise typer.Exit(1)


@contextmanager
def _open(config: Path) -> Iterator[Store]:
    from central.config import CentralConfig
    from central.store import Store

    settings = CentralConfig.load(config)
    store = Store.open(settings.url, settings.evidence_dir)
    try:
        yield store
    finally:
        store.close()


def _tell(plan: ImportPlan) -> None:
    from central.console.words import words_of
    from central.fleet.register.sentences import fault_text, field_name, value_text

    words = words_of("en")
    for row in plan.bad:
        for fault in row.faults:
            typer.echo(f"{_place(row, fault.field)}: {fault_text(words, fault)}", err=True)
    for row in plan.changed:
        for change in row.changes:
            old, new = (value_text(words, change.field, value) or "-" for value in (change.old, change.new))
            typer.echo(f"{_place(row, change.field)}: {field_name(words, change.field)}: {old} -> {new}")
    for header in plan.ignored:
        typer.echo(f"the column {header!r} is none of the register's and is left out")
    counts = {"new": plan.new, "changed": plan.changed, "unchanged": plan.unchanged, "bad": plan.bad}
    typer.echo(", ".join(f"{len(rows)} {name}" for name, rows in counts.items()))


def _place(row: RowPlan, field: str) -> str:
    return f"{row.place.sheet}!{row.place.columns.get(field, '')}{row.place.row}"
