"""The page for Prometheus, asked over HTTP and read with Prometheus's own parser."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from contract.errors import ConfigError
from edge.node.exporter import Exporter, Tally
from edge.settings import MetricsSettings
from simulation.processes import free_port
from tests.edge.node.conftest import node_config
from tests.edge.node.whole_node import CameraServer, House

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def house(tmp_path: Path, broker: Any, make_central: Any) -> Iterator[House]:
    cameras = CameraServer().start()
    house = House(tmp_path / "node", broker, make_central(broker), cameras)
    house.config = house.config.model_copy(update={"metrics": MetricsSettings(listen=f"127.0.0.1:{free_port()}")})
    house.start()
    yield house
    house.end()
    cameras.stop()


def asked(house: House) -> Samples:
    """Every sample of the page, by name and labels."""
    page = httpx.get(f"http://{house.config.metrics.listen}/metrics", timeout=60).raise_for_status().text
    families = text_string_to_metric_families(page)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def of(**labels: str) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())


def test_vehicles_frames_and_cameras_are_counted(house: House, wait_until: Any) -> None:
    """A vehicle is one passage and several reads; frames only grow; each camera stands at one level."""
    before = asked(house)
    house.front.passes("12C34567")
    house.wait_for("12C34567")
    house.front.empty()
    house.wait_for("12C34567", lambda passage: passage.revision >= 1)
    wait_until(
        lambda: asked(house).get(("smartgate_passages_total", of(lane="in-1", plate="read"))) == 1,
        what="the passage is counted",
    )
    now = asked(house)
    assert now["smartgate_reads_total", of(camera="in-1-front")] >= 1
    front = ("smartgate_frames_total", of(camera="in-1-front"))
    assert now[front] > before[front]
    assert now["smartgate_camera_fps", of(camera="in-1-front")] > 0
    assert now["smartgate_camera_restarts_total", of(camera="in-1-rear")] >= 0
    levels = {labels for (name, labels), value in now.items() if name == "smartgate_camera_level" and value == 1}
    assert of(camera="in-1-front", level="ok") in levels
    assert len(levels) == 2
    assert now["smartgate_barrier_faults_total", of(lane="in-1")] == 0


def test_what_central_is_told_stands_there_too(house: House, wait_until: Any) -> None:
    """Under the same names, with their age."""
    wait_until(lambda: ("smartgate_outbox_pending", of()) in asked(house), what="the first report")
    now = asked(house)
    assert now["smartgate_disk_free_mb", of()] > 0
    assert now["smartgate_values_age_seconds", of()] >= 0
    assert {name for name, _ in now} & {"smartgate_fps_in_1_front"} == set()
    (info,) = [dict(labels) for name, labels in now if name == "smartgate_node_info"]
    assert (info["site"], info["node"]) == ("made-up", "made-up-1")


def test_an_address_that_is_taken_is_told(tmp_path: Path) -> None:
    """With the key that names it; without the key there is no page."""
    config = node_config(tmp_path)
    silent = Exporter(config, [], {}, Tally())
    silent.start()
    assert silent.port is None
    silent.stop()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        exporter = Exporter(config.model_copy(update={"metrics": MetricsSettings(listen=listen)}), [], {}, Tally())
        with pytest.raises(ConfigError, match=r"metrics\.listen: cannot listen at 127\.0\.0\.1"):
            exporter.start()
        exporter.stop()
