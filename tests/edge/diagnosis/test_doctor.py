"""What `smartgate doctor` looks at: this machine's speed, a machine's own files, cameras, and brokers of several kinds."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.cameras.settings import CameraSettings
from edge.diagnosis import machine, reach
from edge.diagnosis.findings import Finding, Level
from edge.diagnosis.reading import reading
from edge.lpr.settings import LprSettings
from edge.settings import MqttSettings
from simulation.processes import free_port, port_answers, wait_until
from tests.edge.node.whole_node import CameraServer


def test_reading_is_timed_by_stage_and_proved_on_a_drawn_plate() -> None:
    """The product's own models, what runs them, and a plate that is known."""
    found = {finding.subject: finding for finding in reading(LprSettings())}
    assert (found["models"].level, found["provider"].found) == (Level.OK, "CPUExecutionProvider of onnxruntime")
    assert found["reading"].level is Level.OK
    numbers = found["speed"].numbers
    assert set(numbers) == {f"{stage}_{q}_ms" for stage in ("detect", "straighten", "read") for q in ("p50", "p95")}
    assert all(numbers[f"{stage}_p50_ms"] <= numbers[f"{stage}_p95_ms"] for stage in ("detect", "straighten", "read"))


def written(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


@pytest.mark.parametrize(("millidegrees", "level"), [(51200, Level.OK), (72000, Level.WARNING), (84500, Level.BAD)])
def test_the_hottest_place_counts(tmp_path: Path, millidegrees: int, level: Level) -> None:
    """As a Raspberry Pi and a Jetson lay their sensors out."""
    written(tmp_path / "class/thermal/thermal_zone0/type", "cpu-thermal")
    written(tmp_path / "class/thermal/thermal_zone0/temp", str(millidegrees))
    written(tmp_path / "class/hwmon/hwmon0/name", "rp1_adc")
    written(tmp_path / "class/hwmon/hwmon0/temp1_input", "41000")
    found = machine.temperature(tmp_path)
    assert (found.level, found.numbers["hottest_c"]) == (level, millidegrees / 1000)
    assert "cpu-thermal" in found.found


def test_a_machine_without_sensors_is_not_called_cool(tmp_path: Path) -> None:
    """Nothing known is nothing known."""
    assert machine.temperature(tmp_path).level is Level.NOT_KNOWN


@pytest.mark.parametrize(
    ("bits", "level", "words"),
    [
        (0x0, Level.OK, "none since the start"),
        (0x50000, Level.WARNING, "since the start: too little voltage, throttled"),
        (0x50005, Level.BAD, "now: too little voltage, throttled"),
        (0x80008, Level.BAD, "now: slowed down for heat"),
    ],
)
def test_the_bits_of_a_raspberry_pi_in_words(bits: int, level: Level, words: str) -> None:
    """Now is worse than once; what is so now is not told twice."""
    found = machine.throttling_of(bits)
    assert (found.level, found.found) == (level, words)


@pytest.mark.parametrize(
    ("life", "level"),
    [("0x01 0x02", Level.OK), ("0x08 0x01", Level.WARNING), ("0x0b 0x03", Level.BAD), ("0x00 0x00", Level.NOT_KNOWN)],
)
def test_an_emmc_tells_its_life_and_an_sd_card_does_not(tmp_path: Path, life: str, level: Level) -> None:
    """The worse of its two areas counts; a partition leads to its disk."""
    device = tmp_path.stat().st_dev
    disk = tmp_path / "devices" / "mmcblk0"
    written(disk / "mmcblk0p2" / "partition", "2")
    numbers = tmp_path / "dev" / "block"
    numbers.mkdir(parents=True)
    (numbers / f"{os.major(device)}:{os.minor(device)}").symlink_to(disk / "mmcblk0p2")
    assert machine.disk_life(tmp_path, tmp_path).level is Level.NOT_KNOWN
    written(tmp_path / "block" / "mmcblk0" / "device" / "life_time", life)
    assert machine.disk_life(tmp_path, tmp_path).level is level


def test_a_disk_is_timed_and_left_clean(tmp_path: Path) -> None:
    """Twenty writes, each safe before the next; no file stays."""
    found = machine.disk_speed(tmp_path)
    assert found.numbers["fsync_p50_ms"] <= found.numbers["fsync_p95_ms"]
    assert list(tmp_path.iterdir()) == []


def test_pins_matter_where_a_barrier_is_moved_by_them(tmp_path: Path) -> None:
    """And nowhere else."""
    assert machine.pins(wanted=True, dev=tmp_path).level is Level.BAD
    assert machine.pins(wanted=False, dev=tmp_path).level is Level.OK
    (tmp_path / "gpiochip4").touch()
    assert machine.pins(wanted=True, dev=tmp_path).found == "gpiochip4"


def test_cameras_are_opened_and_counted() -> None:
    """One that works and one that does not answer, both in one go; no password in what is said."""
    with_frames = CameraServer().start()
    camera = with_frames.add("in-1-front")
    dead = f"http://viewer:secret@127.0.0.1:{free_port()}/video.mjpeg"
    try:
        good, bad = reach.cameras(
            [
                CameraSettings(name="in-1-front", lane="in-1", source=camera.url, max_fps=5),
                CameraSettings(name="in-1-rear", lane="in-1", source=dead, open_timeout_s=1),
            ]
        )
    finally:
        with_frames.stop()
    assert good.level in (Level.OK, Level.WARNING)
    assert good.numbers["fps"] > 0
    assert "320 × 180" in good.found
    assert bad.level is Level.BAD
    assert "127.0.0.1" in bad.found
    assert "secret" not in bad.line()


def test_a_broker_that_lets_the_node_in(broker: Any) -> None:
    """Without TLS on this machine."""
    (found,) = reach.broker(MqttSettings(host="127.0.0.1", port=broker.port, tls=False))
    assert (found.level, found.found.endswith("without TLS")) == (Level.OK, True)


def test_a_broker_that_is_not_there() -> None:
    """The operating system's own words."""
    (found,) = reach.broker(MqttSettings(host="127.0.0.1", port=free_port(), tls=False))
    assert found.level is Level.BAD
    assert "refused" in found.found


def certificate(folder: Path, *, days: int) -> Path:
    """A certificate for 127.0.0.1 that is its own authority, its key beside it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "made-up broker")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days, hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    path = folder / "broker.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return path


class Mosquitto:
    """A broker with TLS and one name and password."""

    def __init__(self, folder: Path, *, days: int) -> None:
        self.port = free_port()
        self.ca_file = certificate(folder, days=days)
        passwords = folder / "passwords"
        subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "made-up-1", "right"], check=True)
        settings = folder / "mosquitto.conf"
        settings.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\n"
            f"certfile {self.ca_file}\nkeyfile {folder / 'key.pem'}\nuser root\n"
        )
        found = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self._process = subprocess.Popen([found, "-c", settings], stderr=subprocess.DEVNULL)
        wait_until(lambda: port_answers(self.port), what="mosquitto", timeout_s=60)

    def asked(self, password_file: Path, password: str, **more: Any) -> list[Finding]:
        """What the doctor says of it."""
        password_file.write_text(password)
        settings = {"ca_file": self.ca_file} | more
        return list(
            reach.broker(
                MqttSettings(
                    host="127.0.0.1", port=self.port, username="made-up-1", password_file=password_file, **settings
                )
            )
        )

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def make_mosquitto(tmp_path: Path) -> Iterator[Any]:
    running: list[Mosquitto] = []

    def make(days: int) -> Mosquitto:
        if shutil.which("mosquitto_passwd") is None or not shutil.which("mosquitto", path="/usr/sbin:/usr/bin"):
            pytest.skip("mosquitto is not on this machine; on Debian: sudo apt install mosquitto")
        running.append(Mosquitto(tmp_path, days=days))
        return running[0]

    yield make
    for one in running:
        one.stop()


@pytest.mark.mosquitto
def test_a_broker_with_tls_says_how_long_its_certificate_lasts(
    make_mosquitto: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The right password opens, a wrong one is told, and a certificate of nobody known is not believed."""
    broker = make_mosquitto(days=300)
    certified, let_in = broker.asked(tmp_path / "password", "right")
    assert (certified.subject, certified.level, certified.numbers["days_left"]) == ("certificate", Level.OK, 300)
    assert (let_in.level, "made-up-1" in let_in.found) == (Level.OK, True)
    _, refused = broker.asked(tmp_path / "password", "wrong")
    assert refused.level is Level.BAD
    assert "refuses made-up-1" in refused.found
    (stranger,) = broker.asked(tmp_path / "password", "right", ca_file=None)
    assert stranger.level is Level.BAD
    assert "not believed" in stranger.found
    monkeypatch.setattr(reach, "_CONNECT_S", 1.0)
    (plain,) = broker.asked(tmp_path / "password", "right", ca_file=None, tls=False)
    assert plain.level is Level.BAD


@pytest.mark.mosquitto
def test_a_certificate_that_ends_soon_is_told_before(make_mosquitto: Any, tmp_path: Path) -> None:
    """And one that has ended keeps every node out."""
    certified, _ = make_mosquitto(days=12).asked(tmp_path / "password", "right")
    assert (certified.level, certified.numbers["days_left"]) == (Level.WARNING, 12)


@pytest.mark.mosquitto
def test_a_certificate_that_has_ended_is_not_believed(make_mosquitto: Any, tmp_path: Path) -> None:
    """The reason is said."""
    (found,) = make_mosquitto(days=-3).asked(tmp_path / "password", "right")
    assert (found.level, "expired" in found.found) == (Level.BAD, True)


def test_tls_is_asked_of_a_port_that_has_none(broker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told, not waited for."""
    monkeypatch.setattr(reach, "_CONNECT_S", 1.0)
    (found,) = reach.broker(MqttSettings(host="127.0.0.1", port=broker.port))
    assert found.level is Level.BAD
