"""The state machine of a ticket, explored: whatever people and devices do, in any order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from central.fleet.ticket import Refusal, TicketAction, TicketRefusedError, TicketRules, act, actions, merge, see
from central.store.device_key import DeviceKey
from central.store.ticket_records import Evidence, Ticket, TicketState
from contract.messages import Severity
from tests.central.made import NOON

CAMERA = DeviceKey.of("huu-nghi", "huu-nghi-1", "in-1-front")
MINUTE = timedelta(minutes=1)
RULES = TicketRules(
    verified_after=10 * MINUTE, closed_after=60 * MINUTE, relapsed_after=MINUTE, relapse_within=600 * MINUTE
)


def fresh(number: int = 1) -> Ticket:
    return Ticket(
        number, CAMERA, "in-1", "covered", Severity.SEVERE, TicketState.OPEN, NOON, Evidence.STANDS, NOON, NOON
    )


class Explored(RuleBasedStateMachine):
    """One ticket, a camera that comes and goes, and people who try everything."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.ticket = fresh()
        self.other = fresh(2)
        self.evidence = Evidence.STANDS
        self.evidence_since = NOON
        self.ill_since_repair = False

    @rule(minutes=st.sampled_from([1, 5, 11, 61, 700]), evidence=st.sampled_from(Evidence))
    def time_passes(self, minutes: int, evidence: Evidence) -> None:
        """The camera changes its mind now and then; it is looked at when it does, and in the end."""
        if evidence is not self.evidence:
            self.evidence, self.evidence_since = evidence, self.now
            self._look()
        self.now += minutes * MINUTE
        self._look()

    def _look(self) -> None:
        before = self.ticket
        self.ticket = see(before, self.evidence, self.now, RULES)
        lasted = self.now - self.evidence_since
        if self.ticket.state is before.state:
            return
        if self.ticket.state is TicketState.VERIFIED:
            assert before.state.waits_for_people
            assert self.evidence is Evidence.HEALED
            assert lasted >= RULES.verified_after
        elif self.ticket.state is TicketState.CLOSED:
            assert before.state is TicketState.VERIFIED
            assert self.evidence is Evidence.HEALED
        else:
            assert self.ticket.state is TicketState.OPEN
            assert before.state in {TicketState.VERIFIED, TicketState.CLOSED}
            assert self.evidence is Evidence.STANDS
            assert self.ticket.reopened == before.reopened + 1

    @rule(action=st.sampled_from(TicketAction), reason=st.sampled_from(["", "  ", "was never broken"]))
    def a_person_acts(self, action: TicketAction, reason: str) -> None:
        """What is offered works, what is not is refused, and a refusal changes nothing."""
        before, offered = self.ticket, actions(self.ticket)
        if action not in offered or (action is TicketAction.CANCEL and not reason.strip()):
            with pytest.raises(TicketRefusedError) as refused:
                act(before, action, at=self.now, reason=reason)
            assert (refused.value.refusal is Refusal.NO_REASON) == (action in offered)
            return
        self.ticket = act(before, action, at=self.now, reason=reason)
        assert self.ticket.evidence is before.evidence
        assert self.ticket.state is not TicketState.VERIFIED
        if self.ticket.state is TicketState.CLOSED:
            assert before.state is TicketState.VERIFIED
        if self.ticket.state is TicketState.CANCELLED:
            assert reason.strip()
            assert before.evidence is not Evidence.STANDS

    @precondition(lambda self: self.ticket.state.waits_for_people)
    @rule(alive=st.booleans())
    def merged(self, alive: bool) -> None:
        """Into one that goes on only."""
        other = self.other if alive else see_closed(self.other)
        if not alive:
            with pytest.raises(TicketRefusedError):
                merge(self.ticket, other, at=self.now)
            return
        self.ticket = merge(self.ticket, other, at=self.now)
        assert self.ticket.merged_into == other.ticket_id

    @invariant()
    def what_is_settled_by_people_stays_so(self) -> None:
        if self.ticket.state in {TicketState.CANCELLED, TicketState.MERGED}:
            assert actions(self.ticket) == ()
            for evidence in Evidence:
                assert see(self.ticket, evidence, self.now + 900 * MINUTE, RULES).state is self.ticket.state

    @invariant()
    def looking_twice_at_one_moment_is_looking_once(self) -> None:
        once = see(self.ticket, self.evidence, self.now, RULES)
        assert see(once, self.evidence, self.now, RULES) == once

    @invariant()
    def there_is_always_a_way_on(self) -> None:
        """A camera that works for good ends every ticket, whatever people forgot."""
        ticket, at = self.ticket, self.now
        for _ in range(4):
            at += 61 * MINUTE
            ticket = see(ticket, Evidence.HEALED, at, RULES)
        assert ticket.state.is_settled


def see_closed(ticket: Ticket) -> Ticket:
    for minutes in (0, 11, 80):
        ticket = see(ticket, Evidence.HEALED, NOON + minutes * MINUTE, RULES)
    assert ticket.state is TicketState.CLOSED
    return ticket


TestExplored = Explored.TestCase
TestExplored.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_the_way_of_a_repair() -> None:
    """Acknowledged, on site, repaired; the camera verifies; it closes."""
    ticket = fresh()
    for action in (TicketAction.ACKNOWLEDGE, TicketAction.ARRIVE, TicketAction.REPAIR):
        assert actions(ticket)[0] is action
        ticket = act(ticket, action, at=NOON + MINUTE)
    assert see(ticket, Evidence.STANDS, NOON + 900 * MINUTE, RULES) == ticket, "repaired is a word, no evidence"
    ticket = see(ticket, Evidence.HEALED, NOON + 10 * MINUTE, RULES)
    assert see(ticket, Evidence.HEALED, NOON + 19 * MINUTE, RULES).state is TicketState.REPAIRED
    ticket = see(ticket, Evidence.HEALED, NOON + 20 * MINUTE, RULES)
    assert ticket.state is TicketState.VERIFIED
    assert act(ticket, TicketAction.CLOSE, at=NOON + 21 * MINUTE).state is TicketState.CLOSED
    assert see(ticket, Evidence.HEALED, NOON + 80 * MINUTE, RULES).state is TicketState.CLOSED


def test_a_relapse_opens_the_same_ticket_and_a_blink_does_not() -> None:
    """Ill again for a minute; later than the time for relapses it is another ticket's matter."""
    closed = see_closed(fresh())
    blink = see(closed, Evidence.STANDS, NOON + 100 * MINUTE, RULES)
    assert blink.state is TicketState.CLOSED
    assert see(blink, Evidence.HEALED, NOON + 100.5 * MINUTE, RULES).state is TicketState.CLOSED
    again = see(blink, Evidence.STANDS, NOON + 101 * MINUTE, RULES)
    assert (again.state, again.reopened) == (TicketState.OPEN, 1)
    late = see(closed, Evidence.STANDS, NOON + 900 * MINUTE, RULES)
    assert see(late, Evidence.STANDS, NOON + 910 * MINUTE, RULES).state is TicketState.CLOSED


def test_silence_verifies_nothing() -> None:
    """A camera that nobody hears is not healthy, and the time starts anew."""
    ticket = see(fresh(), Evidence.HEALED, NOON, RULES)
    ticket = see(ticket, Evidence.UNCLEAR, NOON + 9 * MINUTE, RULES)
    ticket = see(ticket, Evidence.UNCLEAR, NOON + 900 * MINUTE, RULES)
    ticket = see(ticket, Evidence.HEALED, NOON + 901 * MINUTE, RULES)
    assert ticket.state is TicketState.OPEN
    assert see(ticket, Evidence.HEALED, NOON + 911 * MINUTE, RULES).state is TicketState.VERIFIED
