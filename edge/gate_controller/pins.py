"""Relays and contacts on the pins of this computer, through gpiozero. Pins are taken at the first look, not before."""

from __future__ import annotations

from collections.abc import Mapping

from gpiozero import InputDevice, OutputDevice
from gpiozero.exc import GPIOZeroError

from edge.gate_controller.settings import WiredSettings


class PinsIo:
    """Pins by their GPIO (BCM) numbers. When the process ends, the pins are let go and relays fall off."""

    def __init__(self, settings: WiredSettings) -> None:
        self._settings = settings
        self._inputs: dict[int, InputDevice] = {}
        self._relays: dict[int, OutputDevice] = {}

    def read(self) -> Mapping[int, bool]:
        """Whether each wired contact is closed.

        Raises:
            OSError: a pin does not exist, is taken, or there is no way to reach pins.

        """
        self._take()
        try:
            return {number: bool(device.value) for number, device in self._inputs.items()}
        except GPIOZeroError as error:
            raise OSError(f"pins cannot be read: {error}") from error

    def write(self, relay: int, *, on: bool) -> None:
        """Switch one relay.

        Raises:
            OSError: as above.

        """
        self._take()
        device = self._relays[relay]
        try:
            device.on() if on else device.off()
        except GPIOZeroError as error:
            raise OSError(f"relay at pin {relay} cannot be switched: {error}") from error

    def close(self) -> None:
        """Let all pins go."""
        for device in (*self._relays.values(), *self._inputs.values()):
            device.close()
        self._relays, self._inputs = {}, {}

    def _take(self) -> None:
        if self._inputs:
            return
        wanted = self._settings
        try:
            for relay in wanted.relays:
                self._relays[relay] = OutputDevice(relay, active_high=not wanted.relays_active_low)
            for number in wanted.inputs.values():
                self._inputs[number] = InputDevice(number, pull_up=wanted.pull_up)
        except Exception as error:  # gpiozero's, or any of a pin library below it: none of them may end the watch
            self.close()
            raise OSError(f"pins cannot be taken: {error}") from error
