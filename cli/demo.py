"""`smartgate demo`: the whole system on this machine, with simulated gates."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer


def command(
    *,
    port: Annotated[int, typer.Option(help="Port of the page; 0 takes a free one.")] = 8420,
    data: Annotated[Path | None, typer.Option(help="Keep data and logs here (default: removed at the end).")] = None,
    seconds: Annotated[float | None, typer.Option(help="Stop after so long.")] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="First print one line of JSON: url, user, password.")] = False,
    seed: Annotated[int, typer.Option(help="Another seed is another day at the gates.")] = 1,
    faults_after: Annotated[
        float, typer.Option(min=0, help="Seconds until a camera freezes; another goes dark half as long after.")
    ] = 120,
) -> None:
    """Start broker, central, a platform server and two simulated gates; Ctrl-C ends it all."""
    from simulation.house import House, HouseSettings

    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's signature
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    if not as_json:
        typer.echo("smart-gate demo: starting broker, central, platform and two gates …")
    with House(HouseSettings(data_dir=data, page_port=port, seed=seed, faults_after_s=faults_after)) as house:
        login = house.start(stop)
        if as_json:
            typer.echo(json.dumps({"url": login.url, "user": login.user, "password": login.password}))
        else:
            typer.echo(_banner(login.url, login.user, login.password, house.logs_dir, faults_after))
            if browser:
                typer.launch(login.url)
        house.watch(stop, seconds=seconds)
        if not as_json:
            typer.echo("\nsmart-gate demo: stopping …")


def _banner(url: str, user: str, password: str, logs_dir: Path, faults_after_s: float) -> str:
    line = "─" * 66
    return (
        f"\n{line}\n"
        f"  smart-gate is running: two gates, four lanes, six cameras\n\n"
        f"  page       {url}\n"
        f"  user       {user}\n"
        f"  password   {password}   (for this start only)\n\n"
        f"  The first lorries are on their way. After {faults_after_s:.0f} s one camera\n"
        f"  freezes, {faults_after_s / 2:.0f} s later another goes dark: watch the cameras page.\n\n"
        f"  logs       {logs_dir}\n"
        f"  stop       Ctrl-C\n{line}"
    )
