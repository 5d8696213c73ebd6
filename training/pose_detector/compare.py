r"""Measures both detectors on the held-out pictures: what they find, how near the corners come, and the milliseconds.

    python -m training.pose_detector.compare --data FOLDER --ours models/plate_detector.onnx \
        --theirs local-models/plate_detector_pose.onnx

Runs in the ordinary environment, one thread, two minutes. Each picture, its longer side scaled to 640, is given to both
networks one after the other, the first of them in turn. *Found* is IoU 0.5 of upright boxes, a false one has less than
0.4 with every label, as in `training/detector/evaluate.py`. Confidences of two networks do not mean the same: beside
the product's threshold, theirs is shown with the threshold at which it gives as many false ones as ours.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.frame import Image
from edge.lpr.plate_detector import PlateDetector, Plates
from edge.lpr.runtime import Model, ModelEntry
from training.detector.scenes import Picture, real_pictures
from training.detector.targets import CORNERS_KNOWN

SIDE_PX = 640
THRESHOLD = 0.35
_LOWEST = 0.02
_WARMING_PICTURES = 10
Quad = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a detector made of a picture: plates in the picture's pixels, unsure ones too, and the time it took."""

    plates: Plates
    ms: float


def opened(name: str, path: Path) -> PlateDetector:
    """A detector that tells even what it is hardly sure of."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return PlateDetector(Model(ModelEntry(name, path, sha256, "as given")), threshold=_LOWEST)


def asked(detector: PlateDetector, image: Image) -> Answer:
    """One look at a picture."""
    scale = SIDE_PX / max(image.shape[:2])
    started = time.perf_counter()
    plates = detector.look(image, scale)
    ms = (time.perf_counter() - started) * 1000
    return Answer([(quad / np.float32(scale), sure) for quad, sure in plates], ms)


def iou(a: Quad, b: Quad) -> float:
    """Shared part of the upright boxes around two quadrilaterals."""
    low, high = np.maximum(a.min(axis=0), b.min(axis=0)), np.minimum(a.max(axis=0), b.max(axis=0))
    shared = float(np.prod(np.maximum(high - low, 0)))
    return shared / max(float(np.prod(np.ptp(a, axis=0)) + np.prod(np.ptp(b, axis=0))) - shared, 1e-6)


def counted(pictures: list[Picture], answers: list[Answer], threshold: float) -> tuple[int, int]:
    """Labelled plates found, and boxes that are no labelled plate."""
    hits = strays = 0
    for picture, answer in zip(pictures, answers, strict=True):
        quads = [quad for quad, sure in answer.plates if sure >= threshold]
        hits += sum(any(iou(plate.corners, quad) >= 0.5 for quad in quads) for plate in picture.plates)
        strays += sum(all(iou(plate.corners, quad) < 0.4 for plate in picture.plates) for quad in quads)
    return hits, strays


def threshold_of(strays: int, pictures: list[Picture], answers: list[Answer]) -> float:
    """The lowest threshold, in hundredths, with at most so many false ones."""
    for hundredth in range(round(_LOWEST * 100), 100):
        if counted(pictures, answers, hundredth / 100)[1] <= strays:
            return hundredth / 100
    return 1.0


def corner_errors(pictures: list[Picture], answers: list[Answer], threshold: float) -> list[float]:
    """Mean distance of the corners of each plate found, as a share of its width, where the corners are known."""
    errors = []
    for picture, answer in zip(pictures, answers, strict=True):
        quads = [quad for quad, sure in answer.plates if sure >= threshold]
        for plate in picture.plates:
            best = max(quads, key=lambda quad: iou(plate.corners, quad), default=None)
            if plate.known == CORNERS_KNOWN and best is not None and iou(plate.corners, best) >= 0.5:
                distance = np.linalg.norm(best - plate.corners, axis=1).mean()
                errors.append(float(distance / np.ptp(plate.corners[:, 0])))
    return errors


def _all_asked(detectors: tuple[PlateDetector, PlateDetector], pictures: list[Picture]) -> list[list[Answer]]:
    answers: list[list[Answer]] = [[], []]
    for picture in pictures[:_WARMING_PICTURES]:
        for detector in detectors:
            asked(detector, picture.open())
    for number, picture in enumerate(pictures):
        image = picture.open()
        for which in (0, 1) if number % 2 else (1, 0):
            answers[which].append(asked(detectors[which], image))
    return answers


def _line(name: str, pictures: list[Picture], answers: list[Answer], threshold: float) -> str:
    plates = sum(len(picture.plates) for picture in pictures)
    hits, strays = counted(pictures, answers, threshold)
    errors = corner_errors(pictures, answers, threshold)
    corners = f"{np.median(errors):6.1%} {np.percentile(errors, 90):6.1%} ({len(errors)})" if errors else ""
    return (
        f"  {name:7s} at {threshold:.2f}  found {hits:4d} of {plates:4d} {hits / max(1, plates):6.1%}  "
        f"false {strays / len(pictures):.3f} a picture  corners median, p90 {corners}"
    )


def _show(name: str, pictures: list[Picture], ours: list[Answer], theirs: list[Answer]) -> None:
    print(f"{name}: {len(pictures)} pictures")
    equal = threshold_of(counted(pictures, ours, THRESHOLD)[1], pictures, theirs)
    print(_line("ours", pictures, ours, THRESHOLD))
    for threshold in (THRESHOLD, equal):
        print(_line("theirs", pictures, theirs, threshold))


def main() -> None:
    """Print the comparison."""
    options = argparse.ArgumentParser(description="compare the two detectors")
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--ours", type=Path, required=True)
    options.add_argument("--theirs", type=Path, required=True)
    arguments = options.parse_args()
    cv2.setNumThreads(1)
    detectors = opened("plate_detector", arguments.ours), opened("plate_detector_pose", arguments.theirs)
    pictures = real_pictures(arguments.data, held_out=True)
    ours, theirs = _all_asked(detectors, pictures)
    for collection in sorted({picture.collection for picture in pictures}):
        places = [place for place, picture in enumerate(pictures) if picture.collection == collection]
        _show(
            collection,
            [pictures[place] for place in places],
            [ours[place] for place in places],
            [theirs[place] for place in places],
        )
    _show("all", pictures, ours, theirs)
    for name, answers in (("ours", ours), ("theirs", theirs)):
        ms = [answer.ms for answer in answers]
        print(f"  {name:7s} {np.median(ms):6.1f} ms a picture, p90 {np.percentile(ms, 90):.1f}")
    ratios = [b.ms / a.ms for a, b in zip(ours, theirs, strict=True)]
    print(f"  theirs takes {np.median(ratios):.2f} times as long (median over the pictures)")


if __name__ == "__main__":
    main()
