"""A barrier of two relays and a handful of contacts, whatever they are wired to.

A command holds its relay for a pulse and lets go; the other relay is let go first, so the two are never on together.
Where the box or the computer dies, relays fall off by themselves or at the next start, and the arm stays where it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Protocol

import structlog

from edge.gate_controller.inputs import Position, Sensors
from edge.gate_controller.settings import InputName, WiredSettings

log = structlog.get_logger(__name__)
_AT_ONCE = frozenset({"presence", "light_curtain", "obstacle", "before"})
"""What says that something is beneath needs no second look; that it has gone, does."""


class WiredIo(Protocol):
    """Relays and inputs by number. Every call raises OSError when the device is away or refuses."""

    def read(self) -> Mapping[int, bool]:
        """The inputs that are wired: whether current flows."""
        ...

    def write(self, relay: int, *, on: bool) -> None:
        """Switch one relay."""
        ...

    def close(self) -> None:
        """Give the device back."""
        ...


class WiredDriver:
    """Raises and lowers by pulses, and makes sense of the contacts."""

    def __init__(self, io: WiredIo, settings: WiredSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._io = io
        self._settings = settings
        self._clock = clock
        self._debounced = {name: _Debounced(settings.debounce_s, name in _AT_ONCE) for name in settings.inputs}
        self._pulse_ends_s: float | None = float("-inf")  # what an earlier run left on is let go at the first look
        self._away = False

    def sense(self) -> Sensors:
        """The inputs now; ends a pulse that is over."""
        try:
            if self._pulse_ends_s is not None and self._clock() >= self._pulse_ends_s:
                self._let_go()
            flows = self._io.read()
        except OSError as error:
            if not self._away:
                log.error("barrier device does not answer", reason=str(error))  # noqa: TRY400 - the device, no bug
            self._away = True
            return Sensors(known=False)
        self._away = False
        now_s = self._clock()
        on = {
            name: self._debounced[name].look(flows[number] is not (name in self._settings.normally_closed), now_s)
            for name, number in self._settings.inputs.items()
        }
        return _sensors(on)

    def raise_arm(self) -> bool:
        """Ask to open."""
        raising, lowering = self._settings.relays
        return self._pulse(raising, lowering)

    def lower_arm(self) -> bool:
        """Ask to close."""
        raising, lowering = self._settings.relays
        return self._pulse(lowering, raising)

    def close(self) -> None:
        """Let both relays go and give the device back; the arm stays where it is."""
        try:
            self._let_go()
        except OSError as error:
            log.warning("relays not let go: the device does not answer", reason=str(error))
        self._io.close()

    def _pulse(self, relay: int, other: int) -> bool:
        # even a command that half failed is let go at the next look
        self._pulse_ends_s = self._clock() + self._settings.pulse_s
        try:
            self._io.write(other, on=False)
            self._io.write(relay, on=True)
        except OSError:
            return False
        return True

    def _let_go(self) -> None:
        for relay in self._settings.relays:
            self._io.write(relay, on=False)
        self._pulse_ends_s = None


class _Debounced:
    """One input: a change counts when it has lasted, or at once where waiting would be the dangerous side."""

    def __init__(self, after_s: float, at_once: bool) -> None:
        self._after_s = after_s
        self._at_once = at_once
        self._on: bool | None = None
        self._changed_s: float | None = None

    def look(self, on: bool, now_s: float) -> bool:
        if self._on is None or on is self._on or (on and self._at_once):
            self._on, self._changed_s = on, None
        elif self._changed_s is None:
            self._changed_s = now_s
        if self._changed_s is not None and now_s - self._changed_s >= self._after_s:
            self._on, self._changed_s = on, None
        return self._on


def _sensors(on: Mapping[InputName, bool]) -> Sensors:
    ends = {Position.CLOSED: on["closed_limit"], Position.OPEN: on["open_limit"]}
    reached = [position for position, there in ends.items() if there]
    return Sensors(
        True,
        # neither end, or both at once: where it is, nobody knows
        reached[0] if len(reached) == 1 else Position.UNKNOWN,
        on["presence"],
        obstacle=on.get("obstacle", False),
        manual_open=on.get("manual_open", False),
        light_curtain=on.get("light_curtain", False),
        before=on.get("before"),
        emergency_open=on.get("emergency_open", False),
    )
