"""Tells the platform which vehicle a lane saw for which declaration, and takes it back when that turns out wrong."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import httpx
import structlog

from central.platform.rest import retry_after_s
from central.platform.settings import PlatformSettings, WriteBackSettings
from central.store import Store
from central.store.database import StoreUnavailable
from central.store.declaration_records import DeclarationRecord
from central.store.outcome_records import OutcomeKind
from central.store.records import EventKind, PassageRecord
from central.store.write_backs import WriteBackRecord
from central.worker import Worker

log = structlog.get_logger(__name__)
SEEN: Final = frozenset(
    {
        OutcomeKind.MATCHED,
        OutcomeKind.OUTSIDE_WINDOW,
        OutcomeKind.WRONG_GATE,
        OutcomeKind.WRONG_DIRECTION,
        OutcomeKind.NOT_CLEARED,
        OutcomeKind.OVERSTAY,
    }
)
"""Outcomes that leave no doubt that the passage is the declaration's."""
_SUBJECTS: Final = {EventKind.PASSAGE, EventKind.OUTCOME, EventKind.DECLARATION}
_AT_ONCE: Final = 200
_LATER: Final = {401, 403, 404, 408, 425, 429}
"""Refusals that are not about this confirmation: a key, an address or a moment is wrong."""
_QUOTED: Final = 200


class WriteBack:
    """Follows what changes, queues what the platform should know, and sends it until it is answered."""

    def __init__(
        self,
        store: Store,
        platform: PlatformSettings,
        settings: WriteBackSettings,
        public_url: str,
    ) -> None:
        self._store = store
        self._platform = platform
        self._settings = settings
        self._public_url = public_url.rstrip("/")
        self._cursor = f"write-back {platform.name}"[:63]
        self._gates = {site: theirs for theirs, site in reversed(platform.gates.items())}
        self._client = httpx.Client(base_url=platform.base_url.rstrip("/"), timeout=platform.timeout_s)
        self._failures = 0
        self._rest_until = datetime.min.replace(tzinfo=UTC)
        """Until then the platform is left alone, whatever waits."""
        self.worker = Worker("write-back", self._work)

    def start(self) -> None:
        """Begin in a thread of its own; what happened before the first start ever is not told."""
        self.worker.start()

    def stop(self) -> None:
        """End; what waits is sent after the next start."""
        self.worker.stop()
        self._client.close()

    def step(self, now: datetime) -> bool:
        """Queue what changed and send what is due; whether more can be done at once.

        Raises:
            StoreUnavailable: try again later.

        """
        followed = self._follow(now)
        sent = self._send(now)
        return followed or sent

    def _follow(self, now: datetime) -> bool:
        """Queue what follows from the next changes; whether there were any."""
        place = self._store.cursors.get(self._cursor)
        if not place:
            with self._store.transaction(now) as transaction:
                self._store.cursors.save(transaction, self._cursor, str(self._store.events.latest_id()))
            return False
        events = self._store.events.after(int(place), _AT_ONCE)
        if not events:
            return False
        touched = self._touched({event.subject for event in events if event.kind in _SUBJECTS})
        stands = [(declaration_id, self._standing(declaration_id)) for declaration_id in sorted(touched)]
        with self._store.transaction(now) as transaction:
            for declaration_id, standing in stands:
                last = self._store.write_backs.last(transaction, declaration_id)
                news = self._news(declaration_id, standing, last)
                if news is not None:
                    self._store.write_backs.queue(transaction, last, declaration_id=declaration_id, **news)
            self._store.cursors.save(transaction, self._cursor, str(events[-1].event_id))
        return True

    def _touched(self, subjects: Iterable[str]) -> set[str]:
        """Declarations of which something may have changed."""
        touched: set[str] = set()
        passage_ids = []
        for subject in subjects:  # a passage, or a declaration
            touched.add(subject)
            try:
                passage_ids.append(UUID(subject))
            except ValueError:
                continue
            touched.update(self._store.write_backs.of_passage(subject))
        for outcome in self._store.outcomes.of_passages(passage_ids):
            if outcome.declaration_id is not None:
                touched.add(outcome.declaration_id)
        return touched

    def _standing(self, declaration_id: str) -> tuple[DeclarationRecord, PassageRecord] | None:
        """The declaration and the passage that is its vehicle beyond doubt, if any."""
        declaration = self._store.declarations.get(declaration_id)
        outcome = declaration.outcome if declaration else None
        if declaration is None or outcome is None or outcome.passage_id is None or outcome.outcome not in SEEN:
            return None
        passage = self._store.passages.get(outcome.passage_id)
        return (declaration, passage) if passage is not None else None

    def _news(
        self,
        declaration_id: str,
        standing: tuple[DeclarationRecord, PassageRecord] | None,
        last: WriteBackRecord | None,
    ) -> dict[str, Any] | None:
        """What the platform does not know yet."""
        told = last is not None and last.payload["state"] == "seen"
        if standing is None:
            if last is None or not told:
                return None
            payload = {"declaration_id": declaration_id, "state": "withdrawn", "passage_id": last.passage_id}
            return {"passage_id": last.passage_id, "passage_revision": last.passage_revision, "payload": payload}
        _, passage = standing
        key = (str(passage.passage_id), passage.revision)
        if last is not None and told and (last.passage_id, last.passage_revision) == key:
            return None
        return {"passage_id": key[0], "passage_revision": key[1], "payload": self._payload(*standing)}

    def _payload(self, declaration: DeclarationRecord, passage: PassageRecord) -> dict[str, Any]:
        return {
            "declaration_id": declaration.declaration_id,
            "state": "seen",
            "passage_id": str(passage.passage_id),
            "revision": passage.revision,
            "gate": self._gates.get(passage.site, passage.site),
            "lane": passage.lane,
            "direction": passage.direction.value,
            "seen_at": passage.seen_at.astimezone(UTC).isoformat(),
            "plate": passage.plate.text if passage.plate else None,
            "link": f"{self._public_url}/passages/{passage.passage_id}" if self._public_url else None,
        }

    def _send(self, now: datetime) -> bool:
        """Send what is due, until the platform fails; whether more is."""
        if now < self._rest_until:
            return False
        due = self._store.write_backs.due(now, limit=_AT_ONCE)
        for record in due:
            answer, accepted, pause_s = self._try(record)
            due_at = now + timedelta(seconds=pause_s) if accepted is None else None
            with self._store.transaction(now) as transaction:
                self._store.write_backs.answered(transaction, record, answer, accepted=accepted, due_at=due_at)
            if due_at is not None:  # the others would fare no better
                if self._failures == 1:
                    log.warning("confirmations wait for the platform", reason=answer)
                self._rest_until = due_at
                return False
            if not accepted:
                log.warning("the platform refuses a confirmation", declaration_id=record.declaration_id, reason=answer)
        return len(due) == _AT_ONCE

    def _try(self, record: WriteBackRecord) -> tuple[str, bool | None, float]:
        """Send one: what came, whether it is accepted or refused for good, else how long to wait."""
        key = self._platform.key()
        headers = {"Idempotency-Key": record.key} | ({"Authorization": f"Bearer {key}"} if key else {})
        asked_s = 0.0
        try:
            answer = self._client.post(self._settings.path, json=dict(record.payload), headers=headers)
        except httpx.HTTPError as error:
            said = f"no answer: {error or type(error).__name__}"
        else:
            said = f"{answer.status_code} {answer.text[:_QUOTED]}".replace("\0", "\N{SYMBOL FOR NULL}").strip()
            if answer.is_success or (answer.is_client_error and answer.status_code not in _LATER):
                self._failures = 0
                return said, answer.is_success, 0.0
            asked_s = retry_after_s(answer)
        self._failures += 1
        longest_s = min(self._settings.retry_max_s, self._settings.poll_s * 2 ** min(self._failures, 20))
        return said, None, max(asked_s, longest_s * random.uniform(0.5, 1.0))  # noqa: S311 - spreads tries

    def _work(self, stop: threading.Event) -> None:
        while not stop.is_set():
            pause_s = self._settings.poll_s
            try:
                if self.step(datetime.now(UTC)):
                    pause_s = 0.0
            except StoreUnavailable as error:
                log.warning("confirmations cannot be kept for now", reason=str(error))
            stop.wait(pause_s)
