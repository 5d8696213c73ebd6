"""`smartgate doctor`: is this machine fit for a node, and does the node reach what it needs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from edge.diagnosis.findings import Finding


def command(
    config: Annotated[
        Path | None, typer.Option(help="The node's TOML file: looks at its cameras and broker too.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Say how this machine is as a node: ok, warning, bad or not known a line; status 1 if something is bad."""
    bad = False
    for finding in _findings(config):
        bad = bad or finding.is_bad
        typer.echo(json.dumps(finding.as_json(), ensure_ascii=False) if as_json else finding.line())
    sys.exit(1 if bad else 0)


def _findings(path: Path | None) -> Iterator[Finding]:
    """As they become known: some take seconds."""
    from edge.config import NodeConfig
    from edge.diagnosis import machine, reach
    from edge.diagnosis.files import data_dir_of
    from edge.diagnosis.findings import Finding, Level
    from edge.diagnosis.reading import reading
    from edge.lpr.settings import LprSettings

    config = NodeConfig.load(path) if path is not None else None
    yield from reading(config.lpr if config is not None else LprSettings())
    by_pins = config is not None and any(lane.barrier.driver.startswith("gpio") for lane in config.lanes)
    yield from machine.report(config.data_dir if config is not None else Path.cwd(), pins_wanted=by_pins)
    if config is None:
        yield Finding("cameras and broker", Level.NOT_KNOWN, "no configuration was named", "add --config node.toml")
        return
    yield from data_dir_of(config)
    yield from reach.cameras(config.cameras)
    yield from reach.broker(config.mqtt)
