"""What to look at on the spot, by what is wrong; ticked off on the phone and kept with the ticket."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from central.console.say import Say
from contract.vocabulary import HealthReason, NodeTrouble

PREFIX: Final = "check:"
"""Before the name of a step in the form."""


class Check(StrEnum):
    """A step; the catalogue has its sentence."""

    POWER = "power"
    CABLE = "cable"
    RESTART = "restart"
    COVER = "cover"
    LENS = "lens"
    LAMP = "lamp"
    GLARE = "glare"
    MOUNT = "mount"
    AIM = "aim"
    FOCUS = "focus"
    SETTINGS = "settings"
    CLOCK = "clock"
    DISK = "disk"
    COOLING = "cooling"
    NETWORK = "network"
    LOOP = "loop"
    VIEW = "view"
    PICTURE = "picture"


_LINE: Final = (Check.POWER, Check.CABLE, Check.RESTART, Check.PICTURE)
_GLASS: Final = (Check.COVER, Check.LENS, Check.PICTURE)
_AIMED: Final = (Check.MOUNT, Check.AIM, Check.FOCUS, Check.PICTURE, Check.VIEW)
_SEEING: Final = (Check.LENS, Check.AIM, Check.LAMP, Check.PICTURE)
_CHECKS: Final[Mapping[str, tuple[Check, ...]]] = {
    HealthReason.COVERED: _GLASS,
    HealthReason.DIRTY_LENS: _GLASS,
    HealthReason.DARK: (Check.COVER, Check.LAMP, Check.SETTINGS, Check.PICTURE),
    HealthReason.IR_FAILED: (Check.POWER, Check.LAMP, Check.PICTURE),
    HealthReason.OVEREXPOSED: (Check.GLARE, Check.SETTINGS, Check.PICTURE),
    HealthReason.COLOUR_CAST: (Check.LAMP, Check.SETTINGS, Check.PICTURE),
    HealthReason.MOVED: _AIMED,
    HealthReason.SHAKING: _AIMED,
    HealthReason.DEFOCUSED: (Check.LENS, Check.FOCUS, Check.PICTURE, Check.VIEW),
    HealthReason.NOISE: (Check.LAMP, Check.SETTINGS, Check.PICTURE),
    HealthReason.FORMAT_CHANGED: (Check.SETTINGS, Check.PICTURE, Check.VIEW),
    HealthReason.CLOCK_DRIFT: (Check.CLOCK, Check.NETWORK),
    HealthReason.TRIGGER_MISMATCH: (Check.LOOP, Check.AIM, Check.PICTURE),
    HealthReason.UNREADABLE_PLATES: _SEEING,
    HealthReason.CAMERAS_DISAGREE: _SEEING,
    HealthReason.VEHICLES_UNSEEN: _SEEING,
    NodeTrouble.DISK_REFUSES: (Check.DISK, Check.RESTART),
    NodeTrouble.DISK_FULL: (Check.DISK,),
    NodeTrouble.DISK_WORN: (Check.DISK,),
    NodeTrouble.LOW_VOLTAGE: (Check.POWER, Check.CABLE),
    NodeTrouble.HOT: (Check.COOLING,),
    NodeTrouble.THROTTLED: (Check.COOLING, Check.POWER),
    NodeTrouble.CLOCK_UNSET: (Check.CLOCK, Check.NETWORK),
    NodeTrouble.CLOCK_UNSYNCED: (Check.CLOCK, Check.NETWORK),
    NodeTrouble.BROKER_AWAY: (Check.POWER, Check.NETWORK, Check.RESTART),
}
"""For what is not named here nothing, or nothing whole, comes from the device."""


def checks_of(cause: str) -> tuple[Check, ...]:
    """The steps for a ticket's cause, in the order in which they are done."""
    return _CHECKS.get(cause, _LINE)


def ticked(say: Say, sent: Mapping[str, str]) -> str:
    """What somebody ticked in the form, a line a step, in their language."""
    return "\n".join(f"✓ {say.words(f'check.{one.value}')}" for one in Check if PREFIX + one.value in sent)
