"""What it costs central to have people decide a hundred cases: each request, and judging anew after it."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx

from bench.tables import Column, Table
from central.app import create_app
from central.auth import set_login
from central.queue import waiting_cases
from central.reconcile.judge import Knowledge
from central.reconcile.reconciler import Reconciler
from central.reconcile.settings import ReconcileSettings
from central.store import Store
from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.records import Role
from contract.messages import Candidate, Direction, Passage, PlateRead, Stamp, TimeQuality
from contract.plate import PlateColour, PlateCountry, PlateKind, random_plate

_PASSWORD = "a password of the bench"
_DIGITS = "0123456789"
_OUTBOX = UUID(int=77)
_PARTS = ("the case", "the decision", "the queue", "judged anew")


class _Clock:
    """Wall and processor time of each part, in milliseconds."""

    def __init__(self) -> None:
        self.wall: dict[str, list[float]] = defaultdict(list)
        self.processor: dict[str, list[float]] = defaultdict(list)

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """Note how long what is inside takes."""
        wall, processor = time.perf_counter(), time.process_time()
        yield
        self.wall[part].append((time.perf_counter() - wall) * 1e3)
        self.processor[part].append((time.process_time() - processor) * 1e3)


def decisions_table(folder: Path, *, cases: int, seed: int) -> Table:
    """Make so many cases that wait, and decide them one after the other as the page does."""
    store = Store.open(f"sqlite:///{folder / 'central.db'}", folder / "evidence")
    now = datetime.now(UTC)
    _fill(store, random.Random(seed), cases, now)
    reconciler = Reconciler(store, ReconcileSettings(pending_s=0), lambda: Knowledge(datetime.now(UTC)))
    reconciler.step(now + timedelta(seconds=1))
    clock = _Clock()
    decided = asyncio.run(_decide_all(store, reconciler, clock))
    left = len(waiting_cases(store, datetime.now(UTC)))
    store.close()
    columns = (Column("part"), *(Column(name, "ms") for name in ("wall p50 ms", "wall p95 ms", "processor mean ms")))
    rows = [(part, *_figures(clock.wall[part], clock.processor[part])) for part in _PARTS]
    whole = [
        [sum(one) for one in zip(*(times[part] for part in _PARTS), strict=True)]
        for times in (clock.wall, clock.processor)
    ]
    rows.append(("all of a case", *_figures(*whole)))
    note = f"{decided} cases decided, {left} left; SQLite, one process, requests without a network."
    return Table("decisions", "Deciding, case by case", columns, tuple(rows), note)


def _figures(wall: list[float], processor: list[float]) -> tuple[float, float, float]:
    ordered = sorted(wall)
    return ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)], sum(processor) / len(processor)


async def _decide_all(store: Store, reconciler: Reconciler, clock: _Clock) -> int:
    set_login(store, "bench", Role.OPERATOR, _PASSWORD)
    transport = httpx.ASGITransport(app=create_app(store))
    async with httpx.AsyncClient(transport=transport, base_url="http://central") as person:
        await person.post("/login", data={"user": "bench", "password": _PASSWORD})
        queue = [case.waiting.passage_id for case in waiting_cases(store, datetime.now(UTC))]
        for passage_id in queue:
            with clock.of("the case"):
                page = await _page(person.get(f"/decide/cases/{passage_id}"))
            csrf, version = (_found(rf'data-{name}="([^"]*)"', page) for name in ("csrf", "version"))
            linked = re.search(r'value="(link [^"]+)" data-candidate="1"', page)
            form = {"act": linked[1] if linked else "reject", "csrf": csrf, "version": version}
            with clock.of("the decision"):
                await _page(
                    person.post(f"/decide/cases/{passage_id}", data=form, headers={"Accept": "application/json"})
                )
            with clock.of("the queue"):
                await _page(person.get("/decide/list"))
            with clock.of("judged anew"):
                reconciler.step(datetime.now(UTC))
    return len(queue)


async def _page(asked: Awaitable[httpx.Response]) -> str:
    answer = await asked
    answer.raise_for_status()
    return answer.text


def _found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match is not None, f"the page has no {pattern}"
    return match[1]


def _fill(store: Store, rng: random.Random, cases: int, now: datetime) -> None:
    """Vehicles whose plate differs in one digit from the one declared, and as many that nobody declared."""
    with store.transaction(now) as transaction:
        for number in range(cases):
            text = random_plate(rng, PlateKind.VN_CIVIL)
            if number % 2:
                typed = text[:-1] + rng.choice(_DIGITS.replace(text[-1], ""))
                store.declarations.save(transaction, _declaration(number, typed, now), payload="{}")
            at = now - timedelta(seconds=10 * number)
            store.passages.save(transaction, _passage(number, text, at), late_after=timedelta(days=1))


def _passage(number: int, text: str, at: datetime) -> Passage:
    best = Candidate(text=text, confidence=0.9)
    return Passage(
        site="huu-nghi",
        node="huu-nghi-1",
        outbox_id=_OUTBOX,
        seq=number + 1,
        stamp=Stamp(at=at, boot_id=_OUTBOX, monotonic_s=1.0, time_quality=TimeQuality.SYNCED),
        passage_id=UUID(int=number + 1),
        lane="in-1",
        direction=Direction.IN,
        first_seen_at=at,
        last_seen_at=at + timedelta(seconds=9),
        plate=PlateRead(
            text=text,
            confidence=0.9,
            country=PlateCountry.VN,
            kind=PlateKind.VN_CIVIL,
            colour=PlateColour.YELLOW,
            lines=1,
            candidates=(best,),
        ),
        abstained=None,
        frames=30,
        reads=12,
        evidence=(),
    )


def _declaration(number: int, typed: str, now: datetime) -> DeclarationRecord:
    return DeclarationRecord(
        declaration_id=f"HN-{number:06d}",
        version=1,
        state=DeclarationState.DECLARED,
        direction=Direction.IN,
        regime="import",
        gate="huu-nghi",
        plate=typed,
        trailer_plate=None,
        container_no=None,
        goods="thanh long",
        goods_class="fruit",
        expected_from=now - timedelta(hours=2),
        expected_until=now + timedelta(hours=2),
        declared_at=now - timedelta(hours=4),
        updated_at=now - timedelta(hours=4),
        declarant="Công ty Ví Dụ",
        received_at=now - timedelta(hours=4),
        outcome=None,
    )
