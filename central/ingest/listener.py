"""The process that speaks MQTT for central: hears the broker, and hands over by the armful what came.

MQTT costs as much as all else that central does with a message; in a process of its own it has a processor of its own.
It knows passages, which it checks, and no database. It ends when central does, however that ends; nothing
is acknowledged that central did not ask for.
"""

from __future__ import annotations

import contextlib
import select
import signal
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from itertools import groupby
from multiprocessing.connection import Connection
from typing import Any, cast

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from central.head import PassageHead, head_of
from central.ingest.inbox import Inbox
from central.ingest.packets import Incoming, PacketStream
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
from central.ingest.quick import quick_head
from central.memory import search_memory_seldom
from contract.errors import MessageError
from contract.messages import Passage
from contract.topics import parse_address, parse_message

_QUEUE_SIZE = 500
"""Packets that wait to be handed over; past it the broker has to wait."""
_AT_ONCE = 65_536
"""Bytes that are read before the next look at what central asks for."""
_PUBACK = 0x40
_ACKNOWLEDGED = struct.Struct("!BBH")
_WAIT_S = 1.0
"""How often paho looks whether the broker is still there."""
_FULL_S = 0.01
"""Before the next look whether there is room again."""
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 10.0
"""Before the broker is tried again."""


class _Client(paho.Client):
    """paho, which is given what it should read instead of reading it, and acknowledges many messages at once."""

    _given: bytes | None = b""
    """None: the connection has ended."""

    def begin(self) -> None:
        """Forget what was given of the connection before."""
        self._given = b""

    def give(self, packet: bytes) -> bool:
        """Have a packet read; whether the connection goes on."""
        self._given = (self._given or b"") + packet
        while self._given and self.loop_read() == MQTTErrorCode.MQTT_ERR_SUCCESS:
            pass
        return self.socket() is not None

    def end(self) -> None:
        """Have the end of the connection noticed."""
        self._given = None
        self.loop_read()

    def acknowledge(self, mids: Iterable[tuple[int, int]]) -> None:
        """Let the broker forget these numbers, each with its quality of service."""
        plain: list[int] = []
        for mid, qos in mids:
            if qos == 1:
                plain.append(mid)
            else:
                self.ack(mid, qos)
        if plain:
            self._packet_queue(_PUBACK, b"".join(_ACKNOWLEDGED.pack(_PUBACK, 2, mid) for mid in plain), 0, 1)

    def _sock_recv(self, bufsize: int) -> bytes:
        if self._given is None:
            return b""
        if not self._given:
            raise BlockingIOError
        some, self._given = self._given[:bufsize], self._given[bufsize:]
        return some


class Listener:
    """Between the broker and central, which is at the other end of the pipe.

    One thread speaks with the broker and hears what central asks for, so that a message is handed from no thread to
    another; one more hands over what came, since that has to wait when central is busy.
    """

    def __init__(self, session: Session, pipe: PipeEnd[Told, Asked]) -> None:
        self._session = session
        self._pipe = pipe
        self._inbox = Inbox()
        self._watching = session.watching
        self._connection = 0
        self._stream = PacketStream(has_properties=not session.keeps)
        self._pause_s = _SHORTEST_PAUSE_S
        self._client = self._make_client()

    def run(self) -> None:
        """Until central says stop, or is gone."""
        threading.Thread(target=self._hand_over, name="hand over", daemon=True).start()
        is_wanted = True
        while is_wanted:
            if self._reach():
                is_wanted = self._speak()
            else:
                self._inbox.put(LinkNews(LinkState.NOT_REACHED, self._connection))
            is_wanted = is_wanted and self._pause()
        self._client.disconnect()
        self._send()
        self._inbox.close()

    def _reach(self) -> bool:
        wanted = self._session
        session: dict[str, Any] = {}
        if not wanted.keeps:  # what is kept for one that is gone, the others would not get
            session = {"clean_start": True}
        self._stream = PacketStream(has_properties=not wanted.keeps)
        self._client.begin()
        try:
            self._client.connect(wanted.host, wanted.port, keepalive=wanted.keepalive_s, **session)
        except OSError:
            return False
        return True

    def _speak(self) -> bool:
        """Until the broker is lost, or central needs nobody any more; whether it does."""
        while isinstance(connection := self._client.socket(), socket.socket):
            has_room = len(self._inbox) < _QUEUE_SIZE
            waits = has_room and isinstance(connection, ssl.SSLSocket) and connection.pending() > 0
            ours: list[PipeEnd[Told, Asked] | socket.socket] = [self._pipe, *([connection] if has_room else [])]
            readable, _, _ = select.select(
                ours,
                [connection] if self._client.want_write() else [],
                [],
                0 if waits else _WAIT_S if has_room else _FULL_S,
            )
            if self._pipe in readable and not self._hear():
                return False
            if connection in readable or waits:
                self._read(connection)
            self._send()
            self._client.loop_misc()
        return True

    def _pause(self) -> bool:
        """Do what central asks for meanwhile; whether it needs anybody any more."""
        until_s = time.monotonic() + self._pause_s
        self._pause_s = min(_LONGEST_PAUSE_S, self._pause_s * 2)
        while (left_s := until_s - time.monotonic()) > 0:
            if self._pipe.waits(left_s) and not self._hear():
                return False
        return True

    def _read(self, connection: socket.socket) -> None:
        """What has come: messages are taken out of it, and paho does the rest."""
        try:
            some = connection.recv(_AT_ONCE)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError:
            some = b""
        if not some:
            self._client.end()
            return
        heard: list[Delivery] = []
        for packet in self._stream.feed(some):
            if isinstance(packet, Incoming):
                heard.append(self._delivery(*packet))
                continue
            self._inbox.put(*heard)
            heard = []
            if not self._client.give(packet):
                return
        self._inbox.put(*heard)

    def _send(self) -> None:
        """All that waits to be sent, as far as the broker takes it now."""
        connection = self._client.socket()
        if self._client.want_write() and isinstance(connection, socket.socket):
            with _corked(connection):
                self._client.loop_write()

    def _hear(self) -> bool:
        """Do one thing that central asks for; false when there is nothing more to do."""
        asked = self._pipe.hear()
        if asked is None or asked is Order.STOP:
            return False
        if isinstance(asked, Acknowledge):
            if asked.connection == self._connection:
                self._client.acknowledge(asked.mids)
        elif isinstance(asked, Publish):
            self._client.publish(asked.topic, asked.payload, qos=asked.qos, retain=asked.retain)
        elif not self._watching:
            self._watching = True
            if self._client.is_connected():
                self._client.subscribe(self._session.watches)
        return True

    def _hand_over(self) -> None:
        with contextlib.suppress(OSError):  # central is gone: what it did not acknowledge comes again
            while waiting := self._inbox.take():
                for is_news, some in groupby(waiting, lambda one: isinstance(one, LinkNews)):
                    if is_news:
                        for news in some:
                            self._pipe.say(cast("LinkNews", news))
                    else:
                        self._pipe.say(cast("list[Delivery]", list(some)))

    def _make_client(self) -> _Client:
        wanted = self._session
        session: dict[str, Any] = {"protocol": paho.MQTTv5}
        if wanted.keeps:
            session = {"protocol": paho.MQTTv311, "clean_session": False}
        client = _Client(CallbackAPIVersion.VERSION2, client_id=wanted.client_id, manual_ack=True, **session)
        if wanted.tls:
            client.tls_set(
                ca_certs=wanted.ca_file,
                certfile=wanted.cert_file,
                keyfile=wanted.key_file,
                tls_version=ssl.PROTOCOL_TLS_CLIENT,
            )
        if wanted.username:
            client.username_pw_set(wanted.username, wanted.password)
        client.on_socket_open = _send_at_once  # type: ignore[assignment]  # paho tells no method of a socket that it lacks
        client.on_socket_register_write = _send_later
        client.on_connect = self._connect_done
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        client.on_message = self._heard
        return client

    def _connect_done(
        self, client: paho.Client, _data: object, _flags: paho.ConnectFlags, code: ReasonCode, _more: object
    ) -> None:
        if code.is_failure:
            self._inbox.put(LinkNews(LinkState.REFUSED, self._connection, str(code)))
            return
        self._connection += 1
        self._pause_s = _SHORTEST_PAUSE_S
        client.subscribe(self._session.hears + (self._session.watches if self._watching else []))

    def _subscribed(
        self, _client: paho.Client, _data: object, _mid: int, codes: list[ReasonCode], _more: object
    ) -> None:
        """Only now is a node heard: what it sent before this is acknowledged by the broker and goes nowhere."""
        refused = ", ".join(str(code) for code in codes if code.is_failure)
        self._inbox.put(LinkNews(LinkState.DEAF if refused else LinkState.REACHED, self._connection, refused))

    def _disconnected(
        self, _client: paho.Client, _data: object, _flags: object, code: ReasonCode, _more: object
    ) -> None:
        self._inbox.put(LinkNews(LinkState.LOST, self._connection, str(code)))

    def _heard(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        """What is not quickly read."""
        delivery = self._delivery(
            message.topic, bytes(message.payload), message.mid, message.qos, retained=bool(message.retain)
        )
        self._inbox.put(delivery)

    def _delivery(self, topic: str, payload: bytes, mid: int, qos: int, retained: bool) -> Delivery:
        return Delivery(Packet(topic, payload, retained, head_if_passage(topic, payload)), mid, qos, self._connection)


def head_if_passage(topic: str, payload: bytes) -> PassageHead | None:
    """A passage that is checked here, which is half of central's work with it; what is wrong with one central says."""
    try:
        address = parse_address(topic)
        if address.topic.payload is not Passage:
            return None
        if (head := quick_head(address.site, address.node, payload)) is not None:
            return head
        message = parse_message(topic, payload)
    except MessageError:
        return None
    return head_of(message) if isinstance(message, Passage) else None


def _send_at_once(_client: paho.Client, _data: object, connection: socket.socket) -> None:
    """Hold back no small packet until the one before is acknowledged: that costs 40 ms a round, on any line."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _send_later(_client: paho.Client, _data: object, _connection: object) -> None:
    """Said to paho, so that it leaves sending to `Listener`, which sends much at once."""


@contextlib.contextmanager
def _corked(connection: socket.socket) -> Iterator[None]:
    """What is sent meanwhile goes in few packets: two hundred acknowledgements would wake the broker as often."""
    if not hasattr(socket, "TCP_CORK"):
        yield
        return
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # the connection ended meanwhile
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)


def main() -> None:
    """`python -m central.ingest.listener DESCRIPTOR`: over the pipe comes a `Session` first."""
    for number in (signal.SIGINT, signal.SIGTERM):  # they reach all of central's processes: central ends this one
        signal.signal(number, signal.SIG_IGN)
    search_memory_seldom()
    connection = Connection(int(sys.argv[1]))
    session = PipeEnd[None, Session](connection).hear()
    if session is not None:
        Listener(session, PipeEnd(connection)).run()


if __name__ == "__main__":
    main()
