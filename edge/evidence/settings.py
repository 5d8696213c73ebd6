"""How much disk the pictures of passages may take."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contract.messages import EvidenceKind

LEAST_FREE_BYTES = 500_000_000
"""Below this much free disk passages are stored without pictures: the few kilobytes of a passage fit for weeks more."""

Megabytes = Annotated[int, Field(ge=0)]


class EvidenceSettings(BaseModel):
    """What the pictures that central has may take on disk, in MB of a million bytes for each kind."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    frame_mb: Megabytes = 6000
    """The very frames that were read."""
    crop_mb: Megabytes = 500
    """Plates, cut from those frames."""
    overview_mb: Megabytes = 1500
    """Vehicles as a whole, and what rear cameras saw."""

    def quota_bytes(self, kind: EvidenceKind) -> int:
        """What one kind may take."""
        mb = {
            EvidenceKind.FRAME: self.frame_mb,
            EvidenceKind.CROP: self.crop_mb,
            EvidenceKind.OVERVIEW: self.overview_mb,
        }
        return mb[kind] * 1_000_000
