"""How fresh declarations are is what the connector says that has been silent for longest."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from central.config import CentralConfig
from central.reconcile.judge import Knowledge
from central.service import CentralService
from central.store import Store
from tests.central.made import NOON


def service(store: Store, folder: Path, **more: object) -> CentralService:
    return CentralService(
        store, CentralConfig.model_validate({"data_dir": folder, "mqtt": {"host": "127.0.0.1"}, **more})
    )


def test_the_slowest_connector_counts(store: Store, tmp_path: Path) -> None:
    """As long as one has never been complete, nothing is; without connectors nothing is expected to be."""
    both = service(store, tmp_path, platform={"base_url": "http://127.0.0.1:1"}, platform_folder={"path": tmp_path})
    assert both.platform is not None
    assert both.folder is not None
    both.folder.complete_at = NOON
    assert both._knowledge() == Knowledge(None)
    both.platform.complete_at = NOON - timedelta(minutes=1)
    assert both._knowledge() == Knowledge(NOON - timedelta(minutes=1))
    assert service(store, tmp_path)._knowledge() == Knowledge(None, expected=False)


def test_the_platform_is_told_nothing_unless_it_is_wanted(store: Store, tmp_path: Path) -> None:
    """Writing back is off until its section stands in the configuration."""
    assert service(store, tmp_path, platform={"base_url": "http://127.0.0.1:1"}).write_back is None
    wanted = {"base_url": "http://127.0.0.1:1", "write_back": {}}
    assert service(store, tmp_path, platform=wanted).write_back is not None
