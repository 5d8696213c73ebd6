"""Writes the reader as ONNX: one output, N × 81 × 80: 80 steps of probabilities, then the facts as a last row.

    python -m training.reader.export --checkpoint runs/reader/last.pt --out models/plate_reader.onnx \
        [--rendered runs/rendered]

The weights are stored as 16-bit numbers and calculated with as 32-bit ones. With `--rendered` (a folder of shards) the
model is one of 8-bit numbers.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.quantise import Batch, quantised, stored_halved
from training.reader.model import Reader, as_input
from training.reader.targets import CLASSES, HEIGHT, WIDTH
from training.run import checkpoint

_CALIBRATION_BATCHES, _BATCH = 12, 32
_EXACT = ("classify", "facts")


class Exported(nn.Module):
    """The reader with probabilities instead of logits, everything in one output."""

    def __init__(self, reader: Reader, temperature: float) -> None:
        super().__init__()
        self.reader, self.temperature = reader, temperature

    def forward(self, images: Tensor) -> Tensor:
        """N × 3 × 64 × 160 to N × 81 × 80."""
        steps, facts = self.reader(images)
        row = F.pad(facts, (0, CLASSES - facts.shape[1]))
        return torch.cat([(steps / self.temperature).softmax(2), row[:, None]], dim=1)


def write_exact(reader: Reader, temperature: float, out: Path) -> None:
    """Write it with 32-bit numbers."""
    torch.onnx.export(
        Exported(reader, temperature).eval(),
        (torch.zeros(1, 3, HEIGHT, WIDTH),),
        str(out),
        input_names=["images"],
        output_names=["steps_and_facts"],
        dynamic_axes={"images": {0: "plates"}, "steps_and_facts": {0: "plates"}},
        dynamo=False,
        opset_version=17,
    )


def _plates(rendered: Path) -> Iterator[Batch]:
    shards = sorted(rendered.glob("*.npz"))[:_CALIBRATION_BATCHES]
    for shard in shards:
        with np.load(shard) as content:
            yield as_input(torch.from_numpy(content["images"][:_BATCH])).contiguous().numpy()


def main() -> None:
    """Export a checkpoint and print its hash."""
    options = argparse.ArgumentParser(description="export the reader")
    options.add_argument("--checkpoint", type=Path, required=True)
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--temperature", type=float, default=1.0)
    options.add_argument("--rendered", type=Path, help="folder of shards to measure ranges on: export as 8-bit numbers")
    arguments = options.parse_args()
    if arguments.rendered is None:
        write_exact(checkpoint(arguments.checkpoint, Reader()), arguments.temperature, arguments.out)
        stored_halved(arguments.out)
    else:
        exact = arguments.out.with_suffix(".exact.onnx")
        write_exact(checkpoint(arguments.checkpoint, Reader()), arguments.temperature, exact)
        quantised(exact, arguments.out, _plates(arguments.rendered), keep=_EXACT)
        exact.unlink()
    print(hashlib.sha256(arguments.out.read_bytes()).hexdigest(), arguments.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
