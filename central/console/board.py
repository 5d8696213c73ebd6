"""What the live page shows of each lane."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from central.openings import Followed, Opening, openings_of
from central.store import Store
from central.store.records import CameraRecord, EvidenceRecord, LaneRecord, PassageRecord
from central.store.setup_records import Effect, RuleRecord
from contract.messages import EvidenceKind, HealthLevel, LaneInfo
from contract.plate import normalise

STALE_AFTER: Final = timedelta(minutes=10)
"""A picture older than this is grey: the lane may look different now."""
_STRIP: Final = 11
_SHIFT: Final = timedelta(hours=8)
_ALONE: Final = 2


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with what it takes to judge it."""

    url: str
    at: datetime
    camera: str
    stale: bool


@dataclass(frozen=True, slots=True)
class LaneCard:
    """One lane: its latest passage with the picture that was read, its cameras, and the passages before."""

    lane: LaneRecord
    latest: PassageRecord | None
    earlier: tuple[PassageRecord, ...]
    picture: Picture | None
    crop: EvidenceRecord | None
    second_crop: EvidenceRecord | None
    openings: tuple[Opening, ...]
    """Openings by people of late: the last, and those before that no vehicle went with."""
    listed: RuleRecord | None
    """What people listed of the plate of the latest passage; a denial before all else."""
    trouble: CameraRecord | None
    """The camera that took the picture, when it is not ok now; else the lane's worst."""

    @property
    def key(self) -> str:
        """Name of the lane in the page and the stream."""
        return f"lane-{self.lane.site}-{self.lane.lane}"

    @property
    def read_key(self) -> tuple[object, ...]:
        """Changes with all that the card tells of the latest passage itself."""
        if self.latest is None:
            return ()
        latest = self.latest
        told = (latest.passage_id, latest.revision, repr(latest.outcome), repr(latest.decided), latest.late)
        crops = tuple(crop.sha256 if crop else "" for crop in (self.crop, self.second_crop))
        return (*told, *crops, self.listed and self.listed.rule_id, len(self.lane.cameras))


@dataclass(frozen=True, slots=True)
class SiteBoard:
    """The lanes of one border gate."""

    site: str
    cards: tuple[LaneCard, ...]


def board_of(store: Store, now: datetime, *, site: str | None = None) -> tuple[SiteBoard, ...]:
    """All lanes, by site; inbound first."""
    lanes = sorted(store.lanes.list(site=site), key=lambda lane: (lane.site, lane.direction.value, lane.lane))
    cards = _cards(store, lanes, now)
    return tuple(SiteBoard(name, tuple(group)) for name, group in groupby(cards, key=lambda card: card.lane.site))


def cards_for(store: Store, keys: set[tuple[str, str]], now: datetime) -> tuple[LaneCard, ...]:
    """The cards of some lanes, each by its site and name."""
    sites = sorted({site for site, _ in keys})
    lanes = [lane for site in sites for lane in store.lanes.list(site=site) if (lane.site, lane.lane) in keys]
    return _cards(store, lanes, now)


def _cards(store: Store, lanes: Sequence[LaneRecord], now: datetime) -> tuple[LaneCard, ...]:
    """All with a few questions to the store, however many lanes there are."""
    recent = store.passages.newest([(lane.site, lane.lane) for lane in lanes], _STRIP)
    opened = store.commands.opened_since(now - _SHIFT)
    rules = store.access_rules.list(counting_at=now)
    return tuple(
        _card(lane, of_lane, openings_to_show(store, lane, now) if (lane.site, lane.lane) in opened else (), rules, now)
        for lane, of_lane in zip(lanes, recent, strict=True)
    )


def _card(
    lane: LaneRecord,
    recent: tuple[PassageRecord, ...],
    openings: tuple[Opening, ...],
    rules: tuple[RuleRecord, ...],
    now: datetime,
) -> LaneCard:
    latest = recent[0] if recent else None
    picture = picture_of(latest, now) if latest else _camera_picture(lane)
    crops = crops_of(latest) if latest else ()
    return LaneCard(
        lane=lane,
        latest=latest,
        earlier=recent[1:],
        picture=picture,
        crop=next((crop for crop in crops if not is_rear(crop.camera)), None),
        second_crop=next((crop for crop in crops if is_rear(crop.camera)), None),
        openings=openings,
        listed=listed_of(rules, latest) if latest else None,
        trouble=_trouble(lane, picture),
    )


def listed_of(rules: Iterable[RuleRecord], passage: PassageRecord) -> RuleRecord | None:
    """What is listed of the plate that was read, sign by sign as nodes compare; a denial before all else."""
    plate = normalise(passage.plate.text) if passage.plate else None
    of_plate = [rule for rule in rules if rule.plate == plate and rule.site in ("", passage.site)]
    in_force = [rule for rule in of_plate if rule.valid_from <= passage.seen_at < rule.valid_until]
    return min(in_force, key=lambda rule: rule.effect is not Effect.DENY, default=None)


def openings_to_show(store: Store, lane: LaneRecord, now: datetime) -> tuple[Opening, ...]:
    """What its card shows of them."""
    of_late = openings_of(store, lane.site, lane.lane, now=now, since=now - _SHIFT, limit=_STRIP)
    alone = [one for one in of_late[1:] if one.followed is Followed.NOBODY]
    return (*of_late[:1], *alone[:_ALONE])


def picture_of(passage: PassageRecord, now: datetime) -> Picture | None:
    """The frame that was read; None until it has arrived. Never another picture in its place."""
    frames = [item for item in evidence_of(passage) if item.kind is EvidenceKind.FRAME]
    if not frames or not frames[0].present:
        return None
    frame = frames[0]
    stale = now - frame.captured_at > STALE_AFTER
    return Picture(f"/api/v1/evidence/{frame.sha256}", frame.captured_at, frame.camera, stale)


def crops_of(passage: PassageRecord) -> tuple[EvidenceRecord, ...]:
    """The plates as pictures, one a camera, the front one first."""
    crops = [item for item in evidence_of(passage) if item.kind is EvidenceKind.CROP and item.present]
    return tuple({item.camera: item for item in reversed(crops)}.values())[::-1]


def is_rear(camera: str) -> bool:
    """Whether a camera looks at the rear of vehicles, where the second plate hangs: a convention of their names."""
    return camera.endswith("-rear")


def evidence_of(passage: PassageRecord) -> tuple[EvidenceRecord, ...]:
    """Its pictures in the order of its plates: front cameras first, else as the node says."""
    return tuple(sorted(passage.evidence, key=lambda item: is_rear(item.camera)))


def lanes_of(infos: tuple[LaneInfo, ...]) -> set[str]:
    """Names of lanes."""
    return {info.lane for info in infos}


def _camera_picture(lane: LaneRecord) -> Picture | None:
    """Before the first passage: what the camera sees."""
    for camera in sorted(lane.cameras, key=lambda camera: camera.camera):
        if camera.has_picture and camera.frame_at is not None:
            return Picture(camera_picture_url(camera), camera.frame_at, camera.camera, stale=False)
    return None


def camera_picture_url(camera: CameraRecord) -> str:
    """Address of a camera's latest small picture; another one after each report."""
    stamp = int(camera.received_at.timestamp())
    return f"/api/v1/cameras/{camera.site}/{camera.node}/{camera.camera}/picture?at={stamp}"


def _trouble(lane: LaneRecord, picture: Picture | None) -> CameraRecord | None:
    bad = [camera for camera in lane.cameras if camera.level is not HealthLevel.OK]
    of_picture = [camera for camera in bad if picture and camera.camera == picture.camera]
    return next(iter(of_picture or bad), None)
