"""From passages and confirmations in the store to the level of a camera, its page, its ticket's evidence, and back."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest

from bench.crosschecks import Gate, history
from bench.gate_days import NODE, SITE, Day, Event, Kind, Told, passages_of
from central.fleet.condition import Condition
from central.fleet.crosscheck.settings import CrossCheckSettings
from central.fleet.crosscheck.watch import CrossCheckWatch
from central.fleet.settings import OverdueSettings, TicketSettings
from central.fleet.ticket_keeper import TicketKeeper
from central.fleet.verdicts import tell_verdict
from central.store import Store
from central.store.crosschecks import CrossCheck, Noticed
from central.store.device_key import DeviceKey
from central.store.records import CameraRecord, Role
from central.store.ticket_records import Evidence, Ticket, TicketState
from contract.messages import Direction, HealthFinding, HealthLevel, HealthReason, Severity
from tests.central.databases import BOTH

HOUR = timedelta(hours=1)
CAMERA = DeviceKey.of(SITE, NODE, "out-1-front")
SETTINGS = CrossCheckSettings(history_days=2)


class BlindDay:
    """A gate with two ordinary days behind it, on a day on which the camera of `out-1` is blind from 4:00 to 6:00."""

    def __init__(self, store: Store) -> None:
        self.store = store
        rng = random.Random(7)
        self.begin = history(store, rng, days=2)
        self.gate = Gate(store)
        self.gate.begins(self.begin - 24 * HOUR)
        day = Day("blind", Event(Kind.BLIND, "out-1", 4.0, 6.0), "out-1-front")
        self.waiting: list[Told] = passages_of(day, self.begin, rng)
        self.watch = CrossCheckWatch(store, SETTINGS)

    def goes_to(self, hours: float) -> datetime:
        now = self.begin + hours * HOUR
        self.gate.tells((one for one in self.waiting if one.at < now), now)
        self.waiting = [one for one in self.waiting if one.at >= now]
        self.watch.step(now, self.store.nodes.list())
        return now

    def camera(self) -> CameraRecord:
        found = self.store.cameras.get(SITE, NODE, "out-1-front")
        assert found is not None
        return found


@pytest.fixture
def day(store: Store) -> BlindDay:
    return BlindDay(store)


@pytest.mark.parametrize("database", BOTH)
def test_a_blind_camera_is_degraded_until_its_vehicles_are_seen_again(day: BlindDay) -> None:
    """It alone; a new start of central forgets nothing, and history tells of the time between."""
    day.goes_to(4)
    assert day.store.crosschecks.noticed() == ()
    now = day.goes_to(6.1)
    first = day.store.crosschecks.noticed()[0]
    assert (first.check, first.device) == (CrossCheck.CONFIRMED, CAMERA)
    assert len(first.declarations) == 5
    assert {one.device for one in day.store.crosschecks.noticed()} == {CAMERA}
    camera = day.camera()
    assert (camera.level, camera.reason) == (HealthLevel.DEGRADED, HealthReason.VEHICLES_UNSEEN)
    assert Condition.of(day.store, now).evidence(CAMERA, "vehicles_unseen") is Evidence.STANDS
    (trouble,) = (one for one in Condition.of(day.store, now).troubles() if one.device == CAMERA)
    assert trouble.cause == "vehicles_unseen"
    before = [(one.check, one.since) for one in day.store.crosschecks.noticed()]
    day.watch.step(day.begin + 6.2 * HOUR, day.store.nodes.list())
    day.watch = CrossCheckWatch(day.store, SETTINGS)
    day.goes_to(6.3)
    assert [(one.check, one.since) for one in day.store.crosschecks.noticed()] == before
    now = day.goes_to(8.5)
    assert day.store.crosschecks.noticed() == ()
    assert day.camera().level is HealthLevel.OK
    assert Condition.of(day.store, now).evidence(CAMERA, "vehicles_unseen") is Evidence.HEALED
    unseen = [run for run in day.store.history.runs(CAMERA) if run.reason == "vehicles_unseen"]
    assert (unseen[0].since, unseen[0].until) == (day.begin + 6.1 * HOUR, day.begin + 6.2 * HOUR)


def test_a_graver_word_stays(day: BlindDay) -> None:
    """A dead detector is graver than vehicles that it did not see, and is not talked away."""
    dead = HealthFinding(code=HealthReason.DETECTOR_DEAD, severity=Severity.SEVERE, measure=0.0, limit=0.9)
    own = frozenset({HealthReason.DETECTOR_DEAD})
    tell_verdict(day.store, day.begin, day.camera(), dead, own=own)
    day.goes_to(6.1)
    assert day.camera().reason is HealthReason.DETECTOR_DEAD
    tell_verdict(day.store, day.begin + 6.1 * HOUR, day.camera(), None, own=own)
    day.goes_to(6.2)
    assert day.camera().reason is HealthReason.VEHICLES_UNSEEN


def test_a_node_that_began_anew_is_not_judged(day: BlindDay) -> None:
    """It began anew within the span: nobody knows what it saw before."""
    day.gate.begins(day.begin + 5 * HOUR)
    day.goes_to(6.1)
    assert day.store.crosschecks.noticed() == ()


def noticed(day: BlindDay, device: DeviceKey, **more) -> Noticed:
    now = day.begin
    values = {"number": 3, "among": 60, "usual": 0.98, "chance": 1e-9}
    return Noticed(CrossCheck.BALANCE, device, "", Direction.OUT, now, now, **values | more)


def test_pages_and_api_show_it_with_examples(day: BlindDay, visit: Callable[[Role], httpx.Client]) -> None:
    """The camera's page has the declarations, the page of all cameras what no camera is to blame for."""
    day.goes_to(6.1)
    with day.store.transaction(day.begin) as transaction:
        kept = day.store.crosschecks.noticed(CAMERA)
        passage = day.store.passages.list(limit=1).items[0]
        gap = noticed(day, DeviceKey.of(SITE), passages=(str(passage.passage_id),))
        day.store.crosschecks.replace(transaction, [*kept, gap])
    manager = visit(Role.MANAGER)
    page = manager.get(f"/cameras/{SITE}/{NODE}/out-1-front").text
    for declaration_id in kept[0].declarations:
        assert f"/declarations/{declaration_id}" in page
        assert manager.get(f"/declarations/{declaration_id}").status_code == 200
    assert f"/passages/{passage.passage_id}" in manager.get("/cameras").text
    assert "đã qua cổng" in manager.get("/declarations").text
    items = manager.get("/api/v1/crosschecks").json()["items"]
    assert {(one["check"], one["reason"], one["camera"]) for one in items} == {
        ("confirmed", "vehicles_unseen", "out-1-front"),
        ("balance", "vehicles_unseen", ""),
    }
    worker = visit(Role.MAINTENANCE)
    assert worker.get("/api/v1/crosschecks").json()["items"][0]["declarations"] == []
    page = worker.get(f"/cameras/{SITE}/{NODE}/out-1-front").text
    assert "/declarations/" not in page
    assert 'class="card noticed"' in page


def test_a_ticket_opens_and_only_the_camera_closes_it(day: BlindDay) -> None:
    """Somebody who calls it repaired while vehicles are still missing is waited for in vain."""
    rules = TicketSettings(degraded_after_h=0.1, verified_after_min=10)
    keeper = TicketKeeper(day.store, rules, OverdueSettings(), tells=False)

    def ticket_at(hours: float) -> Ticket:
        keeper.step(day.goes_to(hours))
        (ticket,) = day.store.tickets.list()
        return ticket

    keeper.step(day.goes_to(6.1))
    assert day.store.tickets.list() == ()
    ticket = ticket_at(6.3)
    assert (ticket.device, ticket.cause, ticket.state) == (CAMERA, "vehicles_unseen", TicketState.OPEN)
    with day.store.transaction(day.begin + 6.4 * HOUR) as transaction:
        repaired = replace(ticket, state=TicketState.REPAIRED, state_at=transaction.at)
        assert day.store.tickets.save(transaction, ticket, repaired) is not None
    assert ticket_at(6.7).state is not TicketState.VERIFIED
    assert ticket_at(8.5).evidence is Evidence.HEALED
    assert ticket_at(8.8).state is TicketState.VERIFIED
