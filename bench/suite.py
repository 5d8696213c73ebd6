"""All measurements of reading in one run, and the page that keeps their results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2

from bench.answers import READABLE_ROW_PX
from bench.curves import EFFECTS, curves_table, measure
from bench.diagnosis import diagnosis_table
from bench.labelled import labelled_tables
from bench.machine import setting
from bench.passages import Clip, passage_tables
from bench.plot import svg
from bench.ppocr.engine import open_ppocr
from bench.reading import Readers, reading_tables
from bench.scenes import CLASSES
from bench.speed import speed_tables
from bench.tables import Table
from contract.errors import SmartGateError
from edge.lpr.engine import PlateReader, open_reader
from edge.lpr.settings import LprSettings

PARTS = ("accuracy", "labelled", "passages", "robustness", "speed")
ENGINES: dict[str, Callable[[LprSettings], PlateReader]] = {"plates": open_reader, "ppocr": open_ppocr}
"""What can be measured: the product's own models, and a peer."""
_PLATES_A_POINT = 2
"""Of the plates a class, so many are read at each level of an effect."""
_FEWEST_TIMES = 5


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be measured, and how thoroughly."""

    engines: tuple[str, ...]
    parts: tuple[str, ...] = PARTS
    plates: int = 20
    seed: int = 1
    kinds: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    """Only these classes of made-up plates, and only these effects; all of them by default."""
    pictures: Path | None = None
    only: Path | None = None
    limit: int | None = None
    clips: tuple[Clip, ...] = ()
    page: Path | None = None
    command: str = field(default="smartgate bench reading")


def run(request: Request) -> Iterator[Table]:
    """Measure part by part; each table comes as soon as it is known. The page, if wanted, is written at the end.

    Raises:
        SmartGateError: an engine or part is unknown, or a model, picture or clip cannot be opened.

    """
    _check(request)
    cv2.setNumThreads(1)
    readers = {engine: ENGINES[engine](LprSettings()) for engine in request.engines}
    done: list[Table] = []
    for part in request.parts:
        for table in _tables(part, request, readers):
            done.append(table)
            yield table
    if request.page:
        _write(request.page, page(done, setting(readers), request.command, _plot_of(request)))


def _check(request: Request) -> None:
    kinds, effects = [one.name for one in CLASSES], [one.name for one in EFFECTS]
    for what, given, known in (
        ("engine", request.engines, ENGINES),
        ("part", request.parts, PARTS),
        ("kind", request.kinds, kinds),
        ("effect", request.effects, effects),
    ):
        for name in given:
            if name not in known:
                raise SmartGateError(f"there is no {what} {name!r}; choose of {', '.join(known)}")
    if request.only and not request.only.is_file():
        raise SmartGateError(f"no list {request.only}")


def _tables(part: str, request: Request, readers: Readers) -> list[Table]:
    plates, seed = request.plates, request.seed
    if part == "accuracy":
        classes = [one for one in CLASSES if not request.kinds or one.name in request.kinds]
        return reading_tables(readers, plates_per_class=plates, seed=seed, classes=classes)
    if part == "labelled":
        if request.pictures is None:
            return []
        return labelled_tables(readers, request.pictures, only=request.only, limit=request.limit)
    if part == "passages":
        return passage_tables(readers, approaches=plates, seed=seed, clips=list(request.clips))
    if part == "speed":
        return [*speed_tables(readers, pictures=max(_FEWEST_TIMES, plates), seed=seed), diagnosis_table(seed=seed)]
    effects = [one for one in EFFECTS if not request.effects or one.name in request.effects]
    points = measure(readers, plates=_PLATES_A_POINT * plates, seed=seed, effects=effects)
    table, plot = curves_table(points), _plot_of(request)
    if plot:
        _write(plot, svg(points))
        _write(plot.with_suffix(".csv"), table.csv())
    return [table]


def _plot_of(request: Request) -> Path | None:
    """Where the curves are drawn: beside the page."""
    if request.page is None or "robustness" not in request.parts:
        return None
    return request.page.with_name(f"{request.page.stem}-robustness.svg")


def page(tables: list[Table], facts: dict[str, str], command: str, plot: Path | None) -> str:
    """The results as a Markdown page. The robustness table is drawn and kept as CSV, since it is long."""
    words = (
        "Shares have 95 % intervals (Wilson), low to high. *Exact*: the whole plate. *Wrong*: another text. "
        f"*Abstained*: none. *Readable*: plates whose rows are at least {READABLE_ROW_PX:.0f} pixels high."
    )
    lines = [
        "# How surely and how fast plates are read",
        "",
        f"Written by `{command}`; do not edit. {words}",
        "",
        *(f"- {name}: {value}" for name, value in facts.items()),
        "",
    ]
    for table in tables:
        if table.name == "robustness" and plot:
            lines += [f"## {table.title}", "", f"{table.note} As numbers: [{plot.stem}.csv]({plot.stem}.csv).", ""]
            lines += [f"![Exact and wrong shares as pictures get worse, a panel an effect]({plot.name})", ""]
        else:
            lines.append(table.markdown())
    return "\n".join(lines).rstrip() + "\n"


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
