"""Commands on their way to the nodes: recorded first, then sent while they are fresh."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import structlog

from central.store import Store
from central.store.commands import CommandRecord
from central.store.database import StoreUnavailable
from central.store.records import CameraRecord, LaneRecord, PassageRecord
from central.worker import Worker
from contract.messages import Command, CommandKind, LaneMode
from contract.region import CameraRegion

log = structlog.get_logger(__name__)
VALID: Final = timedelta(seconds=20)
"""What a node has not begun by then it refuses: the world has moved on."""
_TICK_S = 1.0


def ask_for_region(store: Store, camera: CameraRecord, region: CameraRegion | None, *, actor: str) -> CommandRecord:
    """Have a node take this for the lane in a camera's picture; None goes back to its own configuration."""
    return _ask(
        store, CommandKind.SET_REGION, _place(camera), actor=actor, values={"camera": camera.camera, "region": region}
    )


def ask_to_confirm_view(store: Store, camera: CameraRecord, *, actor: str) -> CommandRecord:
    """Have a node hold a camera that was serviced against what it shows from now on."""
    return _ask(store, CommandKind.SET_VIEW_REFERENCE, _place(camera), actor=actor, values={"camera": camera.camera})


def ask_for_snapshot(store: Store, camera: CameraRecord, *, actor: str) -> CommandRecord:
    """Have the cameras of this camera's lane send a large picture."""
    return _ask(store, CommandKind.SNAPSHOT, _place(camera), actor=actor)


def ask_about_evidence(
    store: Store, passage: PassageRecord, kind: CommandKind, *, actor: str, reason: str
) -> CommandRecord:
    """Have a node keep all pictures of a passage (`keep_evidence`), or let them go (`release_evidence`)."""
    values = {"passage_id": passage.passage_id, "reason": reason}
    return _ask(store, kind, _place(passage), actor=actor, values=values)


def ask_for_mode(store: Store, lane: LaneRecord, mode: LaneMode, *, actor: str, reason: str) -> CommandRecord:
    """Have a node put a lane into this mode; `reason` has 1 to `MODE_REASON_CHARACTERS` characters."""
    return _ask(
        store, CommandKind.SET_LANE_MODE, _place(lane), actor=actor, values={"mode": mode, "reason": reason.strip()}
    )


def _place(of: CameraRecord | LaneRecord | PassageRecord) -> dict[str, str]:
    return {"site": of.site, "node": of.node, "lane": of.lane}


def _ask(
    store: Store, kind: CommandKind, place: Mapping[str, str], *, actor: str, values: Mapping[str, Any] | None = None
) -> CommandRecord:
    """Record what somebody wants of a node; the sender takes it from there.

    Raises:
        StoreUnavailable: nothing was recorded, so nothing will be sent.

    """
    now = datetime.now(UTC)
    command = Command(
        **place, **(values or {}), command_id=uuid4(), kind=kind, actor=actor, issued_at=now, expires_at=now + VALID
    )
    with store.transaction(now) as transaction:
        store.commands.add(transaction, command)
    return CommandRecord(command)


class CommandSender:
    """Sends what was recorded. Nothing waits in the link's memory: what expires before the broker is back is not sent.

    A crash between sending and noting it sends a command twice; nodes carry each out once.
    """

    def __init__(self, store: Store, publish: Callable[[Command], None], connected: Callable[[], bool]) -> None:
        self._store = store
        self._publish = publish
        self._connected = connected
        self._woken = threading.Event()
        self.worker = Worker("commands", self._work)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self.worker.start()

    def stop(self) -> None:
        """End; what was not sent is sent after the next start, if it is still fresh."""
        self.worker.stop()

    def step(self, now: datetime) -> int:
        """Send what is waiting; how many commands that were.

        Raises:
            StoreUnavailable: something was sent and could not be noted; it will be sent again.

        """
        waiting = self._store.commands.unsent(now) if self._connected() else ()
        for command in waiting:
            self._publish(command)
            log.info("command sent", kind=command.kind, site=command.site, lane=command.lane, actor=command.actor)
            with self._store.transaction(now) as transaction:
                self._store.commands.sent(transaction, command)
        return len(waiting)

    def _work(self, stop: threading.Event) -> None:
        unsubscribe = self._store.on_commit(self._woken.set)
        try:
            while not stop.is_set():
                self._woken.clear()
                try:
                    self.step(datetime.now(UTC))
                except StoreUnavailable as error:
                    log.error("cannot note commands, trying again", reason=str(error))  # noqa: TRY400 - no bug
                    stop.wait(_TICK_S)
                self._woken.wait(_TICK_S)
        finally:
            unsubscribe()
