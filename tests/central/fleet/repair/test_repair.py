"""Repair or replace: the rules on figures, the figures out of a store, and the papers that carry them."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from central.console.device_form import speech
from central.console.words import LANGUAGES, words_of
from central.fleet.register.desk import add_device
from central.fleet.repair.assess import repair_list
from central.fleet.repair.paper import repair_pdf, repair_workbook, sign_text
from central.fleet.repair.rules import Figures, Sign, SignCode, Verdict, signs, verdict
from central.fleet.repair.settings import RepairSettings
from central.print.fonts import FOLDER
from central.store import Store
from central.store.device_key import DeviceKey
from central.store.history import Run
from contract.messages import HealthLevel
from tests.central.made import passage

LIMITS = RepairSettings()
NOW = datetime(2026, 5, 31, 5, tzinfo=UTC)
ZONE = timezone(timedelta(hours=7))
WELL = Figures(life_years=5.0, age_years=2.0, under_warranty=False, observed_days=90.0)


def judged(**more: Any) -> Verdict:
    figures = {name: getattr(WELL, name) for name in Figures.__dataclass_fields__} | more
    return verdict(signs(Figures(**figures), LIMITS))


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        # nothing is wrong
        ({}, Verdict.KEEP),
        # old, and nothing is wrong
        ({"age_years": 9.0}, Verdict.KEEP),
        # never heard of
        ({"observed_days": 0.0}, Verdict.LOOK_AT),
        # a barrier has no voice
        ({"speaks": False, "observed_days": 0.0}, Verdict.LOOK_AT),
        # silent most of the time, whatever else is known
        ({"unseen_share": 0.6, "failures": 9, "age_years": 9.0}, Verdict.LOOK_AT),
        # often out of order, and old
        ({"failures": 5, "age_years": 6.0}, Verdict.REPLACE),
        # the same, and not old
        ({"failures": 5}, Verdict.REPAIR),
        # the same, and nobody knows how old
        ({"failures": 5, "age_years": None}, Verdict.LOOK_AT),
        # the same, old, but whoever sold it must repair it
        ({"failures": 5, "age_years": 6.0, "under_warranty": True}, Verdict.REPAIR),
        # it fails often and repairs do not hold
        ({"failures": 5, "relapses": 2}, Verdict.REPLACE),
        # out of order now, for the first time, and old
        ({"failed_now": True, "age_years": 6.0}, Verdict.REPAIR),
        # bad for long
        ({"degraded_share": 0.3}, Verdict.REPAIR),
        # reads are lost
        ({"vehicles": 1000, "unread": 200}, Verdict.REPAIR),
        # too few vehicles to say so
        ({"vehicles": 100, "unread": 50}, Verdict.KEEP),
        # five failures within five days are not ninety in a quarter
        ({"failures": 1, "observed_days": 5.0}, Verdict.KEEP),
    ],
)
def test_rules(figures: dict[str, Any], expected: Verdict) -> None:
    """Each rule, and what keeps it from holding."""
    assert judged(**figures) is expected


FIGURES = st.builds(
    Figures,
    life_years=st.just(5.0),
    age_years=st.none() | st.floats(0, 20),
    under_warranty=st.none() | st.booleans(),
    observed_days=st.floats(0, 400),
    failed_now=st.booleans(),
    failures=st.integers(0, 50),
    down_share=st.floats(0, 1),
    degraded_share=st.floats(0, 1),
    unseen_share=st.floats(0, 1),
    relapses=st.integers(0, 9),
    vehicles=st.integers(0, 5000),
)


@given(FIGURES)
def test_nothing_is_replaced_without_a_fault_or_under_warranty(figures: Figures) -> None:
    """Whatever the figures: what is to be replaced is ill again and again, out of warranty as far as is known, and known of."""
    found = signs(figures, LIMITS)
    codes = {sign.code for sign in found}
    if verdict(found) is Verdict.REPLACE:
        assert codes & {SignCode.OFTEN_FAILED, SignCode.LONG_DOWN, SignCode.RELAPSES}
        assert SignCode.UNDER_WARRANTY not in codes
        assert not codes & {SignCode.UNHEARD, SignCode.UNSEEN}
    assert all(sign.value is None or sign.limit is None or sign.value >= sign.limit for sign in found)


def test_every_sign_is_said_in_every_language() -> None:
    """No sentence lacks its numbers."""
    for language in LANGUAGES:
        words = words_of(language)
        said = [sign_text(words, Sign(code, 0.5, 0.25), WELL) for code in SignCode]
        assert not [text for text in said if "?" in text or "{" in text]


def camera(store: Store, name: str, **more: object) -> str:
    raw = {
        "kind": "camera", "site": "huu-nghi", "node": "huu-nghi-1", "lane": "in-1", "camera": name,
        "title": f"Camera {name}", "commissioned_on": "01/06/2020", "maintainer": "VNPT Lạng Sơn",
        "warranty_until": "01/06/2023", "replacement_cost_vnd": "45.000.000",
    }  # fmt: skip
    return add_device(store, raw | more, speech(), actor="lan").device_id


def tell(store: Store, name: str, *states: tuple[HealthLevel, float]) -> None:
    """States one after the other, each for so many hours, the last one until now."""
    since = NOW - timedelta(hours=sum(hours for _, hours in states))
    key = DeviceKey.of("huu-nghi", "huu-nghi-1", name)
    with store.transaction(NOW) as transaction:
        for level, hours in states:
            until = since + timedelta(hours=hours)
            reason = "" if level is HealthLevel.OK else "no_frames"
            store.history.tell(transaction, key, Run(level, reason, since, until))
            since = until


@pytest.fixture
def gates(store: Store) -> dict[str, str]:
    """An old camera that fails often, a sound one, one that nobody heard of, one out of use, a lane."""
    ok, failed = HealthLevel.OK, HealthLevel.FAILED
    tell(store, "in-1-front", *[(ok, 100.0), (failed, 20.0)] * 6, (ok, 10.0))
    tell(store, "in-1-rear", (ok, 1000.0))
    made = {name: camera(store, name) for name in ("in-1-front", "in-1-rear", "in-1-overview")}
    made["in-1-side"] = camera(store, "in-1-side", retired_on="01/01/2026")
    add_device(store, {"kind": "lane", "site": "huu-nghi", "node": "huu-nghi-1", "lane": "in-1"}, speech(), actor="lan")
    return made


def test_figures_come_from_history_register_and_passages(store: Store, gates: dict[str, str]) -> None:
    """Failures, hours, age and lost reads of the period, with the numbers that the store has; the gravest first."""
    with store.transaction(NOW) as transaction:
        for seq in range(1, 251):
            plate = None if seq % 5 == 0 else "12C34567"
            at = NOW - timedelta(hours=seq)
            store.passages.save(transaction, passage(seq, plate, at=at), late_after=timedelta(days=365))
    found = repair_list(store, LIMITS, NOW, ZONE)
    assert (found.since, found.until) == (date(2026, 3, 3), date(2026, 5, 31))
    by_id = {one.device.device_id: one for one in found.assessments}
    assert set(by_id) == {gates["in-1-front"], gates["in-1-rear"], gates["in-1-overview"]}
    bad = by_id[gates["in-1-front"]]
    assert found.assessments[0] is bad
    assert (bad.verdict, bad.figures.failures, round(bad.figures.down_h)) == (Verdict.REPLACE, 6, 120)
    assert (bad.figures.vehicles, bad.figures.unread) == (250, 50)
    assert round(bad.figures.age_years or 0, 1) == 6.0
    assert by_id[gates["in-1-overview"]].verdict is Verdict.LOOK_AT
    assert found.replacement_vnd == 45_000_000
    assert repair_list(store, LIMITS, NOW, ZONE, days=7).since == date(2026, 5, 25)


def test_workbook_says_the_same_as_the_list(store: Store, gates: dict[str, str]) -> None:
    """One row a device, verdict and reasons in words, amounts as numbers."""
    found = repair_list(store, LIMITS, NOW, ZONE)
    sheet = load_workbook(io.BytesIO(repair_workbook(found, words_of("vi")))).worksheets[0]
    assert [sheet["A1"].value, sheet["A2"].value] == [
        "Thiết bị cửa khẩu đề nghị sửa chữa, thay thế",
        "Kỳ đánh giá: 03/03/2026 – 31/05/2026",
    ]
    header = [cell.value for cell in sheet[3]]
    first = dict(zip(header, [cell.value for cell in sheet[4]], strict=True))
    assert first["Mã thiết bị"] == gates["in-1-front"]
    assert first["Đề nghị"] == "Thay mới"
    assert "đã dùng 6 năm (giới hạn 5)" in first["Lý do"]
    assert first["Giá thay mới (đồng)"] == 45_000_000
    assert first["Số lần hỏng"] == 6
    assert sheet.max_row == 3 + 3


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no fonts for papers here: make assets")
def test_paper_is_one_sheet_with_its_vietnamese_signs(store: Store, gates: dict[str, str]) -> None:
    """The paper carries the letters of what it says."""
    pdf = repair_pdf(repair_list(store, LIMITS, NOW, ZONE), LIMITS, words_of("vi"))
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 1
    coded = set(re.findall(rb"<[0-9A-F]{4}> <([0-9A-F]{4})>", pdf))
    signs_needed = set("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc THỦ TRƯỞNG ĐƠN VỊ") - {" "}
    assert {sign for sign in signs_needed if f"{ord(sign):04X}".encode() not in coded} == set()
