"""A Modbus box with relays and inputs: pymodbus's own server, over TCP or a serial line."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Self

from pymodbus.server import ModbusBaseServer, ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

UNIT = 7
READ_RELAYS, READ_INPUTS = 1, 2


class ModbusBox:
    """Runs a server in a thread of its own."""

    def __init__(self, make: Callable[[SimDevice], ModbusBaseServer]) -> None:
        self._make = make
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._server: ModbusBaseServer | None = None

    @classmethod
    def over_tcp(cls, port: int = 0) -> Self:
        return cls(lambda device: ModbusTcpServer(device, address=("127.0.0.1", port)))

    @classmethod
    def over_serial(cls, path: str, baud_rate: int) -> Self:
        return cls(lambda device: ModbusSerialServer(device, port=path, baudrate=baud_rate))

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._serve())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._server.shutdown())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _serve(self) -> None:
        bits = [[SimData(0, values=[False] * 64, datatype=DataType.BITS)] for _ in range(2)]
        registers = [[SimData(0, values=[0], datatype=DataType.REGISTERS)] for _ in range(2)]
        self._server = self._make(SimDevice(UNIT, simdata=(*bits, *registers)))
        await self._server.serve_forever(background=True)

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)

    @property
    def port(self) -> int:
        return self._server.transport.sockets[0].getsockname()[1]

    def set_input(self, number: int, on: bool) -> None:
        self._run(self._server.context.async_setValues(UNIT, READ_INPUTS, number, [on]))

    def relay(self, number: int) -> bool:
        return self._run(self._server.context.async_getValues(UNIT, READ_RELAYS, number, 1))[0]
