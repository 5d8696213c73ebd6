"""What central holds after each fault of the platform, over real HTTP. The table is in docs/platform.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from central.platform.mapping import MappingSettings
from central.platform.rest import PlatformUnavailable, RestPlatform
from central.platform.runner import PlatformRunner
from central.platform.settings import PageSettings, PlatformSettings
from central.store import Store
from central.store.declaration_records import ConfirmingForce, Regime, Verdict
from simulation.platform import PlatformFault
from tests.central.made import NOON
from tests.central.platform.platform_house import KEY, PlatformHouse
from tests.central.platform.test_platform import Server, row

PAGE = Path(__file__).parents[3] / "docs" / "platform.md"


@dataclass(frozen=True)
class After:
    """What central says of a fault, and what it holds once the platform is well again; five were declared."""

    says: str = ""
    aside: int = 0


HOLDS = {
    PlatformFault.SLOW: After("does not answer"),
    PlatformFault.ERROR: After("answers 500"),
    PlatformFault.BUSY: After("answers 503"),
    PlatformFault.TOO_MANY: After("answers 429"),
    PlatformFault.LOST: After("does not answer"),
    PlatformFault.CUT: After("expected a page as JSON"),
    PlatformFault.WRONG_TYPE: After(aside=1),
    PlatformFault.DUPLICATE: After(),
    PlatformFault.REORDERED: After(),
    PlatformFault.EDITED: After(aside=2),
    PlatformFault.CURSOR_BACK: After("goes back to"),
    PlatformFault.CURSOR_STUCK: After("stands still"),
}


@pytest.fixture(scope="module")
def house() -> Iterator[PlatformHouse]:
    house = PlatformHouse(slow_s=60.0)
    yield house
    house.stop()


@pytest.fixture
def settings(house: PlatformHouse, tmp_path: Path) -> PlatformSettings:
    (tmp_path / "key").write_text(KEY)
    return PlatformSettings(base_url=house.url, key_file=tmp_path / "key", page_size=2, timeout_s=20.0)


@pytest.fixture
def central(store: Store, settings: PlatformSettings) -> Iterator[PlatformRunner]:
    central = PlatformRunner(store, RestPlatform(settings), settings)
    yield central
    central.stop()


def pull_all(central: PlatformRunner) -> list[str]:
    """Step until the platform has nothing more; what it was blamed for on the way."""
    blamed = []
    while central.complete_at is None:
        try:
            central.step(NOON)
        except PlatformUnavailable as error:
            blamed.append(str(error))
        assert len(blamed) < 30, blamed
    return blamed


@pytest.mark.parametrize("fault", PlatformFault)
def test_after_each_fault(
    store: Store, settings: PlatformSettings, central: PlatformRunner, house: PlatformHouse, fault: PlatformFault
) -> None:
    """Everything that was declared is there, once, at its highest version; what made no sense is aside and counted."""
    platform = house.empty()
    for number in (1, 2, 3, 4, 5):
        platform.publish(row(number))
    platform.publish(row(4, version=2, goods="xoài"))
    central.step(NOON)
    if fault in {PlatformFault.EDITED, PlatformFault.SLOW}:
        central.stop()
        if fault is PlatformFault.EDITED:  # which shows only when the same comes again
            with store.transaction(NOON) as transaction:
                store.cursors.save(transaction, "platform", "")
        else:
            settings = settings.model_copy(update={"timeout_s": 0.5})
        central = PlatformRunner(store, RestPlatform(settings), settings)
    platform.inject(fault)
    blamed = pull_all(central)
    central.stop()
    holds = HOLDS[fault]
    assert any(holds.says in said for said in blamed) if holds.says else blamed == []
    expected = {f"HN-{number:06d}" for number in (1, 2, 3, 4, 5)}
    if fault is PlatformFault.WRONG_TYPE:
        expected.remove("HN-000003")
    assert {found.declaration_id for found in store.declarations.list().items} == expected
    found = store.declarations.get("HN-000004")
    assert found is not None
    assert (found.version, found.goods) == (2, "xoài")
    assert store.dead_letters.count() == holds.aside
    (connector,) = store.connectors.list()
    assert (connector.tally.aside, connector.failure) == (holds.aside, "")


def test_the_table_in_the_documentation_is_complete() -> None:
    """docs/platform.md has a line for each fault that is tried here."""
    table = PAGE.read_text("utf-8").partition("<!-- faults -->")[2].partition("<!-- end of faults -->")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == {fault.value for fault in PlatformFault}


def test_an_outage_is_noted_and_over(store: Store, central: PlatformRunner, house: PlatformHouse) -> None:
    """Whoever looks at the connectors sees why nothing comes, since when, and that it is over."""
    house.platform.inject(PlatformFault.ERROR, 2)
    for _ in range(2):
        with pytest.raises(PlatformUnavailable):
            central.step(NOON)
    (connector,) = store.connectors.list()
    assert connector.failure == "the platform answers 500; expected 200 and a page"
    assert (connector.failed_at, connector.answered_at) == (NOON, None)
    central.step(NOON + timedelta(seconds=5))
    (connector,) = store.connectors.list()
    assert (connector.failure, connector.answered_at) == ("", NOON + timedelta(seconds=5))


@pytest.mark.parametrize(
    ("said", "least_s", "most_s"),
    [("7", 7, 7), ("99999999", 3600, 3600), ("Fri, 31 Dec 2049 23:59:59 GMT", 3600, 3600), ("Fri, 31 Dec 1999 23:59:59 GMT", 0, 0), ("soon", 0, 0)],
)  # fmt: skip
def test_the_platform_may_ask_for_a_rest(said: str, least_s: float, most_s: float) -> None:
    """In seconds or until a date, as HTTP has it; an hour at most, and nonsense is no reason to wait."""
    server = Server([])
    server.answer = lambda request: httpx.Response(429, headers={"Retry-After": said})
    settings = PlatformSettings(base_url="http://platform.example")
    with pytest.raises(PlatformUnavailable) as caught:
        RestPlatform(settings, httpx.MockTransport(server)).pull("", 10)
    assert least_s <= caught.value.retry_after_s <= most_s


def test_pages_get_smaller_while_the_platform_fails(store: Store) -> None:
    """A page that it cannot make in time may come in parts; when it is well, pages are as large as before."""
    server = Server([row(number) for number in range(1, 30)])
    settings = PlatformSettings(base_url="http://platform.example", page_size=16)
    central = PlatformRunner(store, RestPlatform(settings, httpx.MockTransport(server)), settings)

    def too_much(request: httpx.Request) -> httpx.Response:
        if int(request.url.params["limit"]) > 4:
            return httpx.Response(504)
        server.answer = None
        return server(request)

    server.answer = too_much
    pull_all(central)
    assert [int(asked.url.params["limit"]) for asked in server.asked][-3:] == [4, 16, 16]
    assert len(store.declarations.list().items) == 29


def test_a_page_that_trickles_for_ever_is_given_up(store: Store) -> None:
    """Silence ends by itself; an answer that never ends has to be ended."""

    def trickle() -> Iterator[bytes]:
        while True:
            yield b" "

    server = Server([])
    server.answer = lambda request: httpx.Response(200, content=trickle())
    settings = PlatformSettings(base_url="http://platform.example", answer_timeout_s=0.05)
    with pytest.raises(PlatformUnavailable, match="a whole page within"):
        RestPlatform(settings, httpx.MockTransport(server)).pull("", 10)


THEIRS: dict[str, Any] = {
    "maToKhai": "LS-7",
    "xe": {"bienSo": "GUI F12345", "quocTich": "TQ"},
    "cuaKhau": "Hữu Nghị",
    "loaiHinh": "NKKD",
    "duKien": "04/05/2026 12:00",
    "capNhat": "04/05/2026 08:00",
    "haiQuan": "Đã thông quan",
    "phi": 1,
}
MAPPING = MappingSettings.model_validate(
    {
        "fields": {
            "declaration_id": "maToKhai",
            "plate": "xe.bienSo",
            "nationality": "xe.quocTich",
            "gate": "cuaKhau",
            "regime": "loaiHinh",
            "expected_at": "duKien",
            "updated_at": "capNhat",
            "said_customs": "haiQuan",
            "fee_paid": "phi",
        },
        "words": {"regime": {"NKKD": "import"}},
    }
)


def test_a_platform_with_names_of_its_own(store: Store) -> None:
    """Fields, words, times and pages as it has them; without versions, what changed becomes one."""
    rows = [THEIRS]

    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.url.path, request.url.params["soLuong"]) == ("/ds", "100")
        return httpx.Response(200, json={"data": {"list": rows}, "sau": len(rows), "con": False})

    page = PageSettings(path="/ds", limit="soLuong", cursor="tu", items="data.list", next_cursor="sau", more="con")
    settings = PlatformSettings(
        base_url="http://platform.example", page=page, mapping=MAPPING, gates={"Hữu Nghị": "huu-nghi"}
    )
    central = PlatformRunner(store, RestPlatform(settings, httpx.MockTransport(answer)), settings)
    central.step(NOON)
    central.step(NOON)
    rows[:] = [
        THEIRS | {"xe": {"bienSo": "GUI F54321"}, "capNhat": "04/05/2026 09:00"},
        THEIRS | {"maToKhai": "LS-8", "duKien": 4},
        7,
    ]
    central.step(NOON)
    found = store.declarations.get("LS-7")
    assert found is not None
    assert (found.plate, found.version, found.gate, found.regime) == ("GUI F54321", 2, "huu-nghi", Regime.IMPORT)
    assert found.expected_from == NOON - timedelta(hours=2)
    assert [(said.force, said.verdict) for said in found.confirmations] == [
        (ConfirmingForce.CUSTOMS, Verdict.CONFIRMED)
    ]
    assert found.fee_paid
    reasons = sorted(letter.reason for letter in store.dead_letters.list())
    assert reasons[0].startswith("expected an object with the fields of a declaration, got 'int'")
    assert reasons[1].startswith("expected_at: expected a time like")
