"""A key does what its scopes allow, and nothing else; keys are made and revoked from the command line too."""

from __future__ import annotations

from pathlib import Path

import httpx
from click.testing import Result
from typer.testing import CliRunner

from central.auth import add_api_key
from central.store import Store
from central.store.records import Scope
from cli.central import app
from tests.central.served import Served

SEES_DEVICES = set(Scope) - {Scope.EXPORT, Scope.PUSH_DECLARATIONS}
ADDRESSES = [
    ("GET", "passages", {Scope.READ, Scope.DECIDE}),
    ("GET", "declarations", {Scope.READ, Scope.DECIDE}),
    ("GET", "queue", {Scope.READ, Scope.DECIDE}),
    ("POST", "passages/00000000-0000-0000-0000-000000000001/decisions", {Scope.DECIDE}),
    ("POST", "declarations", {Scope.PUSH_DECLARATIONS}),
    ("GET", "connectors", SEES_DEVICES),
    ("GET", "exports/passages", {Scope.EXPORT}),
    ("GET", "cameras", SEES_DEVICES),
    ("GET", "tickets", SEES_DEVICES),
    ("POST", "lanes/huu-nghi/in-1/mode", {Scope.COMMANDS}),
    ("POST", "cameras/huu-nghi/huu-nghi-1/in-1-front/region", {Scope.SET_CAMERAS}),
    ("POST", "passages/00000000-0000-0000-0000-000000000001/keep-evidence", {Scope.KEEP_EVIDENCE}),
    ("POST", "devices", {Scope.REGISTER}),
    ("POST", "maintenance-windows", {Scope.TICKETS}),
]
"""Some addresses of each kind, and which scopes open them besides `admin`."""


def test_a_key_opens_what_its_scopes_say(store: Store) -> None:
    """Each scope alone, at each kind of address: 403 with the scopes it has, or let through."""
    with Served(store) as served:
        for scope in Scope:
            client = served.client(headers={"Authorization": f"Bearer {add_api_key(store, 'tests', scope)}"})
            for method, path, opened_by in ADDRESSES:
                answer = client.request(method, f"/api/v1/{path}", json={} if method == "POST" else None)
                is_open = scope in opened_by | {Scope.ADMIN}
                assert (answer.status_code != 403) == is_open, (scope, path, answer.text)
                assert answer.status_code != 401
                assert is_open or f"the key tests ({scope.value})" in answer.json()["detail"]


def test_keys_are_made_and_revoked_from_the_command_line(tmp_path: Path) -> None:
    """A key is printed once and works at once; unknown scopes are refused with those that there are."""
    config = tmp_path / "central.toml"
    config.write_text('data_dir = "data"\n[mqtt]\nhost = "127.0.0.1"\n', "utf-8")
    (tmp_path / "data").mkdir()

    def keys(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["keys", *arguments, "--config", str(config)])

    refused = keys("add", "customs", "--scope", "write")
    assert refused.exit_code != 0
    assert "declarations:push" in str(refused.exception)
    key = keys("add", "customs", "--scope", "declarations:push", "--scope", "read").stdout.strip()
    store = Store.open(f"sqlite:///{tmp_path / 'data' / 'central.db'}", tmp_path / "data" / "evidence")
    with Served(store) as served:

        def me() -> httpx.Response:
            return served.client(headers={"Authorization": f"Bearer {key}"}).get("/api/v1/me")

        answer = me().json()
        assert (answer["scopes"], answer["role"]) == (["read", "declarations:push"], None)
        assert answer["rights"] == ["traffic", "declare", "devices"]
        assert keys("revoke", "1").exit_code == 0
        assert me().status_code == 401
    store.close()
    assert "customs\tread,declarations:push" in keys("list").stdout
    assert "revoked" in keys("list").stdout
    assert "no key with the number 9" in str(keys("revoke", "9").exception)
