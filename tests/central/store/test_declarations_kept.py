"""Declarations, connectors and what the platform is told, as they are kept; on both databases."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.store import Store
from central.store.declaration_details import details_of, from_details
from central.store.declaration_records import (
    Confirmation,
    ConfirmingForce,
    DeclarationRecord,
    DriverType,
    Verdict,
)
from central.store.platform import FileRecord, Tally
from contract.plate import PlateCountry
from tests.central.made import NOON, declared

times = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(timezone(timedelta(hours=7))))  # noqa: DTZ001 - hypothesis adds the zone
texts = st.text(max_size=20)
confirmations = st.builds(
    Confirmation, st.sampled_from(ConfirmingForce), st.sampled_from(Verdict), st.none() | times, texts
)
details = st.fixed_dictionaries(
    {},
    optional={
        "nationality": st.sampled_from(PlateCountry),
        "yard": texts,
        "agent": texts,
        "phone": texts,
        "container_size_ft": st.sampled_from([20, 40, 45]),
        "seal": texts,
        "transship_plate": texts,
        "driver_name": texts,
        "driver_document": texts,
        "driver_type": st.sampled_from(DriverType),
        "weight_kg": st.floats(0, 1e6),
        "customs_no": texts,
        "fee_class": texts,
        "fee_paid": st.booleans(),
        "confirmations": st.lists(confirmations, max_size=3).map(tuple),
        "confirmed_at": times,
        "lane": texts,
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(details)
def test_details_come_back_as_they_went(values: dict[str, object]) -> None:
    """Through JSON; and what says nothing takes no room."""
    record = declared(**values)
    kept = json.loads(json.dumps(details_of(record)))
    assert dataclasses.replace(declared(), **from_details(kept)) == record
    assert details_of(declared()) == {}


FULL = declared(
    nationality=PlateCountry.CN,
    container_size_ft=40,
    driver_name="Nguyễn Văn Ví Dụ",
    driver_type=DriverType.DEDICATED,
    weight_kg=24_500.0,
    fee_paid=False,
    confirmations=(Confirmation(ConfirmingForce.CUSTOMS, Verdict.CONFIRMED, NOON, "Lê Ví Dụ"),),
    confirmed_at=NOON,
)


def test_a_declaration_comes_back_whole(store: Store) -> None:
    """By id, in lists, for reconciliation, and inside the transaction that wrote it."""
    with store.transaction(NOON) as transaction:
        store.declarations.save(transaction, FULL, payload="{}")
        seen = store.declarations.present(transaction, FULL.declaration_id)
    found = [seen, store.declarations.get(FULL.declaration_id), *store.declarations.list().items]
    found += store.declarations.expected_since(NOON)
    assert [dataclasses.replace(one, received_at=FULL.received_at) for one in found if one] == [FULL] * 4


def test_nobody_is_named_in_a_log(store: Store) -> None:
    """What a record prints as holds no person."""
    assert "Ví Dụ" not in repr(dataclasses.replace(FULL, declarant=""))


def test_connectors_count_on(store: Store) -> None:
    """Over failures, which are over with the next answer."""
    for minute, tally in enumerate((Tally(10, 8, 2), Tally(5, 0, 0))):
        with store.transaction(NOON + timedelta(minutes=minute)) as transaction:
            store.connectors.failed(transaction, "platform", "rest", "away")
            store.connectors.answered(transaction, "platform", "rest", tally)
    (found,) = store.connectors.list()
    assert (found.tally, found.failure) == (Tally(15, 8, 2), "")
    assert found.answered_at == found.failed_at == NOON + timedelta(minutes=1)


def test_files_are_found_by_what_is_in_them(store: Store) -> None:
    """How far one is read is changed in place; another source has its own."""
    begun = FileRecord("folder", "a" * 64, "a.csv", NOON, None, 700, Tally(500, 500, 0))
    done = dataclasses.replace(begun, read_at=NOON, tally=Tally(700, 700, 0))
    with store.transaction(NOON) as transaction:
        store.connectors.save_file(transaction, begun)
        store.connectors.save_file(transaction, done)
    assert store.connectors.file("folder", "a" * 64) == done
    assert store.connectors.file("other", "a" * 64) is None
    assert store.connectors.files() == (done,)


@pytest.fixture
def two_queued(store: Store) -> None:
    for number in (0, 1):
        with store.transaction(NOON + timedelta(minutes=number)) as transaction:
            store.write_backs.queue(
                transaction,
                store.write_backs.last(transaction, "HN-1"),
                declaration_id="HN-1",
                passage_id="p",
                passage_revision=number,
                payload={"state": "seen", "tấn": 1.5},
            )


@pytest.mark.usefixtures("two_queued")
def test_of_a_declaration_only_the_latest_waits(store: Store) -> None:
    """And an answer to the one that it replaced, which was on its way, does not bring that back."""
    newest, replaced = store.write_backs.list()
    assert (replaced.due_at, replaced.accepted, newest.number, newest.payload["tấn"]) == (None, None, 2, 1.5)
    assert store.write_backs.due(NOON, limit=9) == ()
    assert store.write_backs.due(NOON + timedelta(minutes=1), limit=9) == (newest,)
    with store.transaction(NOON) as transaction:
        store.write_backs.answered(transaction, replaced, "no answer", accepted=None, due_at=NOON)
        store.write_backs.answered(transaction, newest, "200", accepted=True, due_at=None)
    assert store.write_backs.waiting() == 0
    assert store.write_backs.of_passage("p") == ("HN-1",)


def test_old_rows_have_no_details(store: Store) -> None:
    """What was kept before there were any is read as before."""
    assert from_details(None) == {}
    record: DeclarationRecord = declared(**from_details(None))
    assert (record.fee_paid, record.confirmations, record.nationality) == (None, (), None)
    assert record.expected_from.tzinfo is UTC
