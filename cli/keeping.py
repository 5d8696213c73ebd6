"""`smartgate central migrate | backup | restore`: all that central keeps, moved, saved and brought back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from central.store.transfer import Progress

Config = Annotated[Path, typer.Option(help="Central's TOML file; see docs/central-config.md.")]


def migrate(
    source: Annotated[str, typer.Option("--from", help="Address of the database to copy.", metavar="URL")],
    target: Annotated[str, typer.Option("--to", help="Address of a new, empty one.", metavar="URL")],
) -> None:
    """Copy a database into an empty one and verify it; again after it broke off, or to catch up while central runs."""
    from central.store.snapshot import migrate as copy

    with _bar() as progress:
        contents = copy(source, target, progress)
    rows = sum(content.rows for content in contents.values())
    typer.echo(f"{rows} rows in {len(contents)} tables are there, counts and digests are equal")


def backup(config: Config, to: Annotated[Path, typer.Option(help="Folder of the backup.", metavar="FOLDER")]) -> None:
    """Save database, pictures and key to a folder while central runs; again into the same folder copies what is new."""
    from central.backup import back_up
    from central.config import CentralConfig

    with _bar() as progress:
        made = back_up(CentralConfig.load(config), to, progress)
    typer.echo(f"backed up {made.rows} rows and {made.files} files as of {made.made_at:%Y-%m-%d %H:%M:%S} UTC to {to}")


def restore(
    config: Config, source: Annotated[Path, typer.Option("--from", help="Folder of the backup.", metavar="FOLDER")]
) -> None:
    """Bring a backup back into an empty database and data_dir, verified; central must not run."""
    from central.backup import restore as bring_back
    from central.config import CentralConfig

    with _bar() as progress:
        made = bring_back(CentralConfig.load(config), source, progress)
    typer.echo(f"restored {made.rows} rows and {made.files} files as of {made.made_at:%Y-%m-%d %H:%M:%S} UTC")


@contextmanager
def _bar() -> Iterator[Progress]:
    """A bar for each table, where somebody watches."""
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    console = Console(stderr=True)
    tasks: dict[str, TaskID] = {}
    with Bar(console=console, disable=not console.is_terminal) as bar:

        def tell(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total)
            bar.update(tasks[name], completed=done, total=total)

        yield tell
