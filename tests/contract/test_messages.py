"""Messages and topics: everything comes back from JSON as it was, and what makes no sense is refused."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from contract import messages as m
from contract.errors import MessageError
from contract.plate import ALPHABET, PlateColour, PlateCountry, PlateKind
from contract.topics import ROOT, TOPICS, address_of, parse_address, parse_message, subscription, topic_of

slugs = st.from_regex(r"[a-z0-9][a-z0-9-]{0,12}", fullmatch=True)
times = st.datetimes(timezones=st.just(UTC))
shares = st.floats(0, 1)
numbers = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(alphabet=ALPHABET, min_size=1, max_size=10)
pictures = st.binary(max_size=64)
hashes = pictures.map(lambda jpeg: hashlib.sha256(jpeg).hexdigest())
stamps = st.builds(
    m.Stamp, at=times, boot_id=st.uuids(), monotonic_s=st.floats(0, 1e9), time_quality=st.sampled_from(m.TimeQuality)
)
names = {"site": slugs, "node": slugs}
numbered = {**names, "outbox_id": st.uuids(), "seq": st.integers(1, 2**63 - 1), "stamp": stamps}
values = st.dictionaries(st.text(min_size=1, max_size=8), numbers, max_size=3)
candidates = st.builds(m.Candidate, text=texts, confidence=shares)
runs = st.tuples(st.integers(1, 100), st.integers(100, 200))


@st.composite
def plate_reads(draw):
    text = draw(texts)
    return m.PlateRead(
        text=text,
        confidence=draw(shares),
        country=draw(st.sampled_from(PlateCountry)),
        kind=draw(st.sampled_from(PlateKind)),
        colour=draw(st.sampled_from(PlateColour)),
        lines=draw(st.sampled_from((1, 2))),
        lattice=tuple(draw(st.lists(st.lists(candidates, max_size=2).map(tuple), max_size=3))),
        candidates=draw(st.sampled_from(((), (m.Candidate(text=text, confidence=0.5),)))),
    )


@st.composite
def passages(draw):
    readable = draw(st.booleans())
    first = draw(st.datetimes(max_value=datetime.max - timedelta(days=1), timezones=st.just(UTC)))
    return m.Passage(
        **{name: draw(strategy) for name, strategy in numbered.items()},
        passage_id=draw(st.uuids()),
        revision=draw(st.integers(0, 5)),
        lane=draw(slugs),
        direction=draw(st.sampled_from(m.Direction)),
        first_seen_at=first,
        last_seen_at=first + timedelta(seconds=draw(st.integers(0, 600))),
        plate=draw(plate_reads()) if readable else None,
        abstained=None if readable else draw(st.sampled_from(m.Abstention)),
        second_plate=draw(st.none() | plate_reads()),
        container=draw(st.none() | st.just("TSTU1000019")),
        vehicle_class=draw(st.sampled_from(m.VehicleClass)),
        frames=draw(st.integers(0, 500)),
        reads=draw(st.integers(0, 500)),
        evidence=tuple(
            draw(
                st.lists(
                    st.builds(
                        m.EvidenceRef,
                        kind=st.sampled_from(m.EvidenceKind),
                        sha256=hashes,
                        camera=slugs,
                        captured_at=times,
                    ),
                    max_size=2,
                )
            )
        ),
        decision=draw(
            st.none()
            | st.builds(
                m.Decision, verdict=st.sampled_from(m.Verdict), reason=st.sampled_from(m.DecisionReason), at=times
            )
        ),
        barrier=tuple(
            draw(
                st.lists(
                    st.builds(m.BarrierEvent, at=times, event=st.just("opened"), detail=st.text(max_size=20)),
                    max_size=2,
                )
            )
        ),
        models=draw(st.dictionaries(st.just("reader"), st.text(max_size=8), max_size=1)),
    )


@st.composite
def evidence(draw):
    jpeg = draw(pictures)
    return m.Evidence(
        **{name: draw(strategy) for name, strategy in numbered.items()},
        passage_id=draw(st.uuids()),
        kind=draw(st.sampled_from(m.EvidenceKind)),
        camera=draw(slugs),
        captured_at=draw(times),
        sha256=hashlib.sha256(jpeg).hexdigest(),
        jpeg=jpeg,
    )


@st.composite
def camera_healths(draw):
    level = draw(st.sampled_from(m.HealthLevel))
    return m.CameraHealth(
        **{name: draw(strategy) for name, strategy in names.items()},
        lane=draw(slugs),
        camera=draw(slugs),
        level=level,
        reason=None if level is m.HealthLevel.OK else draw(st.sampled_from(m.HealthReason)),
        since=draw(times),
        stamp=draw(stamps),
        frame_at=draw(st.none() | times),
        measurements=draw(values),
        jpeg=draw(st.none() | pictures),
    )


lanes = st.builds(
    m.LaneInfo,
    lane=slugs,
    direction=st.sampled_from(m.Direction),
    mode=st.sampled_from(m.LaneMode),
    cameras=st.lists(slugs, max_size=2).map(tuple),
)
entries = st.builds(
    m.AccessEntry,
    plate=texts,
    direction=st.sampled_from(m.Direction),
    valid_from=times,
    valid_until=times,
    declaration_id=st.none() | st.text(max_size=8),
)
STRATEGIES = {
    m.Passage: passages(),
    m.Evidence: evidence(),
    m.CameraHealth: camera_healths(),
    m.Status: st.builds(
        m.Status,
        **names,
        online=st.booleans(),
        boot_id=st.uuids(),
        outbox_id=st.none() | st.uuids(),
        started_at=times,
        software=st.text(max_size=8),
        lanes=st.lists(lanes, max_size=2).map(tuple),
    ),
    m.Metrics: st.builds(m.Metrics, **names, stamp=stamps, values=values),
    m.Committed: st.builds(
        m.Committed,
        **names,
        outbox_id=st.uuids(),
        ranges=st.lists(runs, max_size=3).map(tuple),
        replay=st.lists(runs, max_size=2).map(tuple),
    ),
    m.AccessList: st.builds(
        m.AccessList,
        **names,
        version=st.integers(1, 9),
        issued_at=times,
        expires_at=times,
        entries=st.lists(entries, max_size=3).map(tuple),
        signature=st.text("0123456789abcdef", max_size=8),
    ),
    m.Command: st.builds(
        m.Command,
        **names,
        command_id=st.uuids(),
        kind=st.sampled_from(m.CommandKind),
        lane=slugs,
        actor=st.text(max_size=8),
        reason=st.text(max_size=8),
        issued_at=times,
        expires_at=times,
    ),
    m.CommandResult: st.builds(
        m.CommandResult, **names, command_id=st.uuids(), done=st.booleans(), detail=st.text(max_size=8), stamp=stamps
    ),
}
any_message = st.one_of(*STRATEGIES.values())
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


def test_every_payload_is_tried_here():
    """A new topic needs a strategy here, or its messages would go untested."""
    assert set(STRATEGIES) == {topic.payload for topic in TOPICS}


@settings(max_examples=200)
@given(any_message)
def test_message_comes_back_from_its_topic_and_json(message):
    """What one side sends the other receives: same values, on the topic that its names give."""
    payload = message.model_dump_json().encode()
    assert json.loads(payload)["schema_version"] == m.SCHEMA_VERSION
    assert parse_message(address_of(message), payload) == message


@given(any_message)
def test_topic_of_a_message_comes_apart_again(message):
    """A topic names the kind, site, node and camera of its message, and the subscription of its kind covers it."""
    address = parse_address(address_of(message))
    assert address.topic is topic_of(type(message))
    assert (address.site, address.node) == (message.site, message.node)
    assert address.camera == (message.camera if isinstance(message, m.CameraHealth) else None)
    for wanted in (subscription(type(message)), subscription(type(message), site=message.site, node=message.node)):
        levels = zip(wanted.split("/"), address_of(message).split("/"), strict=True)
        assert all(level in {"+", actual} for level, actual in levels)


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


@given(any_message, st.text(min_size=1, max_size=8))
def test_unknown_keys_are_refused(message, key):
    """A message with a key that the contract does not know is no message, at any depth."""
    data = json.loads(message.model_dump_json())
    if key not in type(message).model_fields:
        with pytest.raises(MessageError, match="Extra inputs are not permitted"):
            parse_message(address_of(message), json.dumps({**data, key: 1}).encode())
    if isinstance(data.get("stamp"), dict):
        data["stamp"]["timezone"] = "Asia/Ho_Chi_Minh"
        with pytest.raises(MessageError, match=r"stamp\.timezone"):
            parse_message(address_of(message), json.dumps(data).encode())


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


@given(STRATEGIES[m.AccessList])
def test_signature_covers_the_list_and_not_itself(access):
    """The signed bytes are the same before and after the wire, whatever the signature, and change with the list."""
    received = m.AccessList.model_validate_json(access.model_dump_json())
    assert received.signed_bytes() == access.signed_bytes()
    assert access.model_copy(update={"signature": "ff"}).signed_bytes() == access.signed_bytes()
    assert access.model_copy(update={"version": access.version + 1}).signed_bytes() != access.signed_bytes()


def test_topics_are_told_apart():
    """No two kinds share an address or a payload; what a node must know after a restart is retained."""
    assert len({topic.suffix for topic in TOPICS}) == len({topic.payload for topic in TOPICS}) == len(TOPICS)
    retained = {topic.payload for topic in TOPICS if topic.retain}
    assert retained == {m.Status, m.CameraHealth, m.Committed, m.AccessList}
    assert all(topic.qos == 1 for topic in TOPICS if issubclass(topic.payload, m.Numbered))


def test_there_is_no_command_to_close():
    """Central may ask to open, hold, release or take a picture; nothing forces a barrier down."""
    assert {kind.value for kind in m.CommandKind} == {"open", "hold", "release", "snapshot"}
