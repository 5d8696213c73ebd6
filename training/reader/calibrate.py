"""Finds the temperature with which the reader's confidences are true: of the reads at 0.9, nine in ten are right.

    python -m training.reader.calibrate --data FOLDER --checkpoint runs/reader/last.pt

The held-out crops are halved by plate text: the temperature (Guo et al. 2017) is fitted on one half, and the expected
calibration error told on the other, for whole plates with the grammar, as the product reads them. A minute on one core.
"""

from __future__ import annotations

import argparse
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from edge.lpr.plate_text import text_of
from training.reader.model import Reader, as_input
from training.reader.prepare import RealCrop, plain, real_crops
from training.reader.targets import COLOURS, COUNTRIES
from training.real_pictures import spelt
from training.run import checkpoint

_TEMPERATURES = (0.8, 0.9, 1.0, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0)
_BINS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What the network said of a crop, and the truth."""

    logits: NDArray[np.float32]
    colour: int
    text: str


def looks_at(model: Reader, crops: list[RealCrop]) -> list[Look]:
    """Run the network on every crop."""
    found = []
    with torch.inference_mode():
        for crop in crops:
            steps, facts = model(as_input(torch.from_numpy(plain(crop)[np.newaxis])))
            colour = int(facts[0, len(COUNTRIES) : len(COUNTRIES) + len(COLOURS)].argmax())
            found.append(Look(steps[0].numpy(), colour, spelt(crop.text)))
    return found


def answers(looks: list[Look], temperature: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Confidence of each read, and whether it is exact."""
    confidences, exact = [], []
    for look in looks:
        steps = torch.from_numpy(look.logits / temperature).softmax(1).numpy()
        read = text_of(steps, COLOURS[look.colour])
        confidences.append(read.confidence if read else 0.0)
        exact.append(read is not None and spelt(read.text) == look.text)
    return np.array(confidences), np.array(exact)


def log_loss(confidences: NDArray[np.float64], exact: NDArray[np.bool_]) -> float:
    """Mean negative logarithm of what was said of the outcome."""
    said = np.clip(np.where(exact, confidences, 1 - confidences), 1e-3, 1)
    return float(-np.log(said).mean())


def expected_error(confidences: NDArray[np.float64], exact: NDArray[np.bool_]) -> float:
    """Expected calibration error over ten bins of equal width (Naeini et al. 2015)."""
    places = np.minimum((confidences * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(float(exact[places == place].mean() - confidences[places == place].mean()))
        * float((places == place).mean())
        for place in range(_BINS)
        if (places == place).any()
    ]
    return sum(gaps)


def main() -> None:
    """Print the table and the best temperature."""
    options = argparse.ArgumentParser(description="calibrate the reader")
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--checkpoint", type=Path, required=True)
    arguments = options.parse_args()
    torch.set_num_threads(1)
    looks = looks_at(checkpoint(arguments.checkpoint, Reader()), real_crops(arguments.data, held_out=True))
    halves: tuple[list[Look], list[Look]] = ([], [])
    for look in looks:
        halves[zlib.crc32(look.text[::-1].encode()) % 2].append(look)  # reversed: held out is by the text's own hash
    best, least = 1.0, float("inf")
    for temperature in _TEMPERATURES:
        fitted, told = answers(halves[0], temperature), answers(halves[1], temperature)
        loss = log_loss(*fitted)
        print(
            f"  {temperature:4.2f}  log loss {loss:.4f}  "
            f"other half: exact {told[1].mean():.3f}  ECE {expected_error(*told):.4f}"
        )
        best, least = (temperature, loss) if loss < least else (best, least)
    print(f"temperature {best}")


if __name__ == "__main__":
    main()
