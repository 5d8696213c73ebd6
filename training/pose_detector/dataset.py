r"""Writes shards of scenes as the files that ultralytics trains a pose model on: pictures, labels, `plates.yaml`.

    python -m training.detector.scenes --data FOLDER --out runs/scenes --shards 70 --seed 11
    python -m training.pose_detector.dataset --scenes runs/scenes --out runs/pose-scenes

Runs in the ordinary environment; 400 pictures a second on one core, 40 kB each.

A label is `0 cx cy w h` and the corners top left, top right, bottom right, bottom left, as shares of the picture. A
corner that nobody knows, or that lies outside the picture, is written slightly negative: ultralytics then does not
learn from it. Plates of which only a box is known thus teach their box alone; ultralytics cannot let a loose box count
for less, as our own loss does. It has no way to ignore a place either: plates that are to be ignored (cut off, or
narrower than 8 px) are painted grey.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from edge.frame import Image
from training.detector.targets import CORNERS_KNOWN, IGNORED

HELD_BACK = 128
"""One picture of so many is kept for ultralytics' own validation. It only shows whether the loss falls."""
_UNKNOWN = (-0.005, -0.005)
_GREY = (114, 114, 114)
_DESCRIPTION = """\
train: images/train
val: images/val
names: {0: plate}
kpt_shape: [4, 2]
"""
Numbers = NDArray[np.float32]


def label(row: Numbers, side: int) -> str:
    """The line for one plate of a packed scene."""
    corners = row[:8].reshape(4, 2) / side
    low, high = np.clip(corners.min(axis=0), 0, 1), np.clip(corners.max(axis=0), 0, 1)
    inside = ((corners >= 0) & (corners <= 1)).all(axis=1) & (row[8] == CORNERS_KNOWN)
    points = np.where(inside[:, None], corners, _UNKNOWN)
    numbers = (*(low + high) / 2, *(high - low), *points.reshape(-1))
    return " ".join(("0", *(f"{number:.5f}" for number in numbers)))


def without_ignored(image: Image, packed: Numbers) -> Image:
    """The picture with ignored plates painted grey; what of other plates lies over them stays."""
    painted = image.copy()
    for row in packed[packed[:, 8] == IGNORED]:
        painted[_around(row)] = _GREY
    for row in packed[(packed[:, 8] != IGNORED) & (packed[:, 8] < 2)]:
        painted[_around(row)] = image[_around(row)]
    return painted


def _around(row: Numbers) -> tuple[slice, slice]:
    corners = row[:8].reshape(4, 2)
    x1, y1 = (int(max(0, value)) for value in np.floor(corners.min(axis=0)))
    x2, y2 = (int(max(0, value)) for value in np.ceil(corners.max(axis=0)))
    return slice(y1, y2), slice(x1, x2)


def _write(out: Path, name: str, image: Image, packed: Numbers) -> None:
    taught = packed[(packed[:, 8] != IGNORED) & (packed[:, 8] < 2)]
    lines = [label(row, image.shape[0]) for row in taught]
    (out / "labels" / f"{name}.txt").write_text("\n".join(lines), encoding="utf-8")
    picture = out / "images" / f"{name}.jpg"
    cv2.imwrite(str(picture), without_ignored(image, packed), [cv2.IMWRITE_JPEG_QUALITY, 95])


def main() -> None:
    """Write every scene of a folder of shards."""
    options = argparse.ArgumentParser(description="scenes for ultralytics")
    options.add_argument("--scenes", type=Path, required=True, help="folder of shards")
    options.add_argument("--out", type=Path, required=True)
    arguments = options.parse_args()
    for kind in ("images", "labels"):
        for share in ("train", "val"):
            (arguments.out / kind / share).mkdir(parents=True, exist_ok=True)
    (arguments.out / "plates.yaml").write_text(_DESCRIPTION, encoding="utf-8")
    written = 0
    for shard in track(sorted(arguments.scenes.glob("*.npz")), "pictures", console=Console(stderr=True)):
        with np.load(shard) as content:
            scenes = list(zip(content["images"], content["plates"], strict=True))
        for image, packed in scenes:
            share = "val" if written % HELD_BACK == 0 else "train"
            _write(arguments.out, f"{share}/{written:06d}", image, packed)
            written += 1
    print(f"{written} pictures")


if __name__ == "__main__":
    main()
