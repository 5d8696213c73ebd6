"""A running installation for the system tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulation.house import House, HouseSettings


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A whole installation with simulated gates, ended after the test."""
    with House(HouseSettings(data_dir=tmp_path / "house")) as running:
        yield running
