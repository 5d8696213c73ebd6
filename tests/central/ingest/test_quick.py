"""The quick way to read a passage, held against pydantic's: never more is taken, and never anything else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from central.head import PassageHead, head_of
from central.ingest.quick import quick_head
from contract.errors import MessageError
from contract.messages import (
    BarrierEvent,
    Cancellation,
    Candidate,
    Decision,
    DecisionReason,
    EvidenceKind,
    EvidenceRef,
    Passage,
    Verdict,
)
from contract.topics import address_of, parse_message
from tests.central.made import NOON, passage

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 1.0, 1.5, 2**63, 2**63 - 1, -(2**70), 1e400, float("nan"), "", " ", "a", "A", "a\n",
    "\ud800", "\0", "x" * 17, "x" * 201, "12C34567", "0", "1", "true", "vn", "in", [], {}, [[]], ["a", "b"], [1, 2],
    "2026-11-28T12:00:00Z", "2026-11-28T12:00:00", "2026-11-28 12:00:00+07:00", "2026-11-28T12:00:00+23:59",
    "0001-01-01T00:00:00+07:00", "9999-12-31T23:59:59-07:00", "2026-13-01T00:00:00Z", "2026-11-28T24:00:00Z",
    "2026-11-28", "1700000000", 1700000000, "2026-11-28T12:00:60Z", "2026-11-28t12:00:00.1234567891z",
    "01890a5d-ac96-774b-bcce-b302099a8057", "01890A5D-AC96-774B-BCCE-B302099A8057", "01890a5dac96774bbcceb302099a8057",
    "{01890a5d-ac96-774b-bcce-b302099a8057}", "TSTU1000019", "CSQU3054383", "a" * 64, "a" * 64 + "\n",
)  # fmt: skip
"""What may stand in place of any value of a message."""


def full() -> Passage:
    """A passage that says all that one can say."""
    plain = passage(1)
    assert plain.plate is not None
    plate = plain.plate.model_copy(
        update={
            "candidates": (Candidate(text=plain.plate.text, confidence=1.0), Candidate(text="0", confidence=0.0)),
            "lattice": ((Candidate(text="1", confidence=0.5), Candidate(text="7", confidence=0.25)),),
        }
    )
    return plain.model_copy(
        update={
            "plate": plate,
            "second_plate": plain.plate,
            "cancelled": next(iter(Cancellation)),
            "decision": Decision(verdict=Verdict.ASK, reason=DecisionReason.LANE_ASSIST, at=NOON),
            "barrier": (BarrierEvent(at=NOON, event="opened", detail="biển số"),),
            "evidence": (EvidenceRef(kind=EvidenceKind.CROP, sha256="a" * 64, camera="in-1", captured_at=NOON),),
            "models": {"plate_reader": "1"},
        }
    )


def read(payload: bytes) -> tuple[PassageHead | None, PassageHead | None]:
    """A payload as it is read quickly, and as pydantic reads it."""
    sent = full()
    try:
        said = parse_message(address_of(sent), payload)
        slow = head_of(said) if isinstance(said, Passage) else None
    except MessageError:
        slow = None
    return quick_head(sent.site, sent.node, payload), slow


def changed(said: Any) -> Iterator[Any]:
    """Every message that differs in one value: another one, none, or one that nobody knows."""
    if isinstance(said, dict):
        yield {**said, "surplus": 1}
        for key, value in said.items():
            yield {name: other for name, other in said.items() if name != key}
            yield from ({**said, key: odd} for odd in ODD)
            yield from ({**said, key: inner} for inner in changed(value))
    elif isinstance(said, list) and said:
        yield from ([inner] for inner in changed(said[0]))


@pytest.mark.parametrize(
    "sent",
    [full(), passage(1), passage(2, None), passage(3, at=NOON - timedelta(days=40))],
    ids=["full", "plain", "unread", "old"],
)
def test_a_sound_passage_is_read_quickly_and_as_pydantic_reads_it(sent: Passage) -> None:
    """What nodes send is not left to the slow way, or nothing would be gained."""
    for payload in (sent.model_dump_json(), sent.model_dump_json(exclude_defaults=True)):
        assert quick_head(sent.site, sent.node, payload.encode()) == head_of(sent)


def test_whatever_a_value_is_the_quick_way_takes_nothing_that_pydantic_refuses() -> None:
    """Each value of a message in turn is replaced by what may go wrong; what is taken is taken as the same."""
    said = json.loads(full().model_dump_json())
    quickly = 0
    for other in changed(deepcopy(said)):
        quick, slow = read(json.dumps(other, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        assert quick is None or quick == slow, other
        quickly += quick is not None
    assert quickly > 100


@pytest.mark.parametrize(
    "text",
    [
        '{"site": "elsewhere", %s',
        '{%s {}',
        '{"seq": 1, %s',
        '{"seq": 1e2, %s',
        '{"seq": NaN, %s',
        '{"config_hash": "\\ud800", %s',
        '{"config_hash": "\\u0000", %s',
        '{"last_seen_at": "\\u0030001-01-01T00:00:00+07:00", %s',
        '{"decision": {"verdict": "ask", "reason": "lane_assist", "at": " 0001-01-01T00:00:00+07:00"}, %s',
        '\ufeff{%s',
    ],
)  # fmt: skip
@pytest.mark.parametrize("at_end", [False, True])
def test_odd_json_is_taken_by_both_alike_or_left_to_pydantic(text: str, at_end: bool) -> None:
    """Keys told twice, escapes, numbers in another spelling, marks before and braces behind."""
    inner = full().model_dump_json()[1:-1]
    first, _, _ = text.partition("%s")
    said = (
        f"{{{inner}, {first.lstrip('{').rstrip(' ,')}}}" if at_end and first.startswith("{") else text % (inner + "}")
    )
    quick, slow = read(said.encode())
    assert quick is None or quick == slow


def test_bytes_that_are_no_text_are_left_to_pydantic() -> None:
    """A byte of another encoding within a name."""
    payload = full().model_dump_json().encode().replace("biển".encode(), b"bi\xffn")
    assert read(payload) == (None, None)


def test_who_speaks_for_another_node_is_left_to_pydantic() -> None:
    """The names inside have to be those of the topic."""
    sent = full()
    payload = sent.model_dump_json().encode()
    assert quick_head(sent.site, "another", payload) is None
    assert quick_head(sent.site, sent.node, payload) == head_of(sent)
    assert UUID(head_of(sent).passage_id) == sent.passage_id
