"""A made-up night at two gates: vehicles with pictures, declarations, a ticket, devices, and what else pages show."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from central.console.words import words_of
from central.fleet.register.table import register_workbook
from central.reports.compose import Composer
from central.reports.desk import ReportDesk
from central.reports.settings import ReportSettings
from central.sheets import gather, written
from central.store import Store
from central.store.declaration_records import Confirmation, ConfirmingForce, DeclarationState, Verdict
from central.store.device_key import DeviceKey
from central.store.outcome_records import DeclarationCandidate, OutcomeKind, OutcomeRecord, Reason, ReasonCode
from central.store.register_records import DeviceFields, DeviceKind, UnitRecord
from central.store.report_records import ReportKind
from central.store.sheets import SheetRecord, hash_of
from central.store.ticket_records import EntryKind, Evidence, Ticket, TicketDevice, TicketState
from central.traffic.settings import TrafficSettings
from contract.made_up import random_container, random_plate
from contract.messages import Command, CommandKind, HealthLevel, HealthReason, PlateRead, Severity
from contract.plate import PlateColour, PlateCountry, PlateKind
from tests.central.gates import SITES, Gates, plate
from tests.central.made import declared
from tests.central.pictures import jpeg_of

Pictures = tuple[bytes, bytes]
"""The frame, and the plate cut from it."""
Draw = Callable[[PlateRead], Pictures]
HERO, HERO_DECLARED = "桂F12348", "桂F12346"
_HERO_READ = plate(HERO, PlateColour.YELLOW, lines=2, doubt=(6, "6"))
_OPENING = UUID(int=412)
_LANES = ("in-1", "out-1")
_HOURS = (
    (290, OutcomeKind.MATCHED, ReasonCode.PLATE_EXACT),
    (251, OutcomeKind.MATCHED, ReasonCode.PLATE_EXACT),
    (208, OutcomeKind.OUTSIDE_WINDOW, ReasonCode.AFTER_WINDOW),
    (171, OutcomeKind.MATCHED, ReasonCode.PLATE_EXACT),
    (140, OutcomeKind.UNDECLARED, ReasonCode.NO_DECLARATION),
    (96, OutcomeKind.MATCHED, ReasonCode.PLATE_EXACT),
    (71, OutcomeKind.RE_PAIRED, ReasonCode.TRAILER_DIFFERS),
    (52, OutcomeKind.MATCHED, ReasonCode.PLATE_EXACT),
    (33, OutcomeKind.NOT_CLEARED, ReasonCode.NOT_CONFIRMED),
    (21, OutcomeKind.MATCHED, ReasonCode.PLATE_EXACT),
    (12, OutcomeKind.CLONE_SUSPECTED, ReasonCode.TWO_PLACES),
    (6, OutcomeKind.MATCHED, ReasonCode.PLATE_EXACT),
    (2, OutcomeKind.UNDECLARED, ReasonCode.NO_DECLARATION),
)
"""Minutes ago, what was said, and why."""


@dataclass(frozen=True, slots=True)
class Examples:
    """What the variable parts of an address may be, by their names in the router."""

    values: dict[str, str]

    def address(self, path: str) -> str | None:
        """The address with examples in it; None where one is lacking."""
        try:
            return path.format_map(self.values)
        except KeyError:
            return None


def plain_pictures(read: PlateRead) -> Pictures:
    """Grey ones, for those who look at the pages only."""
    return jpeg_of(320, 180, 60 + len(read.text)), jpeg_of(120, 40, 180)


def make_up(store: Store, draw: Draw = plain_pictures) -> Examples:
    """Fill an empty store; what to look at in it."""
    rng, gates, now = random.Random(5), Gates(store), datetime.now(UTC)
    gates.camera("tan-thanh", "out-1", HealthLevel.FAILED, HealthReason.FROZEN)
    gates.camera("huu-nghi", "out-1", HealthLevel.DEGRADED, HealthReason.DIRTY_LENS)
    _declare(store, now)
    _past(gates, draw)
    for number, (minutes, outcome, why) in enumerate(_HOURS):
        read = _made_up_read(rng, number)
        frame, crop = draw(read)
        gates.passage(
            SITES[number % 2], _LANES[number % 3 == 1], read, outcome, _reason(why, read, now),
            second=plate(random_plate(rng, PlateKind.VN_TRAILER), lines=2) if number % 4 == 0 else None,
            frame=frame, crop=crop, ago=timedelta(minutes=minutes),
        )  # fmt: skip
    unreadable = Reason(ReasonCode.UNREADABLE, {"abstained": "illegible"})
    gates.passage(
        "huu-nghi", "out-1", None, OutcomeKind.TO_REVIEW, unreadable, frame=draw(plate("29H05123"))[0],
        ago=timedelta(minutes=9),
    )  # fmt: skip
    hero = _hero(gates, store, draw, now)
    with store.transaction() as transaction:
        store.dead_letters.add(transaction, "platform rest", b'{"plate": "12C11111"}', "expected_from: no time")
    return Examples(
        {
            "passage_id": str(hero),
            "declaration_id": "HN-000412",
            "plate": HERO,
            "sha256": _sheet(store, hero, now),
            "site": "huu-nghi",
            "node": "huu-nghi-1",
            "lane": "in-1",
            "camera": "in-1-front",
            "number": str(_numbered(store, now)),
            "device_id": _device(store),
            "command_id": str(_OPENING),
            "import_id": _import(store),
            "source": "folder",
        }
    )


def _made_up_read(rng: random.Random, number: int) -> PlateRead:
    if number % 3 == 2:
        return plate(f"桂{random_plate(rng, PlateKind.CN_ORDINARY)[1:]}", PlateColour.BLUE)
    return plate(
        random_plate(rng, PlateKind.VN_CIVIL), PlateColour.YELLOW if number % 2 else PlateColour.WHITE, lines=2
    )


def _reason(code: ReasonCode, read: PlateRead, now: datetime) -> Reason:
    at = now.isoformat()
    told = {
        "read": read.text, "declared": read.text, "seen_at": at, "expected_from": at, "expected_until": at,
        "force": "quarantine", "passage_id": str(UUID(int=1)), "site": "tan-thanh", "apart_min": 12.0, "least_min": 45.0,
    }  # fmt: skip
    return Reason(code, told)


def _declare(store: Store, now: datetime) -> None:
    """What the hero may be, and two declarations that nobody came for."""
    first = declared(
        HERO_DECLARED, 412, at=now, trailer_plate="桂F1234挂", container_no=random_container(random.Random(2)),
        weight_kg=21_400.0, yard="Bãi A", seal="VN4471120", customs_no="305123456789", driver_name="Lái Xe Ví Dụ",
        nationality=PlateCountry.CN, fee_class="C40", fee_paid=True,
        confirmations=(
            Confirmation(ConfirmingForce.CUSTOMS, Verdict.CONFIRMED, now - timedelta(minutes=50)),
            Confirmation(ConfirmingForce.QUARANTINE, Verdict.PENDING),
        ),
    )  # fmt: skip
    near = replace(first, declaration_id="HN-000398", plate="桂F12648", goods="xoài")
    gone = replace(first, declaration_id="HN-000377", plate="29H-051.23", state=DeclarationState.CANCELLED)
    with store.transaction() as transaction:
        for one in (first, near, gone):
            store.declarations.save(transaction, one, payload="{}")


def _past(gates: Gates, draw: Draw) -> None:
    """The hero was here before."""
    frame, crop = draw(_HERO_READ)
    for hours, site, lane in (
        (76, "tan-thanh", "in-1"), (70, "tan-thanh", "out-1"), (27, "huu-nghi", "in-1"), (22, "huu-nghi", "out-1"),
    ):  # fmt: skip
        exact = Reason(ReasonCode.PLATE_EXACT, {"read": HERO, "declared": HERO})
        second = plate("桂F1234挂", PlateColour.YELLOW, lines=2) if hours > 25 else None
        gates.passage(
            site, lane, _HERO_READ, OutcomeKind.MATCHED, exact, second=second, frame=frame, crop=crop,
            ago=timedelta(hours=hours),
        )  # fmt: skip


def _hero(gates: Gates, store: Store, draw: Draw, now: datetime) -> UUID:
    """A passage that a person has to look at."""
    frame, crop = draw(_HERO_READ)
    reasons = (
        Reason(ReasonCode.PLATE_NEAR, {"read": HERO, "declared": HERO_DECLARED}),
        Reason(ReasonCode.UNCERTAIN, {"probability": 0.71, "required": 0.95}),
    )
    hero = gates.passage(
        "huu-nghi", "in-1", _HERO_READ, OutcomeKind.TO_REVIEW, *reasons, frame=frame, crop=crop, ago=timedelta(seconds=40),
        second=plate("桂F1234挂", PlateColour.YELLOW, lines=2),
    )  # fmt: skip
    candidates = (DeclarationCandidate("HN-000412", 0.71), DeclarationCandidate("HN-000398", 0.18))
    missed = Reason(ReasonCode.NOT_SEEN, {"expected_until": now.isoformat()})
    said = (
        OutcomeRecord(OutcomeKind.TO_REVIEW, reasons, hero, "HN-000412", 0.71, now, candidates=candidates),
        OutcomeRecord(OutcomeKind.NO_SHOW, (missed,), None, "HN-000398", 0.0, now),
    )
    asked = Command(
        site="huu-nghi", node="huu-nghi-1", command_id=_OPENING, kind=CommandKind.OPEN, lane="in-1", actor="can.bo.lan",
        reason="xe cứu thương đi sau", issued_at=now - timedelta(seconds=36), expires_at=now,
    )  # fmt: skip
    with store.transaction() as transaction:
        store.outcomes.revise(transaction, said)
        store.commands.add(transaction, asked)
    return hero


def _numbered(store: Store, now: datetime) -> int:
    """A ticket and a report, of the same number: addresses call both so."""
    desk = ReportDesk(Composer(store, ReportSettings(), TrafficSettings(), 7.0), clock=lambda: now)
    report = desk.draft(ReportKind.DAY, (now + timedelta(hours=7)).date(), actor="can.bo.lan")
    ticket = _ticket(store, now)
    assert ticket == report.report_id
    return ticket


def _ticket(store: Store, now: datetime) -> int:
    device, lane = DeviceKey.of("tan-thanh", "tan-thanh-1", "out-1-front"), "out-1"
    since = now - timedelta(minutes=47)
    draft = Ticket(
        0, device, lane, "frozen", Severity.SEVERE, TicketState.OPEN, since, Evidence.STANDS, since, since,
        assignee="Tổ bảo trì Ví Dụ", due_at=now - timedelta(minutes=17),
    )  # fmt: skip
    with store.transaction(since) as transaction:
        ticket = store.tickets.add(transaction, draft)
        store.tickets.add_devices(transaction, ticket.ticket_id, [TicketDevice(device, lane, "frozen", since)])
        store.tickets.note(transaction, ticket, EntryKind.OPENED)
    return ticket.ticket_id


def _device(store: Store) -> str:
    """Devices on the register; the id of the camera that the examples are about."""
    unit = UnitRecord("Tổ bảo trì Ví Dụ", contact="Nguyễn Văn Ví Dụ", phone="0205 3 000 000")
    fields = DeviceFields(
        kind=DeviceKind.CAMERA, site="huu-nghi", node="huu-nghi-1", lane="in-1", camera="in-1-front",
        title="Camera trước làn vào 1", make="Ví Dụ", model="VD-2", serial="00012", maintainer=unit.name,
        owner="Ban quản lý Ví Dụ", cost_vnd=18_500_000,
    )  # fmt: skip
    with store.transaction() as transaction:
        store.register.set_unit(transaction, unit, actor="can.bo.lan")
        camera = store.register.add(transaction, fields, actor="can.bo.lan")
        store.register.add(
            transaction, replace(fields, lane="out-1", camera="out-1-front", serial="00013"), actor="lan"
        )
    return camera.device_id


def _import(store: Store) -> str:
    """The register as somebody took it out, waiting to be taken in again."""
    content = register_workbook(store, words_of("vi"))
    with store.transaction() as transaction:
        return store.register.keep_import(transaction, "thiet-bi.xlsx", content, actor="can.bo.lan")


def _sheet(store: Store, passage_id: UUID, now: datetime) -> str:
    facts = gather(store, passage_id, printed_by="can.bo.lan", printed_at=now)
    assert facts is not None
    text, pdf = written(facts), b"%PDF made up"
    sheet = SheetRecord(hash_of(text.encode()), passage_id, text, hash_of(pdf), "can.bo.lan", now)
    with store.transaction() as transaction:
        store.sheets.add(transaction, sheet, pdf)
    return sheet.sha256
