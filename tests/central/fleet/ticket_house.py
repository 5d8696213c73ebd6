"""A fleet in a store, as its nodes would tell of it, with tickets kept over it; time goes as the test says."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from central.fleet.desk import TicketDesk
from central.fleet.settings import DetectorSettings, FleetSettings, OverdueSettings, TicketSettings
from central.fleet.ticket_keeper import TicketKeeper
from central.fleet.watch import FleetWatch
from central.ingest.intake import Intake
from central.store import Store
from central.store.ticket_records import Ticket
from contract.messages import Direction, HealthLevel, HealthReason, LaneInfo, LaneMode, Metrics
from tests.central.made import NOON, birth, health, packet, passage, stamp

MINUTE = timedelta(minutes=1)
QUICK = TicketSettings(failed_after_s=30, silent_after_min=2, verified_after_min=5, closed_after_h=1)


class TicketHouse:
    """Two nodes at one site with two lanes each; `ill` says what is wrong with a camera."""

    def __init__(self, store: Store, settings: TicketSettings = QUICK, *, nodes: int = 2, lanes: int = 2) -> None:
        self.store = store
        self.now = NOON
        self.ill: dict[str, HealthReason] = {}
        self.dead: set[str] = set()
        self.failing: set[str] = set()
        self.vehicles: dict[str, str | None] = {}
        self.frames_failed = 0.0
        self.nodes = [f"node-{number + 1}" for number in range(nodes)]
        self.lanes = {
            node: [f"in-{place * lanes + k + 1}" for k in range(lanes)] for place, node in enumerate(self.nodes)
        }
        self.intake = Intake(store, late_after_s=300)
        self.watch = FleetWatch(store, FleetSettings(), NOON, DetectorSettings(neighbours_read=5, window_min=30))
        self.keeper = TicketKeeper(store, settings, OverdueSettings(), tells=True)
        self.desk = TicketDesk(store, clock=lambda: self.now)
        self._seq = 0
        self._births()
        self.goes(timedelta(seconds=30))

    def goes(self, span: timedelta, step: timedelta = timedelta(seconds=30)) -> None:
        """Time passes, and everybody who lives reports."""
        until = self.now + span
        while self.now < until:
            self.now += step
            self._report()
            self.watch.step(self.now)
            self.keeper.step(self.now)

    def tickets(self) -> tuple[Ticket, ...]:
        return tuple(sorted(self.store.tickets.list(), key=lambda ticket: ticket.ticket_id))

    def ticket(self) -> Ticket:
        (ticket,) = self.tickets()
        return ticket

    def happened(self, number: int = 1) -> list[str]:
        return [entry.kind.value for entry in self.store.tickets.entries(number)]

    def _births(self) -> None:
        started = NOON - timedelta(hours=5)
        for node, lanes in self.lanes.items():
            infos = tuple(
                LaneInfo(lane=lane, direction=Direction.IN, mode=LaneMode.ASSIST, cameras=(f"{lane}-front",))
                for lane in lanes
            )
            self.intake.take([packet(birth(node=node, lanes=infos, started_at=started))], NOON)

    def _report(self) -> None:
        said = []
        for node, lanes in self.lanes.items():
            if node in self.dead:
                continue
            values = {"frames_failed": self.frames_failed}
            said.append(Metrics(site="huu-nghi", node=node, stamp=stamp(self.now), values=values))
            for lane in lanes:
                said.append(self._camera(node, lane, self.now))
                if lane in self.vehicles:
                    self._seq += 1
                    text = self.vehicles[lane]
                    said.append(passage(self._seq, text, at=self.now, node=node, lane=lane, outbox_id=UUID(int=9)))
        self.intake.take([packet(message) for message in said], self.now)

    def _camera(self, node: str, lane: str, now: datetime):
        camera = f"{lane}-front"
        reason = self.ill.get(camera)
        degraded = reason is HealthReason.DIRTY_LENS and camera not in self.failing
        level = HealthLevel.OK if reason is None else HealthLevel.DEGRADED if degraded else HealthLevel.FAILED
        since = self._since(camera, reason)
        return health(
            level, reason=reason, node=node, lane=lane, camera=camera, since=since, stamp=stamp(now), frame_at=now
        )

    def _since(self, camera: str, reason: HealthReason | None) -> datetime:
        states = self.__dict__.setdefault("_states", {})
        known = states.get(camera)
        if known is None or known[0] is not reason:
            states[camera] = (reason, self.now)
        return states[camera][1]
