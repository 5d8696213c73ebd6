"""The platform's page: how connectors do, and what would be read of a file or of an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from central.auth import set_login
from central.config import CentralConfig
from central.platform.settings import PlatformSettings
from central.store import Store
from central.store.records import Role
from simulation.processes import free_port
from tests.central.forms import csrf_of
from tests.central.platform.offices import HEADERS, ROW, written
from tests.central.served import Served

OTHER_ROW = ("HN-000002", "29H-123.45", "Hữu Nghị", "Nhập khẩu", "tối mai", "Trần Văn Ví Dụ", "vải thiều")
FILE = written([(*HEADERS, "Ghi chú của bãi"), (*ROW, "x"), (*OTHER_ROW, "y")]).encode("utf-8-sig")


@pytest.fixture
def admin(store: Store, tmp_path: Path) -> Iterator[httpx.Client]:
    """An admin of a central whose platform does not answer."""
    (tmp_path / "central.toml").write_text(
        f'data_dir = "data"\n[mqtt]\nhost = "127.0.0.1"\n[platform]\nbase_url = "http://127.0.0.1:{free_port()}"\n'
    )
    with Served(store, config=CentralConfig.load(tmp_path / "central.toml")) as served:
        client = served.client(headers={"Accept": "text/html"})
        set_login(store, "lan", Role.ADMIN, "a made-up password")
        client.post("/login", data={"user": "lan", "password": "a made-up password"})
        yield client


def look(client: httpx.Client, content: bytes, **more: str) -> str:
    form = {"csrf": csrf_of(client, "/platform")} | more
    return client.post("/platform/preview", data=form, files={"file": ("to-khai.csv", content)}).text


def test_a_file_is_looked_at_and_nothing_of_it_is_kept(admin: httpx.Client, store: Store) -> None:
    """Good rows as they would be read, the bad one by row, column and what was expected; nobody is named."""
    page = look(admin, FILE)
    assert "HN-000001" in page
    assert re.search(r"<td>\s*3</td><td>E Thời gian dự kiến đến</td>", page)
    assert "tối mai" in page
    assert "Nguyễn Văn Ví Dụ" not in page
    assert store.declarations.list().items == ()
    assert not [row for row in store.audit.all() if "platform" in row.deed]


def test_a_column_can_be_given_a_meaning(admin: httpx.Client) -> None:
    """The lines for the configuration appear with it, ready to be copied."""
    assert "Ghi chú của bãi" in look(admin, FILE)
    page = look(admin, FILE, **{"means:Ghi chú của bãi": "seal"})
    assert "[platform_folder.mapping.fields]\nseal = &#34;Ghi chú của bãi&#34;" in page


def test_what_cannot_be_read_is_told(admin: httpx.Client) -> None:
    """A file that is none, and a platform that does not answer."""
    assert 'role="alert"' in look(admin, b"%PDF-1.7 no table")
    form = {"csrf": csrf_of(admin, "/platform"), "source": "rest"}
    answer = admin.post("/platform/preview", data=form)
    assert "the platform does not answer" in answer.text
    assert PlatformSettings.model_fields["name"].default in admin.get("/platform").text
