"""The configuration of a new node is one that a node takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from central.node_file import NewNode, NodeFault, commands, node_toml, read_node
from contract.messages import Direction, LaneMode
from edge.config import NodeConfig

TYPED = {
    "site": "huu-nghi",
    "node": "huu-nghi-1",
    "host": "broker.example.vn",
    "port": "8883",
    "link": "tls",
    "lane1": "in-1",
    "direction1": "in",
    "source1": 'rtsp://viewer:qu"ote@192.0.2.31:554/stream2',
    "lane2": "out-1",
    "direction2": "out",
    "simulated2": "yes",
}
KEY = "ab" * 32


def made(**changes: str) -> NewNode:
    node = read_node(TYPED | changes)
    assert isinstance(node, NewNode), node
    return node


@pytest.mark.parametrize("link", ["tls", "plain"])
def test_a_node_takes_the_file_that_central_writes(tmp_path: Path, link: str) -> None:
    """Read by the node's own rules: lanes in manual, the address as it was typed, and a key that lists are checked with."""
    file = tmp_path / "node.toml"
    file.write_text(node_toml(made(link=link), KEY), "utf-8")
    config = NodeConfig.load(file)
    assert [(lane.lane, lane.direction, lane.mode) for lane in config.lanes] == [
        ("in-1", Direction.IN, LaneMode.MANUAL),
        ("out-1", Direction.OUT, LaneMode.MANUAL),
    ]
    assert config.cameras[0].source == TYPED["source1"]
    assert config.cameras[1].source.endswith("/cameras/huu-nghi/out-1-front.mjpeg")
    assert config.central_public_key == KEY
    assert config.mqtt.tls == (link == "tls")
    assert (config.mqtt.password_file is not None) == (link == "tls")


def test_what_to_type_begins_the_simulator_where_it_plays_a_lane() -> None:
    """For a trial nothing is installed; for a gate the service is."""
    trial = commands(made(link="plain"))
    assert trial[0] == "smartgate simulate lane --site huu-nghi --lane out-1 --direction out"
    assert trial[-1] == "smartgate edge run --config node.toml"
    assert "sudo systemctl restart smartgate-edge" in commands(made())


@pytest.mark.parametrize(
    ("field", "typed", "fault"),
    [
        ("site", "Hữu Nghị", NodeFault.NAME),
        ("node", "", NodeFault.NAME),
        ("host", "two words", NodeFault.HOST),
        ("port", "70000", NodeFault.PORT),
        ("lane1", "", NodeFault.NAME),
        ("lane2", "in-1", NodeFault.TWICE),
        ("source1", "192.0.2.31", NodeFault.SOURCE),
    ],
)
def test_what_makes_no_node_is_told_by_its_field(field: str, typed: str, fault: NodeFault) -> None:
    """Nothing is written before it is right."""
    found = read_node(TYPED | {field: typed})
    assert isinstance(found, dict)
    assert found == {field: fault}
