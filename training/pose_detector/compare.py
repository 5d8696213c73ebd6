r"""Measures both detectors on the held-out pictures: what they find, how near the corners come, and the milliseconds.

    python -m training.pose_detector.compare --data FOLDER --ours models/plate_detector.onnx \
        --theirs local-models/plate_detector_pose.onnx

Runs in the ordinary environment, one thread, two minutes. Each picture, its longer side scaled to 640, is given to both
networks one after the other, the first of them in turn. *Found* is IoU 0.5 of upright boxes, a false one has less than
0.4 with every label, as in `training/detector/evaluate.py`. Confidences of two networks do not mean the same: beside
the product's threshold, each is shown with the threshold at which it gives as many false ones as the other.

`--their-side 448` gives theirs a smaller picture, so that both take about as long. `--twice` looks as the product does:
again at each plate, for nearer corners; then there is only the product's threshold.
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
    """What a detector made of a picture: plates in the picture's pixels, and the time it took, of clock and processor.

    On an occupied machine the processor's time is the steadier one.
    """

    plates: Plates
    ms: float
    processor_ms: float


@dataclass(frozen=True, slots=True)
class Contestant:
    """A detector and how it is asked."""

    detector: PlateDetector
    side_px: int
    twice: bool

    def asked(self, image: Image) -> Answer:
        """What it makes of a picture."""
        started, worked = time.perf_counter(), time.thread_time()
        plates = self._all_looks(image) if self.twice else self._one_look(image)
        ended = time.perf_counter()
        return Answer(plates, (ended - started) * 1000, (time.thread_time() - worked) * 1000)

    def _one_look(self, image: Image) -> Plates:
        scale = self.side_px / max(image.shape[:2])
        return [(quad / np.float32(scale), sure) for quad, sure in self.detector.look(image, scale)]

    def _all_looks(self, image: Image) -> Plates:
        found = self.detector.detect(image, side_px=self.side_px)
        return [(np.array(detection.corners, np.float32), detection.confidence) for detection in found]


def contestant(name: str, path: Path, *, side_px: int, twice: bool) -> Contestant:
    """A detector from a file. If it looks only once, it tells even what it is hardly sure of."""
    model = Model(ModelEntry(name, path, hashlib.sha256(path.read_bytes()).hexdigest(), "as given"))
    return Contestant(PlateDetector(model, threshold=THRESHOLD if twice else _LOWEST), side_px, twice)


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


def _all_asked(pair: tuple[Contestant, Contestant], pictures: list[Picture]) -> list[list[Answer]]:
    answers: list[list[Answer]] = [[], []]
    for picture in pictures[:_WARMING_PICTURES]:
        for one in pair:
            one.asked(picture.open())
    for number, picture in enumerate(pictures):
        image = picture.open()
        for which in (0, 1) if number % 2 else (1, 0):
            answers[which].append(pair[which].asked(image))
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


def _show(title: str, pictures: list[Picture], ours: list[Answer], theirs: list[Answer]) -> None:
    print(f"{title}: {len(pictures)} pictures")
    for name, answers, others in (("ours", ours, theirs), ("theirs", theirs, ours)):
        equal = threshold_of(counted(pictures, others, THRESHOLD)[1], pictures, answers)
        different = {counted(pictures, answers, threshold): threshold for threshold in (equal, THRESHOLD)}
        for threshold in sorted(different.values()):
            print(_line(name, pictures, answers, threshold))


def _show_times(ours: list[Answer], theirs: list[Answer]) -> None:
    for name, answers in (("ours", ours), ("theirs", theirs)):
        ms, worked = [answer.ms for answer in answers], [answer.processor_ms for answer in answers]
        print(
            f"  {name:7s} {np.median(ms):6.1f} ms a picture, p90 {np.percentile(ms, 90):.1f}; "
            f"of the processor {np.median(worked):.1f}, p90 {np.percentile(worked, 90):.1f}"
        )
    ratios = [b.processor_ms / a.processor_ms for a, b in zip(ours, theirs, strict=True)]
    print(f"  theirs takes {np.median(ratios):.2f} times as much of the processor (median over the pictures)")


def main() -> None:
    """Print the comparison."""
    options = argparse.ArgumentParser(description="compare the two detectors")
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--ours", type=Path, required=True)
    options.add_argument("--theirs", type=Path, required=True)
    options.add_argument("--their-side", type=int, default=SIDE_PX)
    options.add_argument("--twice", action="store_true")
    arguments = options.parse_args()
    cv2.setNumThreads(1)
    pair = (
        contestant("plate_detector", arguments.ours, side_px=SIDE_PX, twice=arguments.twice),
        contestant("plate_detector_pose", arguments.theirs, side_px=arguments.their_side, twice=arguments.twice),
    )
    pictures = real_pictures(arguments.data, held_out=True)
    ours, theirs = _all_asked(pair, pictures)
    for collection in sorted({picture.collection for picture in pictures}):
        places = [place for place, picture in enumerate(pictures) if picture.collection == collection]
        _show(
            collection,
            [pictures[place] for place in places],
            [ours[place] for place in places],
            [theirs[place] for place in places],
        )
    _show("all", pictures, ours, theirs)
    _show_times(ours, theirs)


if __name__ == "__main__":
    main()
