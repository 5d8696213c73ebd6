"""What people and programs are told while the database is away."""

from __future__ import annotations

from pathlib import Path

from central.store import Store
from tests.central.served import Served


def test_a_database_that_is_away_is_told_in_words(tmp_path: Path) -> None:
    """A page says what happened, what goes on and what to do; a program gets 503; both work again afterwards."""
    folder = tmp_path / "data"
    folder.mkdir()
    store = Store.open(f"sqlite:///{folder / 'central.db'}", tmp_path / "evidence")
    with Served(store) as served:
        client = served.client(headers={"Accept": "text/html"}, cookies={"smartgate_session": "made up"})
        assert client.get("/").status_code == 303
        store.close()  # what is open would go on
        folder.rename(tmp_path / "elsewhere")
        page = client.get("/")
        assert page.status_code == 503
        assert "Cơ sở dữ liệu của trung tâm không trả lời" in page.text
        answer = client.get("/api/v1/passages")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        (tmp_path / "elsewhere").rename(folder)
        assert client.get("/").status_code == 303
    store.close()
