"""How many held-out plates are read exactly.

    python -m training.reader.evaluate --data FOLDER --checkpoint runs/reader/last.pt

One line a group, greedy path without the grammar. A minute on one core.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch

from training.reader.model import Reader, as_input
from training.reader.prepare import RealCrop, plain, real_crops
from training.reader.targets import decode


def read_all(model: Reader, crops: list[RealCrop], batch: int = 64) -> list[str]:
    """The greedy text of every crop."""
    model.eval()
    texts = []
    with torch.inference_mode():
        for start in range(0, len(crops), batch):
            images = np.stack([plain(crop) for crop in crops[start : start + batch]])
            steps, _ = model(as_input(torch.from_numpy(images)))
            texts += [decode(path) for path in steps.argmax(2).numpy()]
    return texts


def exact_by_group(model: Reader, crops: list[RealCrop]) -> dict[str, tuple[int, int, int]]:
    """Per group: plates, read exactly, read exactly but for the first character."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for crop, text in zip(crops, read_all(model, crops), strict=True):
        count = counts[crop.group]
        count[0] += 1
        count[1] += _plain_d(text) == _plain_d(crop.text)
        count[2] += _plain_d(text)[1:] == _plain_d(crop.text)[1:]
    return {group: (count[0], count[1], count[2]) for group, count in sorted(counts.items())}


def _plain_d(text: str) -> str:
    return text.replace("Đ", "D")


def table(results: dict[str, tuple[int, int, int]]) -> str:
    """The results as lines of text."""
    return "\n".join(
        f"  {group:40s} n {plates:5d}  exact {100 * exact / plates:5.1f} %  without first {100 * rest / plates:5.1f} %"
        for group, (plates, exact, rest) in results.items()
    )


def main() -> None:
    """Print the table for a checkpoint."""
    options = argparse.ArgumentParser(description="evaluate the reader")
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--checkpoint", type=Path, required=True)
    arguments = options.parse_args()
    torch.set_num_threads(1)
    state = torch.load(arguments.checkpoint, map_location="cpu", weights_only=True)
    model = Reader(state["width"])
    model.load_state_dict(state["average"])
    print(table(exact_by_group(model, real_crops(arguments.data, held_out=True))))


if __name__ == "__main__":
    main()
