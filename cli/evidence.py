"""`smartgate central evidence`: whether an evidence sheet is what central handed out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Evidence sheets that were handed out.", rich_markup_mode=None)
Config = Annotated[Path, typer.Option(help="Central's TOML file; see docs/central-config.md.")]


@app.callback()
def evidence() -> None:
    """Check what was handed out."""


@app.command()
def verify(
    config: Config,
    sheet: Annotated[str, typer.Argument(help="A PDF file, or the code at the foot of the paper (12 signs at least).")],
) -> None:
    """Hold an evidence sheet against what central keeps; exit code 1 when it is none of ours, or not whole."""
    from central.config import CentralConfig
    from central.sheets import check
    from central.store import Store

    settings = CentralConfig.load(config)
    store = Store.open(settings.url, settings.evidence_dir)
    try:
        path = Path(sheet)
        found = store.sheets.by_paper(path.read_bytes()) if path.is_file() else store.sheets.by_code(sheet)
        if found is None:
            typer.echo(
                f"{sheet}: no evidence sheet of this central. A file must be as it was handed out, to the last bit; a "
                "code must have its first 12 signs at least.",
                err=True,
            )
            raise typer.Exit(1)
        typer.echo(f"sheet {found.sha256}")
        typer.echo(
            f"passage {found.passage_id}, printed by {found.printed_by} at {found.printed_at:%Y-%m-%d %H:%M:%S} UTC"
        )
        if found.is_deleted:
            typer.echo("content and PDF file: deleted, since they had been kept as long as sheets are kept")
            typer.echo(
                "the file is the sheet, to the last bit" if path.is_file() else "nothing is left to compare with"
            )
            raise typer.Exit(0 if path.is_file() else 1)
        checked = check(store, found)
        typer.echo(f"content: {'fits its hash' if checked.facts_whole else 'does NOT fit its hash'}")
        typer.echo(f"PDF file: {'whole' if checked.paper_whole else 'gone or changed'}")
        for picture, state in checked.pictures:
            typer.echo(f"picture {picture.sha256[:16]} ({picture.kind.value}): {state.value}")
        typer.echo(f"since then: {'the passage has changed' if checked.changed_since else 'nothing new'}")
        typer.echo("whole" if checked.holds else "NOT whole")
        if not checked.holds:
            raise typer.Exit(1)
    finally:
        store.close()
