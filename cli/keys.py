"""`smartgate central keys`: keys of programs, made, listed and revoked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contract.errors import ConfigError

if TYPE_CHECKING:
    from central.store import Store

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
Config = Annotated[Path, typer.Option(help="Central's TOML file; see docs/central-config.md.")]


@app.callback()
def keys() -> None:
    """Keys of programs that use the API; central may run at the same time."""


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Which program it is for; 1 to 64 characters.")],
    config: Config,
    scope: Annotated[list[str], typer.Option(help="What it may do; once for each scope.")],
) -> None:
    """Make a key and print it; it cannot be shown again."""
    from central.auth import add_api_key
    from central.store.records import Scope

    unknown = [one for one in scope if one not in set(Scope)]
    if unknown:
        raise ConfigError(f"expected --scope to be one of {', '.join(Scope)}; got {', '.join(unknown)}")
    if not 1 <= len(name.strip()) <= 64:
        raise ConfigError(f"expected a name of 1 to 64 characters, got {len(name.strip())}")
    with _open(config) as store:
        typer.echo(add_api_key(store, name.strip(), *map(Scope, scope)))


@app.command("list")
def list_keys(config: Config) -> None:
    """Print number, name, scopes, when it was last used, and whether it was revoked."""
    with _open(config) as store:
        for key in store.api_keys.list():
            used = f"{key.last_used_at:%Y-%m-%d %H:%M} UTC" if key.last_used_at else "never used"
            ended = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "stands"
            typer.echo(f"{key.key_id}\t{key.name}\t{','.join(key.scopes)}\t{used}\t{ended}")


@app.command()
def revoke(number: Annotated[int, typer.Argument(help="As `list` prints it.")], config: Config) -> None:
    """End a key for good."""
    with _open(config) as store:
        store.api_keys.revoke(number, at=datetime.now(UTC))
    typer.echo(f"key {number} is revoked")


@contextmanager
def _open(config: Path) -> Iterator[Store]:
    from central.config import CentralConfig
    from central.store import Store

    settings = CentralConfig.load(config)
    if not settings.data_dir.is_dir():
        raise ConfigError(f"{settings.data_dir} is not there yet: run `smartgate central run --config {config}` first")
    store = Store.open(settings.url, settings.evidence_dir)
    try:
        yield store
    finally:
        store.close()
