"""Opening a barrier at the booth: a form acts once; who asked and why is on disk before the arm moves."""

from __future__ import annotations

import functools
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

import structlog

from contract.errors import SmartGateError, StoreError
from contract.messages import BoothOpening
from edge.clock import stamp
from edge.gate_controller.barrier import Wish
from edge.outbox import Outbox

log = structlog.get_logger(__name__)
WISH_S: Final = 10.0
"""A wish that the barrier did not take up within this is void: who knows what stands there by then."""
FORM_S: Final = 180.0
"""A form that was opened longer ago does nothing: it showed another vehicle."""
_FORMS_KEPT: Final = 500
_MOST_OWED: Final = 1000


class OpeningRefusal(StrEnum):
    """Why nothing was opened."""

    FORM_EXPIRED = "form_expired"
    """The form is too old, of another person or lane, or none of ours."""
    NO_BARRIER = "no_barrier"


class OpeningRefusedError(SmartGateError, PermissionError):
    """Nothing was opened."""

    def __init__(self, refusal: OpeningRefusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Opened:
    """What was asked of a barrier, by whom and why."""

    opening_id: UUID
    lane: str
    actor: str
    reason: str
    asked_at: datetime


@dataclass(slots=True)
class _Form:
    lane: str
    actor: str
    made_s: float
    became: Opened | None = None


class Openings:
    """Forms that open, and what became of them. May be used from any thread."""

    def __init__(
        self,
        *,
        site: str,
        node: str,
        outbox: Outbox,
        lanes: Collection[str],
        open_lane: Callable[[str, Wish, datetime], None],
        on_stored: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`lanes` have a barrier of ours; `open_lane` hands it a wish; `on_stored` wakes who sends."""
        self._names = {"site": site, "node": node}
        self._outbox = outbox
        self._lanes = lanes
        self._open_lane = open_lane
        self._on_stored = on_stored
        self._clock = clock
        self._forms: dict[UUID, _Form] = {}
        self._owed: deque[Opened] = deque(maxlen=_MOST_OWED)
        self._refusal = ""
        self._lock = threading.Lock()

    def new_form(self, lane: str, actor: str) -> UUID:
        """The id of a form; it acts once, for this person and lane, within `FORM_S`."""
        form_id = uuid4()
        with self._lock:
            while len(self._forms) >= _FORMS_KEPT:
                del self._forms[next(iter(self._forms))]
            self._forms[form_id] = _Form(lane, actor, self._clock())
        return form_id

    def open(self, form_id: UUID, lane: str, *, actor: str, reason: str) -> Opened:
        """Open a lane's barrier for what stands there. The same form again changes nothing, and tells what it did.

        Raises:
            OpeningRefusedError: nothing was opened.

        """
        now_s = self._clock()
        if lane not in self._lanes:
            raise OpeningRefusedError(OpeningRefusal.NO_BARRIER)
        with self._lock:
            form = self._forms.get(form_id)
            if form is None or (form.lane, form.actor) != (lane, actor):
                raise OpeningRefusedError(OpeningRefusal.FORM_EXPIRED)
            if form.became is not None:
                return form.became
            if now_s - form.made_s > FORM_S:
                raise OpeningRefusedError(OpeningRefusal.FORM_EXPIRED)
            opened = form.became = Opened(form_id, lane, actor, reason, datetime.now(UTC))
        self._owed.append(opened)
        self.store()
        log.info("opened at the booth", lane=lane, actor=actor, reason=reason, opening=str(form_id))
        self._open_lane(lane, Wish(form_id, now_s + WISH_S), opened.asked_at)
        return opened

    def opened(self, form_id: UUID) -> Opened | None:
        """What a form did."""
        with self._lock:
            form = self._forms.get(form_id)
        return form.became if form is not None else None

    def store(self) -> None:
        """Put on disk what was opened. A disk that refuses keeps no barrier shut: the next call tries again."""
        with self._lock:
            while self._owed:
                try:
                    self._outbox.append(functools.partial(self._message, self._owed[0]))
                except StoreError as error:
                    if self._refusal != str(error):  # told once, not every second
                        log.error("an opening is not on disk, trying again", reason=str(error))  # noqa: TRY400 - the disk, no bug
                    self._refusal = str(error)
                    return
                except ValueError:  # pydantic's: a fault of ours, that trying again cannot heal
                    log.exception("an opening contradicts the contract and is given up")
                self._owed.popleft()
                self._refusal = ""
                self._on_stored()

    def _message(self, opened: Opened, outbox_id: UUID, seq: int) -> BoothOpening:
        return BoothOpening(
            **self._names,
            outbox_id=outbox_id,
            seq=seq,
            stamp=stamp(),
            opening_id=opened.opening_id,
            lane=opened.lane,
            actor=opened.actor,
            reason=opened.reason,
            asked_at=opened.asked_at,
        )
