"""`smartgate faultlab`: faults put into pictures, and how well the diagnosis of cameras finds them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bench.tables import Column, Table
    from contract.vocabulary import HealthReason
    from simulation.faultlab.material import Clip
    from simulation.faultlab.scores import Row
    from simulation.faultlab.suite import Request
    from simulation.faultlab.trials import CleanOutcome, Outcome

PAGE = Path(__file__).resolve().parents[1] / "docs" / "camera-health.md"
_PRINTED_WIDTH = 200
"""Columns where no terminal says how many it has."""


def command(
    clips: Annotated[
        list[Path] | None, typer.Argument(help="Videos to put faults into, instead of rendered lanes.", metavar="CLIP…")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row and line.")] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="A look in two minutes: severe faults, one short day.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option("--class", help="Only this class of fault. May be repeated.", metavar="CODE")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed draws other scenes and faults.")] = 1,
    repeats: Annotated[int | None, typer.Option(min=0, help="Trials of each class and severity; usually 2.")] = None,
    pair_count: Annotated[int | None, typer.Option("--pairs", min=0, help="Trials of two faults; usually 24.")] = None,
    days: Annotated[int | None, typer.Option(min=0, help="Compressed days of clean material; usually 10.")] = None,
    day_s: Annotated[float | None, typer.Option(min=60, help="Seconds of a compressed day; usually 360.")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=16, help="Processes that run beside each other.")] = 1,
    held_back: Annotated[
        bool,
        typer.Option("--held-back", help="The place that nobody has tuned on. Only once, at the end; never to tune."),
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Keep the tables in docs/camera-health.md, in place of those before.")
    ] = False,
) -> None:
    """Put every fault into lanes or clips: what is found, how fast, by which name, and what is found for nothing."""
    from dataclasses import replace

    from rich.console import Console
    from rich.progress import track

    from contract.vocabulary import Severity
    from simulation.faultlab.suite import Request, run

    usual = Request(seed, 1, 2, 1, 60.0, severities=(Severity.SEVERE,)) if quick else Request(seed)
    request = replace(
        usual,
        repeats=usual.repeats if repeats is None else repeats,
        pair_count=usual.pair_count if pair_count is None else pair_count,
        days=usual.days if days is None else days,
        day_s=day_s or usual.day_s,
        codes=_codes(only),
        clips=_clips(clips or []),
        held_back=held_back,
    )
    work = request.work()
    watcher = Console(stderr=True)
    outcomes = list(
        track(
            run(work, jobs=jobs),
            "fault lab",
            total=len(work),
            console=watcher,
            transient=True,
            disable=not watcher.is_terminal,
        )
    )
    tables = _tables(outcomes, request)
    if write:
        section = "clips" if clips else "held-back" if held_back else "rendered" if request.repeats else "pairs"
        _keep(tables, section, " ".join(["smartgate", *(Path(word).name for word in sys.argv[1:])]))
    console = Console(width=None if sys.stdout.isatty() else _PRINTED_WIDTH)
    for table in tables:
        if as_json:
            for line in table.json_lines():
                typer.echo(line)
        else:
            console.print(table.rich())
            console.print()


def _clips(paths: Sequence[Path]) -> tuple[Clip, ...]:
    from simulation.faultlab.material import Clip

    for path in paths:
        if not path.is_file():
            raise typer.BadParameter(f"expected a video file, there is none at {path}", param_hint="CLIP")
    return tuple(Clip(path) for path in paths)


def _codes(only: Sequence[str] | None) -> tuple[HealthReason, ...]:
    from simulation.faultlab.injectors import WAYS

    unknown = sorted(set(only or ()) - {str(code) for code in WAYS})
    if unknown:
        known = ", ".join(str(code) for code in WAYS)
        raise typer.BadParameter(f"no fault {', '.join(unknown)}; there are: {known}", param_hint="--class")
    return tuple(code for code in WAYS if not only or str(code) in only)


def _tables(outcomes: Sequence[Outcome | CleanOutcome], request: Request) -> list[Table]:
    from simulation.faultlab import scores
    from simulation.faultlab.trials import Outcome

    tried = [one for one in outcomes if isinstance(one, Outcome)]
    clean = [one for one in outcomes if not isinstance(one, Outcome)]
    single = [one for one in tried if len(one.trial.faults) == 1]
    rows = {
        "faults": scores.fault_rows(single),
        "severities": scores.severity_rows(single),
        "pairs": scores.pair_rows([one for one in tried if len(one.trial.faults) == 2]),
        "clean": scores.clean_rows(clean, day_s=request.day_s),
    }
    titles = {
        "faults": "Faults by class and severity",
        "severities": "Faults by severity",
        "pairs": "Two faults at once",
        "clean": "False alarms on clean material",
    }
    return [_table(name, titles[name], found) for name, found in rows.items() if found]


def _table(name: str, title: str, rows: Sequence[Row]) -> Table:
    from bench.tables import Table

    columns = tuple(_column(key) for key in rows[0])
    return Table(name, title, columns, tuple(tuple(row.values()) for row in rows))


def _column(name: str) -> Column:
    from bench.tables import Column

    if name in {"class", "severity", "wrong", "reasons", "material", "unseen_named"}:
        return Column(name)
    if name.startswith(("found", "named", "right")) or name == "graver_named":
        return Column(name, "share")
    if name == "judged_s":
        return Column(name, "count")
    return Column(name, "ms" if name.endswith("_s") else "number")


def _keep(tables: Sequence[Table], section: str, called: str) -> None:
    """Write the tables into their place in the page, and nothing else of it."""
    from datetime import UTC, datetime

    from bench.machine import commit
    from contract.errors import ConfigError

    text = PAGE.read_text(encoding="utf-8")
    begin, end = f"<!-- faultlab {section}: begin -->", f"<!-- faultlab {section}: end -->"
    before, found, rest = text.partition(begin)
    _, found_too, after = rest.partition(end)
    if not found or not found_too:
        raise ConfigError(f"expected the lines {begin} and {end} in {PAGE}, did not find both; put them back")
    head = f"`{called}` at {commit()}, {datetime.now(UTC):%Y-%m-%d}."
    body = "\n".join(table.markdown().replace("## ", "#### ", 1) for table in tables)
    PAGE.write_text(f"{before}{begin}\n{head}\n\n{body}\n{end}{after}", encoding="utf-8")
