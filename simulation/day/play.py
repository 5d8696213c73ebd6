"""Lets a made-up day happen to central: its nodes' messages, its declarations and people's counts, minute by minute."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

from central.ingest.intake import Intake
from central.ingest.pipe import Packet
from central.platform.folder import FolderRunner
from central.platform.rest import Pulled
from central.platform.runner import PlatformRunner
from central.platform.settings import FolderSettings, PlatformSettings
from central.reconcile.judge import Knowledge
from central.reconcile.reconciler import Reconciler
from central.reconcile.settings import ReconcileSettings
from central.store import Store
from contract.messages import Passage
from contract.topics import address_of
from simulation.day.messages import Said, messages
from simulation.day.papers import as_csv, papers
from simulation.day.trips import Day
from simulation.platform import SimPlatform

_STEP: Final = timedelta(minutes=30)
_LONG_STEP: Final = timedelta(hours=1)
_AFTER: Final = timedelta(hours=9)
"""So long after the day the last windows are over, and what nobody came for is known."""
_FILE_AT: Final = timedelta(minutes=15)
_AGAIN_AT: Final = timedelta(hours=3)
"""After the begin of the day: the office's file, and the same with other numbers."""
_LATE_AFTER_S: Final = 300.0
_LOST: Final = slice(40, 41)
"""Of the passages, where one is to get lost."""
_WHO: Final = "ca trưởng"


class Spoil(StrEnum):
    """What may be broken on the way, to see that it is noticed."""

    MESSAGE = "message"
    """One passage never reaches central."""
    COUNT = "count"
    """People count one vehicle too many."""


class _Timed(Protocol):
    @property
    def at(self) -> datetime:
        """When it is due."""
        ...


T = TypeVar("T", bound=_Timed)


class _Due(Generic[T]):
    """What happens when, in its order."""

    def __init__(self, items: Iterable[T]) -> None:
        self._items = deque(items)

    def until(self, now: datetime) -> Iterator[T]:
        """Take out what is due."""
        while self._items and self._items[0].at <= now:
            yield self._items.popleft()


class _Pages:
    """The platform, without a network between."""

    def __init__(self, platform: SimPlatform) -> None:
        self._platform = platform

    def pull(self, cursor: str, limit: int) -> Pulled:
        """The next page."""
        page = self._platform.page(cursor, limit)
        return Pulled(tuple(page["items"]), page["next_cursor"], page["more"])

    def close(self) -> None:
        """Nothing is open."""


class Play:
    """Lets it happen. `folder` is an empty one, for the files that an office exports."""

    def __init__(self, day: Day, store: Store, folder: Path, *, spoil: Spoil | None = None) -> None:
        self._day, self._store, self._folder, self._spoil = day, store, folder, spoil
        self._papers = papers(day)
        self._platform = SimPlatform()
        self._connector = PlatformRunner(
            store, _Pages(self._platform), PlatformSettings(base_url="http://simulated", page_size=200)
        )
        self._office = FolderRunner(store, FolderSettings(path=folder))
        self._intake = Intake(store, late_after_s=_LATE_AFTER_S)
        self._reconciler = Reconciler(store, ReconcileSettings(), self._knowledge)
        told = messages(day)
        self._lost = [one for one in told if isinstance(one.message, Passage)][_LOST] if spoil is Spoil.MESSAGE else []
        self._said = _Due(one for one in told if one not in self._lost)
        self._declared = _Due(self._papers.platform)

    def steps(self) -> Iterator[datetime]:
        """From the begin of the day until all is known of it; yields the time of every step."""
        day, now = self._day, self._day.since
        self._count(day.since)
        while now < day.until + _AFTER:
            now += _STEP if now < day.until + _STEP else _LONG_STEP
            self._files(now)
            for one in self._declared.until(now):
                self._platform.publish(one.record)
            while self._connector.step(now):
                pass
            packets = [_packet(one) for one in self._said.until(now)]
            if packets:
                self._intake.take(packets, now)
            self._reconciler.step(now)
            if now == day.until:
                self._count(now)
            yield now

    def bring_lost(self) -> None:
        """Let the message that was lost come after all, when the day is over."""
        now = self._day.until + _AFTER
        self._intake.take([_packet(one) for one in self._lost], now)
        while self._reconciler.step(now):
            now += _STEP

    def _files(self, now: datetime) -> None:
        """Put the office's file where central looks, and the same again later."""
        for name, rows, at in (
            ("tokhai.csv", self._papers.file, self._day.since + _FILE_AT),
            ("tokhai-2.csv", self._papers.again, self._day.since + _AGAIN_AT),
        ):
            path = self._folder / name
            if now >= at and not path.exists():
                path.write_bytes(as_csv(rows))
                os.utime(path, (at.timestamp(), at.timestamp()))
        self._office.step(now - _STEP / 2)
        self._office.step(now)

    def _knowledge(self) -> Knowledge:
        known = [at for at in (self._connector.complete_at, self._office.complete_at) if at is not None]
        return Knowledge(min(known) if len(known) == 2 else None, expected=True)

    def _count(self, at: datetime) -> None:
        """People count the yards of every gate."""
        with self._store.transaction(at) as transaction:
            for place, gate in enumerate(self._day.gates):
                stood = self._day.before[gate] if at == self._day.since else self._day.stock(gate)
                wrong = self._spoil is Spoil.COUNT and at == self._day.until and place == 0
                self._store.surge.add_count(transaction, gate, stood + wrong, at=at, actor=_WHO)


def _packet(said: Said) -> Packet:
    return Packet(address_of(said.message), said.message.model_dump_json().encode())
