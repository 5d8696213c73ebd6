"""The process that speaks MQTT for central: hears the broker, and hands over by the armful what came.

MQTT costs as much as all else that central does with a message; in a process of its own it has a processor of its own.
It knows passages, which it checks, and no database. It ends when central does, however that ends; nothing
is acknowledged that central did not ask for.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import ssl
import sys
import threading
from multiprocessing.connection import Connection
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from central.head import PassageHead, head_of
from central.ingest.inbox import Inbox
from central.ingest.pipe import (
    Acknowledge,
    Asked,
    Delivery,
    LinkNews,
    LinkState,
    Order,
    Packet,
    PipeEnd,
    Publish,
    Session,
    Told,
)
from contract.errors import MessageError
from contract.messages import Passage
from contract.topics import parse_address, parse_message

_QUEUE_SIZE = 500
"""Packets that wait to be handed over; past it the broker has to wait."""
_CENTRAL_IS_BUSY = 50
"""With so many waiting it is better to check them here than to wait: both processors come to the same share."""


class Listener:
    """Between the broker and central, which is at the other end of the pipe."""

    def __init__(self, session: Session, pipe: PipeEnd[Told, Asked]) -> None:
        self._session = session
        self._pipe = pipe
        self._inbox = Inbox(_QUEUE_SIZE)
        self._watching = session.watching
        self._connection = 0
        self._client = self._make_client()

    def run(self) -> None:
        """Until central says stop, or is gone."""
        session: dict[str, Any] = {}
        if not self._session.keeps:  # what is kept for one that is gone, the others would not get
            session = {"clean_start": True}
        self._client.connect_async(
            self._session.host, self._session.port, keepalive=self._session.keepalive_s, **session
        )
        self._client.loop_start()
        threading.Thread(target=self._hand_over, name="hand over", daemon=True).start()
        while (asked := self._pipe.hear()) is not None and asked is not Order.STOP:
            self._do(asked)
        self._client.disconnect()
        self._inbox.close()
        self._client.loop_stop()

    def _do(self, asked: Asked) -> None:
        if isinstance(asked, Acknowledge):
            if asked.connection == self._connection:
                for mid, qos in asked.mids:
                    self._client.ack(mid, qos)
        elif isinstance(asked, Publish):
            self._client.publish(asked.topic, asked.payload, qos=asked.qos, retain=asked.retain)
        elif not self._watching:
            self._watching = True
            if self._client.is_connected():
                self._client.subscribe(self._session.watches)

    def _hand_over(self) -> None:
        while deliveries := self._inbox.take():
            self._tell(deliveries)

    def _tell(self, what: Told) -> None:
        with contextlib.suppress(OSError):  # central is gone: what it did not acknowledge comes again
            self._pipe.say(what)

    def _make_client(self) -> paho.Client:
        wanted = self._session
        session: dict[str, Any] = {"protocol": paho.MQTTv5}
        if wanted.keeps:
            session = {"protocol": paho.MQTTv311, "clean_session": False}
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=wanted.client_id, manual_ack=True, **session)
        if wanted.tls:
            client.tls_set(
                ca_certs=wanted.ca_file,
                certfile=wanted.cert_file,
                keyfile=wanted.key_file,
                tls_version=ssl.PROTOCOL_TLS_CLIENT,
            )
        if wanted.username:
            client.username_pw_set(wanted.username, wanted.password)
        client.reconnect_delay_set(min_delay=1, max_delay=10)
        client.on_socket_open = _send_at_once  # type: ignore[assignment]  # paho tells no method of a socket that it lacks
        client.on_connect = self._connect_done
        client.on_connect_fail = self._connect_failed
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        client.on_message = self._heard
        return client

    def _connect_done(
        self, client: paho.Client, _data: object, _flags: paho.ConnectFlags, code: ReasonCode, _more: object
    ) -> None:
        if code.is_failure:
            self._tell(LinkNews(LinkState.REFUSED, self._connection, str(code)))
            return
        self._connection += 1
        client.subscribe(self._session.hears + (self._session.watches if self._watching else []))

    def _subscribed(
        self, _client: paho.Client, _data: object, _mid: int, codes: list[ReasonCode], _more: object
    ) -> None:
        """Only now is a node heard: what it sent before this is acknowledged by the broker and goes nowhere."""
        refused = ", ".join(str(code) for code in codes if code.is_failure)
        self._tell(LinkNews(LinkState.DEAF if refused else LinkState.REACHED, self._connection, refused))

    def _connect_failed(self, _client: paho.Client, _data: object) -> None:
        self._tell(LinkNews(LinkState.NOT_REACHED, self._connection))

    def _disconnected(
        self, _client: paho.Client, _data: object, _flags: object, code: ReasonCode, _more: object
    ) -> None:
        self._tell(LinkNews(LinkState.LOST, self._connection, str(code)))

    def _heard(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        payload = bytes(message.payload)
        head = head_if_passage(message.topic, payload) if len(self._inbox) >= _CENTRAL_IS_BUSY else None
        packet = Packet(message.topic, payload, bool(message.retain), head)
        self._inbox.put(Delivery(packet, message.mid, message.qos, self._connection))


def head_if_passage(topic: str, payload: bytes) -> PassageHead | None:
    """A passage that is checked here, which is half of central's work with it; what is wrong with one central says."""
    try:
        if parse_address(topic).topic.payload is Passage:
            message = parse_message(topic, payload)
            return head_of(message) if isinstance(message, Passage) else None
    except MessageError:
        pass
    return None


def _send_at_once(_client: paho.Client, _data: object, connection: socket.socket) -> None:
    """Hold back no small packet until the one before is acknowledged: that costs 40 ms a round, on any line."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def main() -> None:
    """`python -m central.ingest.listener DESCRIPTOR`: over the pipe comes a `Session` first."""
    for number in (signal.SIGINT, signal.SIGTERM):  # they reach all of central's processes: central ends this one
        signal.signal(number, signal.SIG_IGN)
    connection = Connection(int(sys.argv[1]))
    session = PipeEnd[None, Session](connection).hear()
    if session is not None:
        Listener(session, PipeEnd(connection)).run()


if __name__ == "__main__":
    main()
