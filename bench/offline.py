"""What weeks without central cost a node: bytes and time of an outbox that fills, and of one that is caught up."""

from __future__ import annotations

import random
import secrets
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import uuid_utils.compat

from bench.tables import Cell, Column, Table
from contract.messages import (
    Abstention,
    BarrierEvent,
    Candidate,
    Decision,
    DecisionReason,
    Direction,
    Evidence,
    EvidenceKind,
    EvidenceRef,
    Passage,
    PlateRead,
    Stamp,
    TimeQuality,
    Verdict,
)
from contract.plate import PlateColour, PlateCountry, PlateKind
from edge.outbox import Outbox
from edge.outbox.outbox import Make

SITE, NODE = "made-up", "made-up-1"
PASSAGES_A_DAY = 4000
_BOOT = UUID(int=9)
_PICTURE_BYTES = {EvidenceKind.FRAME: 119_000, EvidenceKind.CROP: 4_000, EvidenceKind.OVERVIEW: 27_000}
"""As measured at 1280 × 720, see docs/evidence.md."""
_AT_ONCE = 100
_TRIES = 50
_COLUMNS = (
    "outbox", "vehicles", "messages", "MB", "bytes a vehicle",
    "append ms", "pending ms", "counts ms", "pictures' usage ms",
)  # fmt: skip


def revisions(number: int, *, picture_share: float, now: datetime | None = None) -> list[Make]:
    """The `number`-th last vehicle as a node tells it: its plate is settled, it has left, the barrier has closed."""
    rng = random.Random(number)
    seen_at = (now or datetime.now(UTC)) - timedelta(seconds=86_400 / PASSAGES_A_DAY * number)
    passage_id = uuid_utils.compat.uuid7()  # as a node makes them
    kinds = (EvidenceKind.FRAME, EvidenceKind.CROP, EvidenceKind.OVERVIEW) if picture_share else ()
    shown = {kind: secrets.token_bytes(int(_PICTURE_BYTES[kind] * picture_share)) for kind in kinds}
    refs = tuple(
        EvidenceRef(kind=kind, sha256=sha256(jpeg).hexdigest(), camera="in-1-front", captured_at=seen_at)
        for kind, jpeg in shown.items()
    )
    stamp = Stamp(at=seen_at, boot_id=_BOOT, monotonic_s=1000.0 + number, time_quality=TimeQuality.SYNCED)
    plate = _plate(rng) if rng.random() < 0.95 else None
    events = tuple(
        BarrierEvent(at=seen_at + timedelta(seconds=second), event=event)
        for second, event in enumerate(("open_commanded", "opened", "vehicle_entered", "vehicle_left", "closed"))
    )

    def passage(revision: int) -> Make:
        def make(outbox_id: UUID, seq: int) -> Passage:
            return Passage(
                site=SITE,
                node=NODE,
                outbox_id=outbox_id,
                seq=seq,
                stamp=stamp,
                passage_id=passage_id,
                revision=revision,
                lane="in-1",
                direction=Direction.IN,
                first_seen_at=seen_at,
                last_seen_at=seen_at + timedelta(seconds=9),
                plate=plate,
                abstained=None if plate else Abstention.ILLEGIBLE,
                frames=31,
                reads=24,
                evidence=refs if revision else refs[:2],
                decision=Decision(verdict=Verdict.ASK, reason=DecisionReason.LANE_ASSIST, at=seen_at),
                barrier=events if revision == 2 else (),
                models={"plate_detector": "2026.11", "plate_reader": "2026.11"},
                config_hash="0123456789abcdef",
            )

        return make

    def picture(ref: EvidenceRef) -> Make:
        def make(outbox_id: UUID, seq: int) -> Evidence:
            return Evidence(
                site=SITE,
                node=NODE,
                outbox_id=outbox_id,
                seq=seq,
                stamp=stamp,
                passage_id=passage_id,
                kind=ref.kind,
                camera=ref.camera,
                captured_at=ref.captured_at,
                sha256=ref.sha256,
                jpeg=shown[ref.kind],
            )

        return make

    return [passage(0), *map(picture, refs[:2]), passage(1), *map(picture, refs[2:]), passage(2)]


def _plate(rng: random.Random) -> PlateRead:
    text = f"{rng.choice((12, 14, 29, 51))}C{rng.randrange(10_000, 100_000)}"
    unlikely = (Candidate(text="0", confidence=0.02), Candidate(text="8", confidence=0.01))
    places = tuple((Candidate(text=character, confidence=0.97), *unlikely) for character in text)
    others = tuple(Candidate(text=f"{text[:-1]}{last}", confidence=0.01) for last in "0123" if last != text[-1])
    texts = (Candidate(text=text, confidence=0.97), *others)
    return PlateRead(
        text=text,
        confidence=0.97,
        country=PlateCountry.VN,
        kind=PlateKind.VN_CIVIL,
        colour=PlateColour.YELLOW,
        lines=1,
        lattice=places,
        candidates=texts,
    )


def fill(outbox: Outbox, vehicles: int, *, picture_share: float) -> Iterator[None]:
    """Store so many vehicles, many in one transaction, with pictures of `picture_share` of their real size."""
    for start in range(vehicles, 0, -_AT_ONCE):
        numbers = range(start, max(0, start - _AT_ONCE), -1)
        outbox.append_all([make for number in numbers for make in revisions(number, picture_share=picture_share)])
        yield


def offline(folder: Path, vehicles: int) -> Table:
    """Outboxes that filled while nobody heard, against an empty one."""
    steps = (
        ("empty", 0, 0.0),
        ("passages alone", vehicles, 0.0),
        ("with pictures of a hundredth of their size", vehicles, 0.01),
        ("with pictures", max(1, vehicles // 400), 1.0),
    )
    return Table(
        "offline",
        f"An outbox after {vehicles / PASSAGES_A_DAY:.3g} days without central",
        tuple(
            Column(name, "text" if name == "outbox" else "ms" if name.endswith("ms") else "count") for name in _COLUMNS
        ),
        tuple(_measured(folder / f"{step}", *chosen) for step, chosen in enumerate(steps)),
        note=f"{PASSAGES_A_DAY:,} vehicles a day, three revisions each; medians of {_TRIES} calls.",
    )


def _measured(folder: Path, name: str, vehicles: int, picture_share: float) -> tuple[Cell, ...]:
    with Outbox.open(folder / "outbox.db") as outbox:
        for _ in fill(outbox, vehicles, picture_share=picture_share):
            pass
        before = outbox.counts()
        return (
            name,
            vehicles,
            before.pending,
            before.disk_bytes / 1e6,
            before.disk_bytes / vehicles if vehicles else None,
            _median_ms(lambda: outbox.append_all(revisions(0, picture_share=0.0)[:1])),
            _median_ms(lambda: outbox.pending(24)),
            _median_ms(outbox.counts),
            _median_ms(outbox.pictures.usage),
        )


def _median_ms(what: Callable[[], object]) -> float:
    taken = []
    for _ in range(_TRIES):
        began_s = time.perf_counter()
        what()
        taken.append(1000 * (time.perf_counter() - began_s))
    return statistics.median(taken)


def main() -> None:
    """Measure and print: `python -m bench.offline [VEHICLES]`."""
    vehicles = int(sys.argv[1]) if len(sys.argv) > 1 else 30 * PASSAGES_A_DAY
    with TemporaryDirectory() as folder:
        print(offline(Path(folder), vehicles).markdown())


if __name__ == "__main__":
    main()
