"""How far a node's clock can be trusted."""

from __future__ import annotations

import pytest

from contract.messages import TimeQuality
from edge.clock import judge, stamp


@pytest.mark.parametrize(
    ("quality", "year", "synced_now", "synced_once", "clock_chip"),
    [
        (TimeQuality.SYNCED, 2027, True, True, False),
        (TimeQuality.HOLDOVER, 2027, False, True, False),  # the time server went away
        (TimeQuality.HOLDOVER, 2027, False, False, True),  # a clock chip kept the time while the power was off
        (
            TimeQuality.UNSET,
            2027,
            False,
            False,
            False,
        ),  # went on from where it was switched off: right year, wrong time
        (TimeQuality.UNSET, 1970, False, False, True),  # the chip's battery is empty
        (TimeQuality.UNSET, 1970, True, True, True),  # whatever anybody says
    ],
)
def test_quality_follows_from_what_the_machine_knows(
    quality: TimeQuality, year: int, synced_now: bool, synced_once: bool, clock_chip: bool
) -> None:
    """Synchronised now, before, by a chip, or never."""
    assert judge(year=year, synced_now=synced_now, synced_once=synced_once, clock_chip=clock_chip) is quality


def test_stamps_of_one_start_can_be_put_in_order() -> None:
    """All stamps of a start carry one boot id, and monotonic time that grows."""
    first, second = stamp(), stamp()
    assert first.boot_id == second.boot_id
    assert first.monotonic_s <= second.monotonic_s
