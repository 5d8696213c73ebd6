"""What the node has to reach: each camera for a few seconds, and the broker with the node's own name and password."""

from __future__ import annotations

import contextlib
import queue
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from uuid import uuid4

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from contract.errors import ConfigError
from edge.cameras.capture import CameraProcess
from edge.cameras.settings import CameraSettings
from edge.diagnosis.findings import Finding, Level
from edge.settings import MqttSettings

_WATCH_S = 4.0
_START_S = 8.0
"""What a camera may take to open, on top of its own `open_timeout_s` …"""
_TRIES = 2
"""… unless it has failed so often by then."""
_LOOK_S = 0.1
_LOW_SHARE = 0.5
_CONNECT_S = 5.0
_DAYS_LEFT = 30


def cameras(settings: Sequence[CameraSettings]) -> Iterator[Finding]:
    """Frames a second of every camera, all at once as the node opens them."""
    captures = [CameraProcess(camera) for camera in settings]
    with contextlib.ExitStack() as running:
        began_s = time.monotonic()
        for capture in captures:
            capture.start()
            running.callback(capture.stop)
        seen_s: dict[str, float] = {}
        give_up_s = began_s + _START_S + max(camera.open_timeout_s for camera in settings)
        waiting = captures
        while waiting and time.monotonic() < give_up_s:
            for capture in waiting:
                if capture.state.frames:
                    seen_s[capture.settings.name] = time.monotonic()
            waiting = [one for one in waiting if not one.state.frames and one.state.restarts < _TRIES]
            time.sleep(_LOOK_S)
        time.sleep(max(0.0, max(seen_s.values(), default=0.0) + _WATCH_S - time.monotonic()))
        for capture in captures:
            yield _camera(capture)


def _camera(capture: CameraProcess) -> Finding:
    camera, state, frame = capture.settings, capture.state, capture.latest()
    subject = f"camera {camera.name}"
    if frame is None:
        error = state.error or "no picture came"
        return Finding(subject, Level.BAD, error, "if the node is running, it may hold this camera alone")
    height, width = frame.image.shape[:2]
    found = f"{state.fps:.1f} fps of {camera.max_fps:g}, {width} × {height}"
    low = state.fps < _LOW_SHARE * camera.max_fps
    todo = "set the camera to more frames a second, or look at the line" if low else ""
    return Finding(subject, Level.WARNING if low else Level.OK, found, todo, {"fps": round(state.fps, 1)})


def broker(settings: MqttSettings) -> Iterator[Finding]:
    """Whether the broker is reached, its certificate is good, and it lets this node in."""
    where = f"{settings.host}:{settings.port}"
    try:
        yield from _line(settings)
        yield _login(settings, where, _answer(settings))
    except ssl.SSLCertVerificationError as error:
        todo = "set mqtt.ca_file to its authority, mqtt.host to the name in it; an expired one must be renewed"
        yield Finding("broker", Level.BAD, f"{where} is not believed: {error.verify_message}", todo)
    except ssl.SSLError as error:
        todo = "is this the broker's TLS port (usually 8883)?"
        yield Finding("broker", Level.BAD, f"{where} speaks no TLS that we know: {error.reason}", todo)
    except queue.Empty:
        todo = "is this the broker's port, and mqtt.tls as the broker has it?"
        yield Finding("broker", Level.BAD, f"{where} is reached, but speaks no MQTT", todo)
    except (OSError, ConfigError) as error:
        todo = "is the broker on, the address right, the port open in the firewall?"
        yield Finding("broker", Level.BAD, f"{where}: {getattr(error, 'strerror', None) or error}", todo)


def _line(settings: MqttSettings) -> Iterator[Finding]:
    """Connect, and look at the certificate where there is one."""
    with socket.create_connection((settings.host, settings.port), _CONNECT_S) as plain:
        if not settings.tls:
            return
        believed = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
        with believed.wrap_socket(plain, server_hostname=settings.host) as connection:
            certificate = connection.getpeercert() or {}
    ends_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    days = (ends_at - datetime.now(UTC)).days
    low = days < _DAYS_LEFT
    found = f"good until {ends_at:%Y-%m-%d}, {days} days"
    todo = "renew it on the broker before that day: no node gets in with an expired one" if low else ""
    yield Finding("certificate", Level.WARNING if low else Level.OK, found, todo, {"days_left": days})


def _answer(settings: MqttSettings) -> str:
    """Why the broker refuses this node; empty when it does not."""
    answers: queue.SimpleQueue[str] = queue.SimpleQueue()
    # under another name than the node's: the broker would throw a running node out
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"smartgate-doctor-{uuid4().hex[:8]}")
    client.connect_timeout = _CONNECT_S
    client.on_connect = lambda _client, _data, _flags, code, _more: answers.put(str(code) if code.is_failure else "")
    if settings.tls:
        client.tls_set(
            ca_certs=str(settings.ca_file) if settings.ca_file else None, tls_version=ssl.PROTOCOL_TLS_CLIENT
        )
    if settings.username:
        client.username_pw_set(settings.username, settings.password())
    client.connect(settings.host, settings.port)
    client.loop_start()
    try:
        return answers.get(timeout=_CONNECT_S)
    finally:
        client.disconnect()
        client.loop_stop()


def _login(settings: MqttSettings, where: str, refusal: str) -> Finding:
    name = settings.username or "a node without a name"
    if refusal:
        todo = "compare mqtt.username and the password file with the broker's"
        return Finding("broker", Level.BAD, f"{where} refuses {name}: {refusal}", todo)
    return Finding("broker", Level.OK, f"{where} lets {name} in{'' if settings.tls else ', without TLS'}")
