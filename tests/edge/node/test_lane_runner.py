"""One lane: what was seen becomes passages on disk, decisions and motion, in this order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contract.errors import StoreError
from contract.messages import DecisionReason, LaneMode, Passage, Verdict
from edge.gate_controller.barrier import Wish
from edge.gate_controller.controller import GateController
from edge.gate_controller.drivers import SimulatedDriver
from edge.gate_controller.settings import GateSettings, Passback
from edge.lpr.types import Observation, PlateSettled, VehicleLeft

FRONT, REAR = "in-1-front", "in-1-rear"


def _settled(seen: Observation, track_id: int = 1) -> PlateSettled:
    assert seen.plate is not None
    return PlateSettled(track_id, seen.last_seen_at, seen.plate, seen)


def _left(seen: Observation, track_id: int = 1) -> VehicleLeft:
    return VehicleLeft(track_id, seen)


class Gate(GateController):
    """A barrier whose thread does not run: wishes and facts are put by hand."""

    def __init__(self) -> None:
        super().__init__("in-1", SimulatedDriver(), GateSettings(driver="simulated"))
        self.wished: list[Wish] = []
        self.revoked: list[UUID] = []

    def open(self, wish: Wish) -> None:
        self.wished.append(wish)

    def revoke(self, wish_id: UUID) -> None:
        self.revoked.append(wish_id)

    def happens(self, event: str, at: datetime) -> None:
        self._note(event, "")
        self._log[-1] = self._log[-1].model_copy(update={"at": at})


def test_passage_is_told_when_settled_and_again_when_it_has_left(house: Any, make_lane: Any) -> None:
    """Two revisions of one passage: early for the gate, whole for the books, each with the pictures that prove it."""
    lane = make_lane()
    lane.settled(FRONT, _settled(house.seen("12C34567", 0, 2, grey=90)))
    lane.left(FRONT, _left(house.seen("12C34567", 0, 9, grey=120)))
    first, last = house.told()
    assert (first.passage_id, first.revision, last.revision) == (last.passage_id, 0, 1)
    assert (last.first_seen_at, last.last_seen_at) == (house.at(0), house.at(9))
    assert last.plate is not None
    assert last.plate.text == "12C34567"
    assert last.config_hash == house.config.config_hash()
    assert last.models == {"made-up": "1"}
    sent = {picture.sha256: picture for picture in house.pictures()}
    assert len(sent) == 5
    assert {ref.sha256 for ref in last.evidence} == set(sent)
    for ref in last.evidence:
        picture = sent[ref.sha256]
        assert (picture.passage_id, picture.kind, picture.camera) == (last.passage_id, ref.kind, FRONT)
    assert last.evidence[0].captured_at == house.at(9)
    assert [ref.kind for ref in first.evidence] == ["frame", "crop"]
    assert [ref.kind for ref in last.evidence] == ["frame", "crop", "overview", "frame", "crop"]


def test_numbers_follow_and_pictures_come_after_their_passage(house: Any, make_lane: Any) -> None:
    """Central never meets a picture of a passage that it has not heard of."""
    lane = make_lane()
    lane.left(FRONT, _left(house.seen("12C34567", 0, 9)))
    (passage,) = house.told()
    assert passage.seq == 1
    assert [picture.seq for picture in house.pictures()] == [2, 3, 4]


def test_same_picture_is_sent_once(house: Any, make_lane: Any) -> None:
    """A lorry whose best frame stays the best costs the line one picture of it."""
    lane = make_lane()
    seen = house.seen("12C34567", 0, 2)
    lane.settled(FRONT, _settled(seen))
    lane.left(FRONT, _left(seen))
    assert [picture.kind for picture in house.pictures()] == ["frame", "crop", "overview"]
    assert house.told()[0].evidence == house.told()[1].evidence[1:]


def test_vehicle_without_a_plate_is_a_passage_with_a_reason(house: Any, make_lane: Any) -> None:
    """Unreadable is an answer, with the frame that shows why."""
    lane = make_lane()
    lane.left(FRONT, _left(house.seen(None, 0, 9)))
    (passage,) = house.told()
    assert passage.abstained == "no_plate_found"
    assert passage.decision is not None
    assert passage.decision.reason is DecisionReason.UNREADABLE
    assert [picture.kind for picture in house.pictures()] == ["frame", "overview"]


def test_listed_plate_opens_in_an_auto_lane_once_it_is_on_disk(house: Any, make_lane: Any) -> None:
    """One grant, one wish to the barrier, named after the passage."""
    house.list_plate("12C34567")
    gate = Gate()
    lane = make_lane(gate=gate)
    lane.settled(FRONT, _settled(house.seen("12C34567", 0, 2)))
    lane.left(FRONT, _left(house.seen("12C34567", 0, 9)))
    passage = house.told()[-1]
    assert passage.decision is not None
    assert (passage.decision.verdict, passage.decision.access_list_version) == (Verdict.GRANT, 5)
    assert [wish.wish_id for wish in gate.wished] == [passage.passage_id]


def test_nothing_opens_before_the_passage_is_on_disk(house: Any, make_lane: Any, monkeypatch: Any) -> None:
    """While the disk refuses, no barrier moves by itself; the passage is stored once the disk takes it again."""
    house.list_plate("12C34567")
    gate = Gate()
    lane = make_lane(gate=gate)

    def full(_makes: object) -> list[int]:
        raise StoreError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(house.outbox, "append_all", full)
        lane.settled(FRONT, _settled(house.seen("12C34567", 0, 2)))
        assert house.journal.owed == 3
    assert gate.wished == []
    lane.left(FRONT, _left(house.seen("12C34567", 0, 9, grey=99)))
    assert house.journal.owed == 0
    assert [passage.revision for passage in house.told()] == [0, 1]
    assert len(house.pictures()) == 5


def test_passage_goes_on_without_pictures_when_the_disk_is_nearly_full(
    house: Any, make_lane: Any, monkeypatch: Any
) -> None:
    """Pictures are given up before passages, and no passage names a picture that will never come."""
    monkeypatch.setattr("edge.node.journal.LEAST_FREE_BYTES", 10**18)
    lane = make_lane()
    lane.left(FRONT, _left(house.seen("12C34567", 0, 9)))
    (passage,) = house.told()
    assert passage.evidence == ()
    assert house.pictures() == []


@pytest.mark.parametrize("mode", [LaneMode.ASSIST, LaneMode.MANUAL])
def test_lane_that_may_not_act_alone_never_asks_the_barrier(house: Any, make_lane: Any, mode: LaneMode) -> None:
    """A listed plate in an assist or manual lane moves nothing."""
    house.list_plate("12C34567")
    gate = Gate()
    lane = make_lane(gate=gate, mode=mode)
    lane.settled(FRONT, _settled(house.seen("12C34567", 0, 2)))
    assert gate.wished == []
    assert house.told()[0].decision.verdict is Verdict.ASK


def test_person_who_opens_from_afar_has_decided(house: Any, make_lane: Any) -> None:
    """A question answered by an operator's command is a grant by that operator, at that time."""
    gate = Gate()
    lane = make_lane(gate=gate, mode=LaneMode.ASSIST)
    lane.settled(FRONT, _settled(house.seen("12C34567", 0, 2)))
    wish = Wish(uuid4(), 0.0)
    lane.opened_by_operator(wish, house.at(5))
    lane.left(FRONT, _left(house.seen("12C34567", 0, 9)))
    decision = house.told()[-1].decision
    assert (decision.verdict, decision.reason, decision.at) == (Verdict.GRANT, DecisionReason.OPERATOR, house.at(5))
    assert gate.wished == [wish]


def test_person_who_opens_by_hand_has_decided(house: Any, make_lane: Any) -> None:
    """So is one answered by the officer's key; the facts of the barrier stand in the passage."""
    gate = Gate()
    lane = make_lane(gate=gate, mode=LaneMode.ASSIST)
    lane.settled(FRONT, _settled(house.seen("12C34567", 0, 2)))
    gate.happens("opened_by_hand", house.at(6))
    lane.left(FRONT, _left(house.seen("12C34567", 0, 9)))
    passage = house.told()[-1]
    assert passage.decision.reason is DecisionReason.OPERATOR
    assert [event.event for event in passage.barrier] == ["opened_by_hand"]


def test_hand_that_was_faster_than_the_reader_needs_no_second_opening(house: Any, make_lane: Any) -> None:
    """In an assist lane the officer's key is told as his grant, and is no grant for the machine to act on."""
    gate = Gate()
    lane = make_lane(gate=gate, mode=LaneMode.ASSIST)
    gate.happens("opened_by_hand", house.at(1))
    lane.settled(FRONT, _settled(house.seen("12C34567", 0, 2)))
    assert house.told()[0].decision.reason is DecisionReason.OPERATOR
    assert gate.wished == []


def test_operator_who_opened_for_the_next_vehicle_did_not_decide_on_this_one(house: Any, make_lane: Any) -> None:
    """A later opening is not written into the books of the vehicle before."""
    gate = Gate()
    lane = make_lane(gate=gate, mode=LaneMode.ASSIST)
    lane.left(FRONT, _left(house.seen("12C34567", 0, 9)))
    lane.opened_by_operator(Wish(uuid4(), 0.0), house.at(25))
    gate.happens("open_commanded", house.at(25))
    lane.tick(house.at(26))
    assert house.told()[-1].decision.verdict is Verdict.ASK


def test_what_the_barrier_did_behind_a_vehicle_is_told_too(house: Any, make_lane: Any) -> None:
    """Once the arm is down the passage is told again, with the whole cycle and without pictures; then no more."""
    gate = Gate()
    lane = make_lane(gate=gate)
    gate.happens("open_commanded", house.at(3))
    lane.left(FRONT, _left(house.seen("12C34567", 0, 9)))
    gate.happens("closed", house.at(12))
    lane.tick(house.at(13))
    lane.tick(house.at(14))
    first, second = house.told()
    assert [event.event for event in first.barrier] == ["open_commanded"]
    assert [event.event for event in second.barrier] == ["open_commanded", "closed"]
    assert (second.passage_id, second.revision) == (first.passage_id, 1)
    assert len(house.pictures()) == 3


def test_each_vehicle_has_its_own_barrier_cycle(house: Any, make_lane: Any) -> None:
    """What happened after the next vehicle came is that vehicle's."""
    gate = Gate()
    lane = make_lane(gate=gate)
    gate.happens("open_commanded", house.at(3))
    lane.left(FRONT, _left(house.seen("12C34567", 0, 9), 1))
    gate.happens("open_commanded", house.at(14))
    lane.left(FRONT, _left(house.seen("51D12345", 12, 20), 2))
    lane.tick(house.at(21))
    assert [len(passage.barrier) for passage in _latest(house)] == [1, 1]


def test_rear_plate_joins_the_passage_that_left_then(house: Any, make_lane: Any) -> None:
    """Tractor and trailer are one passage: plate from the front, second plate from the rear, pictures of both."""
    lane = make_lane()
    lane.left(FRONT, _left(house.seen("12C34567", 0, 9)))
    lane.rear_left(REAR, _left(house.seen("12R00123", 9.5, 14, camera="in-1-rear", grey=60)))
    passage = house.told()[-1]
    assert passage.second_plate is not None
    assert (passage.plate.text, passage.second_plate.text, passage.revision) == ("12C34567", "12R00123", 1)
    assert {ref.camera for ref in passage.evidence} == {"in-1-front", "in-1-rear"}


def test_rear_plate_in_time_is_in_the_first_whole_account(house: Any, make_lane: Any) -> None:
    """A rear camera that is done before the front camera needs no revision of its own."""
    lane = make_lane()
    lane.rear_left(REAR, _left(house.seen("12R00123", 6, 8, camera="in-1-rear", grey=60)))
    lane.left(FRONT, _left(house.seen("12C34567", 0, 9)))
    (passage,) = house.told()
    assert passage.second_plate is not None
    assert passage.second_plate.text == "12R00123"
    assert len(passage.evidence) == 6


def test_lorries_nose_to_tail_keep_their_own_trailers(house: Any, make_lane: Any) -> None:
    """With two lorries close behind each other each trailer goes to the lorry that left when its tail appeared."""
    lane = make_lane()
    lane.left(FRONT, _left(house.seen("12C34567", 0, 9), 1))
    lane.left(FRONT, _left(house.seen("51D12345", 9, 20), 2))
    lane.rear_left(REAR, _left(house.seen("12R00123", 9.5, 14, camera="in-1-rear", grey=60)))
    lane.rear_left(REAR, _left(house.seen("51R00456", 20.5, 25, camera="in-1-rear", grey=61)))
    pairs = {p.plate.text: p.second_plate.text for p in _latest(house)}
    assert pairs == {"12C34567": "12R00123", "51D12345": "51R00456"}


def test_unread_rear_takes_no_other_lorrys_trailer(house: Any, make_lane: Any) -> None:
    """A trailer whose plate was dirty keeps its place: the next trailer is not joined to its lorry."""
    lane = make_lane()
    lane.left(FRONT, _left(house.seen("12C34567", 0, 9), 1))
    lane.rear_left(REAR, _left(house.seen(None, 9.5, 14, camera="in-1-rear", grey=60)))
    lane.rear_left(REAR, _left(house.seen("51R00456", 20.5, 25, camera="in-1-rear", grey=61)))
    assert [passage.second_plate for passage in house.told()] == [None, None]
    assert [ref.kind for ref in house.told()[-1].evidence if ref.camera == REAR] == ["overview"]


def test_rigid_lorry_with_one_number_at_both_ends_has_no_second_plate(house: Any, make_lane: Any) -> None:
    """The same plate from behind is no second plate; what the rear camera saw is an overview and no more."""
    lane = make_lane()
    lane.left(FRONT, _left(house.seen("12C34567", 0, 9)))
    lane.rear_left(REAR, _left(house.seen("12C34567", 9.5, 14, camera="in-1-rear", grey=60)))
    assert [passage.second_plate for passage in house.told()] == [None, None]
    assert [ref.kind for ref in house.told()[-1].evidence if ref.camera == REAR] == ["overview"]


def test_trailer_seen_long_after_is_not_joined(house: Any, make_lane: Any) -> None:
    """Outside the join window a rear plate belongs to nobody, and is forgotten."""
    lane = make_lane()
    lane.left(FRONT, _left(house.seen("12C34567", 0, 9)))
    lane.rear_left(REAR, _left(house.seen("12R00123", 40, 44, camera="in-1-rear", grey=60)))
    lane.tick(house.at(70))
    lane.left(FRONT, _left(house.seen("51D12345", 41, 50, grey=70), 2))
    assert [passage.second_plate for passage in house.told()] == [None, None]


@pytest.mark.parametrize("jump_s", [-3600.0, 3600.0])
def test_clock_that_is_set_while_a_vehicle_stands_there_bends_no_passage(
    house: Any, make_lane: Any, jump_s: float
) -> None:
    """A passage lasts as long as it lasted, told by the clock as it is at its end."""
    lane = make_lane()
    lane.left(FRONT, _left(house.seen("12C34567", 0, 9, clock_set_by_s=jump_s)))
    (passage,) = house.told()
    assert passage.last_seen_at - passage.first_seen_at == timedelta(seconds=9)
    assert passage.last_seen_at == house.at(9 + jump_s)


def test_stamp_says_when_and_by_which_clock(house: Any, make_lane: Any) -> None:
    """Each message tells its time, this start of the machine, and how good the clock is."""
    before = datetime.now(UTC)
    lane = make_lane()
    lane.left(FRONT, _left(house.seen("12C34567", 0, 9)))
    (passage,) = house.told()
    assert before <= passage.stamp.at <= datetime.now(UTC)
    assert {picture.stamp for picture in house.pictures()} == {passage.stamp}


def _latest(house: Any) -> list[Passage]:
    """Each passage as it was last told, oldest first."""
    return list({passage.passage_id: passage for passage in house.told()}.values())


def test_vehicle_that_reversed_out_takes_its_grant_with_it(house: Any, make_lane: Any) -> None:
    """What opened for it, the list or an officer, opens for nobody else."""
    gate = Gate()
    house.list_plate("12C34567")
    lane = make_lane(gate=gate, mode=LaneMode.AUTO)
    lane.settled(FRONT, _settled(house.seen("12C34567", 0, 2)))
    officers = Wish(uuid4(), 0.0)
    lane.opened_by_operator(officers, house.at(4))
    lane.left(FRONT, _left(replace(house.seen("12C34567", 0, 9), turned_back=True)))
    assert gate.revoked == [gate.wished[0].wish_id, officers.wish_id]


def test_nothing_is_revoked_that_was_not_granted(house: Any, make_lane: Any) -> None:
    """Nor is the grant of a vehicle that went through, or the opening for the one before."""
    gate = Gate()
    house.list_plate("12C34567")
    lane = make_lane(gate=gate, mode=LaneMode.AUTO)
    lane.opened_by_operator(Wish(uuid4(), 0.0), house.at(-20))
    lane.settled(FRONT, _settled(house.seen("12C34567", 0, 2)))
    lane.left(FRONT, _left(house.seen("12C34567", 0, 9)))
    lane.left(FRONT, _left(replace(house.seen("51D12345", 20, 29), turned_back=True), track_id=2))
    assert gate.revoked == []


@pytest.mark.parametrize(("passback", "verdict"), [(Passback.SOFT, Verdict.GRANT), (Passback.ASK, Verdict.ASK)])
def test_listed_vehicle_that_goes_in_twice_is_told(
    house: Any, make_lane: Any, passback: Passback, verdict: Verdict
) -> None:
    """By the passages of this node; the lane's setting says whether a person is asked."""
    gate = Gate()
    house.list_plate("12C34567")
    lane = make_lane(gate=gate, mode=LaneMode.AUTO, passback=passback)
    for track_id, start in ((1, 0), (2, 20)):
        lane.settled(FRONT, _settled(house.seen("12C34567", start, start + 2), track_id))
        lane.left(FRONT, _left(house.seen("12C34567", start, start + 9), track_id))
    first, second = house.told()[0].decision, house.told()[-1].decision
    assert (first.verdict, first.reason) == (Verdict.GRANT, DecisionReason.LISTED_EXACT)
    assert (second.verdict, second.reason) == (verdict, DecisionReason.PASSBACK)


def test_vehicle_that_reversed_out_did_not_go_in(house: Any, make_lane: Any) -> None:
    """It may come again and is let through as the first time."""
    house.list_plate("12C34567")
    lane = make_lane(gate=Gate(), mode=LaneMode.AUTO)
    lane.settled(FRONT, _settled(house.seen("12C34567", 0, 2)))
    lane.left(FRONT, _left(replace(house.seen("12C34567", 0, 9), turned_back=True)))
    lane.settled(FRONT, _settled(house.seen("12C34567", 20, 22), 2))
    assert house.told()[-1].decision.reason is DecisionReason.LISTED_EXACT
