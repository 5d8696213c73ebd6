"""How many multiply-adds a model does on an input, counted from the shapes that its unoptimised graph really has."""

from __future__ import annotations

import json
import math
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

Shape = tuple[int, ...]
_INPUTS = {
    "Conv": (0, 1),
    "ConvInteger": (0, 1),
    "QLinearConv": (0, 3),
    "ConvTranspose": (0, 1),
    "Gemm": (0, 1),
    "MatMul": (0, 1),
    "MatMulInteger": (0, 1),
    "QLinearMatMul": (0, 3),
}
"""Operators that multiply, and which of their inputs are multiplied; the others cost little beside them."""


@lru_cache(maxsize=256)
def multiply_adds(model: Path, shape: Shape) -> int:
    """Multiply-adds of one run of a model with one float input of this shape."""
    with tempfile.TemporaryDirectory() as folder:
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL  # fused layers hide their shapes
        options.add_session_config_entry("session.disable_prepacking", "1")  # so do weights that were put in order
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder) / "run")
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        session.run(None, {session.get_inputs()[0].name: np.zeros(shape, np.float32)})
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    return sum(_of(event) for event in events)


def _of(event: dict[str, Any]) -> int:
    details = event.get("args", {})
    name = details.get("op_name", "")
    if name not in _INPUTS or not event["name"].endswith("kernel_time"):
        return 0
    inputs = [_shape(entry) for entry in details["input_type_shape"]]
    left, right = (inputs[place] for place in _INPUTS[name])
    return operator_multiply_adds(name, left, right, _shape(details["output_type_shape"][0]))


def _shape(entry: dict[str, list[int]]) -> Shape:
    return tuple(next(iter(entry.values())))


def operator_multiply_adds(name: str, left: Shape, right: Shape, output: Shape) -> int:
    """Multiply-adds of one operator: of a convolution `right` are the weights."""
    if name == "ConvTranspose":
        return math.prod(left) * math.prod(right[1:])
    if "Conv" in name:
        return math.prod(output) * math.prod(right[1:])
    if name == "Gemm":  # either side may be transposed; the output's rows tell the inner length
        return math.prod(output) * (math.prod(left) // output[0])
    return math.prod(output) * left[-1]
