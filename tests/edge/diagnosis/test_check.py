"""`smartgate edge check`: all that is wrong with a configuration beyond its keys, in words, and what is not known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest

from contract.messages import Command, CommandKind, LaneMode
from edge.config import NodeConfig
from edge.diagnosis import files
from edge.diagnosis.check import check_config
from edge.diagnosis.findings import Finding, Level
from edge.gate_controller.access_list import AccessListKeeper
from edge.node.modes import LaneModes

GOOD = """
site = "made-up"
node = "made-up-1"
data_dir = "data"
[mqtt]
host = "127.0.0.1"
username = "made-up-1"
password_file = "password"
[[lanes]]
lane = "in-1"
direction = "in"
[[cameras]]
name = "in-1-front"
lane = "in-1"
source = "rtsp://viewer:secret@192.0.2.1/stream"
[evidence]
frame_mb = 10
crop_mb = 10
overview_mb = 10
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with which all is well, on a disk with room for it."""
    monkeypatch.setattr(files.shutil, "disk_usage", lambda _: SimpleNamespace(free=5_000_000_000))
    password = tmp_path / "password"
    password.write_text("made up\n")
    password.chmod(0o600)
    path = tmp_path / "node.toml"
    write(path, GOOD)
    return path


def write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
    path.chmod(0o600)


def told(path: Path) -> list[tuple[str, str]]:
    """Subject and words of what is bad."""
    return [(finding.subject, finding.found) for finding in check_config(path) if finding.is_bad]


def test_nothing_is_wrong_and_what_is_not_known_is_said(config: Path) -> None:
    """Whether a camera answers cannot be seen in a file."""
    findings = check_config(config)
    assert {finding.level for finding in findings} == {Level.NOT_KNOWN}
    assert "whether cameras and barriers answer" in findings[0].found


@pytest.mark.parametrize(
    ("change", "subject", "words"),
    [
        (("127.0.0.1", "central.invalid"), "mqtt.host", "'central.invalid' has no address"),
        (("192.0.2.1", "camera.invalid"), "camera in-1-front", "'camera.invalid' has no address"),
        (("rtsp://viewer:secret@192.0.2.1/stream", "/dev/video99"), "camera in-1-front", "/dev/video99 is not there"),
        (("rtsp://viewer:secret@192.0.2.1/stream", "gst:made-up"), "camera in-1-front", "gst-launch-1.0"),
        (
            (
                'direction = "in"',
                'direction = "in"\nmode = "auto"\nauto_reason = "made up"\nbarrier = {driver = "simulated"}',
            ),
            "lane in-1",
            "central_public_key",
        ),
        (
            ('direction = "in"', 'direction = "in"\nmode = "auto"\nauto_reason = "made up"'),
            "lane in-1",
            "without a barrier of ours",
        ),
        (('"password"', '"absent"'), "mqtt.password_file", "cannot read"),
        (('"password"', '"password"\nca_file = "absent.pem"'), "mqtt.ca_file", "cannot use"),
        (('"password"', '"password"\nca_file = "node.toml"'), "mqtt.ca_file", "cannot use"),
        (('"127.0.0.1"', '"192.0.2.7"\ntls = false'), "mqtt.tls", "in the clear"),
        (('"data"', '"node.toml/data"'), "data_dir", "is no folder"),
        (("frame_mb = 10", "frame_mb = 6000"), "data_dir", "has 5.0 GB for the node"),
    ],
)
def test_what_is_wrong_is_said_in_words(
    config: Path, change: tuple[str, str], subject: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That and nothing else; never a camera's password."""
    monkeypatch.setenv("PATH", "/nowhere")  # no gst-launch-1.0 there
    assert change[0] in GOOD
    write(config, GOOD.replace(*change))
    found = told(config)
    assert subject in dict(found)
    assert words in dict(found)[subject]
    assert "secret" not in repr(check_config(config))


def test_files_with_passwords_are_closed_to_everybody(config: Path) -> None:
    """The node's group may read them."""
    for path in (config, config.parent / "password"):
        path.chmod(0o640)
    assert told(config) == []
    for path in (config, config.parent / "password"):
        path.chmod(0o644)
    assert [subject for subject, _ in told(config)] == ["the configuration", "mqtt.password_file"]
    write(config, GOOD.replace("viewer:secret@", ""))
    config.chmod(0o644)
    assert [subject for subject, _ in told(config)] == ["mqtt.password_file"]


def test_faults_of_keys_and_of_places_are_all_told(config: Path) -> None:
    """One round for the keys, one for everything else."""
    write(config, GOOD.replace("direction", "direktion").replace('site = "made-up"\n', ""))
    findings = check_config(config)
    assert [finding.level for finding in findings] == [Level.BAD] * 3 + [Level.NOT_KNOWN]
    write(config, GOOD.replace("127.0.0.1", "central.invalid").replace("192.0.2.1", "camera.invalid"))
    (config.parent / "password").chmod(0o644)
    assert {subject for subject, _ in told(config)} == {"mqtt.host", "camera in-1-front", "mqtt.password_file"}


def test_what_the_node_keeps_already_counts_as_room(config: Path) -> None:
    """A node that has run for a month is not called too small for what it holds."""
    write(config, GOOD.replace("frame_mb = 10", "frame_mb = 3550"))
    assert "data_dir" in dict(told(config))
    kept = config.parent / "data" / "evidence"
    kept.mkdir(parents=True)
    with (kept / "picture.jpg").open("wb") as picture:
        picture.truncate(100_000_000)
    assert told(config) == []


def test_booth_page_that_nobody_could_use_is_told(config: Path, tmp_path: Path) -> None:
    """Its certificate cannot be used, its file of persons is open to others, or not there yet."""
    booth = '[booth]\nlisten = "0.0.0.0:8443"\npersons_file = "persons.json"\n'
    write(config, GOOD + booth + 'certificate_file = "booth.crt"\nkey_file = "booth.key"\n')
    ((subject, _),) = told(config)
    assert subject == "booth.certificate_file"
    assert any("nobody can log in" in finding.found for finding in check_config(config))
    (tmp_path / "persons.json").write_text("{}")
    (tmp_path / "persons.json").chmod(0o644)
    assert {subject for subject, _ in told(config)} == {"booth.certificate_file", "booth.persons_file"}


AT = datetime(2026, 3, 2, 7, 5, tzinfo=UTC)


def set_mode(path: Path, mode: LaneMode) -> Path:
    """Lan sets the mode of in-1 from central at a node with this configuration; the file where the node keeps it."""
    config = NodeConfig.load(path)
    config.data_dir.mkdir(exist_ok=True)
    kept = config.data_dir / "lane-modes.json"
    modes = LaneModes(kept, config.lanes, with_barrier=(), access=AccessListKeeper(path.parent / "access.json", ""))
    command = Command(
        site="made-up", node="made-up-1", command_id=uuid4(), kind=CommandKind.SET_LANE_MODE, lane="in-1", mode=mode,
        actor="Lan", reason="order 12", issued_at=AT, expires_at=AT + timedelta(seconds=20),
    )  # fmt: skip
    assert modes.set(command, AT) is None
    return kept


def known(path: Path) -> list[Finding]:
    """What is told beside the two lines that are always there."""
    return [finding for finding in check_config(path) if finding.subject not in {"the rest", "rights"}]


def test_a_mode_set_by_a_person_is_told_with_who_why_and_when(config: Path) -> None:
    """It is no fault; the mode in the file is not the one that counts."""
    set_mode(config, LaneMode.MANUAL)
    (finding,) = known(config)
    assert (finding.subject, finding.level) == ("lane in-1", Level.WARNING)
    assert 'mode = "assist", and manual counts, set by Lan on 2026-03-02 07:05 UTC (order 12)' in finding.found


def test_a_person_who_set_what_is_configured_is_not_told(config: Path) -> None:
    """Then the file says what counts."""
    set_mode(config, LaneMode.ASSIST)
    assert known(config) == []


def test_a_mode_that_the_next_start_forgets_is_told_as_that(config: Path) -> None:
    """The installer changed the lane after the person did."""
    set_mode(config, LaneMode.MANUAL)
    changed = 'direction = "in"\nmode = "auto"\nauto_reason = "order 14"\nbarrier = {driver = "simulated"}'
    write(config, GOOD.replace('direction = "in"', changed))
    (finding,) = (finding for finding in known(config) if finding.level is Level.WARNING)
    assert finding.subject == "lane in-1"
    assert "it counts from the next start, not manual, set by Lan" in finding.found


def test_modes_that_cannot_be_read_are_told(config: Path) -> None:
    """Damaged, or not this user's to read."""
    kept = set_mode(config, LaneMode.MANUAL)
    kept.write_text("{")
    (finding,) = known(config)
    assert (finding.subject, finding.level) == ("lane modes", Level.WARNING)
    assert "lane-modes.json is damaged" in finding.found
    kept.unlink()
    kept.mkdir()  # root may read any file, and nobody may read a folder as one
    (finding,) = known(config)
    assert (finding.subject, finding.level) == ("lane modes", Level.NOT_KNOWN)


def test_thirty_days_of_passages_are_counted_as_measured(config: Path) -> None:
    """120,000 vehicles of 8.1 kB, a gigabyte: docs/reliability-edge.md."""
    write(config, GOOD.replace("frame_mb = 10", "frame_mb = 4000"))
    assert "30 days of passages 1.0 GB" in dict(told(config))["data_dir"]
