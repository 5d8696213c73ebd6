"""What the platform's columns and words mean, changed on a page: looked at first, then it counts, and is on record."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest

from central.platform.folder import FolderRunner
from central.platform.mapping import TARGETS
from central.platform.settings import FolderSettings
from central.store import Store
from central.store.records import Role
from tests.central.forms import csrf_of
from tests.central.made import NOON
from tests.central.platform.offices import HEADERS, ROW, written

Visit = Callable[[Role], httpx.Client]
PAGE = "/platform/mapping/folder"
PLAIN = {"utc_offset_h": "7", "window_before_h": "2", "window_after_h": "12", "day_first": "1", "words": ""}
FILE = written([("Số phiếu của bãi", *HEADERS[1:]), ("HN-000001", *ROW[1:])]).encode("utf-8-sig")
OWN_NAME = PLAIN | {"field:declaration_id": "Số phiếu của bãi"}


def post(client: httpx.Client, to: str, typed: dict[str, str], content: bytes = b"") -> httpx.Response:
    """Send the form, with a file where there is one."""
    files = {"file": ("to-khai.csv", content)} if content else {}
    return client.post(to, data={"csrf": csrf_of(client, PAGE)} | typed, files=files)


def numbers(page: str) -> list[int]:
    """Rows, good ones, bad ones, as the preview counts them."""
    return [int(one) for one in re.findall(r"<dd>(\d+)</dd>", page)[:3]]


def test_a_meaning_is_looked_at_then_set_and_on_record(visit: Visit, store: Store) -> None:
    """Without it the row has no number; with it it is read; nothing counts before it is set."""
    admin = visit(Role.ADMIN)
    assert numbers(post(admin, f"{PAGE}/preview", PLAIN, FILE).text) == [1, 0, 1]
    shown = post(admin, f"{PAGE}/preview", OWN_NAME, FILE).text
    assert numbers(shown) == [1, 1, 0]
    assert "HN-000001" in shown
    assert store.kept_settings.get("platform_mapping.folder") is None
    assert post(admin, PAGE, OWN_NAME).status_code == 303
    assert 'value="Số phiếu của bãi"' in admin.get(PAGE).text
    row = store.audit.list(limit=1).items[0]
    assert row.before is not None
    assert row.after is not None
    assert (row.before.get("declaration_id"), row.after["declaration_id"]) == (None, "Số phiếu của bãi")
    assert "Số phiếu của bãi" in unescape(admin.get("/audit").text)
    assert numbers(admin.post("/platform/preview", data={"csrf": csrf_of(admin, PAGE)}, files={"file": FILE}).text) == [
        1,
        1,
        0,
    ]


@pytest.mark.parametrize(
    ("language", "name"), [("vi", "Biển số rơ moóc"), ("en", "Plate of the trailer"), ("zh", "挂车车牌号")]
)
def test_every_field_has_a_name_in_the_language_of_who_looks(visit: Visit, language: str, name: str) -> None:
    """What it is called in files and in the log stands beside it in small print."""
    admin = visit(Role.ADMIN)
    admin.cookies.set("language", language)
    page = unescape(admin.get(PAGE).text)
    labels = dict(re.findall(r'<label for="f-(\w+)">(.+?) <small><code>', page))
    assert labels["trailer_plate"] == name
    assert set(labels) == set(TARGETS)
    assert not any(target == label for target, label in labels.items())


def test_words_of_theirs_are_kept_and_those_that_mean_nothing_are_told(visit: Visit, store: Store) -> None:
    """Nothing is set as long as something is wrong, and what was typed still stands there."""
    admin = visit(Role.ADMIN)
    for wrong in ({"words": "state: gác lại = postponed"}, {"words": "gác lại = declared"}, {"utc_offset_h": "x"}):
        answer = post(admin, PAGE, PLAIN | wrong)
        assert answer.status_code == 422
        assert next(iter(wrong.values())) in unescape(answer.text)
    assert store.kept_settings.get("platform_mapping.folder") is None
    assert (
        post(admin, PAGE, PLAIN | {"words": "state: gác lại = declared\n\nverdict: ổn = confirmed"}).status_code == 303
    )
    assert "state: gác lại = declared\nverdict: ổn = confirmed" in unescape(admin.get(PAGE).text)


def test_files_are_read_again_with_the_new_meaning(visit: Visit, store: Store, tmp_path: Path) -> None:
    """What was put aside for want of a number comes in as soon as somebody says which column has it."""
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "a.csv").write_bytes(FILE)
    runner = FolderRunner(store, FolderSettings(path=folder, settle_s=1, gates={"Hữu Nghị": "huu-nghi"}))

    def look(minute: int) -> None:
        for second in (0, 2):
            runner.step(NOON + timedelta(minutes=minute, seconds=second))

    look(0)
    assert store.declarations.get("HN-000001") is None
    assert post(visit(Role.ADMIN), PAGE, OWN_NAME).status_code == 303
    look(1)
    assert store.declarations.get("HN-000001") is not None


def test_who_may_not_set_up_sees_nothing_of_it(visit: Visit) -> None:
    """Nor is there a page for a platform that is not asked."""
    assert visit(Role.MANAGER).get(PAGE).status_code == 403
    admin = visit(Role.ADMIN)
    assert admin.get("/platform/mapping/rest").status_code == 404
    assert admin.get("/platform/mapping/other").status_code == 404
