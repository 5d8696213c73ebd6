"""Finding and reading the plates of one picture, whatever the models behind it are."""

from __future__ import annotations

import time
from collections.abc import Callable

import cv2
import numpy as np

from edge.frame import Image
from edge.lpr.confidence import calibrated
from edge.lpr.pairs import read_with_parts
from edge.lpr.plate_detector import PlateDetector
from edge.lpr.plate_text import PlateTextReader
from edge.lpr.preprocess import whole_picture
from edge.lpr.runtime import Model, model_entry
from edge.lpr.settings import LprSettings
from edge.lpr.types import Box, Corners, Detection, Detector, PictureReads, Read, Recogniser
from edge.lpr.vote import mixed

_SMALLEST_SHARE = 0.04
"""A plate that is the subject of its picture covers at least so much of it."""
_FILLING_SHARE = 0.3
"""Where one that can be read covers less than this, the picture as a whole says nothing about it."""


class PlateReader:
    """A detector and a recogniser that read pictures together."""

    def __init__(
        self,
        detector: Detector,
        recogniser: Recogniser,
        settings: LprSettings,
        versions: dict[str, str],
        *,
        calibrate: Callable[[Read], Read] = lambda read: read,
    ) -> None:
        """`calibrate` makes what the recogniser believes of a picture's plate a confidence that is true."""
        self._detector = detector
        self._recogniser = recogniser
        self._settings = settings
        self._calibrate = calibrate
        self.versions = versions

    def read_picture(self, image: Image, *, side_px: int | None = None) -> PictureReads:
        """Every plate of a picture, the surest first, with its place in that picture's pixels."""
        started = time.perf_counter()
        found = self._detector.detect(image, side_px=side_px or self._settings.picture_side_px)
        detected = time.perf_counter()
        looks = (self._read(image, detection) for detection in found)
        read = [(place, self._calibrate(read)) for place, read in looks if read]
        plates = self._plates(read)
        unread = self._unread(found, plates)
        ended = time.perf_counter()
        return PictureReads(tuple(plates), (detected - started) * 1000, (ended - detected) * 1000, unread)

    def read_part(self, image: Image, part: Box, *, side_px: int) -> PictureReads:
        """Like `read_picture`, looking only inside `part`; places are given in the whole picture's pixels."""
        x, y = int(part.x1), int(part.y1)
        inner = self.read_picture(image[y : int(part.y2), x : int(part.x2)], side_px=side_px)
        moved = tuple((_moved(detection, x, y), read) for detection, read in inner.plates)
        unread = tuple(_moved(detection, x, y) for detection in inner.unread)
        return PictureReads(moved, inner.detect_ms, inner.read_ms, unread)

    def read_crop(self, image: Image) -> PictureReads:
        """The plate that a picture is about: read where it is found; where it fills the picture, that is read too."""
        started = time.perf_counter()
        scale = max(1.0, 96 / image.shape[0])
        large = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
        margin = max(4, large.shape[0] // 6)
        framed = np.asarray(
            cv2.copyMakeBorder(large, margin, margin, margin, margin, cv2.BORDER_REPLICATE), dtype=np.uint8
        )
        whole = whole_picture(image)
        side = int(min(640, max(256, *framed.shape[:2])))
        largest = _largest(self._detector.detect(framed, side_px=side), framed)
        inside = self._recogniser.read(framed, largest) if largest else None
        if largest and inside and inside.fits_grammar and _share(largest, framed) < _FILLING_SHARE:
            best: Read | None = inside
        else:
            looks = (self._recogniser.read(image, whole), inside)
            best = mixed([look for look in looks if look is not None])
        plates = self._plates([(whole, self._calibrate(best))] if best else [])
        ended = time.perf_counter()
        return PictureReads(tuple(plates), 0.0, (ended - started) * 1000)

    def _read(self, image: Image, found: Detection) -> tuple[Detection, Read | None]:
        """What stands on a find, and where: what is surely a plate may be two."""
        if found.confidence >= self._settings.unread_plate_confidence:
            return read_with_parts(self._recogniser, image, found)
        return found, self._recogniser.read(image, found)

    def _unread(self, found: list[Detection], plates: list[tuple[Detection, Read]]) -> tuple[Detection, ...]:
        """What is a plate by its looks alone, though nothing readable stands on it."""
        return tuple(
            detection
            for detection in found
            if detection.confidence >= self._settings.unread_plate_confidence
            and all(detection.box.overlap(plate.box) < 0.4 for plate, _ in plates)
        )

    def _plates(self, read: list[tuple[Detection, Read]]) -> list[tuple[Detection, Read]]:
        """Keep what is a plate; of overlapping ones the most believable."""
        likely = [
            pair for pair in read if pair[1].fits_grammar and pair[1].confidence >= self._settings.min_plate_confidence
        ]
        likely.sort(key=lambda pair: -(pair[1].confidence + 0.02 * len(pair[1].text)))
        kept: list[tuple[Detection, Read]] = []
        for detection, text in likely:
            if all(detection.box.overlap(other.box) < 0.4 for other, _ in kept):
                kept.append((detection, text))
        return kept


def open_reader(settings: LprSettings) -> PlateReader:
    """The plate reader of the product: our own detector and reader.

    Raises:
        ModelError: a model is missing or was changed.

    """
    plates = Model(model_entry(settings.detector), threads=settings.threads)
    text = Model(model_entry("plate_reader"), threads=settings.threads)
    detector, recogniser = PlateDetector(plates), PlateTextReader(text)
    return PlateReader(detector, recogniser, settings, versions_of(plates, text), calibrate=calibrated)


def versions_of(*models: Model) -> dict[str, str]:
    """Which models these are, as a reader tells it."""
    return {model.entry.name: model.entry.version for model in models}


def _largest(found: list[Detection], image: Image) -> Detection | None:
    """The plate that a picture is about."""
    largest = max(found, key=lambda detection: detection.box.width * detection.box.height, default=None)
    return largest if largest and _share(largest, image) >= _SMALLEST_SHARE else None


def _share(detection: Detection, image: Image) -> float:
    height, width = image.shape[:2]
    return float(detection.box.width * detection.box.height / (height * width))


def _moved(detection: Detection, x: int, y: int) -> Detection:
    def shift(quad: Corners) -> Corners:
        return tuple((px + x, py + y) for px, py in quad)  # type: ignore[return-value]  # four corners in, four out

    box = detection.box
    return Detection(
        Box(box.x1 + x, box.y1 + y, box.x2 + x, box.y2 + y),
        shift(detection.corners),
        detection.confidence,
    )
