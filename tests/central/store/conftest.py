"""Tests of the store run on both databases."""

from __future__ import annotations

import pytest

from tests.central.databases import BOTH


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)
