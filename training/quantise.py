"""Makes exported models smaller: with weights of 16 bits in the file alone, or with 8-bit numbers throughout.

8 bits are a quarter of the size, and about twice as fast.

Static quantisation (QDQ): weights per channel, activations by the ranges seen on some training pictures. Layers whose
outputs are measures (corners, probabilities) stay in 32 bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

Batch = NDArray[np.float32]


_LEAST_VALUES = 1024
"""Smaller tensors stay as they are."""


def stored_halved(model: Path) -> None:
    """Rewrite `model` with its large weights as 16-bit numbers, half the size; the runtime widens them when it loads.

    It calculates with 32 bits as before. Weights lose what is beyond their eleventh binary digit.
    """
    content = onnx.load(model)
    graph = content.graph
    widened = []
    for weights in graph.initializer:
        values = numpy_helper.to_array(weights)
        if weights.data_type != TensorProto.FLOAT or values.size < _LEAST_VALUES:
            continue
        name = weights.name
        weights.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        widened.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    for place, node in enumerate(widened):
        graph.node.insert(place, node)
    onnx.checker.check_model(content)
    onnx.save(content, model)


class _Pictures(CalibrationDataReader):  # type: ignore[misc]  # the base class has no types
    def __init__(self, batches: Iterator[Batch]) -> None:
        self._batches = batches

    def get_next(self) -> dict[str, Batch] | None:
        batch = next(self._batches, None)
        return None if batch is None else {"images": batch}


def quantised(model: Path, out: Path, batches: Iterable[Batch], *, keep: tuple[str, ...]) -> None:
    """Write `model` (input `images`) with 8-bit numbers to `out`.

    Nodes whose names contain one of `keep` stay as they are.
    """
    prepared = out.with_suffix(".prepared.onnx")
    quant_pre_process(str(model), str(prepared), skip_symbolic_shape=True)
    kept = [node.name for node in onnx.load(prepared).graph.node if any(part in node.name for part in keep)]
    if not kept:
        raise ValueError(f"no node of {model} has one of {keep} in its name; they are what must stay exact")
    quantize_static(
        str(prepared),
        str(out),
        _Pictures(iter(batches)),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
        nodes_to_exclude=kept,
    )
    prepared.unlink()
