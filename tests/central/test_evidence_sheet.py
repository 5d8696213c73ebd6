"""Evidence sheets: made from what is known, kept as they were handed out, and checked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from typer.testing import CliRunner

from central.auth import set_login
from central.config import CentralConfig
from central.ingest.settings import MqttSettings
from central.service import CentralService
from central.sheets import PictureState, check, gather, read_facts
from central.store import Store
from central.store.outcome_records import OutcomeKind, OutcomeRecord, Reason, ReasonCode
from central.store.records import Role
from central.store.sheets import SheetRecord
from cli.main import build
from contract.messages import Candidate, Command, CommandKind, CommandResult
from tests.central.made import NOON, declared, evidence, passage, read, stamp
from tests.central.pictures import jpeg_of
from tests.central.served import Served


@dataclass
class House:
    """A store with passages, and an operator who looks at its pages."""

    folder: Path
    store: Store
    operator: httpx.Client
    passages: int = 0

    def sheet(self) -> tuple[SheetRecord, Path]:
        """A passage whose declaration is another vehicle's by a sign; its sheet, and the file of its picture."""
        self.passages += 1
        jpeg = jpeg_of(640, 360, 100 + self.passages)
        lattice = tuple((Candidate(text=own, confidence=0.9), Candidate(text="8", confidence=0.06)) for own in PLATE)
        plate = read(PLATE).model_copy(update={"lattice": lattice})
        seen = passage(2 * self.passages, jpegs=(jpeg,)).model_copy(update={"plate": plate})
        near = Reason(ReasonCode.PLATE_NEAR, {"read": PLATE, "declared": "12C34561"})
        declaration = declared("12C-345.61", self.passages, driver_name="Lái Xe Ví Dụ")
        said = OutcomeRecord(OutcomeKind.TO_REVIEW, (near,), seen.passage_id, declaration.declaration_id, 0.7, NOON)
        with self.store.transaction(NOON) as transaction:
            self.store.declarations.save(transaction, declaration, payload="{}")
            self.store.passages.save(transaction, seen, late_after=timedelta(minutes=5))
            self.store.evidence.save(transaction, evidence(2 * self.passages + 1, seen, jpeg))
            self.store.outcomes.revise(transaction, [said])
        address = f"/passages/{seen.passage_id}"
        answer = self.operator.post(f"{address}/sheet", data={"csrf": self.token(address)})
        assert answer.status_code == 303, answer.text
        made = self.store.sheets.get(answer.headers["location"].removeprefix("/sheets/"))
        picture = self.store.evidence.path(hashlib.sha256(jpeg).hexdigest())
        assert made
        assert picture
        return made, picture

    def token(self, address: str) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.operator.get(address).text)
        assert found
        return found[1]


PLATE = "12C34567"


def dispute(store: Store, sheet: SheetRecord) -> None:
    """Somebody has its passage kept, and the node has taken that down."""
    command = Command(
        site="huu-nghi", node="huu-nghi-1", command_id=uuid4(), kind=CommandKind.KEEP_EVIDENCE, lane="in-1",
        passage_id=sheet.passage_id, actor="lan", issued_at=NOON, expires_at=NOON + timedelta(days=1),
    )  # fmt: skip
    result = CommandResult(
        site="huu-nghi", node="huu-nghi-1", command_id=command.command_id, done=True, stamp=stamp(NOON)
    )
    with store.transaction(NOON) as transaction:
        store.commands.add(transaction, command)
        store.commands.answer(transaction, result)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("central")
    store = Store.open(f"sqlite:///{folder / 'central.db'}", folder / "evidence")
    set_login(store, "lan", Role.OPERATOR, "a made-up password")
    with Served(store) as served:
        operator = served.client(headers={"Accept": "text/html"})
        operator.post("/login", data={"user": "lan", "password": "a made-up password"})
        yield House(folder, store, operator)
    store.close()


def test_a_sheet_tells_all_and_names_who_printed_it(house: House) -> None:
    """Plate with its doubt, picture with its hash, declaration, reasons; no name of a driver."""
    made, picture = house.sheet()
    operator, store = house.operator, house.store
    page = operator.get(f"/sheets/{made.sha256}").text
    for told in (
        "12C-345.67",
        "12C-345.61",
        "HN-00000",
        picture.stem,
        made.sha256,
        "lan",
    ):
        assert told in page
    assert "Phiếu còn nguyên" in page
    assert "Lái Xe Ví Dụ" not in page + made.facts
    facts = read_facts(made)
    assert facts is not None
    assert facts == gather(store, made.passage_id, printed_by="lan", printed_at=made.printed_at)
    pdf = operator.get(f"/sheets/{made.sha256}/pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")


def test_paper_is_known_again_by_its_code_and_by_its_file(house: House) -> None:
    """Twelve signs are enough, however they are set; a file that differs in one bit is none of ours."""
    made, _ = house.sheet()
    operator = house.operator
    typed = "-".join(re.findall("....", made.sha256[:12])).upper()
    assert operator.get("/sheets", params={"code": typed}).headers["location"] == f"/sheets/{made.sha256}"
    for code in (made.sha256[:11], "0" * 12, "nonsense%_"):
        assert operator.get("/sheets", params={"code": code}).status_code == 404
    token = house.token("/sheets")
    pdf = operator.get(f"/sheets/{made.sha256}/pdf").content
    changed = pdf[:-9] + bytes([pdf[-9] ^ 1]) + pdf[-8:]
    for content, status in ((pdf, 303), (changed, 404)):
        answer = operator.post("/sheets", data={"csrf": token}, files={"file": ("a.pdf", content)})
        assert answer.status_code == status


def test_what_changed_since_is_told_apart_from_what_was_tampered_with(house: House) -> None:
    """News of the passage are news; another picture in its place, or another paper, is none of that."""
    made, picture = house.sheet()
    operator, store = house.operator, house.store
    assert check(store, made).holds
    assert not check(store, made).changed_since
    with store.transaction(NOON) as transaction:
        store.outcomes.revise(
            transaction, [OutcomeRecord(OutcomeKind.UNDECLARED, (), made.passage_id, None, 0.0, NOON)]
        )
    after = check(store, made)
    assert (after.holds, after.changed_since) == (True, True)
    whole = picture.read_bytes()
    picture.write_bytes(jpeg_of(640, 360, 10))
    swapped = check(store, made)
    assert [state for _, state in swapped.pictures] == [PictureState.LACKING]
    assert not swapped.holds
    picture.write_bytes(whole)
    (paper,) = (house.folder / "evidence" / "sheets").glob(f"**/{made.sha256}.pdf")
    paper.write_bytes(paper.read_bytes() + b"\n")
    assert not check(store, made).paper_whole
    assert operator.get(f"/sheets/{made.sha256}/pdf").status_code == 404
    assert "Phiếu không còn nguyên" in operator.get(f"/sheets/{made.sha256}").text


def test_pictures_deleted_on_purpose_do_not_break_a_sheet(house: House) -> None:
    """Their deletion was noted."""
    made, _ = house.sheet()
    store = house.store
    with store.transaction() as transaction:
        assert store.evidence.forget(transaction, before=transaction.at)
    found = check(store, made)
    assert [state for _, state in found.pictures] == [PictureState.DELETED]
    assert found.holds


def test_command_line_verifies(house: House) -> None:
    """By file and by code; what is none of ours ends with 1."""
    made, _ = house.sheet()
    operator = house.operator
    config = house.folder / "central.toml"
    config.write_text(f'data_dir = "{house.folder}"\n[mqtt]\nhost = "127.0.0.1"\n', "utf-8")
    file = house.folder / "paper.pdf"
    file.write_bytes(operator.get(f"/sheets/{made.sha256}/pdf").content)

    def run(what: str) -> tuple[int, str]:
        result = CliRunner().invoke(build("central"), ["central", "evidence", "verify", "--config", str(config), what])
        return result.exit_code, result.output

    for what in (str(file), made.sha256[:16]):
        code, told = run(what)
        assert code == 0, told
        assert told.splitlines()[-1] == "whole"
    file.write_bytes(file.read_bytes() + b"\n")
    assert run(str(file))[0] == 1


def test_a_sheet_is_deleted_at_the_end_of_its_time_and_still_known(house: House) -> None:
    """Not before, nor while its passage is disputed; the log names it, and its paper is known by its file."""
    made, _ = house.sheet()
    disputed, _ = house.sheet()
    operator, store = house.operator, house.store
    token = house.token("/sheets")
    pdf = operator.get(f"/sheets/{made.sha256}/pdf").content
    dispute(store, disputed)
    config = CentralConfig(data_dir=house.folder, mqtt=MqttSettings(host="127.0.0.1"), sheets_kept_days=1 / 8)
    service = CentralService(store, config)
    service.tidy(made.printed_at + timedelta(hours=2.9))
    assert store.sheets.pdf(made) == pdf
    service.tidy(made.printed_at + timedelta(hours=3.1))
    assert not list((house.folder / "evidence" / "sheets").glob(f"**/{made.sha256}.pdf"))
    assert store.sheets.pdf(disputed)
    logged = store.audit.list(about=made.sha256).items
    assert [(one.deed, one.actor) for one in logged] == [("sheet_deleted", "central")]
    answer = operator.post("/sheets", data={"csrf": token}, files={"file": ("a.pdf", pdf)})
    page = operator.get(answer.headers["location"]).text
    assert "hết hạn lưu giữ" in page
    assert "đúng là phiếu này" in page
    assert PLATE not in page
    assert operator.get(f"/sheets/{made.sha256}/pdf").status_code == 404
