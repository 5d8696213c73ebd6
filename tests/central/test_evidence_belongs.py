"""A picture stands beside a passage only if that passage names it by its hash, and only as it was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from central.auth import add_api_key
from central.ingest.intake import Intake
from central.store import Store
from central.store.records import Role
from tests.central.made import NOON, SCOPES_OF, evidence, packet, passage
from tests.central.served import Served

ONE, OTHER = b"\xff\xd8 one lorry \xff\xd9", b"\xff\xd8 another lorry \xff\xd9"


@pytest.fixture
def intake(store: Store) -> Intake:
    return Intake(store, late_after_s=300)


def _shown(store: Store) -> dict[str, list[bytes]]:
    """What a reader of each passage gets to see: the plate, and the pictures beside it."""
    shown = {}
    for record in store.passages.list().items:
        assert record.plate is not None
        paths = [store.evidence.path(picture.sha256) for picture in record.evidence if picture.present]
        shown[record.plate.text] = [path.read_bytes() for path in paths if path is not None]
    return shown


def test_pictures_whose_passages_are_swapped_on_the_wire_stay_with_their_own(store: Store, intake: Intake) -> None:
    """What a picture's message says of its passage is not believed: the passage's own word, the hash, is."""
    one, other = passage(1, "12C34567", jpegs=(ONE,)), passage(2, "51D12345", jpegs=(OTHER,))
    intake.take([packet(one), packet(other)], NOON)
    intake.take([packet(evidence(3, other, ONE)), packet(evidence(4, one, OTHER))], NOON)
    assert _shown(store) == {"12C34567": [ONE], "51D12345": [OTHER]}


def test_pictures_whose_bytes_are_swapped_on_the_wire_are_put_aside(store: Store, intake: Intake) -> None:
    """They fit no hash: neither is shown, both are kept with the reason, and their numbers are done with."""
    one, other = passage(1, "12C34567", jpegs=(ONE,)), passage(2, "51D12345", jpegs=(OTHER,))
    swapped = [
        packet(evidence(3, one, ONE).model_copy(update={"jpeg": OTHER})),
        packet(evidence(4, other, OTHER).model_copy(update={"jpeg": ONE})),
    ]
    taken = intake.take([packet(one), packet(other), *swapped], NOON)
    assert _shown(store) == {"12C34567": [], "51D12345": []}
    assert taken.dead == 2
    assert all("sha256 does not belong to the picture" in letter.reason for letter in store.dead_letters.list())
    assert list(taken.committed.values()) == [((1, 4),)]


def test_picture_that_no_passage_names_is_never_shown(store: Store, intake: Intake) -> None:
    """It says that it belongs to this passage; the passage does not say so."""
    one = passage(1, "12C34567", jpegs=(ONE,))
    intake.take([packet(one), packet(evidence(2, one, ONE)), packet(evidence(3, one, OTHER))], NOON)
    assert _shown(store) == {"12C34567": [ONE]}


def test_later_revision_decides_which_pictures_are_shown(store: Store, intake: Intake) -> None:
    """A picture that the present revision names no more goes from the page with it."""
    one = passage(1, "12C34567", jpegs=(ONE,))
    later = passage(3, "12C34567", jpegs=(OTHER,), passage_id=one.passage_id, revision=1)
    intake.take([packet(one), packet(evidence(2, one, ONE)), packet(later), packet(evidence(4, one, OTHER))], NOON)
    assert _shown(store) == {"12C34567": [OTHER]}


def test_one_picture_of_two_passages_is_shown_beside_both(store: Store, intake: Intake) -> None:
    """Both name it, whoever brought it."""
    one = passage(1, "12C34567", jpegs=(ONE,))
    other = passage(2, "51D12345", jpegs=(ONE,), at=NOON + timedelta(minutes=1))
    intake.take([packet(one), packet(other), packet(evidence(3, other, ONE))], NOON)
    assert _shown(store) == {"12C34567": [ONE], "51D12345": [ONE]}


def test_files_swapped_on_centrals_disk_are_shown_to_nobody(store: Store, intake: Intake) -> None:
    """Two pictures changed places: 404 for both, aloud. Sent again, they are mended."""
    one, other = passage(1, "12C34567", jpegs=(ONE,)), passage(2, "51D12345", jpegs=(OTHER,))
    intake.take([packet(one), packet(other), packet(evidence(3, one, ONE)), packet(evidence(4, other, OTHER))], NOON)
    first, second = (store.evidence.path(found.evidence[0].sha256) for found in store.passages.list().items)
    assert first is not None
    assert second is not None
    swapped = first.read_bytes(), second.read_bytes()
    first.write_bytes(swapped[1])
    second.write_bytes(swapped[0])
    key = {"Authorization": f"Bearer {add_api_key(store, 'tests', *SCOPES_OF[Role.OPERATOR])}"}
    with Served(store) as served, capture_logs() as logs:
        client = served.client(headers=key)
        for record in store.passages.list().items:
            assert client.get(f"/api/v1/evidence/{record.evidence[0].sha256}").status_code == 404
    assert len([log for log in logs if "changed or swapped" in log["event"]]) == 2
    assert _shown(store) == {"12C34567": [], "51D12345": []}
    intake.take([packet(evidence(5, one, ONE)), packet(evidence(6, other, OTHER))], NOON)
    assert _shown(store) == {"12C34567": [ONE], "51D12345": [OTHER]}
