"""Settings of a lane's barrier."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Seconds = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Number = Annotated[int, Field(ge=0, le=65535)]
"""A pin by its GPIO (BCM) number, or a Modbus address counted from 0."""
InputName = Literal[
    "closed_limit",
    "open_limit",
    "presence",
    "before",
    "light_curtain",
    "obstacle",
    "manual_open",
    "emergency_open",
]


class Passback(StrEnum):
    """What becomes of a listed vehicle that goes the same way twice."""

    OFF = "off"
    SOFT = "soft"
    ASK = "ask"


class WiredSettings(BaseModel):
    """Which relay and which input is wired to what, for `gpio` and Modbus barriers."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    raise_relay: Number | None = None
    """The relay that raises the arm; needed."""
    lower_relay: Number | None = None
    """The relay that lowers it; needed."""
    closed_limit: Number | None = None
    """Input of the limit switch at the lower end; needed."""
    open_limit: Number | None = None
    """Input of the limit switch at the upper end; needed."""
    presence: Number | None = None
    """Input of the loop below the arm; needed. Without a loop, the light curtain."""
    before: Number | None = None
    """Input of the loop in front of the arm."""
    light_curtain: Number | None = None
    """Input of the light curtain."""
    obstacle: Number | None = None
    """Input of the barrier's own protective device."""
    manual_open: Number | None = None
    """Input of the officer's key."""
    emergency_open: Number | None = None
    """Input of the emergency button or fire alarm."""
    normally_closed: tuple[InputName, ...] = ()
    """Inputs that are on at rest and go off when they sense something: a torn wire then counts as sensed."""
    relays_active_low: bool = False
    """The relay board switches on when its input is low (`gpio` alone)."""
    pull_up: bool = True
    """Contacts to ground with the pin's own pull-up (`gpio` alone); false: contacts to 3.3 V with its pull-down."""
    pulse_s: Annotated[float, Field(gt=0, le=5)] = 0.5
    """How long a relay is held for one command, to the next poll."""
    debounce_s: Annotated[float, Field(ge=0, le=5)] = 0.1
    """An input counts as changed after so long; that something is beneath counts at once."""

    @property
    def inputs(self) -> dict[InputName, int]:
        """Name to number of the inputs that are wired."""
        found: dict[InputName, int | None] = {
            "closed_limit": self.closed_limit,
            "open_limit": self.open_limit,
            "presence": self.presence,
            "before": self.before,
            "light_curtain": self.light_curtain,
            "obstacle": self.obstacle,
            "manual_open": self.manual_open,
            "emergency_open": self.emergency_open,
        }
        return {name: number for name, number in found.items() if number is not None}

    @property
    def relays(self) -> tuple[int, int]:
        """The relays that raise and lower; only of settings that were checked."""
        if self.raise_relay is None or self.lower_relay is None:
            raise ValueError("raise_relay and lower_relay are needed")
        return self.raise_relay, self.lower_relay

    @model_validator(mode="after")
    def _each_its_own(self) -> Self:
        _refuse_shared("input", self.inputs)
        relays = {"raise_relay": self.raise_relay, "lower_relay": self.lower_relay}
        _refuse_shared("relay", {name: number for name, number in relays.items() if number is not None})
        for name in self.normally_closed:
            if name not in self.inputs:
                raise ValueError(f"normally_closed names {name}, which is not wired")
        return self


class ModbusSettings(BaseModel):
    """How a Modbus box with relays (coils) and inputs (discrete inputs) is reached."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    host: str = ""
    """Name or address of the box, for `modbus_tcp`."""
    port: Annotated[int, Field(ge=1, le=65535)] = 502
    """Its TCP port."""
    serial_port: str = ""
    """The serial line, e.g. `/dev/ttyUSB0`, for `modbus_rtu`."""
    baud_rate: Annotated[int, Field(ge=300)] = 19200
    """Bits a second on the serial line."""
    parity: Literal["N", "E", "O"] = "E"
    """Parity on the serial line: none, even or odd. Modbus asks for even."""
    unit: Annotated[int, Field(ge=0, le=255)] = 1
    """Number of the box on its line."""
    timeout_s: Annotated[float, Field(gt=0, le=1)] = 0.4
    """How long one answer may take."""


def _refuse_shared(what: str, numbers: dict[str, int] | dict[InputName, int]) -> None:
    for number, times in Counter(numbers.values()).items():
        if times > 1:
            names = ", ".join(name for name, one in numbers.items() if one == number)
            raise ValueError(f"{names} share the {what} {number}; each needs one of its own")


class GateSettings(BaseModel):
    """How a lane's barrier is reached, and how long its motions may take."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    driver: Literal["none", "simulated", "http_relay", "gpio", "modbus_tcp", "modbus_rtu"] = "none"
    """`none`: a lane without a barrier of ours; `simulated`: in memory; `http_relay`: a relay with inputs, over
    HTTP; `gpio`: relays and inputs on this computer's pins; `modbus_tcp`, `modbus_rtu`: on a Modbus box."""
    url: str = ""
    """Base address of an HTTP relay."""
    poll_s: Seconds = 0.25
    """How often its inputs are read."""
    stale_after_s: Seconds = 2.0
    """Inputs older than this count as unknown: nothing is lowered."""
    travel_timeout_s: Seconds = 6.0
    """A motion that takes longer is a fault."""
    clear_s: Seconds = 1.0
    """How long the loop must be free before the arm is lowered (US UFGS asks for 1 s)."""
    wait_for_vehicle_s: Seconds = 30.0
    """How long the arm stays up for a vehicle that was let through and does not come."""
    differs_s: Seconds = 10.0
    """An arm that rests so long where it was not commanded to be is a fault."""
    long_stay_s: Seconds = 300.0
    """Something that stays beneath the arm for so long is told."""
    open_confidence: Share = 0.9
    """Least confidence of a read that opens by itself."""
    anti_passback: Passback = Passback.SOFT
    """A listed vehicle that goes the same way twice within a day, as far as this node has seen: `soft` lets it pass and
    tells so, `ask` asks a person, `off` does not look."""
    wired: WiredSettings = WiredSettings()
    """What is wired where, for `gpio` and Modbus."""
    modbus: ModbusSettings = ModbusSettings()
    """How a Modbus box is reached."""

    @property
    def has_loop(self) -> bool:
        """Whether something real tells of vehicles below the arm."""
        return self.driver not in ("none", "simulated")

    @model_validator(mode="after")
    def _driver_has_what_it_needs(self) -> Self:
        if self.driver in ("gpio", "modbus_tcp", "modbus_rtu"):
            needed = ("raise_relay", "lower_relay", "closed_limit", "open_limit", "presence")
            absent = [name for name in needed if getattr(self.wired, name) is None]
            if absent:
                raise ValueError(f"a {self.driver} barrier needs wired.{', wired.'.join(absent)}")
            if self.poll_s > self.wired.pulse_s:
                raise ValueError(
                    f"poll_s {self.poll_s} is longer than wired.pulse_s {self.wired.pulse_s}: set it shorter"
                )
        if self.driver == "gpio" and (shared := set(self.wired.inputs.values()) & set(self.wired.relays)):
            raise ValueError(f"pin {min(shared)} is both an input and a relay")
        if self.driver == "modbus_tcp" and not self.modbus.host:
            raise ValueError("a modbus_tcp barrier needs modbus.host")
        if self.driver == "modbus_rtu" and not self.modbus.serial_port:
            raise ValueError("a modbus_rtu barrier needs modbus.serial_port")
        return self
