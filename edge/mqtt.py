"""The node's link to the broker; the only place on the edge that knows MQTT.

What is numbered comes from the outbox and is sent until central says that it has committed it: neither the broker's
acknowledgement nor a persistent session is relied upon, since brokers lose what they acknowledged. The newest passages
go first and pictures behind all passages, so that nobody waits for a backlog to see what happens now. What is not
numbered (health, metrics) is a level: only the latest counts.
"""

from __future__ import annotations

import bisect
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

import paho.mqtt.client as paho
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from contract.errors import MessageError, StoreError
from contract.messages import (
    AccessList,
    CameraHealth,
    Command,
    CommandResult,
    Committed,
    Message,
    Metrics,
    SeqRange,
    Status,
)
from contract.topics import address_of, parse_message, subscription, topic_of
from edge.outbox import Outbox
from edge.send_window import PASSAGES_FOR_A_PICTURE, SendWindow
from edge.settings import MqttSettings

log = structlog.get_logger(__name__)
_IDLE_S = 0.5
_KEEPALIVE_S = 15
"""Silence after which the broker publishes the last will (one and a half times this)."""
_GOODBYE_S = 1.0
_LONGEST_PATIENCE_S = 300.0
"""While central is away the same messages are sent again ever more seldom, down to this."""
_UNACKNOWLEDGED = 8.0
"""What the broker has not even acknowledged is waiting on a slow line: so many times the patience."""


@dataclass(slots=True)
class _Sent:
    """A numbered message under way, and since when it waits: for the broker's acknowledgement, then for central."""

    sent_s: float
    since_s: float
    is_picture: bool
    info: paho.MQTTMessageInfo | None = None
    acknowledged: bool = False

    def look(self, now_s: float) -> None:
        """Note when the broker has taken it."""
        try:
            if not self.acknowledged and self.info is not None and self.info.is_published():
                self.acknowledged, self.since_s = True, now_s
        except RuntimeError:
            pass  # the line broke when it was handed over; paho sends it at the next one


class NodeLink:
    """Sends what the node has to say and hears what central says. `start` and `stop` once each."""

    def __init__(
        self,
        settings: MqttSettings,
        outbox: Outbox,
        birth: Status,
        *,
        on_access: Callable[[AccessList], None],
        on_command: Callable[[Command], None],
    ) -> None:
        self._settings = settings
        self._outbox = outbox
        self._birth = birth
        self._on_access = on_access
        self._on_command = on_command
        self._levels: dict[str, CameraHealth] = {}
        self._under_way: dict[int, _Sent] = {}
        self._window = SendWindow(settings.window)
        self._patience_s = settings.resend_after_s
        self._refusal = ""
        self._lock = threading.Lock()
        self._level_lock = threading.Lock()
        self._work = threading.Event()
        self._stop = threading.Event()
        self._connected = threading.Event()
        self._client = self._make_client()
        self._thread = threading.Thread(target=self._send, name="outbox sender", daemon=True)

    def _make_client(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"smartgate-{self._birth.site}-{self._birth.node}",
            protocol=paho.MQTTv311,
            clean_session=True,
        )
        if self._settings.tls:
            client.tls_set(
                ca_certs=str(self._settings.ca_file) if self._settings.ca_file else None,
                tls_version=ssl.PROTOCOL_TLS_CLIENT,
            )
        if self._settings.username:
            client.username_pw_set(self._settings.username, self._settings.password())
        will = self._birth.model_copy(update={"online": False})
        client.will_set(address_of(will), will.model_dump_json(), qos=1, retain=True)
        client.reconnect_delay_set(min_delay=1, max_delay=15)
        client.max_inflight_messages_set(self._settings.window * PASSAGES_FOR_A_PICTURE)
        client.on_socket_open = _send_at_once  # type: ignore[assignment]  # paho tells no method of a socket that it lacks
        client.on_connect = self._connect_done
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        client.on_message = self._heard
        return client

    def start(self) -> None:
        """Connect in the background; comes back whenever the broker is away."""
        self._client.connect_async(self._settings.host, self._settings.port, keepalive=_KEEPALIVE_S)
        self._client.loop_start()
        self._thread.start()

    def stop(self) -> None:
        """Say goodbye and close; what is not committed stays in the outbox."""
        self._stop.set()
        self._work.set()
        self._thread.join()
        if self._connected.is_set():
            try:
                self._publish(self._birth.model_copy(update={"online": False})).wait_for_publish(_GOODBYE_S)
            except RuntimeError:
                log.info("broker went before the goodbye; it speaks the last will")
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def connected(self) -> bool:
        """Whether the broker is reached now."""
        return self._connected.is_set()

    def outbox_grew(self) -> None:
        """Tell that there is something new to send."""
        self._work.set()

    def tell_health(self, health: CameraHealth) -> None:
        """Send a camera's level; the last one is sent again after a reconnect."""
        with self._level_lock:  # held while sending, so that no older level overtakes
            self._levels[health.camera] = health
            if self.connected:
                self._publish(health)

    def tell_birth(self, birth: Status) -> None:
        """Publish the birth again, as it is now; also after a reconnect."""
        self._birth = birth.model_copy(update={"outbox_id": self._birth.outbox_id})
        if self.connected:
            self._publish(self._birth)

    def tell(self, message: Metrics | CommandResult) -> None:
        """Send something that may be lost while the broker is away."""
        if self.connected:
            self._publish(message)

    def _publish(self, message: Message) -> paho.MQTTMessageInfo:
        topic = topic_of(type(message))
        return self._client.publish(address_of(message), message.model_dump_json(), qos=topic.qos, retain=topic.retain)

    def _connect_done(
        self, client: paho.Client, _data: object, _flags: paho.ConnectFlags, code: ReasonCode, _more: object
    ) -> None:
        if code.is_failure:
            log.warning("broker refuses the node", reason=str(code))
            return
        site, node = self._birth.site, self._birth.node
        client.subscribe([(subscription(kind, site=site, node=node), 1) for kind in (Committed, AccessList, Command)])

    def _subscribed(
        self, _client: paho.Client, _data: object, _mid: int, codes: list[ReasonCode], _more: object
    ) -> None:
        """Begin to speak: by now paho has sent again what the broker did not take, so no old level comes after ours."""
        if any(code.is_failure for code in codes):
            log.warning("broker lets the node not hear central; see its access rules", reasons=[str(c) for c in codes])
        with self._lock:
            now_s = time.monotonic()
            for sent in self._under_way.values():
                sent.look(now_s)
                sent.since_s = now_s
            # a broker that was away may have lost what it took
            self._under_way = {seq: sent for seq, sent in self._under_way.items() if not sent.acknowledged}
            self._patience_s = self._settings.resend_after_s
            self._window.restart()
        self._publish(self._birth)
        with self._level_lock:
            self._connected.set()
            for level in self._levels.values():
                self._publish(level)
        self._work.set()
        log.info("broker reached", host=self._settings.host, port=self._settings.port)

    def _disconnected(
        self, _client: paho.Client, _data: object, _flags: object, code: ReasonCode, _more: object
    ) -> None:
        self._connected.clear()
        if not self._stop.is_set():
            log.warning("broker lost", reason=str(code))

    def _heard(self, _client: paho.Client, _data: object, packet: paho.MQTTMessage) -> None:
        try:
            message = parse_message(packet.topic, bytes(packet.payload))
            if isinstance(message, Committed):
                self._committed(message)
            elif isinstance(message, AccessList):
                self._on_access(message)
            elif isinstance(message, Command) and not packet.retain:  # a wish that lay about is nobody's wish now
                self._on_command(message)
        except MessageError as error:
            log.warning("message refused", topic=packet.topic, reason=str(error))
        except Exception:  # would end paho's thread: the node would be cut off for ever by one message
            log.exception("message not handled", topic=packet.topic)

    def _committed(self, message: Committed) -> None:
        """Drop what central has, send at once what it misses."""
        if message.outbox_id != self._outbox.outbox_id:
            return
        try:
            self._outbox.prune(message.ranges)
            self._refusal = ""
        except StoreError as error:
            self._disk_refuses(error)  # what could not be dropped is sent again later, and counts once
        with self._lock:
            done = [self._under_way.pop(seq) for seq in _within(self._under_way, message.ranges)]
            now_s, pictures = time.monotonic(), sum(sent.is_picture for sent in done)
            self._window.came_back((sent.sent_s for sent in done), pictures=pictures, now_s=now_s)
            for seq in _within(self._under_way, message.replay):
                del self._under_way[seq]
            self._patience_s = self._settings.resend_after_s
        self._work.set()

    def _send(self) -> None:
        while not self._stop.is_set():
            self._work.wait(_IDLE_S)
            self._work.clear()
            try:
                if self._connected.is_set():
                    self._send_some()
            except StoreError as error:
                self._disk_refuses(error)
                self._stop.wait(_IDLE_S)

    def _disk_refuses(self, error: StoreError) -> None:
        if self._refusal != str(error):  # told once, not twice a second
            log.error("the outbox cannot be used, trying again", reason=str(error))
        self._refusal = str(error)

    def _send_some(self) -> None:
        if self._outbox.outbox_id != self._birth.outbox_id:
            self._meet(self._outbox.outbox_id)
        with self._lock:
            self._forget_overdue(time.monotonic())
            skip = frozenset(self._under_way)
            pictures = sum(sent.is_picture for sent in self._under_way.values())
            room, for_pictures = self._window.room(passages=len(skip) - pictures, pictures=pictures)
        if not room:
            return
        waiting = self._outbox.pending(room, pictures=for_pictures, skip=skip)
        pictures += sum(pending.is_picture for pending in waiting)
        with self._lock:
            self._window.used(passages=len(skip) + len(waiting) - pictures, pictures=pictures)
        for pending in waiting:
            now_s = time.monotonic()
            sent = _Sent(now_s, now_s, pending.is_picture)
            with self._lock:
                self._under_way[pending.seq] = sent
            # not under the lock: paho holds its own while it calls us
            sent.info = self._client.publish(pending.topic, pending.payload, qos=1)

    def _meet(self, outbox_id: UUID | None) -> None:
        """Tell of an outbox that could be opened only now, or that had to begin anew: its numbers are others."""
        with self._lock:
            self._under_way.clear()
        self._birth = self._birth.model_copy(update={"outbox_id": outbox_id})
        self._publish(self._birth)

    def _forget_overdue(self, now_s: float) -> None:
        """What central did not commit in time is sent again, each time more patiently until central is heard."""
        for sent in self._under_way.values():
            sent.look(now_s)
        overdue = [
            seq
            for seq, sent in self._under_way.items()
            if now_s - sent.since_s > self._patience_s * (1.0 if sent.acknowledged else _UNACKNOWLEDGED)
        ]
        for seq in overdue:
            del self._under_way[seq]
        if overdue:
            self._patience_s = min(_LONGEST_PATIENCE_S, 2 * self._patience_s)


def _within(numbers: Iterable[int], ranges: Iterable[SeqRange]) -> list[int]:
    runs = sorted(ranges)
    places = ((number, bisect.bisect_right(runs, number, key=lambda run: run[0]) - 1) for number in numbers)
    return [number for number, place in places if place >= 0 and number <= runs[place][1]]


def _send_at_once(_client: paho.Client, _data: object, connection: socket.socket) -> None:
    """Hold back no small packet until the one before is acknowledged: that costs 40 ms a round, on any line."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
