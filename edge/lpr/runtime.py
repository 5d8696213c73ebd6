"""Opens models: the manifest says which file, its hash is checked, the execution provider is asserted."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from contract.errors import ModelError

MODELS_DIR = Path(__file__).resolve().parents[2] / "models"
LOCAL_MODELS_DIR = MODELS_DIR.with_name("local-models")
"""Models made on this machine. Not inside `models`: all of that is packed into the wheel."""
_FASTER = ("TensorrtExecutionProvider", "CUDAExecutionProvider")
"""Execution providers of a Jetson's graphics processor."""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model file, and what it must be. Ours are listed in `models/manifest.toml`."""

    name: str
    path: Path
    sha256: str
    version: str


def model_entry(name: str, models_dir: Path = MODELS_DIR, local_dir: Path = LOCAL_MODELS_DIR) -> ModelEntry:
    """Look a model up in the manifest, then in that of the models made on this machine.

    Raises:
        ModelError: no manifest, or no such model in either.

    """
    manifest = models_dir / "manifest.toml"
    if not manifest.is_file():
        raise ModelError(f"{manifest} is missing; a checkout or an installed smart-gate has it")
    for folder in (models_dir, local_dir):
        entry = _listed(folder).get(name)
        if entry is not None:
            return ModelEntry(name, folder / entry["file"], entry["sha256"], entry["version"])
    raise ModelError(
        f"no model {name!r}: {manifest} lists {', '.join(sorted(_listed(models_dir)))}, and {local_dir} holds "
        f"{', '.join(sorted(_listed(local_dir))) or 'none'}; {models_dir / 'README.md'} says how models are made there"
    )


def _listed(folder: Path) -> dict[str, dict[str, str]]:
    manifest = folder / "manifest.toml"
    listed: dict[str, dict[str, str]] = {}
    if manifest.is_file():
        listed = tomllib.loads(manifest.read_text(encoding="utf-8"))["models"]
    return listed


def checked_model(name: str) -> tuple[ModelEntry, bytes]:
    """A model of the manifest, and its file's content.

    Raises:
        ModelError: no such model, or its file is missing or is not the one that the manifest describes.

    """
    entry = model_entry(name)
    return entry, _content(entry)


def _content(entry: ModelEntry) -> bytes:
    if not entry.path.is_file():
        raise ModelError(
            f"model file {entry.path} is missing; fetch the checkout again, or make the model anew if it was made here"
        )
    content = entry.path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != entry.sha256:
        raise ModelError(
            f"{entry.path} is not version {entry.version}: expected sha256 {entry.sha256}, "
            f"got {found}; install it again, or correct the expected sha256 if the change was meant"
        )
    return content


def has_idle_accelerator() -> bool:
    """Whether this machine's onnxruntime has something faster than the processor, on which models run here."""
    return any(provider in _FASTER for provider in ort.get_available_providers())


class Model:
    """A loaded ONNX model with one input and one output used."""

    def __init__(self, entry: ModelEntry, *, threads: int = 1) -> None:
        """Load a model.

        Raises:
            ModelError: the file is missing or is not the one that the entry describes, or it does not run here.

        """
        self.entry = entry
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = ort.InferenceSession(_content(entry), options, providers=["CPUExecutionProvider"])
        if self._session.get_providers()[0] != "CPUExecutionProvider":
            raise ModelError(f"expected the CPU provider for {entry.name}, got {self._session.get_providers()}")
        self.provider: str = self._session.get_providers()[0]
        """What really runs it, as onnxruntime says."""
        self._input = self._session.get_inputs()[0].name

    def run(self, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run it on one input; returns its first output."""
        output: Any = self._session.run(None, {self._input: tensor})[0]
        return np.asarray(output, dtype=np.float32)
