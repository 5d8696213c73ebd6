"""The configuration of a new node, made from what a person types on a page. Pure.

Central knows nothing of a node's program: what stands here are the keys of docs/node-config.md that a first lane needs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contract.messages import Direction, LaneMode
from contract.vocabulary import SLUG_PATTERN

SIMULATOR_PORT: Final = 8430
"""Where `smartgate simulate lane` shows its camera, unless it is told otherwise."""
MOST_LANES: Final = 4
_SLUG: Final = re.compile(SLUG_PATTERN)
_HOST: Final = re.compile(r"[A-Za-z0-9.:_-]{1,200}")
_SOURCE: Final = re.compile(r"(rtsps?|https?)://\S+|/dev/\S+|picamera2:")
_MOST_PORT: Final = 65535


class Link(StrEnum):
    """How a node speaks to the broker."""

    TLS = "tls"
    """Encrypted, with a password."""
    PLAIN = "plain"
    """Neither: for a trial on this machine."""


class NodeFault(StrEnum):
    """What can be wrong with a field; the catalogue has a sentence for each."""

    NAME = "name"
    HOST = "host"
    PORT = "port"
    SOURCE = "source"
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class NewLane:
    """One lane with its front camera; `source` is empty where the simulator plays it."""

    lane: str
    direction: Direction
    source: str

    @property
    def camera(self) -> str:
        """Name of its camera."""
        return f"{self.lane}-front"


@dataclass(frozen=True, slots=True)
class NewNode:
    """What a node needs to know at first. Its lanes begin in manual: the node watches and moves nothing."""

    site: str
    node: str
    host: str
    port: int
    link: Link
    lanes: tuple[NewLane, ...]

    @property
    def simulates(self) -> bool:
        """Whether any of its lanes is played by the simulator."""
        return any(not lane.source for lane in self.lanes)


def read_node(raw: Mapping[str, str]) -> NewNode | dict[str, NodeFault]:
    """A new node from the fields of a form, or what is wrong with which.

    Lanes are numbered from 1: `lane1`, `direction1`, `simulated1` (yes or empty), `source1`; a row without a name is
    left out, but for the first.
    """
    typed = {name: value.strip() for name, value in raw.items()}
    faults: dict[str, NodeFault] = {}
    for name in ("site", "node"):
        if not _SLUG.fullmatch(typed.get(name, "")):
            faults[name] = NodeFault.NAME
    if not _HOST.fullmatch(typed.get("host", "")):
        faults["host"] = NodeFault.HOST
    port = typed.get("port", "")
    if not port.isdecimal() or not 0 < int(port) <= _MOST_PORT:
        faults["port"] = NodeFault.PORT
    link = Link.PLAIN if typed.get("link") == Link.PLAIN else Link.TLS
    lanes = tuple(_lanes(typed, faults))
    if faults:
        return faults
    return NewNode(typed["site"], typed["node"], typed["host"], int(port), link, lanes)


def _lanes(typed: Mapping[str, str], faults: dict[str, NodeFault]) -> list[NewLane]:
    found: list[NewLane] = []
    for number in range(1, MOST_LANES + 1):
        name = typed.get(f"lane{number}", "")
        if not name and number > 1:
            continue
        source = "" if typed.get(f"simulated{number}") else typed.get(f"source{number}", "")
        if not _SLUG.fullmatch(name):
            faults[f"lane{number}"] = NodeFault.NAME
        elif name in {lane.lane for lane in found}:
            faults[f"lane{number}"] = NodeFault.TWICE
        if not typed.get(f"simulated{number}") and not _SOURCE.fullmatch(source):
            faults[f"source{number}"] = NodeFault.SOURCE
        way = Direction.OUT if typed.get(f"direction{number}") == Direction.OUT else Direction.IN
        found.append(NewLane(name, way, source))
    return found


def node_toml(node: NewNode, central_public_key: str) -> str:
    """The file, as docs/node-config.md has it; the address of a camera may hold its password."""
    is_trial = node.link is Link.PLAIN
    lines = [
        f"site = {_text(node.site)}",
        f"node = {_text(node.node)}",
        f"data_dir = {_text(f'data-{node.node}' if is_trial else '/var/lib/smartgate')}",
        f"central_public_key = {_text(central_public_key)}",
        "",
        "[mqtt]",
        f"host = {_text(node.host)}",
        f"port = {node.port}",
        f"tls = {'false' if is_trial else 'true'}",
    ]
    if not is_trial:
        lines += [f"username = {_text(node.node)}", 'password_file = "mqtt-password"  # one line; chmod 600']
    for lane in node.lanes:
        source = lane.source or f"http://127.0.0.1:{SIMULATOR_PORT}/cameras/{node.site}/{lane.camera}.mjpeg"
        lines += [
            "",
            "[[lanes]]",
            f"lane = {_text(lane.lane)}",
            f"direction = {_text(lane.direction)}",
            f"mode = {_text(LaneMode.MANUAL)}",
            "",
            "[[cameras]]",
            f"name = {_text(lane.camera)}",
            f"lane = {_text(lane.lane)}",
            f"source = {_text(source)}",
        ]
    return "\n".join(lines) + "\n"


def commands(node: NewNode) -> tuple[str, ...]:
    """What to type, on the machine of the node, in this order."""
    simulated = tuple(
        f"smartgate simulate lane --site {node.site} --lane {lane.lane} --direction {lane.direction}"
        for lane in node.lanes
        if not lane.source
    )
    if node.link is Link.PLAIN:
        return (*simulated, "smartgate edge check --config node.toml", "smartgate edge run --config node.toml")
    place = "/etc/smartgate/node.toml"
    return (
        *simulated,
        "cd /opt/smartgate && sudo hardware/install.sh",
        f"sudo install -o smartgate -g smartgate -m 600 node.toml {place}",
        "sudo install -o smartgate -g smartgate -m 600 /dev/stdin /etc/smartgate/mqtt-password",
        f"sudo -u smartgate smartgate edge check --config {place}",
        "sudo systemctl restart smartgate-edge",
    )


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)  # a string of JSON is one of TOML too
