"""`smartgate bench`: measurements, printed as tables."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bench.passages import Clip
    from bench.tables import Table

_PRINTED_WIDTH = 140
"""Columns where no terminal says how many it has."""
app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def bench() -> None:
    """Measure, print, assert nothing."""


@app.command()
def reading(
    *,
    plates: Annotated[int, typer.Option(min=1, help="Made-up plates of each class.")] = 20,
    seed: Annotated[int, typer.Option(help="Another seed draws other plates.")] = 1,
    engine: Annotated[
        list[str] | None,
        typer.Option(help="plates (the product's own models, default) or ppocr; both stand side by side."),
    ] = None,
    part: Annotated[
        list[str] | None,
        typer.Option(help="Only this part: accuracy, labelled, passages, robustness or speed. May be repeated."),
    ] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="Only made-up plates of this class, by its name in the tables.")
    ] = None,
    effect: Annotated[list[str] | None, typer.Option(help="Only this effect of the robustness curves.")] = None,
    pictures: Annotated[Path | None, typer.Option(help="Folder of labelled picture sets.", metavar="FOLDER")] = None,
    only: Annotated[Path | None, typer.Option(help="List of the pictures to use.", metavar="LIST")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many pictures of each set and use.")] = None,
    clip: Annotated[
        list[str] | None,
        typer.Option(
            help="A video and its plates, none if none can be read: lane.mp4=12C34567,…", metavar="VIDEO=PLATES"
        ),
    ] = None,
    write: Annotated[Path | None, typer.Option(help="Keep the results in a page.", metavar="FILE.md")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row and line.")] = False,
) -> None:
    """How surely and how fast plates are read, on one thread: accuracy, calibration, robustness, passages, speed."""
    from bench.suite import PARTS, Request, run

    request = Request(
        engines=tuple(engine or ["plates"]),
        parts=tuple(part or PARTS),
        plates=plates,
        seed=seed,
        kinds=tuple(kind or ()),
        effects=tuple(effect or ()),
        pictures=pictures,
        only=only,
        limit=limit,
        clips=tuple(_clip(text) for text in clip or ()),
        page=write,
        command=_command(sys.argv[1:]),
    )
    _show(run(request), as_json=as_json)


@app.command()
def scenarios(
    *,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each scenario.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed of the first run; the next runs take the seeds after it.")] = 1,
    only: Annotated[list[str] | None, typer.Option(help="Only this scenario. May be repeated.", metavar="NAME")] = None,
    write: Annotated[
        Path | None, typer.Option(help="Keep the table in a page, between its marks.", metavar="FILE.md")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row and line.")] = False,
) -> None:
    """Scripted lanes whose vehicles are known: whether the lane camera tells each of them once, and nothing else."""
    from bench.lane_scripts import script_table
    from bench.tables import write_between_marks
    from edge.lpr.engine import open_reader
    from edge.lpr.settings import LprSettings
    from simulation.scenarios import SCENARIOS

    unknown = sorted(set(only or ()) - {one.name for one in SCENARIOS})
    if unknown:
        known = ", ".join(one.name for one in SCENARIOS)
        raise typer.BadParameter(f"no scenario {', '.join(unknown)}; there are: {known}", param_hint="--only")
    chosen = [one for one in SCENARIOS if not only or one.name in only]
    table = script_table(open_reader(LprSettings()), chosen, range(seed, seed + seeds))
    if write:
        write_between_marks(write, "scenarios", [table])
    _show([table], as_json=as_json)


@app.command()
def ingest(
    *,
    vehicles: Annotated[int, typer.Option(min=1, help="Made-up vehicles; a tenth of them with pictures.")] = 4000,
    nodes: Annotated[int, typer.Option(min=1, help="Nodes that told of them.")] = 20,
    database: Annotated[list[str] | None, typer.Option(help="sqlite (default) or postgresql. May be repeated.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="passages (default) or pictures. May be repeated.")] = None,
    repeats: Annotated[int, typer.Option(min=1, help="Pairs that the medians are of.")] = 1,
    filled: Annotated[
        Path | None,
        typer.Option(
            help="Instead, compare taking in to this SQLite database with an empty one. The made-up stay in it.",
            metavar="FILE.db",
        ),
    ] = None,
    write: Annotated[
        Path | None, typer.Option(help="Keep the tables between the marks of a page.", metavar="FILE.md")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row and line.")] = False,
) -> None:
    """How fast central takes messages in durably, against a bare subscriber of the same mosquitto."""
    from tempfile import TemporaryDirectory

    from bench.ingest import DATABASES, KINDS, filled_table, ingest_tables
    from bench.tables import write_between_marks

    databases, kinds = tuple(database or ["sqlite"]), tuple(kind or ["passages"])
    for given, known, name in ((databases, DATABASES, "--database"), (kinds, KINDS, "--kind")):
        if unknown := sorted(set(given) - set(known)):
            raise typer.BadParameter(f"unknown: {', '.join(unknown)}; there are: {', '.join(known)}", param_hint=name)
    tables: Sequence[Table]
    with TemporaryDirectory(dir=filled.resolve().parent if filled else Path.cwd()) as made:  # a disk, not memory
        folder = Path(made)
        if filled:
            tables = [filled_table(folder, filled, vehicles=vehicles, nodes=nodes, repeats=repeats)]
        else:
            tables = ingest_tables(
                folder, vehicles=vehicles, nodes=nodes, databases=databases, kinds=kinds, repeats=repeats
            )
    _show(tables, as_json=as_json)
    if write:
        write_between_marks(write, "ingest filled" if filled else "ingest", tables)


@app.command()
def province(
    *,
    passages: Annotated[
        list[int] | None, typer.Option(min=1, help="Measure at so many passages (default 10000). May be repeated.")
    ] = None,
    database: Annotated[list[str] | None, typer.Option(help="sqlite (default) or postgresql. May be repeated.")] = None,
    write: Annotated[
        Path | None, typer.Option(help="Keep the tables between the marks of a page.", metavar="FILE.md")
    ] = None,
    tries: Annotated[int, typer.Option(min=5, help="Searches and live pages at each size.")] = 60,
    exported: Annotated[int, typer.Option(min=1, help="Rows of each export at most.")] = 1_000_000,
    folder: Annotated[
        Path | None, typer.Option(help="Where the databases lie meanwhile (default: here); some 2 GB a million.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row and line.")] = False,
) -> None:
    """What a filled database costs: search by part of a plate, the pages, taking in, at ever more passages."""
    from tempfile import TemporaryDirectory

    from bench.ingest import DATABASES
    from bench.province import Effort, province_tables
    from bench.tables import write_between_marks

    databases = tuple(database or ["sqlite"])
    if unknown := sorted(set(databases) - set(DATABASES)):
        raise typer.BadParameter(f"unknown: {', '.join(unknown)}; there are: {', '.join(DATABASES)}")
    parts: list[tuple[Table, ...]] = []
    for name in databases:
        with TemporaryDirectory(dir=folder or Path.cwd()) as made:
            sizes, effort = passages or [10_000], Effort(tries, exported)
            parts.append(province_tables(Path(made), sizes, database=name, effort=effort))
    tables = [same[0].with_rows_of(*same[1:]) for same in zip(*parts, strict=True)]
    _show(tables, as_json=as_json)
    if write:
        write_between_marks(write, "province", tables)


@app.command()
def live(
    *,
    listeners: Annotated[int, typer.Option(min=1, help="Screens that take the stream as the page does.")] = 50,
    pages: Annotated[int, typer.Option(min=0, help="Pages in Chromium beside them.")] = 3,
    per_s: Annotated[float, typer.Option(min=0.1, help="Passages a second.")] = 20.0,
    seconds: Annotated[float, typer.Option(min=5.0, help="For so long.")] = 60.0,
    write: Annotated[
        Path | None, typer.Option(help="Keep the table between the marks of a page.", metavar="FILE.md")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row and line.")] = False,
) -> None:
    """How soon a committed passage stands on every open live page; before it the least that one screen alone takes."""
    from tempfile import TemporaryDirectory

    from bench.live import Load, live_table
    from bench.tables import write_between_marks

    alone = Load(listeners=1, pages=0, per_s=1.0, seconds=min(20.0, seconds))
    with TemporaryDirectory(dir=Path.cwd()) as folder:  # where the disk is, not in memory
        table = live_table(Path(folder), (alone, Load(listeners, pages, per_s, seconds)))
    _show([table], as_json=as_json)
    if write:
        write_between_marks(write, "live", [table])


@app.command()
def decisions(
    *,
    cases: Annotated[int, typer.Option(min=2, help="How many wait.")] = 100,
    seed: Annotated[int, typer.Option(help="Another seed draws other plates.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row and line.")] = False,
) -> None:
    """What it costs central to have people decide: each request of the page, and judging anew after it."""
    from tempfile import TemporaryDirectory

    from bench.decisions import decisions_table

    with TemporaryDirectory(dir=Path.cwd()) as folder:  # where the disk is, not in memory
        table = decisions_table(Path(folder), cases=cases, seed=seed)
    _show([table], as_json=as_json)


@app.command()
def crosschecks(
    *,
    seeds: Annotated[int, typer.Option(min=1, help="Each day is played so often, with other vehicles.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed of the first; the next take the seeds after it.")] = 1,
    write: Annotated[Path | None, typer.Option(help="Keep the table in a page.", metavar="FILE.md")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row and line.")] = False,
) -> None:
    """Made-up days at a gate whose truth is known: what central's cross-checks find, miss, and say wrongly."""
    from tempfile import TemporaryDirectory

    from bench.crosschecks import crosscheck_table

    with TemporaryDirectory() as folder:
        table = crosscheck_table(Path(folder), seeds=range(seed, seed + seeds))
    _show([table], as_json=as_json)
    if write:
        write.write_text(table.markdown(), encoding="utf-8")


@app.command()
def reconcile(
    *,
    seed: Annotated[int, typer.Option(help="Seed of the first days; from 50 on the cameras err otherwise.")] = 1,
    seeds: Annotated[int, typer.Option(min=1, help="So often, with the seeds after it.")] = 1,
    per_day: Annotated[
        list[int] | None, typer.Option(min=10, help="Passages a day (default 4000). May be repeated.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="Days on end.")] = 5,
    scale: Annotated[bool, typer.Option("--scale", help="Also the time for 10⁴, 10⁵ and 10⁶ passages.")] = False,
    write: Annotated[Path | None, typer.Option(help="Keep the tables in a page.", metavar="FILE.md")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object for each seed and number of passages.")
    ] = False,
) -> None:
    """A province's days whose truth is known: right and false links, calibration, anomalies; beside simple rules."""
    from bench.reconcile_days import days_tables, scale_table, score_days, write_page
    from central.reconcile.settings import ReconcileSettings
    from simulation.province.about import about
    from simulation.province.days import make_province
    from simulation.province.truth import Province
    from simulation.province.visits import REGIMES

    settings = ReconcileSettings()
    limits_h = {regime: settings.dwell_limit_h(regime) for regime in REGIMES}
    scores = []
    for volume in per_day or [4000]:
        for one in range(seed, seed + seeds):
            made = make_province(seed=one, per_day=volume, days=days, limits_h=limits_h)
            scores.append(score_days(made, seed=one, per_day=volume, settings=settings))
            if as_json:
                typer.echo(json.dumps(scores[-1].as_json()))
    tables = days_tables(scores)
    if scale:

        def make(volume: int, span: int) -> Province:
            return make_province(seed=seed, per_day=volume, days=span, limits_h=limits_h)

        tables.append(scale_table(make, settings))
    if write:
        write_page(write, tables, about=about(), command=_command(sys.argv[1:]))
    _show(tables[len(tables) - scale :] if as_json else tables, as_json=as_json)


def _show(tables: Iterable[Table], *, as_json: bool) -> None:
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else _PRINTED_WIDTH)
    for table in tables:
        if as_json:
            for line in table.json_lines():
                typer.echo(line)
        else:
            console.print(table.rich())
            console.print()


def _clip(text: str) -> Clip:
    from bench.passages import Clip
    from contract.plate import normalise

    path, _, plates = text.rpartition("=")
    if not path:
        raise typer.BadParameter(f"{text!r}: expected VIDEO=PLATES, the plates separated by commas")
    return Clip(Path(path), tuple(normalise(plate) for plate in plates.split(",") if plate))


def _command(arguments: list[str]) -> str:
    """The command for others to repeat, without what is nobody's concern: folders of this machine, plates of clips."""
    shown = ["smartgate"]
    for argument in arguments:
        name = argument.rsplit("/", 1)[-1] if argument.startswith(("/", "~", "..")) else argument
        shown.append(name.partition("=")[0] + "=PLATES" if shown[-1] == "--clip" else name)
    return " ".join(shown)
