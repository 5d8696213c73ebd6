"""One lane's barrier: polls the inputs, steps the machine, carries out its commands, and keeps a log of facts."""

from __future__ import annotations

import threading
import time
from collections import deque
from datetime import UTC, datetime

from contract.messages import BarrierEvent
from edge.gate_controller.barrier import Limits, Mode, Output, Sensors, State, step
from edge.gate_controller.drivers import BarrierDriver
from edge.gate_controller.settings import GateSettings

_LOG_EVENTS = 200


class GateController:
    """Runs the state machine of one barrier in a thread of its own. `start` and `stop` once each."""

    def __init__(self, lane: str, driver: BarrierDriver, settings: GateSettings) -> None:
        self.lane = lane
        self._driver = driver
        self._settings = settings
        self._limits = Limits(settings.travel_timeout_s, settings.clear_s)
        self._state = State(since_s=time.monotonic())
        self._wish = threading.Event()
        self._hold = False
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._log: deque[BarrierEvent] = deque(maxlen=_LOG_EVENTS)
        self._thread = threading.Thread(target=self._run, name=f"barrier {lane}", daemon=True)

    def start(self) -> None:
        """Begin to watch the barrier; nothing moves by this."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; the arm stays where it is."""
        self._stop.set()
        self._thread.join()
        self._driver.close()

    def open(self) -> None:
        """Ask to open; taken up within one poll."""
        self._wish.set()

    def hold(self, *, held: bool) -> None:
        """Keep the arm up, or let it come down again by itself."""
        self._hold = held

    @property
    def mode(self) -> Mode:
        """What the machine is doing."""
        return self._state.mode

    def events_since(self, at: datetime) -> tuple[BarrierEvent, ...]:
        """The facts of this barrier from `at` on, oldest first."""
        with self._lock:
            return tuple(event for event in self._log if event.at >= at)

    def _run(self) -> None:
        sensors, sensed_s = Sensors(known=False), float("-inf")
        while not self._stop.wait(self._settings.poll_s):
            fresh = self._driver.sense()
            now_s = time.monotonic()
            if fresh.known:
                sensors, sensed_s = fresh, now_s
            elif now_s - sensed_s > self._settings.stale_after_s:
                sensors = Sensors(known=False)
            self._step(sensors, now_s)

    def _step(self, sensors: Sensors, now_s: float) -> None:
        wish = self._wish.is_set()
        self._wish.clear()
        state = State(
            self._state.mode, self._state.since_s, self._state.clear_since_s, self._state.vehicle_seen, self._hold
        )
        result = step(state, sensors, wish_open=wish, now_s=now_s, limits=self._limits)
        self._state = result.state
        if result.output is Output.RAISE and not self._driver.raise_arm():
            self._note("driver_refused", "raise")
        if result.output is Output.LOWER and not self._driver.lower_arm():
            self._note("driver_refused", "lower")
        if result.event:
            self._note(result.event, f"sensed {sensors.position}" if sensors.known else "sensors unknown")

    def _note(self, event: str, detail: str) -> None:
        with self._lock:
            self._log.append(BarrierEvent(at=datetime.now(UTC), event=event, detail=detail))
