"""Who may pass by himself: exact, confident, listed, now, this way, and on a clock that can be trusted."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.messages import (
    AccessEntry,
    AccessList,
    Candidate,
    Decision,
    DecisionReason,
    Direction,
    LaneMode,
    PlateRead,
    Verdict,
)
from contract.plate import ALPHABET, PlateColour, PlateCountry, PlateKind, random_plate
from edge.gate_controller.policy import decide
from edge.gate_controller.settings import Passback

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _read(text: str = "12C34567", confidence: float = 0.97) -> PlateRead:
    return PlateRead(
        text=text,
        confidence=confidence,
        country=PlateCountry.VN,
        kind=PlateKind.VN_CIVIL,
        colour=PlateColour.WHITE,
        lines=1,
        candidates=(Candidate(text=text, confidence=confidence), Candidate(text="12C34568", confidence=0.02)),
    )


def _list(*plates: str, direction: Direction = Direction.IN, begins: timedelta = -HOUR) -> AccessList:
    entries = tuple(
        AccessEntry(plate=plate, direction=direction, valid_from=NOW + begins, valid_until=NOW + begins + 2 * HOUR)
        for plate in plates
    )
    return AccessList(
        site="made-up", node="made-up-1", version=7, issued_at=NOW - HOUR, expires_at=NOW + 24 * HOUR, entries=entries
    )


def _decide(
    plate: PlateRead | None,
    access: AccessList | None,
    *,
    mode: LaneMode = LaneMode.AUTO,
    now: datetime = NOW,
    clock_trusted: bool = True,
    passback: Passback = Passback.OFF,
) -> Decision:
    return decide(
        plate,
        mode=mode,
        direction=Direction.IN,
        access=access,
        open_confidence=0.9,
        now=now,
        clock_trusted=clock_trusted,
        passback=passback,
    )


def test_exact_confident_listed_plate_opens_by_itself() -> None:
    """In an auto lane, within its window, going the right way; the decision says by which list."""
    decision = _decide(_read(), _list("51D12345", "12C34567"))
    assert (decision.verdict, decision.reason) == (Verdict.GRANT, DecisionReason.LISTED_EXACT)
    assert decision.access_list_version == 7


def test_plate_on_the_list_with_separators_is_the_same_plate() -> None:
    """Dots and dashes are how a plate is written, not what it is."""
    assert _decide(_read(), _list("12C-345.67")).verdict is Verdict.GRANT


@pytest.mark.parametrize(
    ("reason", "plate", "access"),
    [
        (DecisionReason.UNREADABLE, None, _list("12C34567")),
        (DecisionReason.LIST_EXPIRED, _read(), None),
        (DecisionReason.NOT_LISTED, _read(), _list()),
        (DecisionReason.NOT_LISTED, _read(), _list("12C34568")),  # a likely candidate of the read, one character off
        (DecisionReason.NOT_LISTED, _read(), _list("12C34567", direction=Direction.OUT)),
        (DecisionReason.OUTSIDE_WINDOW, _read(), _list("12C34567", begins=HOUR)),
        (DecisionReason.OUTSIDE_WINDOW, _read(), _list("12C34567", begins=-2 * HOUR)),  # ends this very moment
        (DecisionReason.LOW_CONFIDENCE, _read(confidence=0.899), _list("12C34567")),
    ],
)
def test_anything_less_asks_a_person(
    reason: DecisionReason, plate: PlateRead | None, access: AccessList | None
) -> None:
    """Unread, unlisted, nearly right, the wrong way, too early, too late or unsure: an official decides, and knows why."""
    decision = _decide(plate, access)
    assert (decision.verdict, decision.reason) == (Verdict.ASK, reason)


def test_expired_list_opens_nothing() -> None:
    """A list that central did not renew in time is no ground to open on."""
    assert _decide(_read(), _list("12C34567"), now=NOW + 24 * HOUR).reason is DecisionReason.LIST_EXPIRED


def test_clock_that_was_never_set_opens_nothing() -> None:
    """On a clock that woke up in the past an old list looks fresh."""
    assert _decide(_read(), _list("12C34567"), clock_trusted=False).reason is DecisionReason.LIST_EXPIRED


@pytest.mark.parametrize(
    ("mode", "reason"),
    [(LaneMode.ASSIST, DecisionReason.LANE_ASSIST), (LaneMode.MANUAL, DecisionReason.LANE_MANUAL)],
)
def test_lane_that_may_not_act_alone_asks(mode: LaneMode, reason: DecisionReason) -> None:
    """A listed plate opens nothing by itself in an assist or manual lane."""
    decision = _decide(_read(), _list("12C34567"), mode=mode)
    assert (decision.verdict, decision.reason) == (Verdict.ASK, reason)


@given(
    seed=st.integers(0, 2**32),
    kind=st.sampled_from([kind for kind in PlateKind if kind is not PlateKind.OTHER]),
    place=st.integers(0, 15),
    other=st.sampled_from(sorted(ALPHABET)),
)
def test_one_other_character_never_opens(seed: int, kind: PlateKind, place: int, other: str) -> None:
    """No plate opens for another that differs in a single character, whatever their class."""
    listed = random_plate(random.Random(seed), kind)
    place %= len(listed)
    text = listed[:place] + other + listed[place + 1 :]
    assert (_decide(_read(text), _list(listed)).verdict is Verdict.GRANT) == (text == listed)


@pytest.mark.parametrize(
    ("mode", "passback", "verdict", "reason"),
    [
        (LaneMode.AUTO, Passback.SOFT, Verdict.GRANT, DecisionReason.PASSBACK),
        (LaneMode.AUTO, Passback.ASK, Verdict.ASK, DecisionReason.PASSBACK),
        (LaneMode.ASSIST, Passback.SOFT, Verdict.ASK, DecisionReason.PASSBACK),
        (LaneMode.MANUAL, Passback.SOFT, Verdict.ASK, DecisionReason.LANE_MANUAL),
    ],
)
def test_vehicle_that_goes_the_same_way_twice_is_told(
    mode: LaneMode, passback: Passback, verdict: Verdict, reason: DecisionReason
) -> None:
    """Let through all the same, unless the lane is to ask: the node may have missed how it came back."""
    decision = _decide(_read(), _list("12C34567"), mode=mode, passback=passback)
    assert (decision.verdict, decision.reason) == (verdict, reason)


def test_passback_opens_for_nobody_who_is_not_listed() -> None:
    """It says something of a vehicle that would be let through, and lets through none."""
    for plate, access in ((_read("12C34568"), _list("12C34567")), (_read(confidence=0.5), _list("12C34567"))):
        assert _decide(plate, access, passback=Passback.SOFT).verdict is Verdict.ASK
