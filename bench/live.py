"""How soon a passage that central committed stands on every open live page, and whether one is ever missing there.

The broker, central and those who look are processes of their own. Most of those who look take the stream as the page
does, over HTTP with the cookie of a login, in three languages; some are real pages in Chromium, which tell when a
passage stands in their document. Halfway every connection is cut, and taken up again as a browser does it: behind the
last event that came. When central committed is what its own list of changes says: the moment at which the transaction
began, so that the commit itself counts as delay.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from bench.live_pages import Showing, watch_pages
from bench.offline import PASSAGES_A_DAY, revisions
from bench.programs import central, mosquitto
from bench.tables import Cell, Column, Table
from central.auth import set_login
from central.store import Store
from central.store.records import EventKind, Role
from contract.errors import SmartGateError
from contract.messages import Direction, LaneInfo, LaneMode, Status
from contract.topics import address_of
from edge.outbox.outbox import Make

SITES, LANES = 3, 4
LIMIT_MS = 300.0
"""Wanted: p95 over all screens and passages."""
_LANGUAGES = ("vi", "en", "zh")
_NAME, _PASSWORD = "bench", "made up for this run"
_AWAY_S = (0.5, 2.0)
"""How long a listener stays away once its connection was cut."""
_SETTLE_S = 3.0
_REVISED_S = (3.0, 6.0)
"""When its plate is settled, and when it has left."""
_PASSAGE = re.compile(rb'/passages/([0-9a-f]{8}-[0-9a-f-]{27})"')
_EVENT_ID = re.compile(rb"^id: (\d+)$", re.MULTILINE)
_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Load:
    """How much is going on: those who take the stream, pages in Chromium, passages a second, and for how long."""

    listeners: int = 50
    pages: int = 3
    per_s: float = 20.0
    seconds: float = 60.0


@dataclass(slots=True)
class Seen:
    """What one screen saw: passages, each with when it first stood there (seconds since 1970)."""

    at_s: dict[str, float] = field(default_factory=dict)
    cut: list[tuple[float, float]] = field(default_factory=list)
    """When it was away."""

    def was_away(self, at_s: float) -> bool:
        """Whether it was cut off then, or not yet there again for longer than the wanted limit."""
        return any(left_s - LIMIT_MS / 1000 <= at_s <= back_s for left_s, back_s in self.cut)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run tells."""

    committed_s: Mapping[str, float]
    screens: Sequence[Seen]
    pages: Sequence[Seen]
    central_worked: float
    """Processors that central kept busy meanwhile."""


def live_table(folder: Path, loads: Iterable[Load]) -> Table:
    """Run each and tell.

    Raises:
        SmartGateError: mosquitto or central does not start, or a page is refused.

    """
    rows: list[tuple[Cell, ...]] = []
    for number, load in enumerate(loads):
        place = folder / f"run-{number}"
        place.mkdir()
        outcome = run(place, load)
        rows.append(_row("stream", load, outcome, outcome.screens))
        if outcome.pages:
            rows.append(_row("Chromium", load, outcome, outcome.pages))
    note = (
        f"{SITES} gates of {LANES} lanes, all on one page. {LIMIT_MS:.0f} ms are wanted. Halfway every connection was "
        f"cut; `lost` counts passages that a screen never showed. Load {os.getloadavg()[0]:.1f} on {os.cpu_count()} "
        "processors at the end, those of the measurement among them."
    )
    return Table("live", "From commit to screen", _COLUMNS, tuple(rows), note=note)


_COLUMNS = (
    Column("screens"),
    Column("number", "count"),
    Column("passages_per_s", "number"),
    Column("shown", "count"),
    Column("median_ms", "ms"),
    Column("p95_ms", "ms"),
    Column("max_ms", "ms"),
    Column("p95_of_300_ms", "number"),
    Column("shown_after_cut", "count"),
    Column("lost", "count"),
    Column("central_processors", "number"),
)


def _row(kind: str, load: Load, outcome: Outcome, screens: Sequence[Seen]) -> tuple[Cell, ...]:
    delays_ms: list[float] = []
    after_cut = lost = 0
    for screen in screens:
        for passage, committed_s in outcome.committed_s.items():
            seen_s = screen.at_s.get(passage)
            if seen_s is None:
                lost += 1
            elif screen.was_away(committed_s):
                after_cut += 1
            else:
                delays_ms.append(1000 * (seen_s - committed_s))
    delays_ms.sort()
    median, p95 = (delays_ms[int(len(delays_ms) * share)] for share in (0.5, 0.95))
    return (
        kind, len(screens), load.per_s, len(delays_ms), median, p95, delays_ms[-1], p95 / LIMIT_MS, after_cut, lost,
        outcome.central_worked,
    )  # fmt: skip


def run(folder: Path, load: Load) -> Outcome:
    """One run: start everything, let vehicles come, collect what every screen saw."""
    (folder / "central").mkdir()
    store = Store.open(f"sqlite:///{folder / 'central' / 'central.db'}", folder / "central" / "evidence")
    set_login(store, _NAME, Role.MANAGER, _PASSWORD)
    with mosquitto(folder) as port, central(folder, port) as program:
        nodes = Nodes(port)
        nodes.tell_of_lanes()
        cookie = _log_in(program.port)
        _wait_for_lanes(program.port, cookie)
        with ProcessPoolExecutor(2, get_context("spawn")) as pool:
            begins_s = time.time() + _SETTLE_S + 2.0 * load.pages
            ends_s = begins_s + load.seconds + 2 * _SETTLE_S
            showing = Showing(program.port, cookie, begins_s + load.seconds / 2, ends_s)
            listening = pool.submit(listen, showing, load.listeners)
            watching = pool.submit(watch_pages, showing, load.pages) if load.pages else None
            time.sleep(max(0.0, begins_s - time.time()))
            worked_s, began_s = program.worked_s(), time.monotonic()
            nodes.send(load, begins_s)
            worked = (program.worked_s() - worked_s) / (time.monotonic() - began_s)
            screens = listening.result()
            pages = [Seen(*one) for one in watching.result()] if watching else []
        nodes.close()
    committed_s = _committed_s(store, nodes.sent)
    store.close()
    return Outcome(committed_s, screens, pages, worked)


def _committed_s(store: Store, sent: Sequence[str]) -> dict[str, float]:
    """When each passage first came into the list of changes."""
    found: dict[str, float] = {}
    after = 0
    while batch := store.events.after(after):
        after = batch[-1].event_id
        for event in batch:
            if event.kind is EventKind.PASSAGE:
                found.setdefault(event.subject, event.at.timestamp())
    missing = set(sent) - set(found)
    if missing:
        raise SmartGateError(f"central did not take in {len(missing)} of {len(sent)} passages")
    return {passage: found[passage] for passage in sent}


class Nodes:
    """A node a gate, each numbering its own messages; vehicles come evenly, now here, now there."""

    def __init__(self, port: int) -> None:
        self.sent: list[str] = []
        self._outboxes = {f"gate-{n}": uuid4() for n in range(SITES)}
        self._seqs = dict.fromkeys(self._outboxes, 0)
        self._rng = random.Random(1)
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="nodes")
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def close(self) -> None:
        """Say good-bye to the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def tell_of_lanes(self) -> None:
        """The nodes are born."""
        lanes = tuple(
            LaneInfo(lane=f"in-{n}", direction=Direction.IN, mode=LaneMode.ASSIST, cameras=()) for n in range(LANES)
        )
        for site, outbox_id in self._outboxes.items():
            birth = Status(
                site=site, node=f"{site}-1", online=True, boot_id=UUID(int=9), outbox_id=outbox_id,
                started_at=datetime.now(UTC), lanes=lanes,
            )  # fmt: skip
            self._client.publish(address_of(birth), birth.model_dump_json(), qos=1, retain=True)

    def send(self, load: Load, begins_s: float) -> None:
        """Vehicles, each told three times: as soon as it is read, when its plate is settled, when it has left."""
        due: list[tuple[float, int, int]] = []
        vehicles = int(load.per_s * load.seconds)
        for number in range(vehicles):
            at_s = begins_s + number / load.per_s
            due += [(at_s + later_s, number, revision) for revision, later_s in enumerate((0.0, *_REVISED_S))]
        told = {}
        for at_s, number, revision in sorted(due):
            time.sleep(max(0.0, at_s - time.time()))
            if revision == 0:
                lane = f"in-{self._rng.randrange(LANES)}"
                told[number] = (self._rng.choice(tuple(self._outboxes)), lane, _vehicle(number))
            site, lane, makes = told[number]
            self._seqs[site] += 1
            message = makes[revision](self._outboxes[site], self._seqs[site])
            message = message.model_copy(update={"site": site, "node": f"{site}-1", "lane": lane})
            payload = message.model_dump_json()
            self._client.publish(address_of(message), payload, qos=1)
            if revision == 0:
                self.sent.append(str(json.loads(payload)["passage_id"]))


def _vehicle(number: int) -> list[Make]:
    """Another plate each time, seen now."""
    before = timedelta(days=1) / PASSAGES_A_DAY * number
    return revisions(number, picture_share=0.0, now=datetime.now(UTC) + before)


def _log_in(port: int) -> str:
    """The cookie of a login, as header."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=_PATIENCE_S) as client:
        answer = client.post("/api/v1/login", json={"user": _NAME, "password": _PASSWORD})
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            raise SmartGateError(f"central refuses the login: {answer.status_code} {answer.text}")
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


def _wait_for_lanes(port: int, cookie: str) -> None:
    until_s = time.monotonic() + _PATIENCE_S
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=_PATIENCE_S, headers={"Cookie": cookie}) as client:
        while client.get("/").text.count('class="slot"') < SITES * LANES:
            if time.monotonic() > until_s:
                raise SmartGateError("the live page does not show the lanes that nodes told of")
            time.sleep(0.1)


def listen(showing: Showing, number: int) -> list[Seen]:
    """Take the stream so many times until it ends; each connection is cut once."""

    async def together() -> list[Seen]:
        rng = random.Random(2)
        return list(
            await asyncio.gather(
                *(_listen(showing, _LANGUAGES[one % len(_LANGUAGES)], rng.uniform(*_AWAY_S)) for one in range(number))
            )
        )

    return asyncio.run(together())


async def _listen(showing: Showing, language: str, away_s: float) -> Seen:
    stream = _Stream(showing.port, f"{showing.cookie}; language={language}")
    await stream.open_page()
    await stream.take(showing.cut_s)
    await asyncio.sleep(away_s)
    stream.seen.cut.append((showing.cut_s, time.time() + LIMIT_MS / 1000))
    await stream.take(showing.ends_s)
    return stream.seen


class _Stream:
    """The stream of a live page, and what came by it."""

    def __init__(self, port: int, cookie: str) -> None:
        self.seen = Seen()
        self._port, self._cookie = port, cookie
        self._path, self._last = "", b""

    async def open_page(self) -> None:
        """Ask for the page, which says from where its stream goes on."""
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self._port}", timeout=_PATIENCE_S) as client:
            page = (await client.get("/", headers={"Cookie": self._cookie})).text
        found = re.search(r"/live/stream\?after=\d+", page)
        if found is None:
            raise SmartGateError("the live page is refused, or has no stream")
        self._path = found.group()

    async def take(self, until_s: float) -> None:
        """Connect, behind the last event if one came, and read until then."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 22)
        resume = f"Last-Event-ID: {self._last.decode()}\r\n" if self._last else ""
        head = f"GET {self._path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {self._cookie}\r\n{resume}\r\n"
        writer.write(head.encode())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, until_s - time.time())):
                await reader.readuntil(b"\r\n\r\n")
                while size := int(await reader.readline(), 16):
                    self._note(await reader.readexactly(size + 2))
        writer.close()

    def _note(self, data: bytes) -> None:
        now_s = time.time()
        for passage in _PASSAGE.findall(data):
            self.seen.at_s.setdefault(passage.decode(), now_s)
        for event_id in _EVENT_ID.findall(data):
            self._last = event_id
