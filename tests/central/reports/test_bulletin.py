"""The bulletin: every vehicle in one column, every number with its passages, the books closed at 20:00."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.reports.bulletin import (
    CLEARED,
    Bulletin,
    Column,
    bulletin_of,
    day_of,
    day_span,
    linked_declaration,
    period_of,
)
from central.reports.doubts import Outage, OwnReason
from central.store.declaration_records import DeclarationRecord, DeclarationState, Regime
from central.store.outcome_records import DeclarationCandidate, OutcomeKind, OutcomeRecord, Reason, ReasonCode
from central.store.records import PassageRecord
from central.traffic.flow import DoubtReason, Post, flows
from central.traffic.observations import Observation, Source, of_declarations, of_passages
from central.traffic.settings import TrafficSettings
from central.traffic.stock import StockCount
from contract.messages import Cancellation, Direction, HealthLevel, TimeQuality
from tests.central.made import declared, seen

IN, OUT = Direction.IN, Direction.OUT
GATES = ("huu-nghi", "tan-thanh")
DAY = date(2026, 5, 4)
SINCE, UNTIL = day_span(DAY)
NOON = SINCE + timedelta(hours=16)


class Made:
    """Passages with the declarations that they are linked to."""

    def __init__(self) -> None:
        self.passages: list[PassageRecord] = []
        self.declarations: list[DeclarationRecord] = []

    def vehicle(
        self,
        direction: Direction = IN,
        regime: str = "import",
        goods: str = "fruit",
        *,
        at: datetime = NOON,
        kind: OutcomeKind = OutcomeKind.MATCHED,
        **more: Any,
    ) -> str:
        """One that is linked to a declaration of its own; the id of its passage."""
        one = declared(number=len(self.declarations), direction=direction, regime=regime, goods_class=goods)
        self.declarations.append(one)
        return self.stranger(direction, at=at, outcome=outcome(kind, one.declaration_id), **more)

    def stranger(self, direction: Direction = IN, *, at: datetime = NOON, **more: Any) -> str:
        """One without a declaration, unless `more` says otherwise."""
        plate = more.pop("plate", f"12C{len(self.passages):05}")
        self.passages.append(seen(plate, at=at, direction=direction, lane=f"{direction}-1", **more))
        return str(self.passages[-1].passage_id)

    def bulletin(self, since: datetime = SINCE, until: datetime = UNTIL, **more: Any) -> Bulletin:
        return bulletin_of(GATES, self.passages, self.declarations, since=since, until=until, **more)


def outcome(kind: OutcomeKind, declaration_id: str | None = None, **more: Any) -> OutcomeRecord:
    return OutcomeRecord(kind, (), None, declaration_id, 0.99, NOON, **more)


def test_goods_are_those_of_the_linked_declaration_and_each_number_has_its_passages() -> None:
    """Fruit in, other goods out, a new vehicle in, an export lorry from inland, an empty one that leaves."""
    made = Made()
    fruit, new = made.vehicle(IN, "import", "fruit"), made.vehicle(IN, "import", "new_vehicle")
    inland = made.vehicle(IN, "export", "fruit")
    other, empty = made.vehicle(OUT, "export", "other"), made.vehicle(OUT, "import", "fruit")
    found = made.bulletin()
    into, out = found.line("huu-nghi", IN), found.line("huu-nghi", OUT)
    assert into.figures[Column.FRUIT].passage_ids == (fruit,)
    assert into.figures[Column.NEW_VEHICLE].passage_ids == (new,)
    assert into.figures[Column.FROM_INLAND].passage_ids == (inland,)
    assert out.figures[Column.OTHER].passage_ids == (other,)
    assert out.figures[Column.AFTER_IMPORT].passage_ids == (empty,)
    assert (into.cleared.count, out.cleared.count, into.through.count) == (2, 1, 3)
    assert all(number.figure.count == 0 for number in found.numbers() if number.gate == "tan-thanh")


def test_goods_that_only_may_be_are_unknown() -> None:
    """No declaration, one that is only probable, and one that central does not have: nothing is guessed."""
    made = Made()
    made.stranger(outcome=outcome(OutcomeKind.UNDECLARED))
    made.declarations.append(declared(number=77))
    maybe = (DeclarationCandidate("HN-000077", 0.7),)
    made.stranger(outcome=outcome(OutcomeKind.TO_REVIEW, "HN-000077", candidates=maybe))
    made.stranger(outcome=outcome(OutcomeKind.MATCHED, "of another house"))
    made.stranger(outcome=None)
    into = made.bulletin().line("huu-nghi", IN)
    assert (into.figures[Column.UNKNOWN].count, into.cleared.count) == (4, 0)


def test_a_grave_outcome_keeps_its_declaration() -> None:
    """A lorry with another trailer than declared is known all the same."""
    made = Made()
    made.vehicle(kind=OutcomeKind.RE_PAIRED)
    assert made.bulletin().line("huu-nghi", IN).figures[Column.FRUIT].count == 1


def test_turned_back_counts_apart_and_told_twice_counts_once() -> None:
    """Who did not go through stands in a column of its own; the second word of a vehicle in none."""
    made = Made()
    made.vehicle()
    back = made.vehicle(cancelled=Cancellation.REVERSED_OUT, kind=OutcomeKind.CANCELLED)
    made.stranger(outcome=outcome(OutcomeKind.DUPLICATE))
    line = made.bulletin(before={"huu-nghi": StockCount("huu-nghi", SINCE, 10, "c")}).line("huu-nghi", IN)
    assert (line.figures[Column.TURNED_BACK].passage_ids, line.through.count) == ((back,), 1)


def test_the_day_is_from_20_to_20_in_vietnam() -> None:
    """20:00 belongs to the next day; the offset is the place's."""
    assert (datetime(2026, 5, 3, 13, tzinfo=UTC), datetime(2026, 5, 4, 13, tzinfo=UTC)) == (SINCE, UNTIL)
    made = Made()
    for at in (SINCE - timedelta(seconds=1), SINCE, UNTIL - timedelta(seconds=1), UNTIL):
        made.vehicle(at=at)
    assert made.bulletin().line("huu-nghi", IN).through.count == 2
    assert [day_of(at) for at in (SINCE, UNTIL - timedelta(seconds=1), UNTIL)] == [DAY, DAY, DAY + timedelta(days=1)]


def test_stock_is_per_gate_and_the_sum_waits_for_all_of_them() -> None:
    """Carried over + in − out; where one gate was never counted the province's sum is not told."""
    made = Made()
    made.vehicle(IN, "export")
    made.vehicle(OUT)
    made.stranger(OUT)
    before = {"huu-nghi": StockCount("huu-nghi", SINCE, 40, "c1")}
    found = made.bulletin(before=before)
    assert (found.stocks["huu-nghi"].calculated, found.stock, found.carried_over) == (39, None, None)
    found = made.bulletin(before=before | {"tan-thanh": StockCount("tan-thanh", SINCE, 5, "c2")})
    assert (found.carried_over, found.stock) == (45, 44)


def test_a_count_of_another_moment_is_refused() -> None:
    """What stood there an hour before is not what was carried over."""
    early = StockCount("huu-nghi", SINCE - timedelta(hours=1), 40, "c1")
    with pytest.raises(ValueError, match="expected what stood at huu-nghi"):
        Made().bulletin(before={"huu-nghi": early})


def test_a_blind_camera_is_one_doubt_over_its_hours() -> None:
    """Two hours in which the loop and the platform tell of more: one doubt, with how many are missing."""
    made = Made()
    began = NOON.replace(minute=0)
    gone = [
        Observation(source, "huu-nghi", "in-1", IN, began + timedelta(minutes=10 * n), f"{source}-{n}")
        for source in (Source.LOOP, Source.DECLARATIONS)
        for n in range(12)
    ]
    post = Post("huu-nghi", "in-1", IN, frozenset({Source.LOOP, Source.TRACKER, Source.DECLARATIONS}))
    hours = flows([*of_passages(made.passages), *gone], [post], since=SINCE, until=UNTIL, settings=TrafficSettings())
    outage = Outage("huu-nghi", "in-1", IN, "in-1-front", HealthLevel.FAILED, "dark", began, began + timedelta(hours=2))
    counted = {"huu-nghi": StockCount("huu-nghi", UNTIL, 22, "c2")}
    found = made.bulletin(
        before={"huu-nghi": StockCount("huu-nghi", SINCE, 10, "c1")}, counted=counted, flows=hours, outages=[outage]
    )
    told = {one.reason: one for one in found.doubts_about("huu-nghi", IN)}
    assert told.keys() == {DoubtReason.CAMERA_MISSED_VEHICLES, OwnReason.CAMERA_DOWN}
    missed, down = told[DoubtReason.CAMERA_MISSED_VEHICLES], told[OwnReason.CAMERA_DOWN]
    assert (missed.lane, missed.vehicles) == ("in-1", 12)
    assert (missed.since, missed.until) == (began, began + timedelta(hours=2))
    assert (down.camera, down.detail) == ("in-1-front", "dark")
    assert (found.stocks["huu-nghi"].residual, found.stocks["huu-nghi"].unexplained) == (12, 0)
    assert found.doubts_about("huu-nghi", OUT) == ()


def test_what_went_by_a_camera_that_had_failed_is_told_by_column() -> None:
    """The platform confirmed two there that no passage is of: they are missing, with their goods; and nobody else's."""
    made = Made()
    began = NOON.replace(minute=0)
    seen_there = made.vehicle(at=began + timedelta(minutes=5))
    made.declarations = [
        replace(one, state=DeclarationState.CONFIRMED, confirmed_at=began + timedelta(minutes=5), lane="in-1")
        for one in made.declarations
    ]
    for number, (regime, goods, minute) in enumerate(
        [("import", "fruit", 20), ("export", "other", 70), ("import", "fruit", 130)]
    ):
        made.declarations.append(
            declared(
                number=50 + number,
                regime=regime,
                goods_class=goods,
                state=DeclarationState.CONFIRMED,
                confirmed_at=began + timedelta(minutes=minute),
                lane="in-1",
            )
        )
    heard = [*of_passages(made.passages), *of_declarations(made.declarations)]
    post = Post("huu-nghi", "in-1", IN, frozenset({Source.TRACKER, Source.DECLARATIONS}))
    hours = flows(heard, [post], since=SINCE, until=UNTIL, settings=TrafficSettings())
    blind = Outage("huu-nghi", "in-1", IN, "in-1-front", HealthLevel.FAILED, "dark", began, began + timedelta(hours=2))
    before = {"huu-nghi": StockCount("huu-nghi", SINCE, 10, "c1")}
    counted = {"huu-nghi": StockCount("huu-nghi", UNTIL, 13, "c2")}
    found = made.bulletin(before=before, counted=counted, flows=hours, outages=[blind])
    line = found.line("huu-nghi", IN)
    assert line.missed == {Column.FRUIT: ("HN-000050",), Column.FROM_INLAND: ("HN-000051",)}
    assert line.figures[Column.FRUIT].passage_ids == (seen_there,)
    missing = [one for one in found.doubts if one.reason is DoubtReason.CAMERA_MISSED_VEHICLES]
    assert [(one.vehicles, one.since, one.until) for one in missing] == [(2, began, began + timedelta(hours=2))]
    assert (found.stocks["huu-nghi"].explained, found.stocks["huu-nghi"].unexplained) == (2, 0)
    two_cameras = made.bulletin(before=before, flows=hours, outages=[replace(blind, cameras=2)])
    assert two_cameras.line("huu-nghi", IN).missed == {}


def test_an_undecided_hour_is_told_once() -> None:
    """Camera and platform contradict each other, and nobody knows which of them is right."""
    made = Made()
    began = NOON.replace(minute=0)
    gone = [Observation(Source.DECLARATIONS, "huu-nghi", "in-1", IN, began, f"HN-{number}") for number in range(5)]
    post = Post("huu-nghi", "in-1", IN, frozenset({Source.TRACKER, Source.DECLARATIONS}))
    hours = flows(gone, [post], since=SINCE, until=UNTIL, settings=TrafficSettings())
    told = [(one.reason, one.since, one.vehicles) for one in made.bulletin(flows=hours).doubts]
    assert told == [(DoubtReason.NO_MAJORITY, began, None)]


def test_what_is_declared_twice_is_told_and_counts_nowhere() -> None:
    """The second declaration of a trip is named; the vehicle counts once."""
    made = Made()
    made.vehicle()
    made.vehicle(at=NOON + timedelta(days=1))
    first, tomorrow = made.declarations
    tomorrow = made.declarations[1] = replace(tomorrow, plate="29H-999.99")
    said = Reason(ReasonCode.DECLARED_TWICE, {"declaration_id": first.declaration_id})
    twice = replace(outcome(OutcomeKind.DUPLICATE, "HN-000090"), reasons=(said,))
    made.declarations += [
        declared("12C-345.68", number=90, outcome=twice),
        replace(first, declaration_id="HN-000091", state=DeclarationState.CONFIRMED),
        replace(first, declaration_id="HN-000092", state=DeclarationState.CANCELLED),
        replace(first, declaration_id="HN-000093", expected_until=first.expected_until + timedelta(hours=1)),
        replace(tomorrow, declaration_id="HN-000094", gate="tan-thanh"),
    ]
    found = made.bulletin()
    assert found.line("huu-nghi", IN).through.count == 1
    told = [(one.reason, one.declaration_ids) for one in found.doubts]
    assert told == [(DoubtReason.DECLARED_TWICE, ("HN-000090", "HN-000091"))]


def test_vehicles_whose_goods_are_unknown_and_clocks_that_were_not_set_are_doubts() -> None:
    """Each with its passages, so that they can be looked at."""
    made = Made()
    unread = made.stranger(plate=None)
    stranger = made.stranger(outcome=outcome(OutcomeKind.UNDECLARED))
    unset = made.vehicle(time_quality=TimeQuality.UNSET)
    told = {one.reason: one.passage_ids for one in made.bulletin().doubts}
    assert told == {
        OwnReason.PLATE_UNREAD: (unread,),
        OwnReason.NOT_LINKED: (stranger,),
        OwnReason.CLOCK_UNSET: (unset,),
    }


def test_a_week_is_the_sum_of_its_days() -> None:
    """With the days beside each other, and only of days that follow each other."""
    made = Made()
    for days in (0, 0, 1):
        made.vehicle(at=NOON + timedelta(days=days))
    days = [made.bulletin(SINCE + timedelta(days=n), UNTIL + timedelta(days=n)) for n in range(2)]
    week = period_of(days)
    assert [day.line("huu-nghi", IN).cleared.count for day in week.days] == [2, 1]
    assert (week.line("huu-nghi", IN).cleared.count, week.total(Column.FRUIT).count) == (3, 3)
    assert (week.since, week.until) == (SINCE, UNTIL + timedelta(days=1))
    with pytest.raises(ValueError, match="follow each other"):
        period_of(days[::-1])


ways = st.tuples(
    st.sampled_from(Direction),
    st.sampled_from([*Regime, None]),
    st.sampled_from(["fruit", "other", "new_vehicle", "something else"]),
    st.sampled_from([None, Cancellation.REVERSED_OUT]),
    st.integers(0, 86_399),
    st.booleans(),
)


@settings(max_examples=40)
@given(st.lists(ways, max_size=12), st.integers(0, 86_400))
def test_every_passage_stands_in_one_number_and_spans_add_up(them: list[Any], cut_s: int) -> None:
    """No vehicle is lost or counted twice, the stock follows from the lines, and two parts of a day are the day."""
    made = Made()
    for direction, regime, goods, cancelled, second, twice in them:
        at = SINCE + timedelta(seconds=second)
        kind = OutcomeKind.DUPLICATE if twice else OutcomeKind.MATCHED
        if regime is None:
            made.stranger(direction, at=at, cancelled=cancelled, outcome=outcome(kind) if twice else None)
        else:
            made.vehicle(direction, regime.value, goods, at=at, cancelled=cancelled, kind=kind)
    whole = made.bulletin(before={gate: StockCount(gate, SINCE, 100, gate) for gate in GATES})
    ids = Counter(one for number in whole.numbers() for one in number.figure.passage_ids)
    expected = {
        str(one.passage_id)
        for one, (*_, cancelled, _, twice) in zip(made.passages, them, strict=True)
        if cancelled or not twice
    }
    assert ids == Counter(expected)
    assert whole.stock == 200 + whole.line("huu-nghi", IN).through.count - whole.line("huu-nghi", OUT).through.count
    cut = SINCE + timedelta(seconds=cut_s)
    parts = period_of([made.bulletin(SINCE, cut), made.bulletin(cut, UNTIL)])
    assert list(parts.numbers()) == list(whole.numbers())
    known = {one.declaration_id for one in made.declarations}
    for number in whole.numbers():
        if number.column in CLEARED:
            passages = [one for one in made.passages if str(one.passage_id) in number.figure.passage_ids]
            assert all(linked_declaration(one) in known for one in passages)
