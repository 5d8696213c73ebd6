"""Made-up gates in a store, a server over it on a real port, and a person who looks at it in a browser."""

from __future__ import annotations

import hashlib
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from central.app import create_app
from central.auth import ensure_first_admin, set_login
from central.config import WebSettings
from central.server import PageServer
from central.store import Store
from central.store.outcome_records import OutcomeKind, OutcomeRecord, Reason
from central.store.records import Role
from contract.messages import (
    Abstention,
    BarrierEvent,
    CameraHealth,
    Candidate,
    Decision,
    DecisionReason,
    Direction,
    Evidence,
    EvidenceKind,
    EvidenceRef,
    HealthLevel,
    HealthReason,
    LaneInfo,
    LaneMode,
    Passage,
    PlateRead,
    Stamp,
    Status,
    TimeQuality,
    Verdict,
)
from contract.plate import PlateColour, parse
from tests.browsing import open_page
from tests.central.pictures import jpeg_of

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

PASSWORD = "sông Kỳ Cùng chảy ngược"
LANES = (("in-1", Direction.IN), ("out-1", Direction.OUT))
SITES = ("huu-nghi", "tan-thanh")


def plate(
    text: str, colour: PlateColour = PlateColour.WHITE, *, lines: int = 1, doubt: tuple[int, str] | None = None
) -> PlateRead:
    """A read of `text`; the character at `doubt[0]` may also be `doubt[1]`."""
    found = parse(text, colour=colour, lines=lines)[0]
    sure = tuple((Candidate(text=sign, confidence=0.99),) for sign in text)
    if doubt is not None:
        place, other = doubt
        options = (Candidate(text=text[place], confidence=0.55), Candidate(text=other, confidence=0.4))
        sure = (*sure[:place], options, *sure[place + 1 :])
    return PlateRead(
        text=text, confidence=0.97 if doubt is None else 0.55, country=found.country, kind=found.kind, colour=colour,
        lines=lines, lattice=sure, candidates=(Candidate(text=text, confidence=0.97 if doubt is None else 0.55),),
    )  # fmt: skip


class Gates:
    """Two made-up gates in a store, and what happens at them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._boot, self._outbox, self._seq = uuid4(), uuid4(), 0
        now = datetime.now(UTC)
        for site in SITES:
            lanes = tuple(
                LaneInfo(lane=lane, direction=way, mode=LaneMode.ASSIST, cameras=(f"{lane}-front",))
                for lane, way in LANES
            )
            status = Status(
                site=site,
                node=f"{site}-1",
                online=True,
                boot_id=self._boot,
                outbox_id=self._outbox,
                started_at=now,
                lanes=lanes,
            )
            with store.transaction() as transaction:
                store.nodes.report_status(transaction, status)
            for lane, _ in LANES:
                self.camera(site, lane)

    def camera(
        self, site: str, lane: str, level: HealthLevel = HealthLevel.OK, reason: HealthReason | None = None
    ) -> None:
        """A camera reports."""
        now = datetime.now(UTC)
        health = CameraHealth(
            site=site, node=f"{site}-1", lane=lane, camera=f"{lane}-front", level=level, reason=reason, since=now,
            stamp=self._stamp(now), frame_at=now, measurements={"fps": 4.0, "mean_grey": 96.0}, jpeg=jpeg_of(320, 180),
        )  # fmt: skip
        with self.store.transaction() as transaction:
            self.store.cameras.report(transaction, health)

    def passage(
        self,
        site: str,
        lane: str,
        read: PlateRead | None,
        outcome: OutcomeKind,
        *reasons: Reason,
        second: PlateRead | None = None,
        frame: bytes | None = None,
        crop: bytes | None = None,
        ago: timedelta = timedelta(seconds=3),
        declaration_id: str | None = None,
    ) -> UUID:
        """A vehicle passes, its pictures arrive and it is reconciled."""
        at = datetime.now(UTC) - ago
        passage_id = uuid4()
        pictures = (
            (EvidenceKind.FRAME, frame or jpeg_of(320, 180, 90)),
            (EvidenceKind.CROP, crop or jpeg_of(120, 40, 200)),
        )
        refs = tuple(
            EvidenceRef(kind=kind, sha256=hashlib.sha256(data).hexdigest(), camera=f"{lane}-front", captured_at=at)
            for kind, data in pictures
        )
        verdict = Verdict.GRANT if outcome is OutcomeKind.MATCHED else Verdict.ASK
        message = Passage(
            **self._numbered(site, at), passage_id=passage_id, lane=lane, direction=dict(LANES)[lane],
            first_seen_at=at, last_seen_at=at + timedelta(seconds=7), plate=read,
            abstained=None if read else Abstention.ILLEGIBLE, second_plate=second, frames=31, reads=12, evidence=refs,
            decision=Decision(verdict=verdict, reason=DecisionReason.LANE_ASSIST, at=at),
            barrier=(BarrierEvent(at=at, event="open_commanded"), BarrierEvent(at=at, event="opened")),
        )  # fmt: skip
        says = OutcomeRecord(outcome, reasons, passage_id, declaration_id, 0.9, at)
        with self.store.transaction() as transaction:
            self.store.passages.save(transaction, message, late_after=timedelta(minutes=5))
            for ref, (_, data) in zip(refs, pictures, strict=True):
                picture = Evidence(
                    **self._numbered(site, at), passage_id=passage_id, kind=ref.kind, camera=ref.camera,
                    captured_at=at, sha256=ref.sha256, jpeg=data,
                )  # fmt: skip
                self.store.evidence.save(transaction, picture)
            self.store.outcomes.revise(transaction, [says])
        return passage_id

    def _numbered(self, site: str, at: datetime) -> dict[str, object]:
        self._seq += 1
        return {
            "site": site,
            "node": f"{site}-1",
            "outbox_id": self._outbox,
            "seq": self._seq,
            "stamp": self._stamp(at),
        }

    def _stamp(self, at: datetime) -> Stamp:
        return Stamp(at=at, boot_id=self._boot, monotonic_s=100.0, time_quality=TimeQuality.SYNCED)


class Site:
    """A running server over a store; may be stopped and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(f"sqlite:///{folder / 'central.db'}", folder / "evidence")
        self.password = ensure_first_admin(self.store) or ""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve, and wait until it does."""
        self._server = PageServer(create_app(self.store, WebSettings()), host="127.0.0.1", port=self.port)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the server ended at its start"
            self._thread.join(0.02)

    def stop(self) -> None:
        """End the server."""
        self._server.should_exit = True
        self._thread.join(60)
        assert not self._thread.is_alive(), "the server waits for open streams"


def enter(context: BrowserContext, site: Site, role: Role = Role.OPERATOR, path: str = "/") -> Page:
    """Log in as a made-up person of a role and open a page; the page must not complain in its console."""
    set_login(site.store, f"can.bo.{role.value}", role, PASSWORD)
    page = open_page(context)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None)
    page.complaints = complaints  # type: ignore[attr-defined]  # looked at by the tests
    page.goto(f"{site.url}{path}")
    log_in(page, f"can.bo.{role.value}", PASSWORD)
    page.wait_for_url(lambda url: "/login" not in url)
    return page


def log_in(page: Page, name: str, password: str) -> None:
    page.fill("input[type=text], input[autocomplete=username]", name)
    page.fill("input[type=password]", password)
    page.press("input[type=password]", "Enter")
