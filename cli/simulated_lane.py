"""`smartgate simulate lane`: one simulated lane as a network camera, to try a node with."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer


def command(
    *,
    site: Annotated[str, typer.Option(help="Gate that the lane belongs to.")],
    lane: Annotated[str, typer.Option(help="Name of the lane; its camera is called like it, with -front behind.")],
    direction: Annotated[str, typer.Option(help="in: to the yard; out: of it.")] = "in",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on this machine; 0 takes a free one.")] = 8430,
    seed: Annotated[int, typer.Option(help="Another seed, other lorries.")] = 1,
) -> None:
    """Show lorries at a simulated lane as an MJPEG camera on this machine; Ctrl-C ends it."""
    from contract.messages import Direction
    from simulation.server import serve
    from simulation.settings import SimGate, SimLane, SimulationSettings

    if direction not in list(Direction):
        raise typer.BadParameter(f"expected {' or '.join(Direction)}, got {direction!r}", param_hint="--direction")
    gate = SimGate(site=site, lanes=(SimLane(lane=lane, direction=Direction(direction)),))
    typer.echo(f"camera: http://127.0.0.1:{port}/cameras/{site}/{lane}-front.mjpeg")
    serve(SimulationSettings(seed=seed, port=port, platform_key=secrets.token_urlsafe(24), gates=(gate,)))
