"""How many held-out plates are found (IoU 0.5 of upright boxes), and how many false ones there are.

python -m training.detector.evaluate --data FOLDER --checkpoint runs/detector/last.pt
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from edge.lpr.plate_detector import letterboxed, plates_in
from training.detector.model import Detector
from training.detector.scenes import Picture, real_pictures
from training.reader.model import as_input
from training.run import checkpoint

SIDE_PX = 640


def find(
    model: Detector, picture: Picture, side_px: int = SIDE_PX, threshold: float = 0.35
) -> list[NDArray[np.float32]]:
    """Corners of the plates found, in the picture's pixels."""
    image = picture.open()
    scale = side_px / max(image.shape[:2])
    with torch.inference_mode():
        output = model(as_input(torch.from_numpy(letterboxed(image, scale)[np.newaxis])))[0].numpy()
    return [corners / np.float32(scale) for corners, _ in plates_in(output, threshold)]


def recall_by_collection(model: Detector, pictures: list[Picture]) -> dict[str, tuple[int, int, int, int]]:
    """Per collection: pictures, plates, plates found, boxes that are no labelled plate."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for picture in pictures:
        found = find(model, picture)
        hits = [any(_iou(plate.corners, other) >= 0.5 for other in found) for plate in picture.plates]
        strays = [not any(_iou(plate.corners, other) >= 0.4 for plate in picture.plates) for other in found]
        count = counts[picture.collection]
        for place, value in enumerate((1, len(hits), sum(hits), sum(strays))):
            count[place] += value
    return {name: (c[0], c[1], c[2], c[3]) for name, c in sorted(counts.items())}


def _iou(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    low = np.maximum(a.min(axis=0), b.min(axis=0))
    high = np.minimum(a.max(axis=0), b.max(axis=0))
    shared = float(np.prod(np.maximum(high - low, 0)))
    areas = float(np.prod(np.ptp(a, axis=0)) + np.prod(np.ptp(b, axis=0)))
    return shared / max(areas - shared, 1e-6)


def table(results: dict[str, tuple[int, int, int, int]]) -> str:
    """The results as lines of text."""
    return "\n".join(
        f"  {name:10s} pictures {pictures:4d}  plates {plates:4d}  found {100 * found / max(1, plates):5.1f} %  "
        f"strays a picture {strays / pictures:.2f}"
        for name, (pictures, plates, found, strays) in results.items()
    )


def main() -> None:
    """Print the table for a checkpoint."""
    options = argparse.ArgumentParser(description="evaluate the detector")
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--checkpoint", type=Path, required=True)
    arguments = options.parse_args()
    torch.set_num_threads(1)
    model = checkpoint(arguments.checkpoint, Detector())
    print(table(recall_by_collection(model, real_pictures(arguments.data, held_out=True))))


if __name__ == "__main__":
    main()
