"""Writes the detector as ONNX, for pictures of any size in multiples of 32.

python -m training.detector.export --checkpoint runs/detector/last.pt --out models/plate_detector.onnx
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import torch

from training.detector.model import Detector


def main() -> None:
    """Export a checkpoint and print its hash."""
    options = argparse.ArgumentParser(description="export the detector")
    options.add_argument("--checkpoint", type=Path, required=True)
    options.add_argument("--out", type=Path, required=True)
    arguments = options.parse_args()
    model = Detector()
    model.load_state_dict(torch.load(arguments.checkpoint, map_location="cpu", weights_only=True)["average"])
    torch.onnx.export(
        model.eval(),
        (torch.zeros(1, 3, 384, 640),),
        str(arguments.out),
        input_names=["images"],
        output_names=["cells"],
        dynamic_axes={"images": {2: "height", 3: "width"}, "cells": {2: "rows", 3: "columns"}},
        dynamo=False,
        opset_version=17,
    )
    print(hashlib.sha256(arguments.out.read_bytes()).hexdigest(), arguments.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
