"""`smartgate edge`: a node beside its cameras."""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
ConfigFile = Annotated[Path, typer.Option(help="The node's TOML file; see docs/node-config.md.")]


@app.callback()
def edge() -> None:
    """Run a node beside its cameras."""


@app.command()
def run(config: ConfigFile) -> None:
    """Watch the lanes, read plates, move the barriers, send passages; Ctrl-C or SIGTERM ends it in order.

    SIGHUP reads the configuration again.
    """
    from cli.logs import configure_logs
    from edge.config import NodeConfig
    from edge.lpr.engine import open_reader
    from edge.node.node import run_node
    from edge.node.reload import Reload
    from edge.node.service import ServiceManager

    faulthandler.enable()  # what the watchdog of systemd kills says in the log where each thread stood
    settings = NodeConfig.load(config)
    configure_logs(settings.log)
    stop = threading.Event()
    reload = Reload(lambda: NodeConfig.load(config), on_applied=lambda news: configure_logs(news.log))

    def on_end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's signature
        # not here: the handler may have interrupted a wait that holds the event's lock
        threading.Thread(target=stop.set, name="end", daemon=True).start()

    def on_reload(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's signature
        reload.ask()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_end)
    signal.signal(signal.SIGHUP, on_reload)
    manager = ServiceManager.of(os.environ)
    run_node(settings, open_reader(settings.lpr), stop, manager=manager, reload=reload)


@app.command()
def check(config: ConfigFile) -> None:
    """Say all that is wrong with a configuration, and what cannot be known from here; status 1 if something is."""
    from edge.diagnosis.check import check_config

    findings = check_config(config)
    for finding in findings:
        typer.echo(finding.line())
    wrong = sum(finding.is_bad for finding in findings)
    typer.echo(f"{config}: {f'{wrong} to put right' if wrong else 'nothing found that is wrong'}")
    sys.exit(1 if wrong else 0)


@app.command()
def person(
    name: Annotated[str, typer.Argument(help="Name to log in with at the booth.")],
    config: ConfigFile,
    role: Annotated[
        str, typer.Option(help="operator: sees vehicles and opens; maintenance: sees how all does.")
    ] = "operator",
    remove: Annotated[bool, typer.Option("--remove", help="Let this person log in no more.")] = False,
) -> None:
    """Set who may log in at the booth page, and with which password; asked for, or the first line of standard input."""
    from contract.errors import ConfigError
    from edge.booth.persons import BoothRole, Persons
    from edge.config import NodeConfig

    booth = NodeConfig.load(config).booth
    if booth is None:
        raise ConfigError(f"{config} has no [booth], so nobody can log in there; see docs/booth.md")
    if role not in list(BoothRole):
        raise ConfigError(f"expected a role of {', '.join(BoothRole)}, got {role!r}")
    persons = Persons(booth.persons_file)
    if remove:
        persons.remove(name)
        typer.echo(f"{name} may log in no more; sessions have ended")
        return
    if sys.stdin.isatty():
        password = typer.prompt("password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    persons.set(name, BoothRole(role), password)
    typer.echo(f"{name} ({role}) may log in; sessions with a former password have ended")


@app.command()
def schema() -> None:
    """Print the JSON schema of the configuration file."""
    from edge.config import NodeConfig

    typer.echo(json.dumps(NodeConfig.model_json_schema(), indent=1, ensure_ascii=False))
