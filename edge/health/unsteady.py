"""What can be told of a lens while the view swings or lies elsewhere: part by part nothing can be compared then."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from edge.health.look import COARSE, Look, Mask, TileMeasures, Tiles, quantile, tiled
from edge.health.view import View

_ALONG: Final = (np.array([[1, -2, 1]], np.float32), np.array([[1], [-2], [1]], np.float32))
"""Second differences along rows, and along columns."""
_SHOWS_FINE, _SHOWS_COARSE = 2.0, 6.0
"""Energy along one direction from which a part of the usual picture has structure to tell sharpness by."""
_LEAST_PARTS = 8
_GRAIN_LEFT = 0.75
"""Share of a single pixel's grain in the means of four; the noise of a lens's sensor hangs together a little."""
_ROUGHNESS = 20.0
"""Energy of a Laplacian of white noise of strength 1; of a second difference it is 6."""


def kept_in_motion(look: Look, now: TileMeasures, usual: View) -> float:
    """How much of its fine structure the picture has kept, against the coarse one, along rows or along columns.

    What swings smears along its path alone, a lens out of focus in every direction. 1 where nothing can be told, as
    where noise is stronger than the fine structure that there usually is.
    """
    noise = 6.0 * (_GRAIN_LEFT * now.grain) ** 2
    usual_coarse = cv2.resize(usual.picture, COARSE, interpolation=cv2.INTER_AREA)
    kept = []
    for along in _ALONG:
        fine, usual_fine = _energy(look.fine.astype(np.float32), along), _energy(usual.picture, along)
        coarse, coarse_then = _energy(look.coarse, along), _energy(usual_coarse, along)
        shows = (
            usual.known
            & (usual_fine > max(_SHOWS_FINE, noise))
            & (coarse_then > _SHOWS_COARSE)
            & (coarse > _SHOWS_COARSE)
        )
        if shows.sum() >= _LEAST_PARTS:
            sharp = np.maximum(fine[shows] - noise, 0.0) / coarse[shows]
            kept.append(quantile(np.sqrt(sharp * coarse_then[shows] / usual_fine[shows]), 0.5))
    return max(kept, default=1.0)


def lost_wherever(now: TileMeasures, usual: View, *, reach: int, coarse: float, fine: float) -> Mask:
    """Parts that show next to nothing of what parts up to `reach` parts away usually show.

    `coarse` and `fine`: what is left at most, as shares of amplitudes.
    """
    around = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    least_coarse, least_fine = cv2.erode(usual.coarse, around), cv2.erode(usual.fine, around)
    noise = _ROUGHNESS * (_GRAIN_LEFT * now.grain) ** 2
    gone = (now.coarse < coarse**2 * least_coarse) & (now.raw < fine**2 * least_fine + noise)
    return np.asarray(gone)


def _energy(picture: cv2.typing.MatLike, along: np.ndarray) -> Tiles:
    rough = cv2.filter2D(picture, cv2.CV_32F, along)
    return tiled(np.asarray(rough * rough, dtype=np.float32))
