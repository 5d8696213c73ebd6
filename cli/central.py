"""`smartgate central`: the aggregator of a province."""

from __future__ import annotations

import gc
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from cli import evidence, keeping, keys, register

if TYPE_CHECKING:
    from central.server import PageServer
    from central.service import CentralService

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(register.app, name="register")
app.add_typer(keys.app, name="keys")
app.add_typer(evidence.app, name="evidence")
for command in (keeping.migrate, keeping.backup, keeping.restore):
    app.command()(command)
Config = Annotated[Path, typer.Option(help="Central's TOML file; see docs/central-config.md.")]


@app.callback()
def central() -> None:
    """Take in what nodes see, reconcile it with declarations, show it."""


@app.command()
def run(config: Config) -> None:
    """Run ingest, declarations, reconciliation and the pages; Ctrl-C or SIGTERM ends them in order."""
    from central.access import open_signing_key, public_key_hex
    from central.app import create_app
    from central.auth import ensure_first_admin
    from central.config import CentralConfig
    from central.memory import search_memory_seldom
    from central.server import PageServer
    from central.service import CentralService
    from central.store import Store
    from cli.logs import configure_logs

    configure_logs()
    search_memory_seldom()
    settings = CentralConfig.load(config)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = Store.open(settings.url, settings.evidence_dir)
    try:
        password = ensure_first_admin(store)
        if password is not None:
            typer.echo(f"first login: admin / {password}   (to be changed at the first login)")
        typer.echo(f"nodes need: central_public_key = {public_key_hex(open_signing_key(settings.signing_key_file))!r}")
        server = PageServer(
            create_app(store, settings.web, settings.repair, config=settings),
            host=settings.web.host,
            port=settings.web.port,
        )
        _stop_on_signals(server)
        with CentralService(store, settings) as service:
            _watch(service, server, f"central on http://{settings.web.host}:{settings.web.port}/")
            server.run()
            failure = service.failure
    finally:
        store.close()
        gc.freeze()  # or Python searches all that is in memory once more before it ends, for many seconds
    if failure is not None:
        raise typer.Exit(1) from failure


@app.command()
def key(config: Config) -> None:
    """Print the public key that nodes check access lists with; the first call makes it."""
    from central.access import open_signing_key, public_key_hex
    from central.config import CentralConfig

    typer.echo(public_key_hex(open_signing_key(CentralConfig.load(config).signing_key_file)))


def _stop_on_signals(server: PageServer) -> None:
    """End in order also when the signal comes before uvicorn listens for it, or again after it has ended."""

    def ask_to_exit(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's signature
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask_to_exit)


def _watch(service: CentralService, server: PageServer, ready: str) -> None:
    """Say when the pages answer; end when a part fails: half a central that looks alive is worse than a new start."""

    def watch() -> None:
        pause = threading.Event()
        told = False
        while service.failure is None:
            if server.started and not told:
                typer.echo(ready)
                told = True
            pause.wait(0.1)
        server.should_exit = True

    threading.Thread(target=watch, name="watch", daemon=True).start()
