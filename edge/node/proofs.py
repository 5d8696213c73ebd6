"""Which pictures stand beside a passage. A picture of another vehicle never does: what does not fit is left out, aloud.

Wrong pictures would come from a fault of ours: a frame handed on with another vehicle's observation. So each is held
against what the observation says of it: the camera, the time in view, and the crop, which is a piece of its frame.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from contract.messages import EvidenceKind
from edge.evidence.proof import Proof, is_cut_from, prove
from edge.frame import Frame
from edge.lpr.types import Observation

EARLY = frozenset({EvidenceKind.FRAME, EvidenceKind.CROP})
"""While the vehicle is in view: what the plate was read from."""
WHOLE = EARLY | {EvidenceKind.OVERVIEW}
"""When it has left."""
BESIDE = frozenset({EvidenceKind.OVERVIEW})
"""Of a camera whose plate is none of the passage's."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What one camera saw of a vehicle, and which pictures of that stand beside its passage."""

    camera: str
    seen: Observation
    kinds: Collection[EvidenceKind] = ()


def proofs_of(view: View, doubt: Callable[[str], None]) -> list[Proof]:
    """The pictures of a view; `doubt` is told of each that does not fit it."""
    proofs = []
    read, overview = view.seen.best_frame, view.seen.overview or view.seen.best_frame
    if read is not None and EvidenceKind.FRAME in view.kinds and _fits(view, read, doubt):
        crop = view.seen.best_crop
        if crop is None or not crop.size:
            proofs.append(_prove(read, EvidenceKind.FRAME))
        elif is_cut_from(crop, read.image):
            proofs.append(_prove(read, EvidenceKind.FRAME))
            proofs.append(prove(crop, EvidenceKind.CROP, camera=read.camera, captured_at=read.captured_at))
        else:
            doubt("the crop is no piece of the frame beside it")
    if overview is not None and EvidenceKind.OVERVIEW in view.kinds:
        shown = overview if _is_in_time(view.seen, overview) else read
        if shown is not None and _fits(view, shown, doubt):
            proofs.append(_prove(shown, EvidenceKind.OVERVIEW))
    return proofs


def _prove(frame: Frame, kind: EvidenceKind) -> Proof:
    return prove(frame.image, kind, camera=frame.camera, captured_at=frame.captured_at)


def _fits(view: View, frame: Frame, doubt: Callable[[str], None]) -> bool:
    if frame.camera != view.camera:
        doubt(f"the frame is of camera {frame.camera}, the vehicle was seen by {view.camera}")
        return False
    if not _is_in_time(view.seen, frame):
        doubt("the frame was taken when the vehicle was not in view")
        return False
    return True


def _is_in_time(seen: Observation, frame: Frame) -> bool:
    """Whether the vehicle was in view then.

    Without a plate it may have stood there after it was last seen to move; behind a plate that was last read, the next
    vehicle's frames may begin.
    """
    if frame.monotonic_s < seen.first_monotonic_s:
        return False
    return seen.plate is None or frame.monotonic_s <= seen.last_monotonic_s
