"""`smartgate bench`: measurements, printed as tables."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def bench() -> None:
    """Measure, print, assert nothing."""


@app.command()
def reading(
    plates: Annotated[int, typer.Option(help="Made-up plates of each class.")] = 20,
    seed: Annotated[int, typer.Option(help="Another seed draws other plates.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a class and line.")] = False,
) -> None:
    """Read made-up plates of each class in lane frames: exact share with its 95 % interval, and time on one thread."""
    from bench.reading import idle_share, measure
    from edge.lpr.engine import open_reader
    from edge.lpr.settings import LprSettings

    for row in measure(plates_per_class=plates, seed=seed):
        typer.echo(
            json.dumps(dataclasses.asdict(row))
            if as_json
            else f"{row.group:34} n={row.plates:4}  exact {row.exact / row.plates:7.1%} "
            f"[{row.low:6.1%} {row.high:6.1%}]  find {row.detect_ms:6.1f} ms  read {row.read_ms:6.1f} ms"
        )
    share = idle_share(open_reader(LprSettings()))
    typer.echo(
        json.dumps({"idle_to_busy": share}) if as_json else f"a frame of an idle lane costs {share:.1%} of a busy one"
    )
