"""The platform is told what was seen, once for each revision, over outages and restarts; over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from central.platform.settings import PlatformSettings, WriteBackSettings
from central.platform.write_back import WriteBack
from central.reconcile.judge import Knowledge
from central.reconcile.reconciler import Reconciler
from central.reconcile.settings import ReconcileSettings
from central.store import Store
from central.store.outcome_records import OutcomeKind, OutcomeRecord
from contract.messages import Passage
from simulation.platform import PlatformFault
from tests.central.made import NOON, declared, passage
from tests.central.platform.platform_house import KEY, PlatformHouse

LATE = timedelta(minutes=5)


@pytest.fixture(scope="module")
def house() -> Iterator[PlatformHouse]:
    house = PlatformHouse(slow_s=60.0)
    yield house
    house.stop()


class Central:
    """A central with a declared lorry, that tells the platform."""

    def __init__(self, store: Store, house: PlatformHouse, folder: Path) -> None:
        self.store, self.platform = store, house.empty()
        (folder / "key").write_text(KEY)
        self._settings = PlatformSettings(
            base_url=house.url, key_file=folder / "key", timeout_s=20.0, gates={"Hữu Nghị": "huu-nghi"}
        )
        self.now = NOON
        self.start()

    def start(self) -> None:
        """Begin anew, as after a restart."""
        told = WriteBackSettings(poll_s=1.0, retry_max_s=60.0)
        self.write_back = WriteBack(self.store, self._settings, told, "https://gates.example/")

    def see(
        self, came: Passage, kind: OutcomeKind = OutcomeKind.MATCHED, declaration: str | None = "HN-000001"
    ) -> None:
        """A passage, and what reconciliation says of it."""
        with self.store.transaction(self.now) as transaction:
            self.store.passages.save(transaction, came, late_after=LATE)
            said = OutcomeRecord(kind, (), came.passage_id, declaration, 1.0, self.now)
            self.store.outcomes.revise(transaction, [said])

    def tell(self, *, after: timedelta = timedelta(0)) -> list[dict[str, Any]]:
        """Let central do what it can now; what the platform was told so far."""
        self.now += after
        while self.write_back.step(self.now):
            pass
        return self.platform.confirmations


@pytest.fixture
def central(store: Store, house: PlatformHouse, tmp_path: Path) -> Iterator[Central]:
    with store.transaction(NOON) as transaction:
        store.declarations.save(transaction, declared(number=1), payload="{}")
        store.declarations.save(transaction, declared(number=2), payload="{}")
    central = Central(store, house, tmp_path)
    central.tell()  # it begins to follow
    yield central
    central.write_back.stop()


def revised(came: Passage, revision: int) -> Passage:
    return passage(revision + 10, passage_id=came.passage_id, revision=revision)


def test_what_was_seen_is_told_once(central: Central) -> None:
    """Declaration, gate by the platform's name, lane, direction, time and a link; again only for a new revision."""
    central.see(passage(1))
    (told,) = central.tell()
    assert told == {
        "declaration_id": "HN-000001",
        "state": "seen",
        "passage_id": str(passage(1).passage_id),
        "revision": 0,
        "gate": "Hữu Nghị",
        "lane": "in-1",
        "direction": "in",
        "seen_at": NOON.isoformat(),
        "plate": "12C34567",
        "link": f"https://gates.example/passages/{passage(1).passage_id}",
    }
    central.see(passage(1))  # the same again
    assert len(central.tell()) == 1
    central.see(revised(passage(1), 2))
    assert [one["revision"] for one in central.tell()] == [0, 2]


def test_doubt_is_not_told_and_an_error_is_taken_back(central: Central) -> None:
    """A link that moves to another declaration is withdrawn here and told there; to review is told nowhere."""
    central.see(passage(2), OutcomeKind.TO_REVIEW)
    assert central.tell() == []
    central.see(passage(1))
    central.tell()
    central.see(passage(1), declaration="HN-000002")
    assert {(one["declaration_id"], one["state"]) for one in central.tell()[1:]} == {
        ("HN-000001", "withdrawn"),
        ("HN-000002", "seen"),
    }
    central.see(passage(1), OutcomeKind.UNDECLARED, None)
    assert [(one["declaration_id"], one["state"]) for one in central.tell()[3:]] == [("HN-000002", "withdrawn")]


@pytest.mark.parametrize("fault", [PlatformFault.ERROR, PlatformFault.TOO_MANY, PlatformFault.LOST])
def test_it_is_tried_until_it_is_taken(central: Central, fault: PlatformFault) -> None:
    """Over failures and a restart; an answer that was lost makes it come twice, and count once."""
    central.platform.inject(fault, 2)
    central.see(passage(1))
    central.tell()
    waiting = central.store.write_backs
    assert waiting.waiting() == 1
    central.tell()
    assert waiting.list()[0].tries == 1, "the platform is left alone for a while"
    central.write_back.stop()
    central.start()
    central.tell(after=timedelta(minutes=1))
    told = central.tell(after=timedelta(minutes=1))
    assert [one["declaration_id"] for one in told] == ["HN-000001"]
    (record,) = waiting.list()
    assert (record.tries, record.accepted, record.due_at) == (3, True, None)


def test_what_the_platform_refuses_is_kept_and_not_sent_again(central: Central, house: PlatformHouse) -> None:
    """A 4xx that is about the confirmation itself is the last word; the next one is sent."""
    central.see(passage(1))
    central.write_back._settings = WriteBackSettings(path="/api/faults")  # which does not take this: 422
    assert central.tell() == []
    (record,) = central.store.write_backs.list()
    assert (record.accepted, record.due_at, record.answer[:3]) == (False, None, "422")
    central.write_back._settings = WriteBackSettings()
    central.see(revised(passage(1), 1))
    assert [one["revision"] for one in central.tell()] == [1]


def test_while_it_waits_only_the_latest_counts(central: Central) -> None:
    """A platform that was away for a day is told what stands now, not all that was thought meanwhile."""
    central.platform.inject(PlatformFault.ERROR)
    central.see(passage(1))
    central.tell()
    central.see(revised(passage(1), 1))
    central.see(revised(passage(1), 2))
    assert [one["revision"] for one in central.tell(after=timedelta(minutes=2))] == [2]
    assert central.store.write_backs.waiting() == 0


def test_what_happened_before_it_began_is_not_told(store: Store, house: PlatformHouse, tmp_path: Path) -> None:
    """Turned on for a province that has run for years."""
    with store.transaction(NOON) as transaction:
        store.declarations.save(transaction, declared(), payload="{}")
    central = Central(store, house, tmp_path)
    central.see(passage(1))
    assert central.tell() == []
    central.see(revised(passage(1), 1))
    assert len(central.tell()) == 1
    central.write_back.stop()


def test_from_a_passage_to_the_platform_with_the_real_parts(store: Store, house: PlatformHouse, tmp_path: Path) -> None:
    """Reconciliation decides that the declared lorry came, and the platform knows, though it was busy at first."""
    central = Central(store, house, tmp_path)
    central.tell()
    now = NOON + timedelta(minutes=1)
    with store.transaction(now) as transaction:
        store.declarations.save(transaction, declared("12C-345.67"), payload="{}")
        store.passages.save(transaction, passage(1, "12C34567"), late_after=LATE)
    reconciler = Reconciler(store, ReconcileSettings(), lambda: Knowledge(now))
    reconciler.step(now)
    central.platform.inject(PlatformFault.BUSY)
    (told,) = central.tell() or central.tell(after=timedelta(minutes=1))
    assert (told["declaration_id"], told["state"]) == ("HN-000001", "seen")
    central.write_back.stop()
