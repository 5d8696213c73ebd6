"""The page of a declaration shows all of it; what names a person is on no other page."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from central.console.words import words_of
from central.store import Store
from central.store.declaration_records import Confirmation, ConfirmingForce, DriverType, Verdict
from central.store.outcome_records import OutcomeKind, OutcomeRecord
from central.store.records import Role
from contract.plate import PlateCountry
from tests.central.made import NOON, declared, passage

PEOPLE = {
    "driver_name": "Nguyễn Văn Ví Dụ",
    "driver_document": "000000000001",
    "phone": "0900000000",
    "agent": "Trần Thị Ví Dụ",
}
OFFICER = "Lê Ví Dụ"


def test_people_are_named_on_the_page_of_their_declaration_alone(
    store: Store, visit: Callable[[Role], httpx.Client]
) -> None:
    """Goods, seal, fee and forces stand wherever the declaration does; driver, agent, phone and officer there only."""
    said = Confirmation(ConfirmingForce.CUSTOMS, Verdict.REFUSED, NOON, OFFICER)
    full = declared(
        **PEOPLE,
        driver_type=DriverType.DEDICATED,
        nationality=PlateCountry.CN,
        seal="VN-0001",
        weight_kg=24_500.0,
        fee_class="40 ft",
        fee_paid=False,
        confirmations=(said,),
    )
    came = passage(1)
    with store.transaction(NOON) as transaction:
        store.declarations.save(transaction, full, payload="{}")
        store.passages.save(transaction, came, late_after=NOON - NOON)
        matched = OutcomeRecord(OutcomeKind.MATCHED, (), came.passage_id, full.declaration_id, 1.0, NOON)
        store.outcomes.revise(transaction, [matched])
    officer = visit(Role.OPERATOR)
    page = officer.get(f"/declarations/{full.declaration_id}").text
    for text in (
        *PEOPLE.values(),
        OFFICER,
        "VN-0001",
        "24500 kg",
        "chưa nộp",
        "Hải quan: từ chối",
        "Trung Quốc",
        "lái xe chuyên trách",
    ):
        assert text in page, text
    others = [officer.get(path).text for path in ("/declarations", "/passages", f"/passages/{came.passage_id}", "/")]
    assert "VN-0001" in others[2]
    assert [text for text in (*PEOPLE.values(), OFFICER) for other in others if text in other] == []


def test_a_list_that_looked_far_enough_says_so_and_goes_on(
    store: Store, visit: Callable[[Role], httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing of what was looked at fits, the page says how far that was, and one click looks further."""
    monkeypatch.setattr("central.store.declarations.LOOKED_AT", 2)
    with store.transaction(NOON) as transaction:
        for number in range(1, 5):
            plate = "29H-012.34" if number == 1 else "12C-345.67"
            one = declared(plate, number, at=NOON + timedelta(hours=number))
            store.declarations.save(transaction, one, payload="{}")
    operator = visit(Role.OPERATOR)
    page = operator.get("/declarations?plate=29H").text
    further = re.search(r'href="([^"]+)" rel="next">([^<]+)<', page)
    assert further is not None
    assert further[2] == words_of("vi")("search.further")
    assert "HN-000001" not in page
    assert "HN-000001" in operator.get(html.unescape(further[1])).text
