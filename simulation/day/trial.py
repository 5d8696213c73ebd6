"""One made-up day from beginning to end: made, lived through, gathered from the store, compared; and kept as files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from central.reports.source import Gathered, gather
from central.store import Store
from central.traffic.settings import TrafficSettings
from contract.errors import SmartGateError
from simulation.day.compare import Comparison, compare
from simulation.day.make import make_day
from simulation.day.play import Play, Spoil
from simulation.day.trips import Day

_DATABASE: Final = "central.db"
_TRUTH: Final = "truth.json"


def try_day(
    seed: int,
    per_day: int,
    folder: Path,
    *,
    spoil: Spoil | None = None,
    tell: Callable[[datetime], None] = lambda _: None,
) -> Comparison:
    """Live through a day and compare; `folder` gets the truth, what was said, and central's database.

    Where the folder has this day already, what central has of it is compared again. `tell` hears how far it is.

    Raises:
        SmartGateError: another day was kept in the folder, or `per_day` is too small.

    """
    day = make_day(seed, per_day)
    known = (folder / _DATABASE).exists()
    if known and _read(folder / _TRUTH) != day.as_json():
        raise SmartGateError(f"expected no day in {folder}, or the same one: it has another; give a new folder")
    office = folder / "office"
    office.mkdir(parents=True, exist_ok=True)
    store = Store.open(f"sqlite:///{folder / _DATABASE}", folder / "evidence")
    try:
        if not known:
            for now in Play(day, store, office, spoil=spoil).steps():
                tell(now)
        return judge_day(day, store, folder)
    finally:
        store.close()
        shutil.rmtree(office)


def judge_day(day: Day, store: Store, folder: Path) -> Comparison:
    """What central says of a day that it lived through, held against the truth; both are kept as files."""
    _keep(folder / _TRUTH, day.as_json())
    _keep(folder / "bulletin_truth.json", truth_json(day))
    gathered = gather(store, TrafficSettings(), since=day.since, until=day.until, gates=day.gates)
    found = compare(day, gathered, dead_letters=len(store.dead_letters.list()))
    _keep(folder / "bulletin_said.json", said_json(gathered, found))
    return found


def truth_json(day: Day) -> dict[str, Any]:
    """The bulletin as it should be, with what the blind camera missed beside it."""
    return {
        "since": day.since.isoformat(),
        "until": day.until.isoformat(),
        "lines": _by_gate({key: len(ids) for key, ids in day.numbers().items()}),
        "missed_by_camera": _by_gate({key: len(ids) for key, ids in day.missed().items()}),
        "carried_over": dict(day.before),
        "stock": {gate: day.stock(gate) for gate in day.gates},
        "in_no_count": {gate: day.unexplained(gate) for gate in day.gates},
        "declared_twice": len(day.declared_twice()),
    }


def said_json(gathered: Gathered, found: Comparison) -> dict[str, Any]:
    """The bulletin as central gives it, in the same shape."""
    bulletin = gathered.bulletin()
    told = {(one.gate, one.direction.value, one.column.value): one.figure.count for one in bulletin.numbers()}
    missed = {
        (line.gate, line.direction.value, column.value): len(ids)
        for line in bulletin.lines
        for column, ids in line.missed.items()
    }
    return {
        "since": bulletin.since.isoformat(),
        "until": bulletin.until.isoformat(),
        "lines": _by_gate({key: count for key, count in told.items() if count}),
        "missed_by_camera": _by_gate(missed),
        "carried_over": {gate: stock.before.vehicles for gate, stock in bulletin.stocks.items()},
        "stock": {gate: stock.calculated for gate, stock in bulletin.stocks.items()},
        "in_no_count": {gate: stock.unexplained for gate, stock in bulletin.stocks.items()},
        "residuals": list(found.residuals),
        "doubts": [
            {
                "reason": one.reason.value,
                "gate": one.gate,
                "lane": one.lane,
                "direction": one.direction.value,
                "since": one.since.isoformat(),
                "until": one.until.isoformat(),
                "vehicles": one.vehicles,
            }
            for one in bulletin.doubts
        ],
    }


def _by_gate(counts: Mapping[tuple[str, str, str], int]) -> dict[str, dict[str, dict[str, int]]]:
    lines: dict[str, dict[str, dict[str, int]]] = {}
    for (gate, direction, column), count in sorted(counts.items()):
        lines.setdefault(gate, {}).setdefault(direction, {})[column] = count
    return lines


def _keep(path: Path, what: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(what, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
