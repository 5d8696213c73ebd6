"""The peer as a reader of pictures, as the bench measures them."""

from __future__ import annotations

from bench.ppocr.package import text_reader, text_rows
from bench.ppocr.row_reader import RowReader
from bench.ppocr.rows import TextRowDetector
from edge.lpr.engine import PlateReader, versions_of
from edge.lpr.settings import LprSettings

_LEAST_CONFIDENCE = 0.25
"""The peer's confidences are its own, not made true by what our models are measured with."""


def open_ppocr(settings: LprSettings) -> PlateReader:
    """PP-OCRv6 small: any text is looked for, then the plates among it.

    Raises:
        ModelError: the package that carries the models is not installed, or carries other ones.

    """
    settings = settings.model_copy(update={"min_plate_confidence": _LEAST_CONFIDENCE})
    rows, text = text_rows(threads=settings.threads), text_reader(threads=settings.threads)
    return PlateReader(TextRowDetector(rows), RowReader(text), settings, versions_of(rows, text))
