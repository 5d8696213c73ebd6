"""Messages and topics: what makes no sense is refused, and the refusal says why."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from contract import messages as m
from contract.errors import MessageError
from contract.plate import PlateColour, PlateCountry, PlateKind
from contract.topics import ROOT, TOPICS, address_of, parse_address, parse_message

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
STAMP = m.Stamp(at=AT, boot_id=UUID(int=1), monotonic_s=12.5, time_quality=m.TimeQuality.SYNCED)
NUMBERED = {"site": "huu-nghi", "node": "node-1", "outbox_id": UUID(int=2), "seq": 1, "stamp": STAMP}
PLATE = m.PlateRead(
    text="12C34567",
    confidence=0.9,
    country=PlateCountry.VN,
    kind=PlateKind.VN_CIVIL,
    colour=PlateColour.YELLOW,
    lines=1,
)
PASSAGE = {
    **NUMBERED,
    "passage_id": UUID(int=3),
    "lane": "in-1",
    "direction": m.Direction.IN,
    "first_seen_at": AT,
    "last_seen_at": AT,
    "frames": 3,
    "reads": 2,
}
ABSTAINED = m.Passage(**PASSAGE, abstained=m.Abstention.ILLEGIBLE)


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "passage",
        "other/v1/huu-nghi/node-1/passage",
        f"{ROOT}/huu-nghi/node-1",
        f"{ROOT}/huu-nghi/node-1/passages",
        f"{ROOT}/huu-nghi/node-1/camera/health",
        f"{ROOT}/huu-nghi/node-1/camera/in-1/health/x",
        f"{ROOT}//node-1/status",
        f"{ROOT}/Huu Nghi/node-1/status",
        f"{ROOT}/+/node-1/status",
    ],
)
def test_foreign_topic_is_refused(topic):
    """A topic that is none of ours is an error that repeats it."""
    with pytest.raises(MessageError) as refused:
        parse_address(topic)
    assert repr(topic) in str(refused.value)


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"schema_version": 2}'])
def test_payload_that_is_no_message_is_refused(payload):
    """Broken JSON and other shapes are an error that names the topic and the model."""
    topic = f"{ROOT}/huu-nghi/node-1/passage"
    with pytest.raises(MessageError, match=f"payload of {topic} is no Passage"):
        parse_message(topic, payload)


def test_other_schema_version_is_refused():
    """A message of another version is not understood by chance."""
    data = json.loads(ABSTAINED.model_dump_json())
    with pytest.raises(MessageError, match="schema_version"):
        parse_message(address_of(ABSTAINED), json.dumps({**data, "schema_version": 2}).encode())


def test_message_on_the_topic_of_another_node_is_refused():
    """Names in topic and message must agree, so that no node speaks for another."""
    with pytest.raises(MessageError, match="node-1"):
        parse_message(f"{ROOT}/huu-nghi/node-2/passage", ABSTAINED.model_dump_json().encode())


@pytest.mark.parametrize("both", [True, False])
def test_passage_has_a_plate_or_a_reason_never_both_or_neither(both):
    """Reads and abstentions add up to the vehicles, so a passage is exactly one of them."""
    with pytest.raises(ValidationError, match="exactly one of them"):
        m.Passage(**PASSAGE, plate=PLATE if both else None, abstained=m.Abstention.ILLEGIBLE if both else None)


def test_passage_ends_after_it_began():
    """A vehicle is not last seen before it was first seen."""
    with pytest.raises(ValidationError, match="last_seen_at is before first_seen_at"):
        m.Passage(**{**PASSAGE, "last_seen_at": AT - timedelta(seconds=1)}, plate=PLATE)


def test_picture_must_fit_its_hash():
    """Evidence whose picture was changed on the way is refused."""
    good = m.Evidence(
        **NUMBERED,
        passage_id=UUID(int=3),
        kind="frame",
        camera="in-1-front",
        captured_at=AT,
        sha256=hashlib.sha256(b"jpeg").hexdigest(),
        jpeg=b"jpeg",
    )
    data = json.loads(good.model_dump_json())
    data["jpeg"] = base64.urlsafe_b64encode(b"other").decode()
    with pytest.raises(MessageError, match="sha256 does not belong to the picture"):
        parse_message(address_of(good), json.dumps(data).encode())


@pytest.mark.parametrize(("level", "reason"), [("ok", "frozen"), ("failed", None), ("unknown", None)])
def test_bad_camera_has_a_reason_and_a_good_one_has_none(level, reason):
    """No level other than ok goes without saying why."""
    with pytest.raises(ValidationError, match="needs a reason"):
        m.CameraHealth(
            site="huu-nghi",
            node="node-1",
            lane="in-1",
            camera="in-1-front",
            level=level,
            reason=reason,
            since=AT,
            stamp=STAMP,
        )


def test_times_are_utc_and_never_naive():
    """A time of another zone is turned to UTC; a time without a zone is refused."""
    hanoi = AT.astimezone(timezone(timedelta(hours=7)))
    stamp = m.Stamp(**{**STAMP.model_dump(), "at": hanoi})
    assert (stamp.at, stamp.at.tzinfo) == (AT, UTC)
    assert '"2026-11-24T03:00:00Z"' in stamp.model_dump_json()
    with pytest.raises(ValidationError, match="timezone"):
        m.Stamp(**{**STAMP.model_dump(), "at": AT.replace(tzinfo=None)})


def test_time_that_utc_cannot_say_is_refused():
    """The first hours of the year 1 in Hanoi are before the first year of UTC: an error like any other."""
    data = json.loads(ABSTAINED.model_dump_json()) | {"first_seen_at": "0001-01-01T00:00:00+07:00"}
    with pytest.raises(MessageError, match="expected a time that UTC can say"):
        parse_message(address_of(ABSTAINED), json.dumps(data).encode())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_numbers_are_finite(value):
    """JSON cannot carry infinity, so it is refused where it arises."""
    with pytest.raises(ValidationError, match="finite"):
        m.Metrics(site="huu-nghi", node="node-1", stamp=STAMP, values={"fps_in_1_front": value})


@pytest.mark.parametrize("name", ["", "Huu-Nghi", "hữu-nghị", "a/b", "+", "#", "-a", "a" * 64])
def test_names_fit_a_topic_level(name):
    """A name that would break or widen a topic is refused."""
    with pytest.raises(ValidationError, match="site"):
        m.Passage(**{**PASSAGE, "site": name}, plate=PLATE)


@pytest.mark.parametrize("seq", [0, -1, 2**63])
def test_numbers_of_messages_begin_at_one(seq):
    """Sequence numbers are 1, 2, 3 … within 64 bits."""
    with pytest.raises(ValidationError, match="seq"):
        m.Passage(**{**PASSAGE, "seq": seq}, plate=PLATE)


def test_runs_of_numbers_go_forward():
    """A committed run from 5 to 3 is refused."""
    with pytest.raises(ValidationError, match="got 5 to 3"):
        m.Committed(site="huu-nghi", node="node-1", outbox_id=UUID(int=2), ranges=((1, 2), (5, 3)))


def test_first_candidate_is_the_text():
    """A read whose best candidate is another text contradicts itself."""
    other = m.Candidate(text="12C34568", confidence=0.9)
    with pytest.raises(ValidationError, match="12C34568"):
        m.PlateRead(**{**PLATE.model_dump(), "candidates": (other,)})


def test_messages_cannot_be_changed():
    """What was read is never overwritten."""
    with pytest.raises(ValidationError, match="frozen"):
        ABSTAINED.lane = "out-1"


def test_topics_are_told_apart():
    """No two kinds share an address or a payload; what a node must know after a restart is retained."""
    assert len({topic.suffix for topic in TOPICS}) == len({topic.payload for topic in TOPICS}) == len(TOPICS)
    retained = {topic.payload for topic in TOPICS if topic.retain}
    assert retained == {m.Status, m.CameraHealth, m.Committed, m.AccessList}
    assert all(topic.qos == 1 for topic in TOPICS if issubclass(topic.payload, m.Numbered))


def test_there_is_no_command_to_close():
    """Central may ask to open, hold, release or see something; nothing forces a barrier down."""
    of_barrier = {"open", "hold", "release"}
    of_seeing = {"snapshot", "set_region", "set_view_reference", "keep_evidence", "release_evidence"}
    assert {kind.value for kind in m.CommandKind} == of_barrier | of_seeing | {"set_lane_mode"}


def test_whatever_a_node_says_tells_by_which_clock():
    """Start of the machine, monotonic time and quality of the clock stand on each of its messages."""
    said = [topic.payload for topic in TOPICS if topic.sender == "edge"]
    assert [payload.__name__ for payload in said if "stamp" not in payload.model_fields] == []


COMMAND = {
    "site": "huu-nghi",
    "node": "node-1",
    "command_id": uuid4(),
    "lane": "in-1",
    "actor": "hoa",
    "issued_at": datetime.now(UTC),
    "expires_at": datetime.now(UTC),
}


@pytest.mark.parametrize(
    ("kind", "fields", "fault"),
    [
        ("set_region", {}, "name a camera"),
        ("set_view_reference", {}, "name a camera"),
        ("open", {"camera": "in-1-front"}, "name a camera"),
        ("keep_evidence", {}, "name a passage"),
        ("snapshot", {"passage_id": uuid4()}, "name a passage"),
        ("hold", {"region": {"lane": [[0, 0], [1, 0], [1, 1]]}}, "carries no region"),
        ("set_lane_mode", {"reason": "made up"}, "names a mode"),
        ("open", {"mode": "manual"}, "names a mode"),
        ("set_lane_mode", {"mode": "manual", "reason": "  "}, "needs a reason"),
        ("set_lane_mode", {"mode": "auto", "reason": "x" * 201}, "1 to 200 characters"),
    ],
)
def test_a_command_carries_what_it_needs(kind: str, fields: dict[str, object], fault: str):
    """A command that lacks its camera or passage, or has one too many, is refused."""
    with pytest.raises(ValidationError, match=fault):
        m.Command.model_validate(COMMAND | {"kind": kind} | fields)
