"""Messages and topics: whatever is sent comes back from JSON as it was."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract import messages as m
from contract.errors import MessageError
from contract.plate import ALPHABET, PlateColour, PlateCountry, PlateKind
from contract.region import CameraRegion
from contract.topics import TOPICS, address_of, parse_address, parse_message, subscription, topic_of

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
    first = draw(
        st.datetimes(
            max_value=datetime(9999, 1, 1),  # noqa: DTZ001  # the zone stands beside it
            timezones=st.just(UTC),
        )
    )
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
        cancelled=draw(st.none() | st.sampled_from(m.Cancellation)),
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


findings = st.lists(
    st.builds(
        m.HealthFinding,
        code=st.sampled_from(m.HealthReason),
        severity=st.sampled_from(m.Severity),
        measure=st.floats(0, 100),
        limit=st.floats(0, 100),
    ),
    max_size=3,
).map(tuple)


@st.composite
def camera_healths(draw):
    level = draw(st.sampled_from(m.HealthLevel))
    found = draw(findings)
    reason = found[0].code if found else draw(st.sampled_from(m.HealthReason))
    return m.CameraHealth(
        **{name: draw(strategy) for name, strategy in names.items()},
        lane=draw(slugs),
        camera=draw(slugs),
        level=level,
        reason=None if level is m.HealthLevel.OK else reason,
        findings=() if level is m.HealthLevel.OK else found,
        unjudged=draw(st.dictionaries(st.sampled_from(m.HealthReason), st.just("night"), max_size=2)),
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
    mode_reason=st.text(max_size=8),
    mode_by=st.text(max_size=8),
    mode_since=st.none() | times,
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
OF_EVIDENCE = (m.CommandKind.KEEP_EVIDENCE, m.CommandKind.RELEASE_EVIDENCE)
SPECIAL = (
    m.CommandKind.SET_REGION,
    m.CommandKind.SET_VIEW_REFERENCE,
    m.CommandKind.SET_LANE_MODE,
    *OF_EVIDENCE,
)
REGIONS = (
    CameraRegion(lane=((0.2, 0.1), (0.8, 0.1), (1.0, 1.0), (0.0, 1.0))),
    CameraRegion(
        lane=((0.25, 0.0), (1.0, 0.5), (0.5, 1.0)), trigger=((0.3, 0.4), (0.9, 0.4)), direction=m.Direction.OUT
    ),
)


def commands(**special):
    return st.builds(
        m.Command,
        **names,
        command_id=st.uuids(),
        lane=slugs,
        actor=st.text(max_size=8),
        issued_at=times,
        expires_at=times,
        **{"reason": st.text(max_size=8)} | special,
    )


STRATEGIES = {
    m.Passage: passages(),
    m.Evidence: evidence(),
    m.BoothOpening: st.builds(
        m.BoothOpening,
        **numbered,
        opening_id=st.uuids(),
        lane=slugs,
        actor=st.text(min_size=1, max_size=8),
        reason=st.text(min_size=1, max_size=8),
        asked_at=times,
    ),
    m.LaneCount: st.builds(
        m.LaneCount,
        **numbered,
        lane=slugs,
        direction=st.sampled_from(m.Direction),
        run_id=st.uuids(),
        since=st.just(datetime(2026, 11, 24, 2, 58, 12, tzinfo=UTC)),
        until=st.just(datetime(2026, 11, 24, 4, 0, tzinfo=UTC)),
        loop=st.integers(0, 2**40),
        barrier=st.integers(0, 2**40),
    ),
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
        regions=st.dictionaries(slugs, st.sampled_from(REGIONS), max_size=2),
        stamp=st.none() | stamps,
    ),
    m.Metrics: st.builds(
        m.Metrics,
        **names,
        stamp=stamps,
        values=values,
        findings=st.lists(
            st.builds(
                m.NodeFinding,
                code=st.sampled_from(m.NodeTrouble),
                severity=st.sampled_from(m.Severity),
                since=times,
                measure=st.none() | st.floats(-1e6, 1e6),
                limit=st.none() | st.floats(-1e6, 1e6),
            ),
            max_size=2,
        ).map(tuple),
        unjudged=st.dictionaries(st.sampled_from(m.NodeTrouble), st.text(max_size=8), max_size=2),
    ),
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
    m.Command: st.one_of(
        commands(kind=st.sampled_from([kind for kind in m.CommandKind if kind not in SPECIAL])),
        commands(
            kind=st.just(m.CommandKind.SET_LANE_MODE),
            mode=st.sampled_from(m.LaneMode),
            reason=st.text(st.characters(categories=["L"]), min_size=1, max_size=8),
        ),
        commands(kind=st.just(m.CommandKind.SET_REGION), camera=slugs, region=st.none() | st.sampled_from(REGIONS)),
        commands(kind=st.just(m.CommandKind.SET_VIEW_REFERENCE), camera=slugs),
        commands(kind=st.sampled_from(OF_EVIDENCE), passage_id=st.uuids()),
    ),
    m.TicketNotice: st.builds(
        m.TicketNotice,
        **names,
        notice_id=st.integers(1, 9),
        made_at=times,
        **dict.fromkeys(("opened", "reopened", "overdue", "unsettled", "more"), st.integers(0, 99)),
        news=st.lists(
            st.builds(
                m.TicketNews,
                ticket_id=st.integers(1, 9),
                event=st.sampled_from(("opened", "reopened", "overdue")),
                at=times,
                **dict.fromkeys(("node", "camera", "lane"), st.none() | slugs),
                site=slugs,
                cause=st.sampled_from(m.HealthReason).map(str),
                severity=st.sampled_from(m.Severity),
                state=st.just("open"),
                devices=st.integers(1, 40),
                assignee=st.text(max_size=8),
            ),
            max_size=2,
        ).map(tuple),
    ),
    m.CommandResult: st.builds(
        m.CommandResult, **names, command_id=st.uuids(), done=st.booleans(), detail=st.text(max_size=8), stamp=stamps
    ),
}
any_message = st.one_of(*STRATEGIES.values())


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


@given(STRATEGIES[m.AccessList])
def test_signature_covers_the_list_and_not_itself(access):
    """The signed bytes are the same before and after the wire, whatever the signature, and change with the list."""
    received = m.AccessList.model_validate_json(access.model_dump_json())
    assert received.signed_bytes() == access.signed_bytes()
    assert access.model_copy(update={"signature": "ff"}).signed_bytes() == access.signed_bytes()
    assert access.model_copy(update={"version": access.version + 1}).signed_bytes() != access.signed_bytes()
