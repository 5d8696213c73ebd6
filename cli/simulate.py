"""`smartgate simulate`: made-up days whose truth is known, through central, and what it says of them."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import simulated_lane

if TYPE_CHECKING:
    from bench.tables import Table
    from simulation.day.compare import Comparison

_PRINTED_WIDTH = 140
"""Columns where no terminal says how many it has."""
_PLACE = timezone(timedelta(hours=7))
"""Vietnam is UTC+7 all year."""
app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.command("lane")(simulated_lane.command)


@app.callback()
def simulate() -> None:
    """Days whose truth is known to the vehicle; nothing here touches an installation."""


@app.command()
def day(
    *,
    seed: Annotated[int, typer.Option(help="Another seed draws another day.")],
    out: Annotated[Path, typer.Option(help="Folder for truth, bulletins and database; new or empty.", metavar="DIR")],
    per_day: Annotated[int, typer.Option(min=150, help="About so many passages.")] = 2000,
    spoil: Annotated[
        str | None, typer.Option(help="Break something on the way, to see it noticed: message or count.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Make a day, let central live through it, and hold its bulletin against the truth. 0 only if they are equal."""
    from cli.logs import configure_logs
    from edge.settings import LogSettings
    from simulation.day.play import Spoil
    from simulation.day.trial import try_day

    if spoil is not None and spoil not in set(Spoil):
        raise typer.BadParameter(f"unknown: {spoil}; there are: {', '.join(Spoil)}", param_hint="--spoil")
    out.mkdir(parents=True, exist_ok=True)
    configure_logs(LogSettings(file=out / "central.log"))
    began_s = time.process_time()
    with _progress() as tell:
        found = try_day(seed, per_day, out, spoil=Spoil(spoil) if spoil else None, tell=tell)
    if as_json:
        rows = [asdict(row) for row in found.rows]
        cpu_s = round(time.process_time() - began_s, 1)
        told = {"seed": seed, "per_day": per_day, "equal": found.equal, "verdict": found.verdict, "cpu_s": cpu_s}
        typer.echo(json.dumps(told | {"rows": rows}, ensure_ascii=False))
    else:
        _print(_table(found))
        typer.echo(found.verdict)
    if not found.equal:
        raise typer.Exit(1)


@app.command()
def days(
    *,
    seed: Annotated[int, typer.Option(help="Another seed draws other days.")],
    out: Annotated[Path, typer.Option(help="Folder for the database; new or empty.", metavar="DIR")],
    count: Annotated[int, typer.Option("--days", min=1, help="Days to forecast; five weeks come before them.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Forecast made-up days from what central has of them. 0 only if that is nearer than "same as yesterday"."""
    from bench.traffic_forecast import made_up_arrivals
    from cli.logs import configure_logs
    from edge.settings import LogSettings
    from simulation.day.weeks import try_weeks

    out.mkdir(parents=True, exist_ok=True)
    configure_logs(LogSettings(file=out / "central.log"))
    with _progress("%Y-%m-%d") as tell:
        found = try_weeks(seed, made_up_arrivals(seed, count), count, out, tell=tell)
    if as_json:
        told = {"seed": seed, "days": count, "better": found.better, "verdict": found.verdict}
        typer.echo(json.dumps(told | {"passages": found.passages, **asdict(found.error)}))
    else:
        typer.echo(found.verdict)
    if not found.better:
        raise typer.Exit(1)


@app.command()
def surge(
    *,
    seed: Annotated[int, typer.Option(help="Another seed draws another day.")],
    out: Annotated[Path, typer.Option(help="Folder for the database; new or empty.", metavar="DIR")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Fill the yards and empty them. 0 only if the level climbs to 4 and comes back, each step once and on evidence."""
    from cli.logs import configure_logs
    from edge.settings import LogSettings
    from simulation.day.surge import try_surge

    out.mkdir(parents=True, exist_ok=True)
    configure_logs(LogSettings(file=out / "central.log"))
    with _progress() as tell:
        found = try_surge(seed, out, tell=tell)
    if as_json:
        path = [0, *(one.after for one in found.changes)]
        told = {"seed": seed, "faults": list(found.faults), "verdict": found.verdict, "levels": path}
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        typer.echo(found.verdict)
    if found.faults:
        raise typer.Exit(1)


@contextmanager
def _progress(shown: str = "%H:%M") -> Iterator[Callable[[datetime], None]]:
    """How far it is, where somebody watches; `shown` is what of the time."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("it begins") as status:
        yield lambda now: status.update(f"{now.astimezone(_PLACE):{shown}}")


def _table(found: Comparison) -> Table:
    from bench.tables import Column, Table

    rows = tuple(
        (row.what, row.truth, row.said, row.named, "yes" if row.equal else "NO")
        for row in found.rows
        if row.truth or row.said or row.named or not row.equal
    )
    columns = (
        Column("number"),
        Column("truth", "count"),
        Column("central says", "count"),
        Column("and names", "count"),
        Column("equal"),
    )
    return Table("day", "The day", columns, rows, "Numbers that are 0 on both sides are left out.")


def _print(table: Table) -> None:
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else _PRINTED_WIDTH)
    console.print(table.rich())
    console.print()
