"""A node's outbox and its pictures, with passages made up."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from contract.messages import Abstention, Direction, Evidence, EvidenceKind, EvidenceRef, Passage, Stamp, TimeQuality
from edge.evidence.files import EvidenceFiles
from edge.evidence.keeper import EvidenceKeeper
from edge.evidence.proof import hash_of
from edge.evidence.settings import EvidenceSettings
from edge.outbox import Outbox

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
STAMP = Stamp(at=NOW, boot_id=UUID(int=9), monotonic_s=1.0, time_quality=TimeQuality.SYNCED)
FRAME, CROP, OVERVIEW = EvidenceKind.FRAME, EvidenceKind.CROP, EvidenceKind.OVERVIEW
NAMES = {"site": "made-up", "node": "made-up-1", "stamp": STAMP}


def jpeg(text: str, size: int = 100_000) -> bytes:
    """Bytes that stand for a picture."""
    return text.encode().ljust(size, b".")


def messages(passage_id: UUID, pictures: dict[EvidenceKind, bytes]) -> list[Callable[[UUID, int], Passage | Evidence]]:
    """A passage and its pictures, each to be given its number."""
    refs = tuple(
        EvidenceRef(kind=kind, sha256=hash_of(one), camera="in-1-front", captured_at=NOW)
        for kind, one in pictures.items()
    )

    def passage(outbox_id: UUID, seq: int) -> Passage:
        seen = {"first_seen_at": NOW, "last_seen_at": NOW, "frames": 3, "reads": 0}
        what = {"lane": "in-1", "direction": Direction.IN, "abstained": Abstention.ILLEGIBLE, "evidence": refs}
        return Passage(**NAMES, **seen, **what, outbox_id=outbox_id, seq=seq, passage_id=passage_id)

    def evidence(ref: EvidenceRef, outbox_id: UUID, seq: int) -> Evidence:
        picture = {**ref.model_dump(), "jpeg": pictures[ref.kind], "passage_id": passage_id}
        return Evidence(**NAMES, **picture, outbox_id=outbox_id, seq=seq)

    return [passage, *(functools.partial(evidence, ref) for ref in refs)]


@dataclass
class Shelf:
    """The outbox, the folder and the keeper of a node. `reopen` starts it again."""

    data_dir: Path
    settings: EvidenceSettings = field(default_factory=EvidenceSettings)

    def __post_init__(self) -> None:
        self.outbox = Outbox.open(self.data_dir / "outbox.db")
        self.keeper = EvidenceKeeper(self.settings, self.folder, self.outbox.pictures)
        self.files = EvidenceFiles(self.folder)

    @property
    def folder(self) -> Path:
        return self.data_dir / "evidence"

    def reopen(self, settings: EvidenceSettings | None = None) -> None:
        self.outbox.close()
        self.settings = settings or self.settings
        self.__post_init__()

    def add(self, number: int, **pictures: bytes) -> UUID:
        """Store a passage with pictures, by their kind."""
        passage_id = UUID(int=number)
        self.outbox.append_all(messages(passage_id, {EvidenceKind(kind): one for kind, one in pictures.items()}))
        return passage_id

    def commit(self) -> None:
        """Central has all of it; the keeper has its turn."""
        self.outbox.prune([(1, 2**62)])
        self.keeper.turn()

    def on_disk(self) -> set[str]:
        """The first word of every file, with its kind."""
        return {
            f"{path.parent.name} {path.read_bytes().split(b'.')[0].decode()}" for path in self.folder.glob("*/*.jpg")
        }

    def metric(self, name: str) -> float:
        return self.keeper.metrics()[name]
