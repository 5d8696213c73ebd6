"""Whatever a program sends, the API answers as its own description says, and never with a fault of ours."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from central.auth import add_api_key
from central.store import Store
from central.store.records import Role
from tests.central.made import NOON, SCOPES_OF, birth, declared, evidence, health, passage
from tests.central.served import Served

EXAMPLES = int(os.environ.get("SMARTGATE_API_EXAMPLES", "2"))
"""Requests to each address, besides those of the description's own examples."""
REPORT = os.environ.get("SMARTGATE_API_REPORT")
"""A page to write down in what was called how often, and what was found."""
ENDLESS = "/api/v1/stream"
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]


@pytest.fixture
def described(store: Store) -> Iterator[Any]:
    """The API over a store with some of everything, as an administrator's key may call it."""
    with store.transaction(NOON) as transaction:
        store.nodes.report_status(transaction, birth())
        store.cameras.report(transaction, health())
        store.passages.save(transaction, passage(1, jpegs=(b"\xff\xd8\xff\xd9",)), late_after=NOON - NOON)
        store.evidence.save(transaction, evidence(2, passage(1), b"\xff\xd8\xff\xd9"))
        store.declarations.save(transaction, declared(), payload="{}")
    key = add_api_key(store, "fuzz", *SCOPES_OF[Role.ADMIN])
    with Served(store) as served:
        schema = schemathesis.openapi.from_url(f"{served.url}/api/openapi.json")
        yield schema, {"Authorization": f"Bearer {key}"}


def test_no_request_finds_a_fault(described: Any) -> None:
    """Every address, with values that fit its description and values that do not."""
    schema, headers = described
    called: dict[str, int] = {}
    faults: list[str] = []
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path == ENDLESS:
            continue

        name = f"{operation.method.upper()} {operation.path}"
        called[name] = 0

        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
            phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def call(case: Any) -> None:
            called[f"{case.method.upper()} {case.path}"] += 1
            case.call_and_validate(headers=headers, checks=CHECKS)

        try:
            call()
        except (AssertionError, BaseExceptionGroup) as found:
            first = found.exceptions[0] if isinstance(found, BaseExceptionGroup) else found
            faults.append(f"{name}: {first}")
    if REPORT:
        write_report(Path(REPORT), called, faults)
    assert not faults, "\n".join(faults)
    assert len(called) > 15


def write_report(page: Path, called: dict[str, int], faults: list[str]) -> None:
    checks = ", ".join(check.__name__ for check in CHECKS)
    rows = "\n".join(
        f"| {name} | {count} | {sum(fault.startswith(f'{name}:') for fault in faults)} |"
        for name, count in sorted(called.items())
    )
    page.write_text(
        f"# The API against made-up requests\n\nschemathesis {schemathesis.__version__} calls every address of the "
        f"API's own description, with values that fit it and values that do not, as an administrator's key; checked: "
        f"{checks}. Written by `SMARTGATE_API_EXAMPLES={EXAMPLES} SMARTGATE_API_REPORT={page} python -m pytest "
        f"tests/central/test_api_fuzz.py`. {sum(called.values()):,} requests to {len(called)} addresses, "
        f"{len(faults)} faults.\n\n| address | requests | faults |\n|---|--:|--:|\n{rows}\n"
    )
