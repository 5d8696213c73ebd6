"""Relays (coils) and contacts (discrete inputs) of a Modbus box, over TCP or a serial line."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from edge.gate_controller.settings import ModbusSettings, WiredSettings


class ModbusIo:
    """One box. It is connected to at the first look, and again whenever the connection was lost."""

    def __init__(self, wired: WiredSettings, settings: ModbusSettings) -> None:
        # the library tells each failed try, four a second; the driver tells the first one
        logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
        numbers = wired.inputs.values()
        self._first, self._count = min(numbers), max(numbers) - min(numbers) + 1
        self._unit = settings.unit
        self._client: ModbusTcpClient | ModbusSerialClient
        # asked again at the next poll: a repeated question would make an answer too old
        if settings.serial_port:
            self._client = ModbusSerialClient(
                settings.serial_port,
                baudrate=settings.baud_rate,
                parity=settings.parity,
                timeout=settings.timeout_s,
                retries=0,
            )
        else:
            self._client = ModbusTcpClient(settings.host, port=settings.port, timeout=settings.timeout_s, retries=0)

    def read(self) -> Mapping[int, bool]:
        """All inputs between the lowest and the highest that are wired, in one question.

        Raises:
            OSError: the box is away, or refuses.

        """
        self._connect()
        try:
            answer = self._client.read_discrete_inputs(self._first, count=self._count, device_id=self._unit)
        except (ModbusException, OSError) as error:
            raise self._lost(error) from error
        bits = self._checked(answer).bits
        if len(bits) < self._count:
            raise OSError(f"the Modbus box told {len(bits)} of {self._count} inputs")
        return dict(enumerate(bits[: self._count], start=self._first))

    def write(self, relay: int, *, on: bool) -> None:
        """Switch one relay.

        Raises:
            OSError: the box is away, or refuses.

        """
        self._connect()
        try:
            answer = self._client.write_coil(relay, on, device_id=self._unit)
        except (ModbusException, OSError) as error:
            raise self._lost(error) from error
        self._checked(answer)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()  # type: ignore[no-untyped-call]  # pymodbus left it untyped

    def _connect(self) -> None:
        if not self._client.connected and not self._client.connect():
            raise OSError("the Modbus box cannot be reached")

    def _lost(self, error: Exception) -> OSError:
        # a late answer must not be taken for one to the next question
        self._client.close()  # type: ignore[no-untyped-call]  # pymodbus left it untyped
        return OSError(f"the Modbus box does not answer: {error}")

    def _checked(self, answer: ModbusPDU) -> ModbusPDU:
        if answer.isError():
            raise OSError(f"the Modbus box refuses: {answer}")
        return answer
