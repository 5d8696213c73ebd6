"""How many held-out plates are read exactly.

    python -m training.reader.evaluate --data FOLDER --checkpoint runs/reader/last.pt

One line a group. A minute on one core.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch

from edge.lpr.plate_text import text_of
from training.reader.model import Reader, as_input
from training.reader.prepare import RealCrop, plain, real_crops
from training.reader.targets import COLOURS, COUNTRIES, decode
from training.real_pictures import spelt
from training.run import checkpoint


def read_all(model: Reader, crops: list[RealCrop], batch: int = 64) -> list[tuple[str, str, float]]:
    """Of every crop the greedy text, and what the product makes of the same steps: text and confidence."""
    model.eval()
    texts = []
    with torch.inference_mode():
        for start in range(0, len(crops), batch):
            images = np.stack([plain(crop) for crop in crops[start : start + batch]])
            steps, facts = model(as_input(torch.from_numpy(images)))
            colours = facts[:, len(COUNTRIES) : len(COUNTRIES) + len(COLOURS)].argmax(1)
            for path, colour in zip(steps.softmax(2).numpy(), colours.tolist(), strict=True):
                read = text_of(path, COLOURS[colour])
                texts.append((decode(path.argmax(1)), read.text if read else "", read.confidence if read else 0.0))
    return texts


def exact_by_group(model: Reader, crops: list[RealCrop]) -> dict[str, tuple[int, int, int, int]]:
    """Per group: plates, read exactly with the grammar, without it, and without it but for the first character."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for crop, (greedy, text, _) in zip(crops, read_all(model, crops), strict=True):
        count, wanted = counts[crop.group], spelt(crop.text)
        count[0] += 1
        count[1] += spelt(text) == wanted
        count[2] += spelt(greedy) == wanted
        count[3] += spelt(greedy)[1:] == wanted[1:]
    return {group: (c[0], c[1], c[2], c[3]) for group, c in sorted(counts.items())}


def table(results: dict[str, tuple[int, int, int, int]]) -> str:
    """The results as lines of text."""
    return "\n".join(
        f"  {group:36s} n {plates:5d}  exact {100 * exact / plates:5.1f} %  bare {100 * bare / plates:5.1f} %"
        f"  bare but for the first character {100 * rest / plates:5.1f} %"
        for group, (plates, exact, bare, rest) in results.items()
    )


def main() -> None:
    """Print the table for a checkpoint."""
    options = argparse.ArgumentParser(description="evaluate the reader")
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--checkpoint", type=Path, required=True)
    arguments = options.parse_args()
    torch.set_num_threads(1)
    model = checkpoint(arguments.checkpoint, Reader())
    print(table(exact_by_group(model, real_crops(arguments.data, held_out=True))))


if __name__ == "__main__":
    main()
