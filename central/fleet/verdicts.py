"""What central itself says of a camera, beside its node's word: it lowers the level, and history tells it."""

from __future__ import annotations

from datetime import datetime

import structlog

from central.store import Store
from central.store.device_key import DeviceKey
from central.store.history import Run
from central.store.records import CameraRecord
from contract.messages import HealthFinding, HealthReason

log = structlog.get_logger(__name__)
_GRAVITY = {code: place for place, code in enumerate(HealthReason)}


def tell_verdict(
    store: Store,
    now: datetime,
    camera: CameraRecord,
    found: HealthFinding | None,
    *,
    own: frozenset[HealthReason],
    since: datetime | None = None,
) -> None:
    """Say what was found, or that nothing is any more; `own`: the codes of whoever says it.

    A graver word of somebody else is left alone. `since`: from when on it was so, where that is longer than a moment.

    Raises:
        StoreUnavailable: nothing was written.

    """
    said = camera.verdict
    if said is not None and said.code not in own and (found is None or _GRAVITY[said.code] < _GRAVITY[found.code]):
        return
    if found is None and said is None:
        return
    if (found and (found.code, found.severity)) != (said and (said.code, said.severity)):
        code = found.code.value if found else None
        log.info("camera judged by central", site=camera.site, camera=camera.camera, found=code)
    with store.transaction(now) as transaction:
        if found != said:
            store.cameras.find(transaction, camera, found)
        if found is not None:
            word = Run(found.severity.level, found.code.value, since or now, now)
            store.history.tell(transaction, DeviceKey.of(camera.site, camera.node, camera.camera), word)
