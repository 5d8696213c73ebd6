"""Opens models: the manifest says which file, its hash is checked, the execution provider is asserted."""

from __future__ import annotations

import hashlib
import importlib.util
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from contract.errors import ModelError

MODELS_DIR = Path(__file__).resolve().parents[2] / "models"


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """What `models/manifest.toml` says of one model."""

    name: str
    path: Path
    sha256: str
    version: str


def model_entry(name: str, models_dir: Path = MODELS_DIR) -> ModelEntry:
    """Look a model up in the manifest.

    A model's `file` lies in `models/`, or in the installed Python package that the entry names as `package`.

    Raises:
        ModelError: no such model, or its package is not installed.

    """
    manifest = models_dir / "manifest.toml"
    if not manifest.is_file():
        raise ModelError(f"{manifest} is missing; a checkout or an installed smart-gate has it")
    entries = tomllib.loads(manifest.read_text(encoding="utf-8"))["models"]
    if name not in entries:
        raise ModelError(f"no model {name!r} in {manifest}; it lists {', '.join(sorted(entries))}")
    entry = entries[name]
    folder = models_dir
    if "package" in entry:
        spec = importlib.util.find_spec(entry["package"])
        if spec is None or spec.origin is None:
            raise ModelError(
                f"model {name!r} comes with the package {entry['package']}, which is not installed; run make env"
            )
        folder = Path(spec.origin).parent
    return ModelEntry(name, folder / entry["file"], entry["sha256"], entry["version"])


class Model:
    """A loaded ONNX model with one input and one output used."""

    def __init__(self, name: str, *, threads: int = 1, models_dir: Path = MODELS_DIR) -> None:
        """Load the model `name`.

        Raises:
            ModelError: the file is missing or is not the one the manifest describes, or it does not run here.

        """
        self.entry = model_entry(name, models_dir)
        if not self.entry.path.is_file():
            raise ModelError(f"model file {self.entry.path} is missing; run make env")
        content = self.entry.path.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != self.entry.sha256:
            raise ModelError(
                f"{self.entry.path} is not the file that the manifest describes: expected sha256 {self.entry.sha256}, "
                f"got {found}; install smart-gate again, or correct the manifest if the change was meant"
            )
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        if self._session.get_providers()[0] != "CPUExecutionProvider":
            raise ModelError(f"expected the CPU provider for {name}, got {self._session.get_providers()}")
        self._input = self._session.get_inputs()[0].name

    def run(self, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run it on one input; returns its first output."""
        output: Any = self._session.run(None, {self._input: tensor})[0]
        return np.asarray(output, dtype=np.float32)

    def metadata(self, key: str) -> str:
        """A text that the model file carries.

        Raises:
            ModelError: it carries no such text.

        """
        values: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        if key not in values:
            raise ModelError(f"model {self.entry.name} carries no {key!r}; it has {', '.join(values) or 'nothing'}")
        return values[key]
