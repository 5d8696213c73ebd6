"""What a report finds: the rules, the numbers behind each sentence, and one line for a quiet day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.console.say import Say
from central.console.words import LANGUAGES, words_of
from central.reports.bulletin import Column
from central.reports.changes import changes
from central.reports.doubts import Outage, OwnReason
from central.reports.fees import FeeCode, FeeFinding, fee_findings
from central.reports.findings import Known, Surge, findings_of
from central.reports.sentences import digits, doubt_sentence, fee_sentence, number_text, sentence
from central.reports.settings import ReportSettings
from central.reports.statements import Code, Finding, Statement
from central.reports.tallies import Count, Tally, added
from central.store.device_key import DeviceKey
from central.store.outcome_records import OutcomeKind, OutcomeRecord
from central.store.ticket_records import Evidence, Ticket, TicketState
from central.traffic.flow import DoubtReason, Flow, Post, flows
from central.traffic.observations import Observation, Source
from central.traffic.settings import TrafficSettings
from central.traffic.stock import StockCount
from central.traffic.surge_plan import SurgePlan, Who
from contract.messages import Direction, HealthLevel, Severity
from tests.central.made import NOON
from tests.central.reports.house import DAY, Day, weeks_before

LIMITS = ReportSettings()
NOW = datetime(2026, 5, 6, 13, 15, tzinfo=UTC)
SAYS = [Say(words_of(language), utc_offset_h=7.0, now=NOW) for language in LANGUAGES]
VI, EN, ZH = SAYS


def found(day: Day, **more: Any) -> tuple[Finding, ...]:
    bulletin = more.pop("numbers", None) or day.bulletin()
    return findings_of(Known(bulletin, day.tally(), **more), LIMITS)


def codes(findings: tuple[Finding, ...]) -> list[Code]:
    return [one.what.code for one in findings]


def statements(findings: tuple[Finding, ...]) -> list[Statement]:
    return [said for one in findings for said in (one.what, *one.why, *one.proposals)]


def test_a_quiet_day_says_so_in_one_line() -> None:
    """As many as on the Wednesdays before, and nothing else: one sentence with both numbers."""
    (only,) = found(Day().add(100), before=weeks_before(DAY, 98, 103, 101, 99))
    assert sentence(EN, only.what) == (
        "Nothing out of the usual: 100 vehicles cleared, usual are 100 vehicles "
        "(the mean of the same weekday of the 4 weeks before)."
    )
    assert codes(found(Day().add(100))) == [Code.QUIET_ALONE]


def test_what_changed_and_what_carries_it() -> None:
    """More than on all Wednesdays before: by how much, at which gate, of which goods, in which hours."""
    day = Day().add(100).add(80, gate="tan-thanh", hour=14, goods="other")
    change = found(day, before=weeks_before(DAY, 98, 103, 101, 98))[0]
    assert change.what.code is Code.MORE
    assert change.what.numbers == {
        "now_vehicles": 180,
        "mean_vehicles": 100,
        "difference_vehicles": 80,
        "spans": 4,
    }
    assert [(one.code, dict(one.numbers)) for one in change.why] == [
        (Code.AT_GATE, {"now_vehicles": 80, "mean_vehicles": 0}),
        (Code.OF_GOODS, {"now_vehicles": 80, "mean_vehicles": 0}),
        (Code.IN_HOURS, {"now_vehicles": 80, "mean_vehicles": 0}),
    ]
    said = [sentence(VI, one) for one in change.why]
    assert said == [
        "Chủ yếu tại Tân Thanh, chiều vào: 80 xe, bình thường 0 xe.",
        "Chủ yếu là Hàng khác: 80 xe, bình thường 0 xe.",
        "Chủ yếu trong khoảng 14:00–15:00: 80 xe, bình thường 0 xe.",
    ]


def test_a_gate_that_changed_while_the_whole_did_not() -> None:
    """One gate lost what another gained: both are told, the sum is not."""
    before = tuple(Day(DAY - timedelta(weeks=week)).add(60).add(60, gate="tan-thanh").tally() for week in range(1, 5))
    change = found(Day().add(100).add(20, gate="tan-thanh"), before=before)
    assert [(one.what.code, one.what.names["gate"]) for one in change] == [
        (Code.MORE_AT, "huu-nghi"),
        (Code.LESS_AT, "tan-thanh"),
    ]


@pytest.mark.parametrize(
    "now",
    [
        # within what it was on one of the days before
        140,
        # outside, by less than a sixth
        112,
    ],
)
def test_chance_is_no_finding(now: int) -> None:
    """What lies within the days before, or near their mean, is as usual."""
    assert codes(found(Day().add(now), before=weeks_before(DAY, 100, 101, 99, 141 if now == 140 else 100))) == [
        Code.QUIET
    ]


def test_months_are_compared_as_if_they_were_as_long() -> None:
    """31 days of 100 a day are as many as 28 days of 100 a day."""
    longer, shorter = (
        Tally(DAY, days, (Count("huu-nghi", Direction.IN, Column.FRUIT, 100 * days),), ()) for days in (31, 28)
    )
    assert list(changes(longer, (shorter, shorter), LIMITS)) == []


def test_tallies_add_up() -> None:
    """A week is the sum of its days, in counts and hours."""
    week = added([Day(DAY - timedelta(days=n)).add(10 + n).tally() for n in range(7)])
    assert (week.day, week.days, week.total((Column.FRUIT,)), week.cleared_by_hour()[9]) == (DAY, 7, 91, 91)


def test_full_lanes_call_for_another_one() -> None:
    """46 through one lane in an hour; the hours beside it stand in the same finding."""
    (full,) = found(Day().add(46, hour=10, lanes=1).add(50, hour=11, lanes=1))
    assert sentence(EN, full.what) == (
        "Hữu Nghị, inbound, 10:00–12:00: 50 vehicles in the busiest hour through 1 lane, that is 50 vehicles a lane; "
        "45 vehicles a lane and hour is what goes well."
    )
    assert codes(found(Day().add(46, hour=10, lanes=2))) == [Code.QUIET_ALONE]


def test_stock_and_what_people_counted() -> None:
    """A stock that rose, and a count that differs: what explains it, and what nothing explains."""
    day = Day().add(30)
    begin, end = StockCount("huu-nghi", day.since, 100, "a"), StockCount("huu-nghi", day.until, 135, "b")
    blind = _hour_of_a_blind_camera(day, missed=3)
    bulletin = day.bulletin(("huu-nghi",), before={"huu-nghi": begin}, counted={"huu-nghi": end}, flows=blind)
    rose, residual, missed = found(day, numbers=bulletin)
    assert sentence(EN, rose.what) == "The stock rose by 30 vehicles: from 100 vehicles to 130 vehicles."
    assert residual.what.numbers["difference_vehicles"] == 5
    assert [sentence(EN, one) for one in residual.why] == [
        "Inbound lane 1, from 08:00 06/05: 3 vehicles, since the camera missed vehicles.",
        "Nothing explains 2 vehicles: another way than the lanes, or a wrong count.",
    ]
    assert [one.code for one in residual.proposals] == [Code.LOOK_AT_LANE, Code.COUNT_AGAIN]
    assert sentence(EN, missed.what) == (
        "Hữu Nghị, Inbound lane 1: the camera saw 0 of 3 vehicles that the loop counted between 08:00 06/05 and 09:00 06/05."
    )


def _hour_of_a_blind_camera(
    day: Day, missed: int, beside: Source = Source.LOOP, lane: str = "in-1"
) -> tuple[Flow, ...]:
    """Declarations and another counter agree on more vehicles than the tracker saw."""
    at = day.at(8)
    sources = frozenset({beside, Source.TRACKER, Source.DECLARATIONS})
    told = [
        Observation(source, "huu-nghi", lane, Direction.IN, at, str(number))
        for source in (beside, Source.DECLARATIONS)
        for number in range(missed)
    ]
    post = Post("huu-nghi", lane, Direction.IN, sources)
    return flows(told, [post], since=at, until=at + timedelta(hours=1), settings=TrafficSettings())


@pytest.mark.parametrize("has_ticket", [True, False])
def test_a_camera_that_was_down_is_to_be_repaired(*, has_ticket: bool) -> None:
    """With the ticket that there is and who has it, or the word that there is none."""
    day = Day().add(5)
    outage = Outage(
        "huu-nghi", "in-1", Direction.IN, "in-1-front", HealthLevel.FAILED, "frozen", day.at(10), day.at(12)
    )
    ticket = Ticket(
        41, DeviceKey.of("huu-nghi", "huu-nghi-1", "in-1-front"), "in-1", "frozen", Severity.SEVERE, TicketState.OPEN,
        day.at(10), Evidence.STANDS, day.at(10), day.at(10), assignee="VNPT Lạng Sơn",
    )  # fmt: skip
    tickets = (ticket,) if has_ticket else ()
    (down,) = found(day, numbers=day.bulletin(outages=[outage]), tickets=tickets)
    assert sentence(EN, down.what) == (
        "Hữu Nghị: Inbound lane 1 · front did not work for 120 minutes (frozen), between 10:00 06/05 and 12:00 06/05."
    )
    (proposal,) = down.proposals
    assert ("VNPT Lạng Sơn" in sentence(VI, proposal)) is has_ticket
    assert down.links == (("/tickets/41",) if has_ticket else ())


def test_the_playbook_of_the_level_is_proposed() -> None:
    """Each action of the plan, with who must act; level 0 is no finding."""
    plan = SurgePlan.load()
    level, *_ = found(Day().add(1), surge=Surge(2, NOON, plan))
    assert len(level.proposals) == len(plan.levels[2].actions)
    action = plan.levels[2].actions[0]
    assert action.what.zh in sentence(ZH, level.proposals[0])
    assert codes(found(Day().add(1), surge=Surge(0, NOON, plan))) == [Code.QUIET_ALONE]


def test_goods_that_are_not_known_and_fees_that_do_not_fit() -> None:
    """How many of how many, and what can be decided; fee evidence names its declarations."""
    day = Day().add(80, fee_class="C20", container_size_ft=40, hour=8, lanes=2).add(20, goods=None)
    fees = fee_findings(day.passages, day.declarations, {})
    goods, fee = found(day, fees=fees)
    assert goods.what.numbers == {"unknown_vehicles": 20, "through_vehicles": 100, "percent": 20}
    assert [one.code for one in goods.why] == [Code.NOT_LINKED]
    assert len(goods.passage_ids) == 20
    assert fee.what.numbers == {"declarations": 80}
    assert "no verdict" in sentence(EN, fee.what)
    assert fee_sentence(VI, fees[0]) == "Tờ khai HN-000001: container 40 feet, mức phí “C20” là của 20 feet."


def test_turned_back_vehicles_are_held_against_the_usual() -> None:
    """A queue that turns round is a finding of its own."""
    change = found(Day().turn_back(40), before=weeks_before(DAY, 0, 0, 0, 0))
    assert [(one.what.code, one.what.names["measure"]) for one in change] == [(Code.MORE, "turned_back")]


NUMBERS = st.integers(0, 30_000)


@settings(max_examples=60)
@given(
    st.sampled_from(list(Code)), st.lists(NUMBERS, min_size=6, max_size=6), st.sampled_from(["day", "week", "month"])
)
def test_a_sentence_holds_each_number_that_it_claims(code: Code, drawn: list[int], basis: str) -> None:
    """In every language, with its unit; and no sentence lacks a value."""
    statement = EXAMPLES[code]
    changed = dict(zip(statement.numbers, drawn, strict=False))
    statement = Statement(code, changed, statement.names, statement.text)
    for say in SAYS:
        said = sentence(say, statement, basis)
        assert "?" not in said
        assert "{" not in said
        for name, number in changed.items():
            assert number_text(say.words, name, number, basis) in said


def _examples() -> dict[Code, Statement]:
    """One statement of each code, as the rules make it."""
    day = Day().add(150, hour=10, lanes=1, fee_class="C20", container_size_ft=40).add(60, goods=None)
    day.passages.append(replace(Day().add(1, goods=None).passages[0], plate=None))
    nobody = OutcomeRecord(OutcomeKind.CANCELLED, (), None, None, 0.0, NOW)
    day.passages.append(replace(Day().add(1, goods=None).passages[0], outcome=nobody))
    begin, end = StockCount("huu-nghi", day.since, 100, "a"), StockCount("huu-nghi", day.until, 500, "b")
    other = StockCount("tan-thanh", day.since, 5, "c")
    outages = [
        Outage("huu-nghi", "in-1", Direction.IN, camera, HealthLevel.FAILED, "", day.at(10), day.at(12))
        for camera in ("in-1-front", "in-1-rear")
    ]
    bulletin = day.bulletin(
        before={"huu-nghi": begin, "tan-thanh": other},
        counted={"huu-nghi": end},
        flows=(*_hour_of_a_blind_camera(day, 3), *_hour_of_a_blind_camera(day, 3, Source.BARRIER, "in-2")),
        outages=outages,
    )
    ticket = Ticket(
        7, DeviceKey.of("huu-nghi", "huu-nghi-1", "in-1-front"), "in-1", "dark", Severity.SEVERE, TicketState.OPEN,
        NOW, Evidence.STANDS, NOW, NOW,
    )  # fmt: skip
    fees = fee_findings(day.passages, day.declarations, {})
    surge = Surge(3, NOW, SurgePlan.load())
    many = found(day, numbers=bulletin, before=weeks_before(DAY, 1, 2), surge=surge, tickets=(ticket,), fees=fees)
    few = found(Day().add(10, hour=1), before=weeks_before(DAY, 100, 102))
    swapped = tuple(Day(DAY - timedelta(weeks=week)).add(60).add(60, gate="tan-thanh").tally() for week in range(1, 5))
    moved = found(Day().add(100).add(20, gate="tan-thanh"), before=swapped)
    gone = Day().add(40, direction=Direction.OUT)
    fell = gone.bulletin(("huu-nghi",), before={"huu-nghi": StockCount("huu-nghi", gone.since, 100, "a")})
    quiet = [
        found(Day().add(3), before=weeks_before(DAY, 3, 3)),
        found(Day().add(3)),
        found(Day().add(3), is_whole=False),
    ]
    every = [*statements(many), *statements(few), *statements(moved), *statements(found(gone, numbers=fell))]
    return {one.code: one for one in (*every, *(said for one in quiet for said in statements(one)))}


EXAMPLES = _examples()


def test_every_statement_is_made_by_a_rule() -> None:
    """The examples that the sentences are tested on are what the rules say, and all of it."""
    assert set(EXAMPLES) == set(Code)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 60), min_size=2, max_size=4),
    st.lists(
        st.tuples(
            st.integers(0, 60),
            st.sampled_from(["huu-nghi", "tan-thanh"]),
            st.sampled_from(list(Direction)),
            st.integers(0, 23),
            st.sampled_from(["fruit", "other", "new_vehicle", None]),
        ),
        max_size=4,
    ),
)
def test_nothing_is_found_without_numbers(earlier: list[int], vehicles: list[tuple[Any, ...]]) -> None:
    """Whatever the day was: each finding has its numbers, each reason too, and there is always something to say."""
    day = Day()
    for count, gate, direction, hour, goods in vehicles:
        day.add(count, gate=gate, direction=direction, hour=hour, goods=goods)
    findings = found(day, before=weeks_before(DAY, *earlier))
    assert findings
    for one in findings:
        assert one.what.numbers
        assert all(why.numbers for why in one.why)
    if len(findings) > 1:
        assert not {Code.QUIET, Code.QUIET_ALONE} & set(codes(findings))
    total = sum(line.cleared.count for line in day.bulletin().lines)
    for one in findings:
        if one.what.code in {Code.MORE, Code.LESS} and one.what.names["measure"] == "cleared":
            assert one.what.numbers["now_vehicles"] == total


def test_every_word_of_reports_is_in_every_language() -> None:
    """Doubts, fee evidence, offices, columns."""
    for say in SAYS:
        keys = say.words.keys
        assert {f"said_fee.{code.value}" for code in FeeCode} <= keys
        assert {f"report_who.{who.value}" for who in Who} <= keys
        assert {f"column.{column.value}" for column in Column} <= keys
        assert {f"report_doubt.{reason.value}" for reason in (*DoubtReason, *OwnReason)} <= keys
        assert {f"report_reason.{reason.value}" for reason in DoubtReason} <= keys


def test_numbers_are_written_as_the_language_writes_them() -> None:
    """Thousands and decimals, one and many."""
    assert [digits(say.words, 1234.5) for say in SAYS] == ["1.234,5", "1,234.5", "1,234.5"]
    assert [number_text(EN.words, "now_vehicles", n) for n in (0, 1, 1616)] == [
        "0 vehicles",
        "1 vehicle",
        "1,616 vehicles",
    ]


def test_a_doubt_says_how_many() -> None:
    """As a sentence, also where nobody knows how many."""
    day = Day()
    (doubt,) = day.bulletin(flows=_hour_of_a_blind_camera(day, 3)).doubts
    assert doubt_sentence(EN, doubt) == "The camera saw 0 of 3 vehicles that the loop counted."
    (doubt,) = day.bulletin(flows=_hour_of_a_blind_camera(day, 3, Source.BARRIER)).doubts
    assert doubt_sentence(EN, doubt) == "The camera missed 3 vehicles, by the other counters."
    outage = Outage("huu-nghi", "in-1", Direction.IN, "in-1-front", HealthLevel.UNKNOWN, "", day.since, day.until)
    (down,) = day.bulletin(outages=[outage]).doubts
    assert doubt_sentence(VI, down) == "Làn vào 1 · trước không làm việc: không rõ."


def test_every_fee_finding_is_said() -> None:
    """With the declaration, the class and both sides, in every language."""
    values = {
        "size_ft": 40, "fee_ft": 20, "marking": "45R1", "container": "TSTU1000019", "other": "HN-000002",
        "seen": "bus", "weight_t": 12.5, "below_t": 2.0,
    }  # fmt: skip
    for say in SAYS:
        for code in FeeCode:
            said = fee_sentence(say, FeeFinding(code, UUID(int=1), "HN-000001", "C20", values))
            assert "?" not in said
            assert "HN-000001" in said
            assert "C20" in said
