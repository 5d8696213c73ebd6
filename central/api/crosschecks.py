"""What central noticed by holding lanes, cameras and the platform against each other."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter

from central.api.guard import SeesDevices, WebPart
from central.api.models import Answer, PageOf
from central.api.tags import TaggedRoute
from central.rights import Right
from central.store.crosschecks import CrossCheck, Noticed
from contract.messages import Direction, HealthReason

crosscheck_routes = APIRouter(tags=["devices"], route_class=TaggedRoute)


class NoticedAnswer(Answer):
    """What stands now: `number` of `among` vehicles speak for a camera, where `usual` is the share that is expected."""

    check: CrossCheck
    reason: HealthReason
    """Code of the finding that the camera has by it."""
    site: str
    node: str
    """Empty with `camera` where vehicles of the whole site are missing and no camera is to blame."""
    camera: str
    lane: str
    direction: Direction
    since: datetime
    seen_at: datetime
    """When it was looked at last."""
    number: int
    among: int
    usual: float
    chance: float
    """How probable so few are by chance."""
    passages: tuple[str, ...]
    """Examples; empty for roles that do not see traffic."""
    declarations: tuple[str, ...]
    """The same."""


@crosscheck_routes.get("/crosschecks")
def list_crosschecks(web: WebPart, asking: SeesDevices) -> PageOf[NoticedAnswer]:
    """What does not agree now, the gravest first."""
    examples = asking.may(Right.TRAFFIC)
    items = tuple(_answer(one, with_examples=examples) for one in web.store.crosschecks.noticed())
    return PageOf(items=items, next_cursor=None)


def _answer(one: Noticed, *, with_examples: bool) -> NoticedAnswer:
    return NoticedAnswer(
        check=one.check,
        reason=one.check.reason,
        site=one.device.site,
        node=one.device.node,
        camera=one.device.camera,
        lane=one.lane,
        direction=one.direction,
        since=one.since,
        seen_at=one.seen_at,
        number=one.number,
        among=one.among,
        usual=one.usual,
        chance=one.chance,
        passages=one.passages if with_examples else (),
        declarations=one.declarations if with_examples else (),
    )
