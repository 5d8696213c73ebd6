"""One lane's barrier: polls the inputs, steps the machine, carries out its commands, and keeps a log of facts."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

import structlog

from contract.messages import BarrierEvent
from edge.gate_controller.barrier import Limits, Mode, Output, State, Wish, step
from edge.gate_controller.drivers import BarrierDriver
from edge.gate_controller.events import Event
from edge.gate_controller.inputs import Sensors
from edge.gate_controller.settings import GateSettings
from edge.gate_controller.vehicles import Beneath

log = structlog.get_logger(__name__)
_LOG_EVENTS = 200
_LONGEST_TURN_S = 10.0
"""One turn asks the device twice, each within a second; what takes so much longer hangs."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Vehicles since the controller began, as `contract.messages.LaneCount` says."""

    loop: int = 0
    barrier: int = 0


_LET_THROUGH = frozenset(
    {
        Event.OPENED,
        Event.OPENED_BY_HAND,
        Event.OPENED_WITHOUT_COMMAND,
        Event.EMERGENCY_OPENED,
        Event.OPEN_EXTENDED,
        Event.TAILGATED,
    }
)


class GateController:
    """Runs the state machine of one barrier in a thread of its own. `start` and `stop` once each."""

    def __init__(
        self, lane: str, driver: BarrierDriver, settings: GateSettings, *, longest_turn_s: float = _LONGEST_TURN_S
    ) -> None:
        self.lane = lane
        self._longest_turn_s = longest_turn_s
        self._driver = driver
        self._settings = settings
        self._limits = Limits(
            settings.travel_timeout_s,
            settings.clear_s,
            wait_for_vehicle_s=settings.wait_for_vehicle_s,
            differs_s=settings.differs_s,
            long_stay_s=settings.long_stay_s,
        )
        self._state = State()
        self._orders: queue.SimpleQueue[Wish | UUID] = queue.SimpleQueue()
        self._held = False
        self._known = True
        self._failing = False
        self._turned_s = float("-inf")
        self.faults = 0
        """How often the machine has come to a fault."""
        self._counted = Counted()
        self._raised_again = False
        self._stays: queue.SimpleQueue[tuple[float, float]] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._log: deque[BarrierEvent] = deque(maxlen=_LOG_EVENTS)
        self._thread = threading.Thread(target=self._run, name=f"barrier {lane}", daemon=True)

    def start(self) -> None:
        """Begin to watch the barrier; nothing moves by this."""
        self._turned_s = time.monotonic()
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; the arm stays where it is."""
        self._stop.set()
        self._thread.join()
        self._driver.close()

    def open(self, wish: Wish) -> None:
        """Ask to open for one vehicle; taken up within one poll."""
        self._orders.put(wish)

    def revoke(self, wish_id: UUID) -> None:
        """The vehicle that this wish was for is not coming: an arm that waits for it comes down by its own rules."""
        self._orders.put(wish_id)

    def hold(self, *, held: bool) -> None:
        """Keep a raised arm up, or let it come down again by itself."""
        self._held = held

    @property
    def mode(self) -> Mode:
        """What the machine is doing."""
        return self._state.mode

    @property
    def turning(self) -> bool:
        """Whether its thread is alive and not stuck in its device: what the machine's watchdog asks."""
        idle_s = time.monotonic() - self._turned_s
        return self._thread.is_alive() and idle_s < self._settings.poll_s + self._longest_turn_s

    def events(self, since: datetime, until: datetime | None = None) -> tuple[BarrierEvent, ...]:
        """The facts of this barrier from `since` to before `until`, oldest first."""
        with self._lock:
            return tuple(event for event in self._log if since <= event.at and (until is None or event.at < until))

    @property
    def senses(self) -> bool:
        """Whether the loop below the arm is known to work: its inputs are read."""
        return self._known

    @property
    def counted(self) -> Counted:
        """What loop and arm counted so far."""
        return self._counted

    def stays(self) -> Iterator[tuple[float, float]]:
        """The vehicles that have been beneath since the last call: when each came and went, by the monotonic clock."""
        while True:
            try:
                yield self._stays.get_nowait()
            except queue.Empty:
                return

    def _run(self) -> None:
        known_s = float("-inf")
        while not self._stop.wait(self._settings.poll_s):
            self._turned_s = time.monotonic()
            sensors, now_s = self._sense(), time.monotonic()
            if now_s - self._turned_s > self._settings.stale_after_s:
                sensors = Sensors(known=False)  # so slow an answer tells what was, not what is
            if sensors.known:
                known_s = now_s
            elif now_s - known_s < self._settings.stale_after_s and self._orders.empty():
                continue  # one answer is missing: decide nothing on the one before
            self._step(sensors, now_s)

    def _sense(self) -> Sensors:
        try:
            sensors = self._driver.sense()
        except Exception:  # a driver's fault must not end this thread: nobody would watch the arm any more
            if not self._failing:
                log.exception("barrier driver failed", lane=self.lane)
            self._failing = True
            return Sensors(known=False)
        self._failing = False
        return sensors

    def _step(self, sensors: Sensors, now_s: float) -> None:
        if sensors.known is not self._known:
            self._known = sensors.known
            self._note(Event.SENSORS_BACK if sensors.known else Event.SENSORS_LOST, _detail(self._state, sensors))
        try:
            order = self._orders.get_nowait()
        except queue.Empty:
            order = None
        result = step(
            self._state,
            sensors,
            now_s=now_s,
            limits=self._limits,
            wish=order if isinstance(order, Wish) else None,
            held=self._held,
            revoked=order if isinstance(order, UUID) else None,
        )
        for event in result.events:
            self._note(event, _detail(result.state, sensors))
            self._count(event)
        if result.state.mode is Mode.FAULT and self._state.mode is not Mode.FAULT:
            self.faults += 1
        before = self._state.vehicles
        if before.beneath is not Beneath.NOBODY and result.state.vehicles.beneath is Beneath.NOBODY:
            if before.beneath is not Beneath.WRONG_WAY:
                self._counted = replace(self._counted, loop=self._counted.loop + 1)
            self._stays.put((before.came_s, before.free_since_s if before.free_since_s is not None else now_s))
        self._state = result.state  # after its event: who sees the mode finds the fact
        if result.output is not None:
            self._command(result.output)

    def _count(self, event: Event) -> None:
        """An arm that came down and went up again for the vehicle beneath it lets through nobody else by that."""
        if event in _LET_THROUGH and not (event is Event.OPENED and self._raised_again):
            self._counted = replace(self._counted, barrier=self._counted.barrier + 1)
        if event in (Event.RAISED_AGAIN, Event.OPENED, Event.CLOSED):
            self._raised_again = event is Event.RAISED_AGAIN

    def _command(self, output: Output) -> None:
        try:
            taken = self._driver.raise_arm() if output is Output.RAISE else self._driver.lower_arm()
        except Exception:  # as above; the machine notices by the limit switches that nothing moved
            log.exception("barrier driver failed", lane=self.lane)
            taken = False
        if not taken:
            self._note(Event.DRIVER_REFUSED, output)

    def _note(self, event: str, detail: str) -> None:
        log.info("barrier", lane=self.lane, happened=event, detail=detail)
        with self._lock:
            self._log.append(BarrierEvent(at=datetime.now(UTC), event=str(event), detail=detail))


def _detail(state: State, sensors: Sensors) -> str:
    """Both positions, so that a difference between them can be followed."""
    sensed = f"sensed {sensors.position}" if sensors.known else "sensors unknown"
    return f"commanded {state.commanded or 'nothing'}, {sensed}"
