"""Writes the reader as ONNX: one output, N × 65 × 78: 64 steps of probabilities, then the facts as a last row.

python -m training.reader.export --checkpoint runs/reader/last.pt --out models/plate_reader.onnx
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.reader.model import Reader
from training.reader.targets import CLASSES, HEIGHT, WIDTH


class Exported(nn.Module):
    """The reader with probabilities instead of logits, everything in one output."""

    def __init__(self, reader: Reader, temperature: float) -> None:
        super().__init__()
        self.reader, self.temperature = reader, temperature

    def forward(self, images: Tensor) -> Tensor:
        """N × 3 × 48 × 128 to N × 65 × 78."""
        steps, facts = self.reader(images)
        row = F.pad(facts, (0, CLASSES - facts.shape[1]))
        return torch.cat([(steps / self.temperature).softmax(2), row[:, None]], dim=1)


def main() -> None:
    """Export a checkpoint and print its hash."""
    options = argparse.ArgumentParser(description="export the reader")
    options.add_argument("--checkpoint", type=Path, required=True)
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--temperature", type=float, default=1.0)
    arguments = options.parse_args()
    state = torch.load(arguments.checkpoint, map_location="cpu", weights_only=True)
    reader = Reader(state["width"])
    reader.load_state_dict(state["average"])
    torch.onnx.export(
        Exported(reader.eval(), arguments.temperature).eval(),
        (torch.zeros(1, 3, HEIGHT, WIDTH),),
        str(arguments.out),
        input_names=["images"],
        output_names=["steps_and_facts"],
        dynamo=False,
        opset_version=17,
    )
    print(hashlib.sha256(arguments.out.read_bytes()).hexdigest(), arguments.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
