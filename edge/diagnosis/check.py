"""Everything that is wrong with a configuration, as far as it can be seen without asking cameras and broker."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from contract.errors import ConfigError, ModelError
from contract.messages import LaneMode
from edge.cameras.settings import CameraSettings
from edge.config import LaneSettings, NodeConfig
from edge.diagnosis.files import files_of
from edge.diagnosis.findings import Finding, Level
from edge.lpr.runtime import checked_model
from edge.mode_book import MODES_FILE, Configured, ModeBook, SetMode

_NETWORK = ("rtsp://", "rtsps://", "http://", "https://")


def check_config(path: Path) -> list[Finding]:
    """All that is wrong or risky, the worst first, then what cannot be known from here; what is well is not told."""
    try:
        config = NodeConfig.load(path)
    except ConfigError as error:
        first, *more = str(error).splitlines()
        faults = [Finding("key", Level.BAD, line.strip()) for line in more] or [Finding("file", Level.BAD, first)]
        return [*faults, Finding("the rest", Level.NOT_KNOWN, "files, names and disk are looked at once this is right")]
    findings = [*files_of(path, config), *_lanes(config), *_broker(config), *_places(config), *_models(config)]
    findings += [*_modes_set(config), *_metrics(config)]
    findings.sort(key=lambda finding: not finding.is_bad)
    return [*findings, *_not_known()]


def _lanes(config: NodeConfig) -> Iterator[Finding]:
    for lane in config.lanes:
        if lane.mode is not LaneMode.AUTO:
            continue
        subject = f"lane {lane.lane}"
        if not config.central_public_key:
            found = 'mode = "auto" without central_public_key: no access list is believed, so nothing opens by itself'
            yield Finding(subject, Level.BAD, found, "`smartgate central key` prints it; or take assist")
        if lane.barrier.driver == "none":
            found = 'mode = "auto" without a barrier of ours'
            yield Finding(subject, Level.BAD, found, "name its driver in [lanes.barrier]; or take assist")


def _modes_set(config: NodeConfig) -> Iterator[Finding]:
    """Lanes that are not in the mode which stands in the configuration, since a person set another."""
    path = config.data_dir / MODES_FILE
    try:
        book = ModeBook.read(path)
    except ValueError:
        found = f"{path} is damaged: what people set is lost, and no lane is auto until a person sets it"
        yield Finding("lane modes", Level.WARNING, found, "set the modes again from central")
    except OSError as error:
        found = f"whether people set other modes: {path} cannot be read: {error.strerror}"
        yield Finding("lane modes", Level.NOT_KNOWN, found, "run it as the node's user: sudo -u smartgate …")
    else:
        for lane in config.lanes:
            known = book.lanes.get(lane.lane)
            if known is not None and known.mode is not lane.mode:
                yield _mode_set(lane, known)


def _mode_set(lane: LaneSettings, known: SetMode) -> Finding:
    who = known.actor or "the node itself"
    by = f"set by {who} on {known.at:%Y-%m-%d %H:%M} UTC ({known.reason})"
    if known.configured == Configured.of(lane):
        found = f'mode = "{lane.mode}", and {known.mode} counts, {by}'
        todo = "nothing if that is meant; else set it from central, or change mode or auto_reason"
    else:
        found = f'mode = "{lane.mode}" was changed here since: it counts from the next start, not {known.mode}, {by}'
        todo = f"nothing if that is meant; else set {known.mode} again from central"
    return Finding(f"lane {lane.lane}", Level.WARNING, found, todo)


def _broker(config: NodeConfig) -> Iterator[Finding]:
    mqtt = config.mqtt
    if not mqtt.tls and not _is_loopback(mqtt.host):
        found = f"tls = false, and {mqtt.host} is another machine: passages and the password travel in the clear"
        yield Finding("mqtt.tls", Level.BAD, found, "leave tls out, and give the broker a certificate")
    if mqtt.username is None:
        found = "no username: the broker must let anybody in"
        yield Finding("mqtt.username", Level.WARNING, found, "give each node a name and a password_file")
    elif mqtt.password_file is None:
        yield Finding("mqtt.password_file", Level.WARNING, "a username without a password", "add a password_file")


def _places(config: NodeConfig) -> Iterator[Finding]:
    """Names that do not resolve, devices and programs that are not there; names are asked for all at once."""
    hosts = {"mqtt.host": config.mqtt.host}
    for camera in config.cameras:
        if camera.source.startswith(_NETWORK):
            hosts[f"camera {camera.name}"] = urlsplit(camera.public_source).hostname or ""
        else:
            yield from _local_source(camera)
    for lane in config.lanes:
        if lane.barrier.url:
            hosts[f"barrier of {lane.lane}"] = urlsplit(lane.barrier.url).hostname or ""
    yield from _unresolved(hosts.items())


def _unresolved(hosts: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    hosts = list(hosts)
    with ThreadPoolExecutor(max_workers=len(hosts)) as asking:
        faults = asking.map(_resolve, (host for _, host in hosts))
        for (subject, host), fault in zip(hosts, faults, strict=True):
            if fault:
                todo = "correct the name, or the name server of this machine; a number (192.0.2.1) needs none"
                yield Finding(subject, Level.BAD, f"{host!r} {fault}", todo)


def _resolve(host: str) -> str | None:
    if not host:
        return "is no name of a machine"
    try:
        socket.getaddrinfo(host, None)
    except (OSError, UnicodeError) as error:
        return f"has no address: {getattr(error, 'strerror', None) or error}"
    return None


def _local_source(camera: CameraSettings) -> Iterator[Finding]:
    subject, source = f"camera {camera.name}", camera.source
    if source.startswith("gst:"):
        if shutil.which("gst-launch-1.0") is None:
            yield Finding(subject, Level.BAD, "gst-launch-1.0 is not installed", "apt install gstreamer1.0-tools")
    elif source.startswith("picamera2:"):
        if importlib.util.find_spec("picamera2") is None:
            found = "the package picamera2 cannot be imported"
            yield Finding(subject, Level.BAD, found, "apt install python3-picamera2, and let the environment see it")
    elif not Path(source).exists():
        yield Finding(subject, Level.BAD, f"{source} is not there", "plug the camera in, or correct `source`")
    elif not os.access(source, os.R_OK):
        yield Finding(subject, Level.BAD, f"{source} cannot be read by this user", "add the user to the group video")


def _models(config: NodeConfig) -> Iterator[Finding]:
    for name in (config.lpr.detector, "plate_reader"):
        try:
            checked_model(name)
        except ModelError as error:
            yield Finding("models", Level.BAD, str(error))


def _metrics(config: NodeConfig) -> Iterator[Finding]:
    address = config.metrics.address
    if address is not None and not _is_loopback(address[0]):
        found = f"{config.metrics.listen} can be read by everybody on that network"
        yield Finding("metrics.listen", Level.WARNING, found, "let a firewall choose who may")


def _not_known() -> Iterator[Finding]:
    found = "whether cameras and barriers answer, and whether the broker takes this node's password"
    yield Finding("the rest", Level.NOT_KNOWN, found, "`smartgate doctor` asks them")
    if os.geteuid() == 0:
        found = "root may read and write everything; whether the node's user may is not seen"
        yield Finding("rights", Level.NOT_KNOWN, found, "run it as that user: sudo -u smartgate …")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
