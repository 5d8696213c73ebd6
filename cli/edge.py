"""`smartgate edge`: a node beside its cameras."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def edge() -> None:
    """Run a node beside its cameras."""


@app.command()
def run(config: Annotated[Path, typer.Option(help="The node's TOML file; see docs/node-config.md.")]) -> None:
    """Watch the lanes, read plates, move the barriers, send passages; Ctrl-C or SIGTERM ends it in order."""
    from cli.logs import configure_logs
    from edge.config import NodeConfig
    from edge.lpr.engine import open_reader
    from edge.node.node import run_node

    configure_logs()
    settings = NodeConfig.load(config)
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's signature
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    run_node(settings, open_reader(settings.lpr), stop)
