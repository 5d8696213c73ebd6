"""What central noticed of a camera or a gate, with vehicles and declarations to look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from central.auth import Identity
from central.rights import Right
from central.store import Store
from central.store.crosschecks import CrossCheck, Noticed
from central.store.records import PassageRecord


@dataclass(frozen=True, slots=True)
class ShownNoticed:
    """Something that was noticed, and its examples, for those who may see them."""

    noticed: Noticed
    passages: tuple[PassageRecord, ...]
    declarations: tuple[str, ...]

    @property
    def text(self) -> str:
        """Key of its sentence."""
        whole_site = self.noticed.check is CrossCheck.BALANCE and not self.noticed.device.camera
        return "crosscheck.site" if whole_site else f"crosscheck.{self.noticed.check.value}"


def noticed_context(store: Store, me: Identity, noticed: Iterable[Noticed]) -> dict[str, Any]:
    """What `_noticed.html` needs."""
    return {"noticed": tuple(_shown(store, one, with_examples=me.may(Right.TRAFFIC)) for one in noticed)}


def _shown(store: Store, one: Noticed, *, with_examples: bool) -> ShownNoticed:
    if not with_examples:
        return ShownNoticed(one, (), ())
    found = store.passages.get_many(UUID(passage_id) for passage_id in one.passages)
    return ShownNoticed(one, tuple(sorted(found, key=lambda passage: passage.seen_at)), one.declarations)
