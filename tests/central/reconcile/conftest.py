"""What tests of reconciliation share."""

from __future__ import annotations

import pytest

from central.store import Store
from tests.central.reconcile.gate import Gate


@pytest.fixture
def gate(store: Store) -> Gate:
    return Gate(store)
