"""Keeps pictures that central has: in files, under a quota for each kind, and for as long as they are disputed."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import structlog

from contract.errors import StoreError
from contract.messages import Evidence, EvidenceKind
from edge.evidence.files import EvidenceFiles
from edge.evidence.settings import LEAST_FREE_BYTES, EvidenceSettings
from edge.outbox import Picture, PictureIndex, Place

log = structlog.get_logger(__name__)
_TURN_S = 2.0
_ROOMY_BYTES = LEAST_FREE_BYTES + LEAST_FREE_BYTES // 5
"""Kept pictures make room before the disk is so full that new ones are not taken."""
_AT_ONCE = 50
_BEFORE_ALL = -(2**62)


class EvidenceKeeper:
    """The archive of pictures. What central does not have is never touched: it lies in the outbox.

    One thread writes and deletes files; `keep`, `release` and `metrics` may be called from any.
    """

    def __init__(self, settings: EvidenceSettings, folder: Path, index: PictureIndex) -> None:
        self._settings = settings
        self._folder = folder
        self._files = EvidenceFiles(folder)
        self._index = index
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="evidence keeper", daemon=True)
        self._swept: int | None = None
        self._audited = 0
        self._faulty: set[int] = set()
        self._failing: set[str] = set()
        self._crowded: set[EvidenceKind] = set()
        self._refusing = False
        self._spoilt = 0
        self._not_kept = 0

    def use(self, settings: EvidenceSettings) -> None:
        """From its next turn on it keeps under these quotas."""
        self._settings = settings

    def start(self) -> None:
        """Begin to keep."""
        self._thread.start()

    def stop(self) -> None:
        """Put away what central has committed until now, and end."""
        self._stop.set()
        self._thread.join()

    def turn(self) -> None:
        """Put away what central has by now, make room, look one kept picture over. What fails is tried again."""
        for step in (self._sweep, self._put_away, self._make_room, self._audit, self._index.shrink):
            try:
                step()
                self._failing.discard(step.__name__)
            except (StoreError, OSError) as error:
                if step.__name__ not in self._failing:  # told once, not every two seconds
                    log.error("evidence cannot be kept in order", reason=str(error), at=step.__name__)  # noqa: TRY400 - the disk, no bug
                self._failing.add(step.__name__)

    def keep(self, passage_id: UUID) -> str | None:
        """Delete no picture of a disputed passage; returns what is wrong when there is nothing to keep.

        Raises:
            StoreError: the dispute cannot be written down.

        """
        self._index.dispute(passage_id, datetime.now(UTC))
        pictures = self._index.of_passage(passage_id)
        if not pictures:
            self._index.settle(passage_id)
            return f"this node has no picture of passage {passage_id}, or no longer"
        for picture in pictures:
            if picture.place is Place.KEPT:
                self._look_over(picture)
        log.info("passage disputed, its pictures are kept", passage=str(passage_id), pictures=len(pictures))
        return None

    def release(self, passage_id: UUID) -> None:
        """It is disputed no longer: the quota applies to its pictures again.

        Raises:
            StoreError: that cannot be written down.

        """
        self._index.settle(passage_id)

    def metrics(self) -> dict[str, float]:
        """Vital signs, as docs/evidence.md lists them.

        Raises:
            StoreError: the index cannot be read.

        """
        usage = self._index.usage()
        values = {f"evidence_mb_{kind}": _mb(size) for kind, size in usage.of_kind.items()}
        return values | {
            "evidence_mb_unsent": _mb(usage.unsent),
            "evidence_mb_disputed": _mb(usage.disputed),
            "evidence_over_quota": float(len(self._crowded)),
            "evidence_damaged": float(len(self._faulty) + self._spoilt),
            "evidence_not_kept": float(self._not_kept),
        }

    def _run(self) -> None:
        while not self._stop.wait(_TURN_S):
            self.turn()
        self.turn()

    def _sweep(self) -> None:
        """Make folder and index agree, once for each index: what a power cut left is found again, and goes first."""
        index = self._index.rebuilt()
        if index is None or index == self._swept:
            return
        self._files.clear_unfinished()
        found = list(self._files.found())
        names = {(kind, sha256) for kind, sha256, _ in found}
        kept = self._index.kept()
        gone = [picture for picture in kept if (picture.kind, picture.sha256) not in names]
        if gone:  # they stay in the index: the folder may only not be there now
            log.error("kept pictures are gone", pictures=len(gone), first=gone[0].sha256)
        self._faulty |= {picture.picture_id for picture in gone}
        known = {(picture.kind, picture.sha256) for picture in (*kept, *self._index.sent())}
        self._index.adopt(one for one in found if one[:2] not in known)
        self._swept = index

    def _put_away(self) -> None:
        for picture in self._index.sent():
            payload = self._index.message_of(picture)
            try:
                message = Evidence.model_validate_json(payload or b"")
                if message.sha256 != picture.sha256:
                    raise ValueError(f"the outbox holds {message.sha256} in its place")  # noqa: TRY301
                self._files.write(picture.kind, picture.sha256, message.jpeg)
            except OSError as error:
                self._not_written(picture, error)
                continue
            except ValueError as error:
                self._spoilt_in_outbox(picture, error)
                continue
            self._refusing = False
            self._index.file_written(picture, len(message.jpeg))

    def _not_written(self, picture: Picture, error: OSError) -> None:
        """Central has it: a copy without a place here is let go, unless it is disputed. Then it stays in the outbox."""
        if not self._refusing:  # told once, not for each
            log.error("pictures cannot be kept at this node; central has them", reason=str(error))
        self._refusing = True
        if self._index.forget([picture]):
            self._not_kept += 1

    def _spoilt_in_outbox(self, picture: Picture, error: ValueError) -> None:
        if picture.picture_id not in self._faulty:
            log.error("a picture was spoilt in the outbox", sha256=picture.sha256, reason=str(error))
        self._faulty.add(picture.picture_id)
        if self._index.forget([picture]):
            self._faulty.discard(picture.picture_id)
            self._spoilt += 1

    def _make_room(self) -> None:
        usage = self._index.usage()  # weeks without central make this dear: once a turn, and after each deletion
        for kind in EvidenceKind:
            quota = self._settings.quota_bytes(kind)
            while (over := usage.of_kind[kind] - quota) > 0:
                if not self._delete(_enough(self._index.oldest_free(_AT_ONCE, kind=kind), over)):
                    break
                usage = self._index.usage()
            self._tell_crowded(kind, crowded=over > 0)
        while (short := _ROOMY_BYTES - shutil.disk_usage(self._existing()).free) > 0:
            if not self._delete(_enough(self._index.oldest_free(_AT_ONCE), short)):
                break

    def _tell_crowded(self, kind: EvidenceKind, *, crowded: bool) -> None:
        if crowded and kind not in self._crowded:
            log.warning("unsent and disputed pictures take more than their quota; none is deleted", kind=kind)
        self._crowded = self._crowded | {kind} if crowded else self._crowded - {kind}

    def _delete(self, pictures: Sequence[Picture]) -> bool:
        """Out of the index first: a file that nobody names is found again after a power cut."""
        if not os.access(self._existing(), os.W_OK):
            return False
        for picture in self._index.forget(pictures):
            self._files.delete(picture.kind, picture.sha256)
        self._faulty -= {picture.picture_id for picture in pictures}
        return bool(pictures)

    def _audit(self) -> None:
        """One picture a turn, round and round: that a file was changed is known before somebody needs it."""
        picture = self._index.next_kept(self._audited) or self._index.next_kept(_BEFORE_ALL)
        if picture is not None:
            self._audited = picture.picture_id
            self._look_over(picture)

    def _look_over(self, picture: Picture) -> None:
        try:
            self._files.read(picture.kind, picture.sha256)
            self._faulty.discard(picture.picture_id)
        except StoreError as error:
            if picture.picture_id not in self._faulty:
                log.error("a kept picture is no proof any more", reason=str(error))  # noqa: TRY400 - the disk, no bug
            self._faulty.add(picture.picture_id)

    def _existing(self) -> Path:
        return self._folder if self._folder.is_dir() else self._folder.parent


def _enough(pictures: Sequence[Picture], size_bytes: int) -> list[Picture]:
    """The first pictures that together take so much."""
    chosen: list[Picture] = []
    for picture in pictures:
        if size_bytes <= 0:
            break
        chosen.append(picture)
        size_bytes -= picture.size_bytes
    return chosen


def _mb(size_bytes: int) -> float:
    return round(size_bytes / 1e6, 3)
