"""Which surge plan applies: that of the configuration, or a newer one that people brought in."""

from __future__ import annotations

import functools
from datetime import date, datetime

from central.store import Store
from central.store.database import Transaction
from central.store.traffic_records import KeptPlan
from central.traffic.surge_plan import SurgePlan
from contract.errors import ConfigError


def plan_for(store: Store, configured: SurgePlan, day: date) -> SurgePlan:
    """The plan of a day: of those whose `valid_from` has come the one with the highest version."""
    kept = store.surge.plan_for(day, configured.version)
    return _read(kept.payload) if kept is not None else configured


def kept_plan(store: Store, configured: SurgePlan, fingerprint: str) -> SurgePlan | None:
    """The plan that a level or a change of it followed; None where it is not on record."""
    if configured.fingerprint == fingerprint:
        return configured
    return next((_read(one.payload) for one in store.surge.plans() if one.fingerprint == fingerprint), None)


def keep(store: Store, transaction: Transaction, plan: SurgePlan, actor: str = "") -> bool:
    """Put a plan on record; `actor` is empty where it came with the configuration. Whether it was new."""
    values = (plan.fingerprint, plan.version, plan.valid_from, plan.model_dump_json(), actor, transaction.at)
    return store.surge.keep_plan(transaction, KeptPlan(*values))


def bring_in(store: Store, configured: SurgePlan, new: SurgePlan, *, actor: str, now: datetime) -> None:
    """Have a plan apply from its `valid_from` on.

    Raises:
        ConfigError: its version is not above that of every plan before.

    """
    with store.transaction(now) as transaction:
        store.surge.lock(transaction)
        newest = max([configured.version, *(one.version for one in store.surge.plans())])
        if new.version <= newest:
            raise ConfigError(f"expected a version above {newest}, got {new.version}: raise `version` with every edit")
        keep(store, transaction, new, actor)
        store.surge.tell(transaction)


@functools.lru_cache(maxsize=16)
def _read(payload: str) -> SurgePlan:
    return SurgePlan.model_validate_json(payload)
