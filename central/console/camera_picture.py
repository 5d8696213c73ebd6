"""The picture to show of a camera: the large one that somebody asked for, unless it has grown old beside the small."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from central.console.board import STALE_AFTER, camera_picture_url
from central.jpeg import size_of
from central.store import Store
from central.store.records import CameraRecord

DEFAULT_SIZE: Final = (960, 540)


@dataclass(frozen=True, slots=True)
class CameraPicture:
    """A picture of a camera, its size in pixels and its age."""

    url: str
    at: datetime
    size: tuple[int, int]
    large: bool
    stale: bool


def picture_of_camera(store: Store, camera: CameraRecord, now: datetime) -> CameraPicture | None:
    """The best picture there is; None before the first."""
    place = (camera.site, camera.node, camera.camera)
    small_at = camera.frame_at if camera.has_picture else None
    large_at = camera.snapshot_at
    if large_at is not None and (small_at is None or small_at - large_at <= STALE_AFTER):
        url = f"/api/v1/cameras/{'/'.join(place)}/snapshot?at={int(large_at.timestamp() * 1000)}"
        jpeg = store.cameras.snapshot(*place)
        return CameraPicture(url, large_at, _size(jpeg), large=True, stale=now - large_at > STALE_AFTER)
    if small_at is None:
        return None
    jpeg = store.cameras.picture(*place)
    return CameraPicture(
        camera_picture_url(camera), small_at, _size(jpeg), large=False, stale=now - small_at > STALE_AFTER
    )


def _size(jpeg: bytes | None) -> tuple[int, int]:
    return (size_of(jpeg) if jpeg else None) or DEFAULT_SIZE
