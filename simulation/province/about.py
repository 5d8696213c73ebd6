"""How the made-up province is made and what counts as true, for the page of reconciliation's numbers."""

from __future__ import annotations

from pathlib import Path

from simulation.province.fleet import CHINESE, GATES
from simulation.province.plans import (
    CANCELLED,
    CLEARANCE_UNTOLD,
    CONTAINER_LEFT_OUT,
    CONTAINER_UNREAD,
    EDITED,
    FRONT_UNREAD,
    LATE_DECLARED,
    LATE_TOLD,
    NO_SHOWS,
    REAR_UNREAD,
    SHARES,
    TRAILER_LEFT_OUT,
    WITHIN_SLACK,
    Plan,
)
from simulation.province.reads import PROVINCE_UNREAD, WRONG_SHARE
from simulation.province.typed import MISTYPED_CONTAINER, MISTYPED_PLATE, MISTYPED_TRAILER


def _share(share: float) -> str:
    return f"{100 * share:.3g} %"


def _planned() -> str:
    return ", ".join(f"{plan.name.lower().replace('_', ' ')} {_share(SHARES[plan])}" for plan in Plan if plan)


def about() -> str:
    """The page's text with the shares that the days are made with."""
    shares = {
        "cancelled": CANCELLED,
        "chinese": CHINESE,
        "clearance_untold": CLEARANCE_UNTOLD,
        "container_left_out": CONTAINER_LEFT_OUT,
        "container_unread": CONTAINER_UNREAD,
        "edited": EDITED,
        "front_unread": FRONT_UNREAD,
        "late_declared": LATE_DECLARED,
        "late_told": LATE_TOLD,
        "mistyped_container": MISTYPED_CONTAINER,
        "mistyped_plate": MISTYPED_PLATE,
        "mistyped_trailer": MISTYPED_TRAILER,
        "no_shows": NO_SHOWS,
        "province_unread": PROVINCE_UNREAD,
        "rear_unread": REAR_UNREAD,
        "trailer_left_out": TRAILER_LEFT_OUT,
        "within_slack": WITHIN_SLACK,
        "wrong_share": WRONG_SHARE,
    }
    text = Path(__file__).with_name("about.md").read_text(encoding="utf-8")
    return text.format(
        gate_count=len(GATES),
        gates=", ".join(GATES),
        planned=_planned(),
        **{name: _share(share) for name, share in shares.items()},
    )
