"""The books balance, or say by how much they do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from central.store import Store
from central.store.records import Crossing
from central.traffic.stock import count, start_of_day, today
from contract.messages import Direction
from tests.central.made import NOON, passage

IN, OUT = Direction.IN, Direction.OUT


def crossings(*moves: tuple[Direction, str | None]) -> list[Crossing]:
    return [
        Crossing("huu-nghi", way, plate, NOON + timedelta(minutes=minute)) for minute, (way, plate) in enumerate(moves)
    ]


def test_vehicles_that_left_do_not_stand_in_the_yard() -> None:
    """Three in, one of them out: two stand, and both ways of counting agree."""
    (site,) = count(crossings((IN, "12C34567"), (IN, "桂F12345"), (OUT, "12C34567"), (IN, "29H99999")), NOON)
    assert (site.passages_in, site.passages_out, site.balance, site.standing, site.residual) == (3, 1, 2, 2, 0)


def test_what_the_plates_cannot_account_for_is_a_finding() -> None:
    """One that came in unread, or left without having come, shows as a difference."""
    (unread,) = count(crossings((IN, None), (IN, "12C34567")), NOON)
    (stranger,) = count(crossings((IN, "12C34567"), (OUT, "29H99999")), NOON)
    assert (unread.balance, unread.standing, unread.residual, unread.unread) == (2, 1, 1, 1)
    assert (stranger.balance, stranger.standing, stranger.residual) == (0, 1, -1)


def test_the_province_character_need_not_be_read_twice() -> None:
    """桂F12345 in and ?F12345 out is one lorry."""
    (site,) = count(crossings((IN, "桂F12345"), (OUT, "?F12345")), NOON)
    assert (site.standing, site.residual) == (0, 0)


def test_the_day_begins_where_people_are() -> None:
    """Midnight in Vietnam is 17:00 UTC of the day before."""
    assert start_of_day(NOON, 7) == datetime(2026, 5, 3, 17, 0, tzinfo=UTC)


def test_today_counts_what_the_store_has(store: Store) -> None:
    """Yesterday's passages do not count; sites are kept apart."""
    with store.transaction(NOON) as transaction:
        for message in (
            passage(1),
            passage(2, at=NOON - timedelta(days=1)),
            passage(3, site="tan-thanh", node="tan-thanh-1", direction=OUT),
        ):
            store.passages.save(transaction, message, late_after=timedelta(hours=1))
    found = {site.site: (site.passages_in, site.passages_out) for site in today(store, NOON, utc_offset_h=7)}
    assert found == {"huu-nghi": (1, 0), "tan-thanh": (0, 1)}
