"""Searching passages: patterns, plates that are nearly so, and what only a passage itself tells."""

from __future__ import annotations

import fnmatch
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.store import Store
from central.store.outcome_records import OutcomeKind, OutcomeRecord
from central.store.search import LOOKED_AT
from contract.messages import Direction
from contract.plate import PlateCountry, PlateKind
from tests.central.made import NOON, passage, read

LATE = timedelta(minutes=5)
PLATES = ("12C34567", "12C34568", "12C84567", "29H01234", "桂F12345", "桂A98765", "50LD12345", None)


@pytest.fixture
def filled(store: Store) -> Store:
    """A passage a minute, each plate in turn; every third goes out, every fourth is undeclared."""
    messages = [
        passage(
            n,
            PLATES[n % len(PLATES)],
            at=NOON + timedelta(minutes=n),
            lane=("in-1", "out-1")[n % 3 == 0],
            direction=(Direction.IN, Direction.OUT)[n % 3 == 0],
            second_plate=read("12R01234") if n == 5 else None,
        )
        for n in range(1, 41)
    ]
    said = [
        OutcomeRecord(
            OutcomeKind.UNDECLARED if n % 4 == 0 else OutcomeKind.MATCHED, (), one.passage_id, None, 0.9, NOON
        )
        for n, one in enumerate(messages, 1)
    ]
    with store.transaction() as transaction:
        store.passages.save(transaction, *messages, late_after=LATE)
        store.outcomes.revise(transaction, said)
    return store


def plates_found(store: Store, **wanted: Any) -> set[str]:
    found = store.passages.list(limit=100, **wanted).items
    return {(one.plate.text if one.plate else "-") for one in found}


PATTERNS = {
    "12C?4567": {"12C34567", "12C84567"},
    "12c-3*8": {"12C34568"},
    "*4567": {"12C34567", "12C84567"},
    "桂?1*5": {"桂F12345"},
    "GUI F12*": {"桂F12345"},
    "？F12345": {"桂F12345"},
    "12C?9": set(),
    "%": set(),
    "12R?1": {"桂A98765"},  # its second plate
}
NEARLY = {
    "12C-345.67": {"12C34567", "12C34568", "12C84567"},
    "12C4567": {"12C34567", "12C84567"},  # one is missing
    "29H012345": {"29H01234"},  # one too many
    "Z9HO1234": {"29H01234"},  # two that look alike
    "29H05678": set(),
    "桂F12346": {"桂F12345"},
}


def test_patterns(filled: Store) -> None:
    """`?` is any sign and `*` any number of them, anywhere in either plate; separators do not matter."""
    assert {typed: plates_found(filled, plate_part=typed) for typed in PATTERNS} == PATTERNS


def test_plates_that_are_nearly_so(filled: Store) -> None:
    """With the option, plates that differ in a sign are found, too; without it they are not."""
    assert {typed: plates_found(filled, plate_part=typed, alike=True) for typed in NEARLY} == NEARLY
    assert plates_found(filled, plate_part="12C4567") == set()


def test_plates_are_found_while_they_wait_to_be_noted_and_after(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """New plates are noted many at once; a search finds each from the passage on, and finds it once."""
    monkeypatch.setattr("central.store.plates._MOST_WAIT", 2)
    seen: set[str] = set()
    for n, plate in enumerate(("12C34567", "29H34501", "29H34501", "51D99934", "桂F34567"), 1):
        with store.transaction() as transaction:
            store.passages.save(transaction, passage(n, plate, at=NOON + timedelta(minutes=n)), late_after=LATE)
        seen.add(plate)
        assert plates_found(store, plate_part="34") == seen
        assert plates_found(store, plate_part="1?C*67") == {"12C34567"}
        assert plates_found(store, plate_part="12C34587", alike=True) == {"12C34567"}
    assert len(store.passages.list(plate_part="34").items) == 5
    assert store.passages.plates_like("51D99984", 3) == ("51D99934",)


def test_what_only_a_passage_tells(filled: Store) -> None:
    """Country and kind as the camera saw them, of the second plate, too; a whole plate is no part of another."""
    assert plates_found(filled, country=PlateCountry.CN) == {"桂F12345", "桂A98765"}
    assert plates_found(filled, kind=PlateKind.VN_TRAILER) == {"桂A98765"}
    assert plates_found(filled, kind=PlateKind.VN_SPECIAL, direction=Direction.IN) == {"50LD12345"}
    assert plates_found(filled, plate="12C34567") == {"12C34567"}
    assert plates_found(filled, plate="12C3456") == set()


def test_a_search_that_looked_far_enough_says_so(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no index helps, an answer ends after so many passages, with how far back it looked; the rest comes with
    the cursor."""
    monkeypatch.setattr("central.store.search.LOOKED_AT", 10)
    first = filled.passages.list(kind=PlateKind.VN_TRAILER)
    assert (first.items, first.looked_back_to) == ((), NOON + timedelta(minutes=31))
    found, cursor = [], first.next_cursor
    while cursor is not None:
        page = filled.passages.list(kind=PlateKind.VN_TRAILER, cursor=cursor)
        found += [one.passage_id.int - 1000 for one in page.items]
        cursor = page.next_cursor
    assert found == [5]


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "direction": st.sampled_from(Direction),
        "outcome": st.sampled_from([OutcomeKind.MATCHED, OutcomeKind.UNDECLARED]),
        "country": st.sampled_from(PlateCountry),
        "lane": st.sampled_from(["in-1", "out-1"]),
        "site": st.sampled_from(["huu-nghi", "tan-thanh"]),
        "plate_part": st.sampled_from(["12C", "?4567", "9*", "F1", "Q"]),
        "since": st.integers(0, 40).map(lambda n: NOON + timedelta(minutes=n)),
    },
)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(FILTERS, st.integers(1, 9), st.integers(2, 30))
def test_pages_together_hold_what_fits(filled: Store, wanted: dict[str, Any], limit: int, looked_at: int) -> None:
    """Whatever the pages' length and wherever a search stops: all that fits, once, the newest first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("central.store.search.LOOKED_AT", looked_at)
        patch.setattr("central.store.search._GLANCED_AT", looked_at + 3)
        patch.setattr("central.store.plates._FEW", 2)  # patterns lead to no plates, but are held against passages
        found, cursor = [], None
        while True:
            page = filled.passages.list(**wanted, limit=limit, cursor=cursor)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
    everything = filled.passages.list(limit=100).items
    assert len(everything) < LOOKED_AT

    def fits(one: Any) -> bool:
        plates = [read for read in (one.plate, one.second_plate) if read]
        part = wanted.get("plate_part")
        return (
            all(getattr(one, name) == wanted.get(name, getattr(one, name)) for name in ("direction", "lane", "site"))
            and ("outcome" not in wanted or one.outcome.outcome is wanted["outcome"])
            and ("country" not in wanted or wanted["country"] in {read.country for read in plates})
            and (part is None or any(fnmatch.fnmatchcase(read.text, f"*{part}*") for read in plates))
            and one.first_seen_at >= wanted.get("since", NOON)
        )

    assert [one.passage_id for one in found] == [one.passage_id for one in everything if fits(one)]


def test_a_pattern_that_fits_nothing_does_not_go_through_all_passages(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says how far it looked; where letters of it are on few plates, these answer it at once."""
    monkeypatch.setattr("central.store.search._GLANCED_AT", 10)
    monkeypatch.setattr("central.store.plates._LOOKED_AT", 3)
    monkeypatch.setattr("central.store.plates._MOST_WAIT", 0)
    many = [passage(n, f"12C3{n:04d}", at=NOON + timedelta(minutes=n)) for n in range(1, 41)]
    with store.transaction() as transaction:
        store.passages.save(transaction, *many, late_after=LATE)
    page = store.passages.list(plate_part="3*2*1*2")
    assert (page.items, page.looked_back_to) == ((), NOON + timedelta(minutes=31))
    assert page.next_cursor is not None
    page = store.passages.list(plate_part="12*Q")
    assert (page.items, page.looked_back_to, page.next_cursor) == ((), None, None)


def test_a_common_part_of_plates_is_found_too(store: Store) -> None:
    """Where more plates fit than are looked for one by one, the newest passages are shown all the same."""
    at = [NOON + timedelta(minutes=n) for n in range(420)]
    many = [passage(n + 1, f"12C{n:05d}", at=at[n]) for n in range(420)]
    with store.transaction(NOON) as transaction:
        for one in (*many, passage(700, "29H99999", at=NOON - timedelta(days=1))):
            store.passages.save(transaction, one, late_after=LATE)
    assert [found.passage_id.int - 1000 for found in store.passages.list(plate_part="12c", limit=3).items] == [
        420,
        419,
        418,
    ]
    assert [found.passage_id.int for found in store.passages.list(plate_part="h9999").items] == [1700]
    assert store.passages.list(plate_part="12C99999").items == ()
    assert store.passages.list(plate_part="%").items == ()
