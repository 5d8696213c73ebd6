"""Who moves each lane's barrier: set by a person from central, else as the configuration says.

The later one counts: what a person set holds over restarts, until somebody changes the lane's `mode` or `auto_reason`
in the configuration. More power needs the disk and a list to go by; less power is always taken.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path

import structlog

from contract.messages import Command, LaneInfo, LaneMode, TimeQuality
from edge.clock import time_quality
from edge.config import LaneSettings
from edge.durable import write_durably
from edge.gate_controller.access_list import AccessListKeeper
from edge.gate_controller.policy import lacking_to_decide
from edge.mode_book import Configured, ModeBook, SetMode

log = structlog.get_logger(__name__)


class LaneModes:
    """The mode of each lane that counts now. `of` and `told` may be called from any thread."""

    def __init__(
        self, path: Path, lanes: Iterable[LaneSettings], *, with_barrier: Collection[str], access: AccessListKeeper
    ) -> None:
        """`with_barrier` are the lanes that have a barrier of ours; `access` has the list that `auto` goes by."""
        self._path = path
        self._configured = {lane.lane: Configured.of(lane) for lane in lanes}
        self._with_barrier = with_barrier
        self._access = access
        self._book = ModeBook()
        self._owed = False
        self._lock = threading.Lock()

    def load(self, now: datetime) -> None:
        """Find what was set before. Where that cannot be read, no lane is `auto` until a person sets it again."""
        try:
            found = ModeBook.read(self._path)
        except (ValueError, OSError) as error:
            log.error(  # noqa: TRY400 - a damaged file, no bug
                "modes on disk cannot be read: no lane opens by itself until its mode is set again",
                path=str(self._path),
                reason=str(error),
            )
            self._book = ModeBook(lanes=self._fallback(now))
            return
        lanes = {lane: known for lane, known in found.lanes.items() if self._configured.get(lane) == known.configured}
        self._book = ModeBook(lanes=lanes)
        for lane, known in found.lanes.items():
            told = {"lane": lane, "mode": known.mode, "actor": known.actor, "at": known.at.isoformat()}
            if lane in lanes:
                log.info("mode as set from central", **told)
            else:
                log.warning(
                    "the configuration of this lane was changed since: its mode counts, not the one set", **told
                )
        if lanes != found.lanes:  # else changing the configuration back would bring the old one back
            self._owed = True
            self.store()

    def _fallback(self, now: datetime) -> dict[str, SetMode]:
        return {
            lane: SetMode(
                mode=LaneMode.ASSIST,
                reason=f"what was set cannot be read from {self._path.name}",
                actor="",
                at=now,
                configured=configured,
            )
            for lane, configured in self._configured.items()
            if configured.mode is LaneMode.AUTO
        }

    def of(self, lane: str) -> LaneMode:
        """Who moves this lane's barrier now."""
        known = self._book.lanes.get(lane)
        return known.mode if known is not None else self._configured[lane].mode

    def told(self, lanes: Iterable[LaneInfo]) -> tuple[LaneInfo, ...]:
        """These lanes with the modes that count, as the node's birth tells them."""
        book = self._book
        return tuple(_with_mode(lane, book.lanes.get(lane.lane)) for lane in lanes)

    def set(self, command: Command, now: datetime) -> str | None:
        """From now on the lane is in the command's mode; why not, if not.

        `auto` is on disk when this returns. A disk that refuses takes no other mode back: `store` tries again.
        """
        mode, lane = command.mode, command.lane
        if mode is None or lane not in self._configured:
            return f"this node has no lane {lane}"
        if mode is LaneMode.AUTO and (fault := self._lacking(lane, now)) is not None:
            return fault
        with self._lock:
            known = SetMode(
                mode=mode,
                reason=command.reason.strip(),
                actor=command.actor,
                at=now,
                configured=self._configured[lane],
            )
            book = ModeBook(lanes={**self._book.lanes, lane: known})
            fault = self._write(book)
            if fault is not None and mode is LaneMode.AUTO:
                return fault
            self._book, self._owed = book, fault is not None
        log.info("mode set from central", lane=lane, mode=mode, actor=command.actor, reason=known.reason)
        if fault is not None:
            log.error("the mode is in force and not on disk, trying again", lane=lane, reason=fault)
        return None

    def store(self) -> None:
        """Put on disk what it refused before."""
        with self._lock:
            if self._owed:
                self._owed = self._write(self._book) is not None

    def _lacking(self, lane: str, now: datetime) -> str | None:
        if lane not in self._with_barrier:
            return f"lane {lane} has no barrier of ours"
        trusted = time_quality() is not TimeQuality.UNSET
        lacking = lacking_to_decide(self._access.current, now=now, clock_trusted=trusted)
        return f"lane {lane} cannot act alone: {lacking}" if lacking is not None else None

    def _write(self, book: ModeBook) -> str | None:
        try:
            write_durably(self._path, book.model_dump_json(indent=1).encode())
        except OSError as error:
            return f"the mode cannot be written to {self._path.name}: {error.strerror}"
        return None


def _with_mode(lane: LaneInfo, known: SetMode | None) -> LaneInfo:
    if known is None:
        return lane
    return lane.model_copy(
        update={"mode": known.mode, "mode_reason": known.reason, "mode_by": known.actor, "mode_since": known.at}
    )
