"""Where the lane lies in each camera's picture: set from central, else as the configuration says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field

from contract.errors import StoreError
from contract.message_base import UtcDatetime
from contract.region import CameraRegion
from contract.vocabulary import Slug
from edge.cameras.settings import CameraSettings
from edge.durable import write_durably

log = structlog.get_logger(__name__)


class _SetRegion(BaseModel):
    """A region with who set it, and when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    region: CameraRegion
    actor: str
    at: UtcDatetime


class _Book(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    cameras: dict[Slug, _SetRegion] = Field(default_factory=dict)


class Regions:
    """The region of each camera that counts now. What was set from central is on disk and outlives a restart."""

    def __init__(self, path: Path, cameras: Iterable[CameraSettings]) -> None:
        self._path = path
        self.configure(cameras)
        self._book = _Book()

    def load(self) -> None:
        """Find what was set before; a damaged file is told and counts for nothing."""
        if not self._path.is_file():
            return
        try:
            self._book = _Book.model_validate_json(self._path.read_bytes())
        except (ValueError, OSError) as error:
            log.error(  # noqa: TRY400 - a damaged file, no bug
                "regions on disk cannot be read: the configuration's count; set them again",
                path=str(self._path),
                reason=str(error),
            )
            return
        for camera, known in self._book.cameras.items():
            log.info("region as set from central", camera=camera, actor=known.actor, at=known.at.isoformat())

    def configure(self, cameras: Iterable[CameraSettings]) -> None:
        """Take other regions from the configuration; what was set from central still comes first."""
        self._configured = {camera.name: camera.region for camera in cameras}

    def of(self, camera: str) -> CameraRegion | None:
        """Where the lane lies in this camera's picture; None for the whole picture."""
        known = self._book.cameras.get(camera)
        return known.region if known is not None else self._configured.get(camera)

    @property
    def told(self) -> dict[str, CameraRegion]:
        """The regions of this node's cameras, as its birth tells them."""
        return {camera: region for camera in self._configured if (region := self.of(camera)) is not None}

    def set(self, camera: str, region: CameraRegion | None, *, actor: str, at: datetime) -> None:
        """From now on the lane lies there; None goes back to the configuration. On disk when this returns.

        Raises:
            StoreError: it cannot be written; what counted before still does.

        """
        cameras = {name: known for name, known in self._book.cameras.items() if name != camera}
        if region is not None:
            cameras[camera] = _SetRegion(region=region, actor=actor, at=at)
        book = _Book(cameras=cameras)
        try:
            write_durably(self._path, book.model_dump_json(indent=1).encode())
        except OSError as error:
            raise StoreError(f"the region cannot be written to {self._path.name}: {error.strerror}") from error
        self._book = book
        log.info("region set from central", camera=camera, actor=actor, configured=region is None)
