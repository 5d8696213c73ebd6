"""The configuration file of a node: what is read, what is refused and how that is said, and that its page is complete."""

from __future__ import annotations

import enum
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from contract.errors import ConfigError
from contract.messages import Direction, LaneMode
from contract.region import CameraRegion
from edge.booth.settings import BoothSettings
from edge.cameras.settings import CameraSettings
from edge.config import LaneSettings, MqttSettings, NodeConfig
from edge.evidence.settings import EvidenceSettings
from edge.gate_controller.settings import GateSettings, ModbusSettings, WiredSettings
from edge.health.settings import HealthSettings
from edge.lpr.settings import LprSettings
from edge.node.reload import LIVE_KEYS
from edge.settings import LogSettings, MetricsSettings

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "hardware" / "node.example.toml"
SMALL = """
site = "huu-nghi"
node = "node-1"
data_dir = "data"
[mqtt]
host = "127.0.0.1"
[[lanes]]
lane = "in-1"
direction = "in"
[[cameras]]
name = "in-1-front"
lane = "in-1"
source = "rtsp://viewer:secret@192.0.2.1/stream"
"""


def load(tmp_path: Path, text: str) -> NodeConfig:
    path = tmp_path / "node.toml"
    path.write_text(text, "utf-8")
    return NodeConfig.load(path)


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    return str(caught.value)


def test_the_example_can_be_used() -> None:
    """What hardware/ hands to an installer loads as it is."""
    config = NodeConfig.load(EXAMPLE)
    assert [(info.lane, info.direction, info.mode, info.cameras) for info in config.lane_infos()] == [
        ("in-1", Direction.IN, LaneMode.ASSIST, ("in-1-front", "in-1-rear")),
        ("out-1", Direction.OUT, LaneMode.MANUAL, ("out-1-front",)),
    ]
    assert config.mqtt.tls
    assert [camera.view for camera in config.cameras_of("in-1")] == ["front", "rear"]


def test_the_birth_names_front_cameras_first(tmp_path: Path) -> None:
    """In whatever order they are configured: central takes the first for the one that makes passages."""
    front = SMALL[SMALL.index("[[cameras]]") :]
    rear = front.replace('"in-1-front"', '"in-1-rear"') + 'view = "rear"\n'
    config = load(tmp_path, SMALL.replace(front, rear + front))
    assert [info.cameras for info in config.lane_infos()] == [("in-1-front", "in-1-rear")]


def test_a_small_file_takes_the_defaults(tmp_path: Path) -> None:
    """Only what differs at a gate needs to be written down; a person confirms unless told otherwise."""
    config = load(tmp_path, SMALL)
    assert config.lanes[0].mode is LaneMode.ASSIST
    assert config.lanes[0].barrier == GateSettings()
    assert (config.lpr, config.health) == (LprSettings(), HealthSettings())


def test_relative_paths_count_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the node is started, it finds the same folder."""
    monkeypatch.chdir("/")
    (tmp_path / "password").write_text("hunter\n")
    text = SMALL.replace("[mqtt]", '[mqtt]\nusername = "node-1"\npassword_file = "password"')
    config = load(tmp_path, text)
    assert config.data_dir == tmp_path / "data"
    assert config.mqtt.password() == "hunter"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('site = "huu-nghi"', ""), "site: missing"),
        (('site = "huu-nghi"', 'site = "Hữu Nghị"'), "site: "),
        (('host = "127.0.0.1"', 'host = "127.0.0.1"\nprot = 1883'), "mqtt.prot: unknown key; did you mean 'port'?"),
        (
            ('direction = "in"', 'direction = "inwards"'),
            "lanes[1].direction: Input should be 'in' or 'out', got 'inwards'",
        ),
        (('name = "in-1-front"', 'name = "in-1-front"\nfps = 3'), "cameras[1].fps: unknown key"),
        (
            ('direction = "in"', 'direction = "in"\n[lanes.barrier]\nurls = "x"'),
            "lanes[1].barrier.urls: unknown key; did you",
        ),
        (
            ('node = "node-1"', 'node = "node-1"\nhealth = {enter_s = -1}'),
            "health.enter_s: Input should be greater than 0",
        ),
        (
            ('lane = "in-1"\nsource', 'lane = "in-2"\nsource'),
            "camera 'in-1-front' looks at lane 'in-2'; the lanes are in-1",
        ),
        (
            ('name = "in-1-front"', 'name = "in-1-front"\nview = "rear"'),
            "lane 'in-1' needs a camera with view = \"front\"",
        ),
        (
            ('name = "in-1-front"', 'name = "in-1-front"\nregion = {lane = [[0, 0], [1, 1], [1, 0], [0, 1]]}'),
            "cameras[1].region.lane: the outline crosses itself",
        ),
        (
            ('name = "in-1-front"', 'name = "in-1-front"\nregion = {lanes = []}'),
            "cameras[1].region.lanes: unknown key; did you mean 'lane'?",
        ),
        (
            ('node = "node-1"', 'node = "node-1"\nevidence = {frames_mb = 100}'),
            "evidence.frames_mb: unknown key; did you mean 'frame_mb'?",
        ),
        (
            ('node = "node-1"', 'node = "node-1"\nevidence = {crop_mb = -1}'),
            "evidence.crop_mb: Input should be greater than or equal to 0",
        ),
        (
            ('node = "node-1"', 'node = "node-1"\nmetrics = {listen = "9108"}'),
            'metrics.listen: expected "address:port", e.g. "127.0.0.1:9108", got \'9108\'',
        ),
        (
            ('node = "node-1"', 'node = "node-1"\nlog = {level = "loud"}'),
            "log.level: Input should be 'debug', 'info', 'warning' or 'error', got 'loud'",
        ),
        (("[mqtt]", '[mqtt]\nca_file = "x"\ntls = false'), "ca_file needs tls = true"),
        (("[mqtt]", '[mqtt]\npassword_file = "x"'), "password_file needs a username"),
        (("[mqtt]", "[mqtt"), "is no valid TOML"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_key(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    """The message names the key, what was expected and what came, and never a camera's password."""
    assert change[0] in SMALL
    told = refusal(tmp_path, SMALL.replace(*change))
    assert words in told
    assert "node.toml" in told
    assert "secret" not in told


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    """An installer mends a file in one go."""
    told = refusal(tmp_path, SMALL.replace('site = "huu-nghi"', "").replace('"in"', '"inwards"') + "\nmax_fsp = 3")
    assert len(told.splitlines()) == 4
    assert "max_fsp: unknown key; did you mean 'max_fps'?" in told


def test_names_stand_once(tmp_path: Path) -> None:
    """Two cameras or lanes of one name would be taken for one."""
    camera = SMALL[SMALL.index("[[cameras]]") :]
    assert "camera 'in-1-front' stands 2 times" in refusal(tmp_path, SMALL + camera)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With its path and why."""
    with pytest.raises(ConfigError, match=r"cannot read the configuration .*absent\.toml"):
        NodeConfig.load(tmp_path / "absent.toml")


def test_a_password_file_that_is_empty_or_missing_is_told(tmp_path: Path) -> None:
    """A node never logs in with an empty password by mistake."""
    (tmp_path / "empty").touch()
    for name in ("empty", "absent"):
        settings = MqttSettings(host="broker", username="node-1", password_file=tmp_path / name)
        with pytest.raises(ConfigError, match=r"mqtt\.password_file"):
            settings.password()


def test_the_hash_follows_every_setting_but_no_password(tmp_path: Path) -> None:
    """It is published: equal settings give equal hashes, and nobody can try passwords on it."""
    first = load(tmp_path, SMALL).config_hash()
    assert re.fullmatch("[0-9a-f]{16}", first)
    assert load(tmp_path, SMALL).config_hash() == first
    assert load(tmp_path, SMALL.replace("secret", "other")).config_hash() == first
    assert load(tmp_path, SMALL.replace("192.0.2.1", "192.0.2.2")).config_hash() != first
    assert load(tmp_path, SMALL + "[lpr]\nthreads = 2\n").config_hash() != first


def test_printing_the_configuration_shows_no_password(tmp_path: Path) -> None:
    """Neither str nor repr."""
    config = load(tmp_path, SMALL)
    assert "secret" not in f"{config} {config!r}"


def test_auto_needs_a_reason_which_is_published(tmp_path: Path) -> None:
    """A lane that opens by itself says who switched that on, and why; any other lane says nothing."""
    auto = SMALL.replace('direction = "in"', 'direction = "in"\nmode = "auto"')
    assert auto != SMALL
    with pytest.raises(ConfigError, match=r"auto_reason: who switched it on, and why"):
        load(tmp_path, auto)
    reason = "made-up order of 2 March: night freight"
    (lane,) = load(tmp_path, auto.replace('"auto"', f'"auto"\nauto_reason = "{reason}"')).lane_infos()
    assert (lane.mode, lane.mode_reason) == (LaneMode.AUTO, reason)
    (lane,) = load(
        tmp_path, SMALL.replace('direction = "in"', f'direction = "in"\nauto_reason = "{reason}"')
    ).lane_infos()
    assert lane.mode_reason == ""


TABLES: dict[str, tuple[type[BaseModel], set[str]]] = {
    "The node": (NodeConfig, {"mqtt", "lanes", "cameras", "lpr", "health", "evidence", "log", "metrics", "booth"}),
    "`[mqtt]`": (MqttSettings, set()),
    "`[[lanes]]`": (LaneSettings, {"barrier"}),
    "`[lanes.barrier]`": (GateSettings, {"wired", "modbus"}),
    "`[lanes.barrier.wired]`": (WiredSettings, set()),
    "`[lanes.barrier.modbus]`": (ModbusSettings, set()),
    "`[[cameras]]`": (CameraSettings, {"region"}),
    "`[cameras.region]`": (CameraRegion, set()),
    "`[lpr]`": (LprSettings, set()),
    "`[health]`": (HealthSettings, set()),
    "`[evidence]`": (EvidenceSettings, set()),
    "`[log]`": (LogSettings, set()),
    "`[metrics]`": (MetricsSettings, set()),
    "`[booth]`": (BoothSettings, set()),
}


def documented(title: str) -> dict[str, str]:
    """Key to default, as the page tells them."""
    page = (ROOT / "docs" / "node-config.md").read_text("utf-8")
    (part,) = [part for part in page.split("\n## ") if part.split(":")[0].split("\n")[0] == title]
    return dict(re.findall(r"^\| `([a-z_0-9]+)` \| (.+?) \|", part, re.MULTILINE))


def written(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    text = value.value if isinstance(value, enum.Enum) else value
    return f'`"{text}"`' if isinstance(text, str) else f"`{text}`"


@pytest.mark.parametrize("title", TABLES)
def test_the_page_lists_every_key_with_its_default(title: str) -> None:
    """docs/node-config.md says what the program does: no key missing, none that is not there."""
    model, tables = TABLES[title]
    expected = {
        key: "**required**" if field.is_required() else written(field.default)
        for key, field in model.model_fields.items()
        if key not in tables
    }
    assert documented(title) == expected


def test_the_page_tells_every_kind_of_source() -> None:
    """Each beginning that a camera's `source` may have stands on the page."""
    page = (ROOT / "docs" / "node-config.md").read_text("utf-8")
    for beginning in ("rtsp://", "http://", "/dev/video", "picamera2:", "gst:"):
        assert f"| `{beginning}" in page


def test_the_schema_tells_of_every_key() -> None:
    """Editors show it beside the key; a region's keys are told on the page alone."""
    schema = NodeConfig.model_json_schema()
    tables = {"node": schema, **schema["$defs"]}
    assert {name for name, field in tables["MqttSettings"]["properties"].items() if field["description"]} == set(
        MqttSettings.model_fields
    )
    silent = [
        (name, key)
        for name, table in tables.items()
        for key, field in table.get("properties", {}).items()
        if name != "CameraRegion" and "description" not in field
    ]
    assert silent == []


def test_the_page_tells_what_may_change_live() -> None:
    """As the program has it."""
    page = (ROOT / "docs" / "node-config.md").read_text("utf-8")
    told = page[page.index("## Changing the file while the node runs") :]
    for key in LIVE_KEYS:
        table = key.removesuffix(".*").replace(".*.", ".")
        assert (f"`[{table}]`" if "*" in key else f"`{key}`") in told
