"""Central's link to the broker; the only place in central that knows MQTT."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import Any

import paho.mqtt.client as paho
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from central.ingest.inbox import Delivery, Inbox
from central.ingest.intake import Packet
from central.ingest.settings import MqttSettings
from contract.messages import BoothOpening, CameraHealth, CommandResult, Evidence, Message, Metrics, Passage, Status
from contract.topics import address_of, subscription, topic_of

log = structlog.get_logger(__name__)
_HEARS = (Status, Passage, Evidence, BoothOpening, CameraHealth, Metrics, CommandResult)
_WATCHES = tuple(kind for kind in _HEARS if topic_of(kind).retain)
"""What brokers retain, they do not hand to a group: one of it hears all of this, from the last word on."""
_SHARES = tuple(kind for kind in _HEARS if kind not in _WATCHES)
_QUEUE_SIZE = 500  # packets in memory that are not on the disk yet; past it the broker has to wait


class BrokerLink:
    """Hears every node. Nothing is acknowledged to the broker before `acknowledge` is called for it.

    In a group (`mqtt.share`) each message goes to one of its aggregators, and what is retained to the one that
    `watch` was called on.
    """

    def __init__(self, settings: MqttSettings) -> None:
        self.inbox = Inbox(_QUEUE_SIZE)
        self._settings = settings
        self._watching = settings.share is None
        self.connections = 0
        """How often the broker was reached."""
        self._connected = threading.Event()
        self._stopping = False
        self._complained = False
        self._client = self._make_client()

    def _make_client(self) -> paho.Client:
        session: dict[str, Any] = {"protocol": paho.MQTTv5}
        if self._settings.share is None:  # brokers that can keep what comes while central is away
            session = {"protocol": paho.MQTTv311, "clean_session": False}
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=self._settings.client_id, manual_ack=True, **session
        )
        if self._settings.tls:
            client.tls_set(
                ca_certs=str(self._settings.ca_file) if self._settings.ca_file else None,
                certfile=str(self._settings.cert_file) if self._settings.cert_file else None,
                keyfile=str(self._settings.key_file) if self._settings.key_file else None,
                tls_version=ssl.PROTOCOL_TLS_CLIENT,
            )
        if self._settings.username:
            client.username_pw_set(self._settings.username, self._settings.password())
        client.reconnect_delay_set(min_delay=1, max_delay=10)
        client.on_socket_open = _send_at_once  # type: ignore[assignment]  # paho tells no method of a socket that it lacks
        client.on_connect = self._connect_done
        client.on_connect_fail = self._connect_failed
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        client.on_message = self._heard
        return client

    @property
    def connected(self) -> bool:
        """Whether central hears the nodes now."""
        return self._connected.is_set()

    def start(self) -> None:
        """Connect in the background; comes back whenever the broker is away."""
        session: dict[str, Any] = {}
        if self._settings.share is not None:  # what is kept for one that is gone, the others would not get
            session = {"clean_start": True}
        self._client.connect_async(
            self._settings.host, self._settings.port, keepalive=self._settings.keepalive_s, **session
        )
        self._client.loop_start()

    def stop(self) -> None:
        """Close; what was not acknowledged comes again."""
        self._stopping = True
        self._client.disconnect()
        self.inbox.close()
        self._client.loop_stop()

    def watch(self) -> None:
        """Hear what is retained too; for the one that was elected in a group."""
        if not self._watching:
            self._watching = True
            if self.connected:
                self._client.subscribe(_wanted(_WATCHES))

    def acknowledge(self, delivery: Delivery) -> None:
        """Tell the broker that it may forget this."""
        if delivery.qos and delivery.connection == self.connections:
            self._client.ack(delivery.mid, delivery.qos)

    def publish(self, message: Message) -> None:
        """Send; while the broker is away it waits in memory."""
        topic = topic_of(type(message))
        self._client.publish(address_of(message), message.model_dump_json(), qos=topic.qos, retain=topic.retain)

    def _connect_done(
        self, client: paho.Client, _data: object, _flags: paho.ConnectFlags, code: ReasonCode, _more: object
    ) -> None:
        if code.is_failure:
            log.warning("broker refuses central", reason=str(code))
            return
        self.connections += 1
        group = f"$share/{self._settings.share}/" if self._settings.share is not None else ""
        client.subscribe(_wanted(_SHARES, group) + (_wanted(_WATCHES) if self._watching else []))

    def _subscribed(
        self, _client: paho.Client, _data: object, _mid: int, codes: list[ReasonCode], _more: object
    ) -> None:
        """Only now is a node heard: what it sent before this is acknowledged by the broker and goes nowhere."""
        if any(code.is_failure for code in codes):
            log.error("broker lets central not hear the nodes; see its access rules", reasons=[str(c) for c in codes])
        self._connected.set()
        self._complained = False
        log.info("broker reached", host=self._settings.host, port=self._settings.port)

    def _connect_failed(self, _client: paho.Client, _data: object) -> None:
        if not self._complained:  # it is tried again every few seconds; one complaint is enough
            self._complained = True
            log.warning("broker not reached, trying on", host=self._settings.host, port=self._settings.port)

    def _disconnected(
        self, _client: paho.Client, _data: object, _flags: object, code: ReasonCode, _more: object
    ) -> None:
        self._connected.clear()
        if not self._stopping:
            log.warning("broker lost", reason=str(code))

    def _heard(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        packet = Packet(message.topic, bytes(message.payload), bool(message.retain))
        self.inbox.put(Delivery(packet, message.mid, message.qos, self.connections))


def _wanted(kinds: tuple[type[Message], ...], group: str = "") -> Any:  # noqa: ANN401 - paho's list of pairs
    return [(f"{group}{subscription(kind)}", topic_of(kind).qos) for kind in kinds]


def _send_at_once(_client: paho.Client, _data: object, connection: socket.socket) -> None:
    """Hold back no small packet until the one before is acknowledged: that costs 40 ms a round, on any line."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
