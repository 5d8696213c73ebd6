"""Files and folders that a configuration names: are they there, may they be used, are they closed to others."""

from __future__ import annotations

import os
import shutil
import ssl
import stat
from collections.abc import Iterator
from pathlib import Path

from contract.errors import ConfigError
from edge.booth.settings import BoothSettings
from edge.config import NodeConfig
from edge.diagnosis.findings import Finding, Level
from edge.evidence.settings import LEAST_FREE_BYTES
from edge.settings import MqttSettings

PASSAGE_BYTES = 8_100
"""One vehicle in the outbox, with three revisions and the index and without pictures, as measured with 30 days of them
(docs/reliability-edge.md): what must find room in any case."""
_DAYS, _A_DAY = 30, 4_000


def files_of(path: Path, config: NodeConfig) -> Iterator[Finding]:
    """What is wrong with the files that a configuration names, and with its own."""
    logins = [camera.name for camera in config.cameras if camera.source != camera.public_source]
    if logins:
        yield from _closed("the configuration", path, f"it holds the login of {', '.join(logins)}")
    yield from _of_broker(config.mqtt)
    if config.booth is not None:
        yield from _of_booth(config.booth)
    if config.log.file is not None:
        yield from _writable("log.file", config.log.file.parent)
    yield from data_dir_of(config)


def data_dir_of(config: NodeConfig) -> Iterator[Finding]:
    """Whether the node's folder can be written to, and is large enough for the days that a node may be alone."""
    faults = list(_writable("data_dir", config.data_dir))
    yield from faults
    if not faults:
        yield from _room(config)


def _of_broker(mqtt: MqttSettings) -> Iterator[Finding]:
    if mqtt.password_file is not None:
        try:
            mqtt.password()
        except ConfigError as error:
            subject, _, found = str(error).partition(": ")
            yield Finding(subject, Level.BAD, found, "write the broker's password for this node into it, chmod 600")
        else:
            yield from _closed("mqtt.password_file", mqtt.password_file, "it holds the broker's password")
    if mqtt.ca_file is not None:
        try:
            ssl.create_default_context(cafile=str(mqtt.ca_file))
        except (OSError, ssl.SSLError) as error:
            todo = "copy the certificate (PEM) of the broker's authority there"
            yield Finding("mqtt.ca_file", Level.BAD, f"cannot use {mqtt.ca_file}: {error}", todo)


def _of_booth(booth: BoothSettings) -> Iterator[Finding]:
    if not booth.persons_file.is_file():
        found = f"{booth.persons_file} is not there, so nobody can log in at the booth"
        yield Finding("booth.persons_file", Level.WARNING, found, "smartgate edge person NAME --config …")
    elif stat.S_IMODE(booth.persons_file.stat().st_mode) & 0o077:
        found = f"others may read {booth.persons_file}, so the node does not believe it"
        yield Finding("booth.persons_file", Level.BAD, found, f"chmod 600 {booth.persons_file}")
    if booth.certificate_file is None or booth.key_file is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(booth.certificate_file, booth.key_file)
    except (OSError, ssl.SSLError) as error:
        found = f"cannot use {booth.certificate_file} with {booth.key_file}: {error}"
        yield Finding("booth.certificate_file", Level.BAD, found, "a certificate (PEM) and the key that belongs to it")
    else:
        yield from _closed("booth.key_file", booth.key_file, "it holds the key of the booth page")


def _closed(subject: str, path: Path, why: str) -> Iterator[Finding]:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & stat.S_IRWXO:  # a group may be the node's own
        found = f"{path} is open to everybody (mode {mode:o}), and {why}"
        yield Finding(subject, Level.BAD, found, f"chmod 600 {path}")


def _writable(subject: str, folder: Path) -> Iterator[Finding]:
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not there.is_dir():
        yield Finding(subject, Level.BAD, f"{there} is no folder", "name another place")
    elif not os.access(there, os.W_OK | os.X_OK):
        todo = f"make it, and give it to the node's user: install -d -o smartgate {folder}"
        yield Finding(subject, Level.BAD, f"{there} cannot be written to by this user", todo)


def _room(config: NodeConfig) -> Iterator[Finding]:
    folder = next(parent for parent in (config.data_dir, *config.data_dir.parents) if parent.exists())
    quota_bytes = 1_000_000 * (config.evidence.frame_mb + config.evidence.crop_mb + config.evidence.overview_mb)
    passages_bytes = _DAYS * _A_DAY * PASSAGE_BYTES
    need_bytes = quota_bytes + passages_bytes + LEAST_FREE_BYTES
    have_bytes = shutil.disk_usage(folder).free + _used_bytes(config.data_dir)
    if have_bytes < need_bytes:
        found = (
            f"the disk of {folder} has {have_bytes / 1e9:.1f} GB for the node; [evidence] {quota_bytes / 1e9:.1f} GB, "
            f"{_DAYS} days of passages {passages_bytes / 1e9:.1f} GB and {LEAST_FREE_BYTES / 1e9:.1f} GB to spare "
            f"need {need_bytes / 1e9:.1f} GB"
        )
        yield Finding("data_dir", Level.BAD, found, "take a larger disk, or lower the quotas of [evidence]")


def _used_bytes(folder: Path) -> int:
    """What the node has there already."""
    used = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                used += (Path(place) / name).lstat().st_size
            except OSError:
                continue  # it went meanwhile
    return used
