"""Nodes get signed lists of who may pass: exact plates, in their window, newer than the last."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from central.access import AccessPublisher, entries, open_signing_key, public_key_hex
from central.config import AccessSettings
from central.store import Store
from central.store.declaration_records import DeclarationState
from central.store.outcome_records import OutcomeKind, OutcomeRecord
from contract.errors import ConfigError
from contract.messages import AccessList
from tests.central.made import NOON, birth, declared, passage


class Office:
    """A publisher with what it published, and a broker that can be away."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.connections = 1
        self.published: list[AccessList] = []
        self.key = open_signing_key(folder / "access_key")
        self.restart()
        with store.transaction(NOON) as transaction:
            store.nodes.report_status(transaction, birth())

    def restart(self) -> None:
        self.publisher = AccessPublisher(
            self.store, AccessSettings(), self.key, self.published.append, lambda: self.connections
        )

    def declares(self, *records) -> None:
        with self.store.transaction(NOON) as transaction:
            for record in records:
                self.store.declarations.save(transaction, record, payload="{}")


@pytest.fixture
def office(store: Store, tmp_path: Path) -> Office:
    return Office(store, tmp_path)


def test_a_list_is_signed_so_that_a_node_can_check_it(office: Office) -> None:
    """The signature holds for the list as sent, with the key that the configuration of nodes carries."""
    office.declares(declared())
    office.publisher.step(NOON)
    (access,) = office.published
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key_hex(office.key)))
    again = AccessList.model_validate_json(access.model_dump_json())
    public.verify(bytes.fromhex(again.signature), again.signed_bytes())
    (entry,) = again.entries
    assert (entry.plate, entry.declaration_id) == ("12C34567", "HN-000001")
    assert entry.valid_from == NOON - timedelta(hours=1, minutes=30)


def test_a_list_is_published_when_it_changes_and_only_then(office: Office) -> None:
    """Each new list has a higher version, also over a restart; an unchanged one is not sent again."""
    office.publisher.step(NOON)
    office.publisher.step(NOON + timedelta(seconds=3))
    office.declares(declared())
    office.restart()
    office.publisher.step(NOON + timedelta(seconds=6))
    versions = [access.version for access in office.published]
    assert len(set(versions)) == 2
    assert versions == sorted(versions)
    assert versions[0] >= int(NOON.timestamp())


def test_a_list_is_sent_again_to_a_broker_that_was_away_and_renewed_in_time(office: Office) -> None:
    """A broker may forget what it retained; a list is renewed long before nodes may no longer use it."""
    office.publisher.step(NOON)
    office.connections += 1
    office.publisher.step(NOON + timedelta(seconds=3))
    assert office.published[1] == office.published[0]
    office.publisher.step(NOON + timedelta(hours=37))
    assert office.published[2].version > office.published[0].version
    assert office.published[2].issued_at < office.published[0].expires_at


@pytest.mark.parametrize(
    ("typed", "listed"),
    [
        ("12C-345.67", {"12C34567"}),
        ("QT-F12345", {"桂F12345"}),
        ("GUI F12345", {"桂F12345", "贵F12345"}),
        ("桂F1234 GUA", {"桂F1234挂"}),
        ("F12345", {"F12345"}),
    ],
)
def test_what_was_typed_lists_the_exact_plates_it_names(typed: str, listed: set[str]) -> None:
    """A barrier compares exactly, so the list holds plates, not ways of typing; without a province it names none."""
    assert {entry.plate for entry in entries((declared(typed),), timedelta(0))} == listed


def test_who_was_cancelled_or_has_passed_is_not_on_the_list() -> None:
    """One declaration opens for one passage; a withdrawn one for none."""
    used = (
        OutcomeRecord(kind, (), passage(1).passage_id, "HN-000001", 1.0, NOON)
        for kind in (OutcomeKind.MATCHED, OutcomeKind.WRONG_GATE, OutcomeKind.NOT_CLEARED, OutcomeKind.OVERSTAY)
    )
    gone = (
        *(declared(state=state) for state in (DeclarationState.CANCELLED, DeclarationState.CONFIRMED)),
        *(declared(outcome=outcome) for outcome in used),
    )
    assert entries(gone, timedelta(0)) == ()
    unsure = OutcomeRecord(OutcomeKind.TO_REVIEW, (), passage(1).passage_id, "HN-000001", 0.4, NOON)
    assert len(entries((declared(outcome=unsure),), timedelta(0))) == 1


def test_declarations_of_other_gates_and_days_are_not_on_the_list(office: Office) -> None:
    """A node is told what it needs to decide alone for a day, no more."""
    office.declares(
        declared(number=1, gate="tan-thanh"),
        declared(number=2, at=NOON + timedelta(days=3)),
        declared(number=3, at=NOON - timedelta(days=3)),
        declared(number=4, at=NOON + timedelta(hours=20)),
    )
    office.publisher.step(NOON)
    assert [entry.declaration_id for entry in office.published[0].entries] == ["HN-000004"]


def test_the_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    """A second start finds the same key; a file that holds none is an error that says what was expected."""
    path = tmp_path / "deep" / "access_key"
    first, second = open_signing_key(path), open_signing_key(path)
    assert public_key_hex(first) == public_key_hex(second) == path.with_suffix(".pub").read_text().strip()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("no key")
    with pytest.raises(ConfigError, match="32 bytes in hex"):
        open_signing_key(path)
