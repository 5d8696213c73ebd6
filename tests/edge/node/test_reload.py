"""The configuration read again while the node runs: what is taken, what is said to need a restart, what is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from contract.errors import ConfigError
from contract.messages import Passage, Status
from contract.region import CameraRegion
from edge.config import NodeConfig
from edge.node.reload import Reload, change
from tests.edge.node.conftest import node_config
from tests.edge.node.whole_node import CameraServer, House

LEFT = {"lane": [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]}


def other(config: NodeConfig, set_to: Callable[[dict[str, Any]], None]) -> NodeConfig:
    """The configuration with some values changed."""
    tables = config.model_dump(mode="json")
    set_to(tables)
    return NodeConfig.model_validate(tables)


def test_what_may_change_live_is_taken_and_named(tmp_path: Path) -> None:
    """The configuration in force is then the one wanted."""
    now = node_config(tmp_path)

    def set_to(tables: dict[str, Any]) -> None:
        tables["report_every_s"] = 3.0
        tables["log"]["level"] = "debug"
        tables["health"]["frozen_s"] = 20.0
        tables["evidence"]["frame_mb"] = 900
        tables["cameras"][0]["region"] = LEFT

    wanted = other(now, set_to)
    found = change(now, wanted)
    assert found.config == wanted
    assert found.applied == (
        "cameras.in-1-front.region",
        "evidence.frame_mb",
        "health.frozen_s",
        "log.level",
        "report_every_s",
    )
    assert found.needs_restart == ()


@pytest.mark.parametrize(
    ("key", "set_to"),
    [
        ("mqtt.host", lambda tables: tables["mqtt"].update(host="elsewhere")),
        ("data_dir", lambda tables: tables.update(data_dir="/elsewhere")),
        ("log.file", lambda tables: tables["log"].update(file="/elsewhere/log")),
        ("lanes.in-1.barrier.driver", lambda tables: tables["lanes"][0]["barrier"].update(driver="simulated")),
        ("lanes.in-1.mode", lambda tables: tables["lanes"][0].update(mode="manual")),
        ("cameras.in-1-rear.max_fps", lambda tables: tables["cameras"][1].update(max_fps=3.0)),
        ("lpr.detector", lambda tables: tables["lpr"].update(detector="plate_detector")),
    ],
)
def test_what_may_not_waits_for_a_restart_and_the_rest_is_taken(
    tmp_path: Path, key: str, set_to: Callable[[dict[str, Any]], None]
) -> None:
    """Nothing of it is in force, and it is named each time until the restart."""
    now = node_config(tmp_path)

    def both(tables: dict[str, Any]) -> None:
        set_to(tables)
        tables["report_every_s"] = 3.0

    wanted = other(now, both)
    found = change(now, wanted)
    assert found.config == now.model_copy(update={"report_every_s": 3.0})
    assert (found.applied, found.needs_restart) == (("report_every_s",), (key,))
    again = change(found.config, wanted)
    assert (again.applied, again.needs_restart) == ((), (key,))


def test_region_of_a_camera_that_looks_elsewhere_waits_with_it(tmp_path: Path) -> None:
    """Drawn for the picture of another source, it would cut the present one wrongly."""
    now = node_config(tmp_path)

    def set_to(tables: dict[str, Any]) -> None:
        tables["cameras"][0] |= {"source": "http://192.0.2.9/video.mjpeg", "region": LEFT}

    found = change(now, other(now, set_to))
    assert found.config == now
    assert found.needs_restart == ("cameras.in-1-front.region", "cameras.in-1-front.source")


def test_camera_that_is_new_waits_for_a_restart(tmp_path: Path) -> None:
    """All its keys are named, and its password is not."""
    now = node_config(tmp_path)

    def set_to(tables: dict[str, Any]) -> None:
        camera = {"name": "in-1-top", "lane": "in-1", "view": "rear", "source": "rtsp://viewer:secret@192.0.2.3/1"}
        tables["cameras"].append(camera)

    found = change(now, other(now, set_to))
    assert found.config == now
    assert "cameras.in-1-top.source" in found.needs_restart
    assert "secret" not in repr((found.applied, found.needs_restart))


@pytest.fixture
def house(tmp_path: Path, broker: Any, make_central: Any) -> Iterator[House]:
    cameras = CameraServer().start()
    house = House(tmp_path / "node", broker, make_central(broker), cameras)
    yield house
    house.end()
    cameras.stop()


def test_a_running_node_takes_a_region_and_refuses_a_broken_file(house: House, wait_until: Any) -> None:
    """Central hears the new birth; passages carry the new hash; a broken file changes nothing and is told."""

    def beside(tables: dict[str, Any]) -> None:
        tables["cameras"][0]["region"] = LEFT
        tables["mqtt"]["window"] = 3

    wanted, taken, broken = other(house.config, beside), [], threading.Event()
    in_force = change(house.config, wanted).config

    def load() -> NodeConfig:
        if broken.is_set():
            raise ConfigError("node.toml is no valid TOML")
        return wanted

    house.reload = Reload(load, on_applied=taken.append)
    house.start()
    with capture_logs() as logs:
        house.reload.ask()
        house.central.wait_for(
            lambda: house.central.of(Status)[-1].config_hash == in_force.config_hash(), what="the birth told again"
        )
        assert house.central.of(Status)[-1].regions == {"in-1-front": CameraRegion.model_validate(LEFT)}
        wait_until(lambda: taken == [in_force], what="the change to be over")

        broken.set()
        house.reload.ask()
        wait_until(
            lambda: any(entry["event"].startswith("configuration refused") for entry in logs), what="the refusal"
        )
    (told,) = [entry for entry in logs if entry["event"] == "configuration read again"]
    assert (told["applied"], told["needs_restart"]) == (("cameras.in-1-front.region",), ("mqtt.window",))
    assert [entry["keys"] for entry in logs if "before a restart" in entry["event"]] == [("mqtt.window",)]
    assert taken == [in_force]
    house.front.passes("12C34567")
    passage: Passage = house.wait_for("12C34567")
    assert passage.config_hash == in_force.config_hash()
