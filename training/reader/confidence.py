"""Fits how the product's confidences are stretched and shifted, so that of the reads at 0.9 nine in ten are right.

    python -m training.reader.confidence --data FOLDER

Reads the held-out pictures as `smartgate read` does, with the models of `models/`, several looks at plates in doubt
included. The pictures are halved by plate text: slope and shift (Platt 1999) are fitted on one half, and the expected
calibration error is told on the other. The values belong into `edge/lpr/confidence.py`. Two minutes on one core.
"""

from __future__ import annotations

import argparse
import zlib
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from edge.lpr.confidence import believed_share, right_share
from edge.lpr.engine import PlateReader, open_reader
from edge.lpr.settings import LprSettings
from edge.lpr.types import Read
from training.reader.calibrate import expected_error
from training.real_pictures import Row, load_rows, spelt

_STEPS = 50
_LEAST = 1e-4
Values = NDArray[np.float64]


def reads_of(reader: PlateReader, rows: list[Row]) -> list[tuple[str, float, bool]]:
    """Of every labelled plate of which something was told: its text, what the looks believe, whether that is exact."""
    by_path: dict[Path, list[Row]] = defaultdict(list)
    for row in rows:
        by_path[row.path].append(row)
    answers = []
    for path, labels in track(sorted(by_path.items()), "reading", console=Console(stderr=True)):
        image = np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8)
        found = reader.read_crop(image) if labels[0].crop else reader.read_picture(image)
        left = [read for _, read in found.plates]
        for label in labels:
            read = max(left, key=lambda read: (_exact(read, label), read.confidence), default=None)
            if read is not None:
                left.remove(read)
                answers.append((label.text, believed_share(read.confidence), _exact(read, label)))
    return answers


def fitted(believed: Values, exact: Values) -> tuple[float, float]:
    """Slope and shift of the log odds that make the outcomes likeliest. Newton's method."""
    odds = _log_odds(believed)
    inputs = np.stack([odds, np.ones_like(odds)], axis=1)
    weights = np.array([1.0, 0.0])
    for _ in range(_STEPS):
        said = 1 / (1 + np.exp(-inputs @ weights))
        bend = inputs.T @ (inputs * (said * (1 - said))[:, None]) + 1e-6 * np.eye(2)
        weights = weights + np.linalg.solve(bend, inputs.T @ (exact - said))
    return float(weights[0]), float(weights[1])


def _log_odds(share: Values) -> Values:
    kept = np.clip(share, _LEAST, 1 - _LEAST)
    return np.asarray(np.log(kept / (1 - kept)), np.float64)


def _exact(read: Read, label: Row) -> bool:
    return spelt(read.text) == spelt(label.text)


def main() -> None:
    """Print what was fitted on each half and how true it is on the other, and the fit on both."""
    options = argparse.ArgumentParser(description="calibrate what the product says")
    options.add_argument("--data", type=Path, required=True)
    rows = [row for row in load_rows(options.parse_args().data) if row.held_out and row.text]
    answers = reads_of(open_reader(LprSettings(min_plate_confidence=0.0)), rows)
    believed = np.array([believed for _, believed, _ in answers])
    exact = np.array([exact for _, _, exact in answers])
    halves = np.array([zlib.crc32(text[::-1].encode()) % 2 for text, _, _ in answers])
    told = np.array([right_share(value) for value in believed])
    print(f"  as it is: ECE {expected_error(told, exact):.4f} of {len(answers)}")
    for half in (0, 1):
        slope, shift = fitted(believed[halves == half], exact[halves == half].astype(float))
        other = 1 / (1 + np.exp(-(slope * _log_odds(believed[halves != half]) + shift)))
        print(
            f"  slope {slope:.2f} shift {shift:.2f}; other half: ECE {expected_error(other, exact[halves != half]):.4f}"
        )
    slope, shift = fitted(believed, exact.astype(float))
    print(f"slope {slope:.2f} shift {shift:.2f}")


if __name__ == "__main__":
    main()
