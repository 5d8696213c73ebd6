"""Plates that people list: what may be listed, and what nodes are told of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.access import AccessPublisher, open_signing_key
from central.access_rules import RuleFaultCode, read_rule, with_rules
from central.config import AccessSettings
from central.store import Store
from central.store.outcome_records import OutcomeKind
from central.store.records import Role
from central.store.setup_records import Effect, RuleFields, RuleRecord
from contract.messages import AccessEntry, AccessList, Direction
from tests.central.forms import csrf_of, send
from tests.central.gates import Gates
from tests.central.gates import plate as plate_read
from tests.central.made import NOON, birth, declared

VIETNAM = timezone(timedelta(hours=7))
TYPED = {"plate": "12C-345.67", "effect": "allow", "site": "", "valid_until": "2026-06-30", "reason": "xe cứu hỏa"}


def rule(plate: str, effect: Effect, begins_h: int, ends_h: int, **more: Any) -> RuleRecord:
    values: dict[str, Any] = {
        "plate": plate,
        "effect": effect,
        "site": "",
        "valid_from": NOON + timedelta(hours=begins_h),
        "valid_until": NOON + timedelta(hours=ends_h),
        "reason": "thử",
        "rule_id": 1,
        "added_at": NOON,
        "added_by": "lan",
        "ended_at": None,
        "ended_by": "",
    }
    return RuleRecord(**values | more)


def test_what_was_typed_becomes_a_plate_and_whole_days_at_the_gate() -> None:
    """The last day counts to its end by the clocks of the gates; without a first day it counts from now on."""
    found = read_rule(TYPED, now=NOON, zone=VIETNAM)
    assert isinstance(found, RuleFields)
    assert (found.plate, found.effect, found.valid_from) == ("12C34567", Effect.ALLOW, NOON)
    assert found.valid_until == datetime(2026, 6, 30, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        ("plate", "", RuleFaultCode.REQUIRED),
        ("plate", "F12345", RuleFaultCode.NO_PROVINCE),
        ("plate", "GUI F12345", RuleFaultCode.SEVERAL_PLATES),
        ("plate", "xe cứu hỏa của huyện", RuleFaultCode.NO_PLATE),
        ("effect", "perhaps", RuleFaultCode.EFFECT),
        ("site", "Cửa khẩu nào đó", RuleFaultCode.SITE),
        ("valid_until", "31/02/2026", RuleFaultCode.DAY),
        ("valid_until", "2026-05-01", RuleFaultCode.BEFORE),
        ("valid_until", "2036-05-01", RuleFaultCode.TOO_LONG),
        ("reason", "  ", RuleFaultCode.REQUIRED),
    ],
)
def test_what_cannot_be_listed_says_why(field: str, typed: str, code: RuleFaultCode) -> None:
    """A plate that names several or none, a day that is none, and nothing without a reason."""
    faults = read_rule(TYPED | {field: typed}, now=NOON, zone=VIETNAM)
    assert isinstance(faults, tuple)
    assert code in {fault.code for fault in faults if fault.field == field}


HOURS = st.tuples(st.integers(-20, 20), st.integers(1, 20)).map(lambda pair: (pair[0], pair[0] + pair[1]))
PLATES = st.sampled_from(["12C34567", "桂F12345"])


@settings(max_examples=60, deadline=None)
@given(
    entries=st.lists(st.tuples(PLATES, HOURS), max_size=4),
    rules=st.lists(st.tuples(PLATES, st.sampled_from(Effect), HOURS), max_size=5),
    at_h=st.integers(-25, 25),
)
def test_a_plate_is_on_the_list_while_it_may_pass_and_is_not_denied(
    entries: list[tuple[str, tuple[int, int]]], rules: list[tuple[str, Effect, tuple[int, int]]], at_h: int
) -> None:
    """At every moment: declared or allowed, and no denial in force."""
    listed = [
        AccessEntry(
            plate=plate,
            direction=Direction.IN,
            valid_from=NOON + timedelta(hours=begins),
            valid_until=NOON + timedelta(hours=ends),
        )
        for plate, (begins, ends) in entries
    ]
    made = [rule(plate, effect, begins, ends) for plate, effect, (begins, ends) in rules]
    at = NOON + timedelta(hours=at_h, minutes=30)
    found = with_rules(listed, made, until=NOON + timedelta(days=9))

    def covers(spans: list[tuple[int, int]]) -> bool:
        return any(begins <= at_h < ends for begins, ends in spans)

    for plate in ("12C34567", "桂F12345"):
        may = covers([span for one, span in entries if one == plate]) or covers(
            [span for one, effect, span in rules if one == plate and effect is Effect.ALLOW]
        )
        may_not = covers([span for one, effect, span in rules if one == plate and effect is Effect.DENY])
        is_listed = any(
            entry.plate == plate and entry.direction is Direction.IN and entry.valid_from <= at < entry.valid_until
            for entry in found
        )
        assert is_listed == (may and not may_not)


def test_nodes_are_told_of_what_people_list_for_their_gate(store: Store, tmp_path: Path) -> None:
    """An allowed plate is on the list, a denied one is not though it is declared; another gate's is not told."""
    with store.transaction(NOON) as transaction:
        store.nodes.report_status(transaction, birth())
        store.declarations.save(transaction, declared("29H-123.45"), payload="{}")
        for listed in (
            rule("12C34567", Effect.ALLOW, -1, 5),
            rule("29H12345", Effect.DENY, -3, 5),
            rule("15C11111", Effect.ALLOW, -1, 5, site="tan-thanh"),
        ):
            fields = {name: getattr(listed, name) for name in RuleFields.__dataclass_fields__}
            store.access_rules.add(transaction, RuleFields(**fields), actor="lan")
    published: list[AccessList] = []
    key = open_signing_key(tmp_path / "key")
    publisher = AccessPublisher(store, AccessSettings(), key, published.append, lambda: 1)
    publisher.step(NOON)
    assert {entry.plate for entry in published[0].entries} == {"12C34567"}
    denied = next(one for one in store.access_rules.list() if one.plate == "29H12345")
    with store.transaction(NOON) as transaction:
        store.access_rules.end(transaction, denied.rule_id, actor="lan")
    publisher.step(NOON + timedelta(seconds=3))
    assert {entry.plate for entry in published[1].entries} == {"12C34567", "29H12345"}


def test_a_manager_lists_takes_off_and_takes_back(visit: Callable[[Role], httpx.Client], store: Store) -> None:
    """Each step is on record with who and why; an operator may not; a wrong field is told beside it."""
    assert visit(Role.OPERATOR).get("/access-lists").status_code == 403
    manager = visit(Role.MANAGER)
    wrong = send(manager, "/access-lists", **TYPED | {"valid_until": "2020-01-01"})
    assert wrong.status_code == 422
    assert 'id="f-valid_until-fault"' in wrong.text
    until = f"{datetime.now(VIETNAM) + timedelta(days=9):%Y-%m-%d}"
    assert send(manager, "/access-lists", **TYPED | {"valid_until": until}).status_code == 303
    (listed,) = store.access_rules.list(counting_at=datetime.now(UTC))
    ended = send(manager, "/access-lists", f"/access-lists/{listed.rule_id}/end")
    assert store.access_rules.list(counting_at=datetime.now(UTC)) == ()
    assert f"/access-lists/{listed.rule_id}/undo" in manager.get(ended.headers["location"]).text
    send(manager, "/access-lists", f"/access-lists/{listed.rule_id}/undo")
    assert store.access_rules.list(counting_at=datetime.now(UTC)) == (listed,)
    deeds = [row for row in store.audit.all(actor="lan.manager") if "access-lists" in row.deed]
    assert [row.subject for row in deeds] == ["12C34567"] * 3
    assert deeds[1].after == {"listed": False}


def test_an_operator_sees_on_the_lane_what_is_listed_of_the_plate(
    visit: Callable[[Role], httpx.Client], store: Store
) -> None:
    """A person who is asked to decide sees that the plate is denied, why and by whom; not on another gate's lane."""
    gates = Gates(store)
    gates.passage("huu-nghi", "in-1", plate_read("12C34567"), OutcomeKind.UNDECLARED)
    gates.passage("tan-thanh", "in-1", plate_read("12C34567"), OutcomeKind.UNDECLARED)
    now = datetime.now(UTC)
    for effect in (Effect.ALLOW, Effect.DENY):
        with store.transaction() as transaction:
            fields = RuleFields(
                plate="12C34567",
                effect=effect,
                site="huu-nghi",
                valid_from=now - timedelta(days=1),
                valid_until=now + timedelta(days=1),
                reason=f"lý do {effect.value}",
            )
            store.access_rules.add(transaction, fields, actor="hoa")
    page = visit(Role.OPERATOR).get("/").text
    assert page.count("phải có người quyết định") == 1
    assert "lý do deny" in page


def test_a_table_is_looked_at_first_and_comes_back_as_it_went(
    visit: Callable[[Role], httpx.Client], store: Store
) -> None:
    """Bad rows are told by row and column; what is listed already is not listed twice."""
    manager = visit(Role.MANAGER)
    until = f"{datetime.now(VIETNAM) + timedelta(days=9):%d/%m/%Y}"
    table = (
        "Biển số;Ý nghĩa;Cửa khẩu;Từ ngày;Đến hết ngày;Lý do\n"
        f"12C-345.67;được qua;Hữu Nghị;;{until};xe cứu hỏa\n"
        f"桂F12345;maybe;;;{until};\n"
    ).encode("utf-8-sig")

    def look(content: bytes) -> str:
        form = {"csrf": csrf_of(manager, "/access-lists/import")}
        return manager.post("/access-lists/import/preview", data=form, files={"file": ("bien.csv", content)}).text

    shown = look(table)
    assert "Dòng 3, cột B (Ý nghĩa):" in shown
    assert "Dòng 3, cột F (Lý do):" in shown
    assert store.access_rules.list() == ()
    rows = f'[{{"plate":"12C34567","effect":"allow","site":"huu-nghi","valid_until":"{until}","reason":"xe cứu hỏa"}}]'
    assert send(manager, "/access-lists/import", rows=rows, name="bien.csv").status_code == 303
    (listed,) = store.access_rules.list()
    assert (listed.plate, listed.site, listed.added_by) == ("12C34567", "huu-nghi", "lan.manager")
    again = look(manager.get("/access-lists/export").content)
    assert "Không có gì để thêm." in again
