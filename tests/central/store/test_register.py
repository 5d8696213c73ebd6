"""The register in the store: who changed what, one device for each name in use, files that prove themselves."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from central.store import Store
from central.store.register_records import DeviceFields, DeviceKind, FilePurpose, UnitRecord
from contract.errors import StoreError
from tests.central.made import NOON

CAMERA = DeviceFields(
    kind=DeviceKind.CAMERA, site="huu-nghi", node="huu-nghi-1", camera="in-1-front", purchased_on=date(2021, 7, 15)
)


def test_every_change_is_kept_with_who_and_when(store: Store) -> None:
    """What a device was added with and what was changed later is told field by field; a value set again is no change."""
    with store.transaction(NOON) as transaction:
        device = store.register.add(transaction, CAMERA, actor="lan")
    with store.transaction(NOON + timedelta(days=1)) as transaction:
        values = {"purchased_on": date(2021, 7, 16), "cost_vnd": 12_500_000_000, "camera": "in-1-front"}
        assert store.register.change(transaction, device.device_id, values, actor="minh") == 2
        assert store.register.change(transaction, device.device_id, values, actor="minh") == 0
    found = store.register.get(device.device_id)
    assert found is not None
    assert (found.purchased_on, found.cost_vnd, found.kind) == (date(2021, 7, 16), 12_500_000_000, DeviceKind.CAMERA)
    assert (found.added_at, found.changed_at) == (NOON, NOON + timedelta(days=1))
    told = [(one.actor, one.field, one.old, one.new) for one in store.register.changes(device.device_id)]
    assert set(told[:2]) == {
        ("minh", "purchased_on", "2021-07-15", "2021-07-16"),
        ("minh", "cost_vnd", "", "12500000000"),
    }
    assert ("lan", "kind", "", "camera") in told[2:]
    with pytest.raises(StoreError, match="no device NOSUCH"), store.transaction() as transaction:
        store.register.change(transaction, "NOSUCH", {}, actor="minh")


def test_the_device_of_a_name_is_the_one_in_use(store: Store) -> None:
    """A camera that is out of use keeps its names on record and answers for them no more."""
    with store.transaction(NOON) as transaction:
        old = store.register.add(transaction, CAMERA, actor="lan")
        store.register.change(transaction, old.device_id, {"retired_on": date(2025, 1, 1)}, actor="lan")
    assert store.register.of_camera("huu-nghi", "huu-nghi-1", "in-1-front") is None
    with store.transaction(NOON) as transaction:
        new = store.register.add(transaction, CAMERA, actor="lan")
    found = store.register.of_camera("huu-nghi", "huu-nghi-1", "in-1-front")
    assert found is not None
    assert found.device_id == new.device_id
    assert store.register.of_node("huu-nghi", "huu-nghi-1") is None
    assert len(store.register.list(site="huu-nghi", kind=DeviceKind.CAMERA)) == 2


def test_a_unit_is_kept_once_and_its_changes_too(store: Store) -> None:
    """Another phone number is a change with who made it."""
    with store.transaction(NOON) as transaction:
        store.register.set_unit(transaction, UnitRecord("VNPT"), actor="lan")
        store.register.set_unit(transaction, UnitRecord("VNPT", phone="0912 345 678"), actor="minh")
    assert store.register.units() == (UnitRecord("VNPT", phone="0912 345 678"),)
    assert [(one.actor, one.field, one.new) for one in store.register.unit_changes("VNPT")] == [
        ("minh", "phone", "0912 345 678")
    ]


def test_an_upload_is_taken_in_once_and_forgotten_when_nobody_does(store: Store) -> None:
    """Two who confirm the same upload write it once; one that waited for days is gone, one that was taken in stays."""
    with store.transaction(NOON) as transaction:
        taken = store.register.keep_import(transaction, "a.xlsx", b"PK a", actor="lan")
        waiting = store.register.keep_import(transaction, "b.xlsx", b"PK b", actor="lan")
        assert store.register.finish_import(transaction, taken)
        assert not store.register.finish_import(transaction, taken)
    with store.transaction(NOON + timedelta(days=3)) as transaction:
        store.register.keep_import(transaction, "c.xlsx", b"PK c", actor="lan")
    assert store.register.get_import(waiting) is None
    kept = store.register.get_import(taken)
    assert kept is not None
    assert (kept.content, kept.done_at) == (b"PK a", NOON)


def test_a_file_is_kept_under_its_hash_and_proves_itself(store: Store, tmp_path: Path) -> None:
    """A photo added twice is one; one that was changed on disk is not shown, and comes back when it is added again."""
    picture = b"\xff\xd8\xff made up"
    hashes = set()
    with store.transaction(NOON) as transaction:
        device = store.register.add(transaction, CAMERA, actor="lan")
    for _ in range(2):
        with store.transaction(NOON) as transaction:
            hashes.add(
                store.device_files.add(
                    transaction, device.device_id, picture, purpose=FilePurpose.PHOTO, media_type="image/jpeg",
                    name="IMG 1.jpg", actor="lan",
                )
            )  # fmt: skip
    sha256 = hashes.pop()
    assert not hashes
    assert [(one.sha256, one.purpose) for one in store.device_files.of(device.device_id)] == [
        (sha256, FilePurpose.PHOTO)
    ]
    assert store.device_files.content(sha256) == picture
    assert [one.new for one in store.register.changes(device.device_id) if one.field == "photo"] == ["IMG 1.jpg"]
    next(path for path in (tmp_path / "evidence").rglob(sha256)).write_bytes(b"swapped")
    assert store.device_files.content(sha256) is None
