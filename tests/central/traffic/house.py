"""Vehicles that go through made-up lanes at given times, into a store."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from central.store import Store
from central.traffic.keeper import TrafficKeeper
from central.traffic.settings import TrafficSettings
from central.traffic.surge_plan import SHIPPED
from contract.messages import Direction, Passage
from tests.central.made import passage, stamp

VIETNAM_H = 7.0
LATE = timedelta(minutes=5)
_numbers = count(1)


def vehicle(way: Direction, at: datetime, *, plate: str | None = "12C34567", **more: Any) -> Passage:
    """A vehicle in or out, with a number that nobody had before."""
    seq = next(_numbers)
    values: dict[str, Any] = {"lane": f"{way.value}-1", "direction": way, "stamp": stamp(at)}
    return passage(seq, plate, at=at, **values | {"passage_id": UUID(int=10_000_000 + seq)} | more)


def drive(store: Store, *messages: Passage, at: datetime | None = None) -> None:
    """They come in; by central's clock some seconds after the last of them was seen."""
    last = max(message.last_seen_at for message in messages)
    with store.transaction(at or last + timedelta(seconds=3)) as transaction:
        store.passages.save(transaction, *messages, late_after=LATE)


def stream(way: Direction, vehicles: int, *, since: datetime, until: datetime, **more: Any) -> list[Passage]:
    """So many vehicles, evenly over a span."""
    pause = (until - since) / max(1, vehicles)
    return [vehicle(way, since + number * pause, **more) for number in range(vehicles)]


def keeper(store: Store, settings: TrafficSettings | None = None) -> TrafficKeeper:
    """As central makes it at its start."""
    return TrafficKeeper(store, settings or TrafficSettings(), VIETNAM_H)


def count_yard(store: Store, vehicles: int, *, at: datetime, site: str = "huu-nghi", actor: str = "lan") -> int:
    """A person counts the yards of a gate."""
    with store.transaction(at) as transaction:
        return store.surge.add_count(transaction, site, vehicles, at=at, actor=actor)


def small_plan(folder: Path, changes: Iterable[tuple[str, str]] = ()) -> TrafficSettings:
    """The shipped plan with a tenth of its vehicles, so that made-up days are short."""
    text = SHIPPED.read_text("utf-8")
    tenth = [("stock = 500", "stock = 50"), ("stock = 700", "stock = 70"), ("stock = 900", "stock = 90")]
    tenth += [("stock = 1500", "stock = 150"), ("huu-nghi = 450", "huu-nghi = 450"), ("tan-thanh = 1100", "")]
    for before, after in [*tenth, *changes]:
        assert before in text, before
        text = text.replace(before, after)
    path = folder / "plan.toml"
    path.write_text(text, "utf-8")
    return TrafficSettings(plan_file=path)
