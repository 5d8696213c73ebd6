"""A node's outbox and its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge.evidence.shelf import Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """Empty."""
    shelf = Shelf(tmp_path / "node")
    yield shelf
    shelf.outbox.close()
