"""Writes the detector as ONNX, for pictures of any size in multiples of 32.

    python -m training.detector.export --checkpoint runs/detector/last.pt --out models/plate_detector.onnx \
        [--scenes runs/scenes]

With `--scenes` (a folder of shards) as 8-bit numbers.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from training.detector.model import Detector
from training.quantise import Batch, quantised
from training.reader.model import as_input
from training.run import checkpoint

_CALIBRATION_SHARDS, _BATCHES_A_SHARD = 12, 12
_EXACT = ("/head/head.1",)


def write_exact(model: Detector, out: Path) -> None:
    """Write it with 32-bit numbers."""
    torch.onnx.export(
        model,
        (torch.zeros(1, 3, 384, 640),),
        str(out),
        input_names=["images"],
        output_names=["cells"],
        dynamic_axes={"images": {2: "height", 3: "width"}, "cells": {2: "rows", 3: "columns"}},
        dynamo=False,
        opset_version=17,
    )


def _scenes(folder: Path) -> Iterator[Batch]:
    for shard in sorted(folder.glob("*.npz"))[:_CALIBRATION_SHARDS]:
        with np.load(shard) as content:
            for image in content["images"][:_BATCHES_A_SHARD]:
                yield as_input(torch.from_numpy(image[np.newaxis])).contiguous().numpy()


def main() -> None:
    """Export a checkpoint and print its hash."""
    options = argparse.ArgumentParser(description="export the detector")
    options.add_argument("--checkpoint", type=Path, required=True)
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--scenes", type=Path, help="folder of shards to measure ranges on: export as 8-bit numbers")
    arguments = options.parse_args()
    if arguments.scenes is None:
        write_exact(checkpoint(arguments.checkpoint, Detector()), arguments.out)
    else:
        exact = arguments.out.with_suffix(".exact.onnx")
        write_exact(checkpoint(arguments.checkpoint, Detector()), exact)
        quantised(exact, arguments.out, _scenes(arguments.scenes), keep=_EXACT)
        exact.unlink()
    print(hashlib.sha256(arguments.out.read_bytes()).hexdigest(), arguments.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
