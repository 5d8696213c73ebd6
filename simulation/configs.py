"""The configuration files of a simulated installation: the same kinds that a real one has."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from contract.messages import Direction, LaneMode
from simulation.settings import SimGate, SimLane, SimulationSettings
from simulation.view import View, lane_region

_AUTO_LANE = "in-1"
"""In the demo this lane of each gate opens by itself for declared lorries; in the others an officer does."""


@dataclass(frozen=True, slots=True)
class HousePorts:
    """The loopback ports of a simulated installation."""

    broker: int
    simulation: int
    page: int


def write_simulation(folder: Path, ports: HousePorts, settings: SimulationSettings) -> Path:
    """The simulated world's settings."""
    path = folder / "simulation.json"
    _write_secret(path, settings.model_copy(update={"port": ports.simulation}).model_dump_json(indent=2))
    return path


def write_central(folder: Path, ports: HousePorts, settings: SimulationSettings) -> Path:
    """Central's configuration, and the file with its key for the platform."""
    _write_secret(folder / "platform-key", settings.platform_key + "\n")
    path = folder / "central.toml"
    path.write_text(
        f"""# Central of the demo
data_dir = "central"

[mqtt]
host = "127.0.0.1"
port = {ports.broker}

[platform]
base_url = "http://127.0.0.1:{ports.simulation}"
key_file = "platform-key"
poll_s = 2.0

[reconcile]
no_show_after_min = 0.1

[web]
host = "127.0.0.1"
port = {ports.page}
""",
        encoding="utf-8",
    )
    return path


def write_node(folder: Path, ports: HousePorts, gate: SimGate, *, central_public_key: str) -> Path:
    """The configuration of the node of one gate."""
    parts = [
        f'''# Node of the demo's gate {gate.site}
site = "{gate.site}"
node = "{gate.site}-1"
data_dir = "node-{gate.site}"
central_public_key = "{central_public_key}"
report_every_s = 5.0

[mqtt]
host = "127.0.0.1"
port = {ports.broker}
tls = false
resend_after_s = 8.0

[health]
look_every_s = 0.6 # one machine plays all the cameras and all the nodes: it has better to do than five looks a second
'''
    ]
    parts += [_lane(ports, gate, lane) for lane in gate.lanes]
    path = folder / f"node-{gate.site}.toml"
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def _lane(ports: HousePorts, gate: SimGate, lane: SimLane) -> str:
    base = f"http://127.0.0.1:{ports.simulation}"
    mode = LaneMode.AUTO if lane.lane == _AUTO_LANE else LaneMode.ASSIST
    reason = '\nauto_reason = "demonstration"' if mode is LaneMode.AUTO else ""
    text = f'''[[lanes]]
lane = "{lane.lane}"
direction = "{lane.direction}"
mode = "{mode}"{reason}

[lanes.barrier]
driver = "http_relay"
url = "{base}/lanes/{gate.site}/{lane.lane}/barrier"
'''
    for camera in lane.cameras:
        text += f'''
[[cameras]]
name = "{camera}"
lane = "{lane.lane}"
view = "{"rear" if camera.endswith("-rear") else "front"}"
source = "{base}/cameras/{gate.site}/{camera}.mjpeg"
'''
        if not camera.endswith("-rear"):
            text += _region(lane)
    return text


def _region(lane: SimLane) -> str:
    """Where the lane lies in the picture of its front camera."""
    region = lane_region(View(-1 if lane.direction is Direction.OUT else 1), lane.direction).model_dump(mode="json")
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in region.items()]
    return "\n[cameras.region]\n" + "".join(lines)


def _write_secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, encoding="utf-8")


def prepare_central(config_file: Path, *, user: str, password: str) -> str:
    """Make central's database and key before it starts, with a login for this start only; returns its public key."""
    from central.access import open_signing_key, public_key_hex
    from central.auth import set_login
    from central.config import CentralConfig
    from central.store import Store
    from central.store.records import Role

    config = CentralConfig.load(config_file)
    config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = Store.open(config.url, config.evidence_dir)
    try:
        set_login(store, user, Role.ADMIN, password)
    finally:
        store.close()
    return public_key_hex(open_signing_key(config.signing_key_file))
