"""Central's link to the broker: a process that speaks MQTT for it, and the pipe to that one."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import accumulate, groupby
from multiprocessing.connection import Pipe

import structlog

from central.ingest.pipe import (
    Acknowledge,
    Asked,
    Delivery,
    Filters,
    LinkNews,
    LinkState,
    Order,
    PipeEnd,
    Publish,
    Session,
    Told,
)
from central.ingest.settings import MqttSettings
from contract.errors import SmartGateError
from contract.messages import (
    BoothOpening,
    CameraHealth,
    CommandResult,
    Evidence,
    LaneCount,
    Message,
    Metrics,
    Passage,
    Status,
)
from contract.topics import address_of, subscription, topic_of

log = structlog.get_logger(__name__)
_HEARS = (Status, Passage, Evidence, BoothOpening, LaneCount, CameraHealth, Metrics, CommandResult)
_WATCHES = tuple(kind for kind in _HEARS if topic_of(kind).retain)
"""What brokers retain, they do not hand to a group: one of it hears all of this, from the last word on."""
_SHARES = tuple(kind for kind in _HEARS if kind not in _WATCHES)
_END_S = 10.0


class BrokerLink:
    """Hears every node. Nothing is acknowledged to the broker before `acknowledge` is called for it.

    In a group (`mqtt.share`) each message goes to one of its aggregators, and what is retained to the one that
    `watch` was called on.
    """

    def __init__(self, settings: MqttSettings) -> None:
        self.connected = False
        """Whether central hears the nodes, as of the last `take`."""
        self.connections = 0
        """How often the broker was reached."""
        self._settings = settings
        self._complained = False
        self._waiting: list[Delivery] = []
        self._listener: subprocess.Popen[bytes] | None = None
        ours, self._theirs = Pipe()
        self._pipe = PipeEnd[Asked, Told](ours)
        PipeEnd[Session, None](ours).say(_session(settings))  # it waits in the pipe, and what is asked for behind it

    def start(self) -> None:
        """Connect in the background; comes back whenever the broker is away."""
        descriptor = self._theirs.fileno()
        self._listener = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "central.ingest.listener", str(descriptor)],
            pass_fds=[descriptor],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # whoever reads what central prints should not wait for this one too
        )
        self._theirs.close()  # so that the pipe ends when the process does

    def stop(self) -> None:
        """Close; what was not acknowledged comes again. Call it when nobody calls `take` any more."""
        self._ask(Order.STOP)
        if self._listener is not None:
            while self._pipe.waits(_END_S) and self._pipe.hear() is not None:
                pass  # what it still has to say must not keep it
            try:
                self._listener.wait(_END_S)
            except subprocess.TimeoutExpired:
                self._listener.kill()
                self._listener.wait()
        self._pipe.close()

    def take(self, most: int, most_bytes: int, *, idle_s: float, more_s: float) -> list[Delivery]:
        """Up to `most` messages with `most_bytes`, but one at least, in their order; none if none comes in `idle_s`.

        Where there are fewer, waits `more_s` for more: a burst costs one write and not a hundred. Who takes listens
        as well: a thread that only listened would keep the one that writes waiting for Python at each step.

        Raises:
            SmartGateError: the process that listens to the broker has ended.

        """
        if not self._waiting:
            self._listen(idle_s)
        until_s = time.monotonic() + more_s
        while self._waiting and not self._has(most, most_bytes) and (left_s := until_s - time.monotonic()) > 0:
            self._listen(left_s)
        sizes = accumulate(len(one.packet.payload) for one in self._waiting[:most])
        number = max(1, sum(size <= most_bytes for size in sizes))
        taken, self._waiting = self._waiting[:number], self._waiting[number:]
        return taken

    def _has(self, most: int, most_bytes: int) -> bool:
        """Whether as much waits as may be taken at once."""
        return len(self._waiting) >= most or sum(len(one.packet.payload) for one in self._waiting) >= most_bytes

    def watch(self) -> None:
        """Hear what is retained too; for the one that was elected in a group."""
        self._ask(Order.WATCH)

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker that it may forget these."""
        for connection, some in groupby(deliveries, lambda delivery: delivery.connection):
            mids = [(delivery.mid, delivery.qos) for delivery in some if delivery.qos]
            if mids:
                self._ask(Acknowledge(connection, mids))

    def publish(self, message: Message) -> None:
        """Send; while the broker is away it waits in memory."""
        topic = topic_of(type(message))
        self._ask(Publish(address_of(message), message.model_dump_json(), topic.qos, topic.retain))

    def _ask(self, what: Asked) -> None:
        with contextlib.suppress(OSError):  # the listener is gone, and `take` says so
            self._pipe.say(what)

    def _listen(self, wait_s: float) -> None:
        if not self._pipe.waits(wait_s):
            return
        told = self._pipe.hear()
        if told is None:
            self.connected = False
            raise SmartGateError("the process that listens to the broker has ended; start central again")
        if isinstance(told, LinkNews):
            self._note(told)
        else:
            self._waiting += told

    def _note(self, news: LinkNews) -> None:
        self.connections = news.connection
        self.connected = news.state in (LinkState.REACHED, LinkState.DEAF)
        if self.connected:
            self._complained = False
            log.info("broker reached", host=self._settings.host, port=self._settings.port)
        if news.state is LinkState.DEAF:
            log.error("broker lets central not hear the nodes; see its access rules", reason=news.reason)
        elif news.state is LinkState.REFUSED:
            log.warning("broker refuses central", reason=news.reason)
        elif news.state is LinkState.LOST:
            log.warning("broker lost", reason=news.reason)
        elif news.state is LinkState.NOT_REACHED and not self._complained:
            self._complained = True  # it is tried again every few seconds; one complaint is enough
            log.warning("broker not reached, trying on", host=self._settings.host, port=self._settings.port)


def _session(settings: MqttSettings) -> Session:
    group = f"$share/{settings.share}/" if settings.share is not None else ""
    return Session(
        host=settings.host,
        port=settings.port,
        client_id=settings.client_id,
        keeps=settings.share is None,
        hears=_wanted(_SHARES, group),
        watches=_wanted(_WATCHES),
        watching=settings.share is None,
        keepalive_s=settings.keepalive_s,
        username=settings.username,
        password=settings.password() if settings.username else None,
        tls=settings.tls,
        ca_file=str(settings.ca_file) if settings.ca_file else None,
        cert_file=str(settings.cert_file) if settings.cert_file else None,
        key_file=str(settings.key_file) if settings.key_file else None,
    )


def _wanted(kinds: tuple[type[Message], ...], group: str = "") -> Filters:
    return [(f"{group}{subscription(kind)}", topic_of(kind).qos) for kind in kinds]
