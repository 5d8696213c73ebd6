"""Our own reader on made-up plates, and the guard around model files."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from contract.errors import ModelError
from contract.plate import PlateColour, PlateKind, random_plate
from edge.lpr.plate_text import PlateTextReader
from edge.lpr.preprocess import whole_picture
from edge.lpr.runtime import MODELS_DIR, Model, model_entry
from rendering.fonts import FontsMissingError, product_faces
from rendering.plate import design_for, draw_plate

try:
    product_faces()
    _HAS_FONTS = True
except FontsMissingError:
    _HAS_FONTS = False
_PLATES = [
    (PlateKind.VN_CIVIL, PlateColour.YELLOW, 1),
    (PlateKind.VN_CIVIL, PlateColour.WHITE, 2),
    (PlateKind.VN_TRAILER, PlateColour.WHITE, 2),
    (PlateKind.VN_MILITARY, PlateColour.RED, 1),
    (PlateKind.CN_ORDINARY, PlateColour.BLUE, 1),
    (PlateKind.CN_ORDINARY, PlateColour.YELLOW, 2),
    (PlateKind.CN_TRAILER, PlateColour.YELLOW, 2),
    (PlateKind.CN_NEV_LARGE, PlateColour.YELLOW_GREEN, 1),
    (PlateKind.CN_NEV_SMALL, PlateColour.GREEN, 1),
]


@pytest.mark.skipif(not _HAS_FONTS, reason="the font packages are not installed (make assets)")
def test_clean_plates_are_read_exactly() -> None:
    """Five clean made-up plates of each of nine classes are read, every character."""
    reader = PlateTextReader(Model(model_entry("plate_reader")))
    rng = random.Random(11)
    misread = []
    for kind, colour, lines in _PLATES * 5:
        text = random_plate(rng, kind)
        image = draw_plate(design_for(text, colour, lines), height_px=60 * lines).image
        read = reader.read(image, whole_picture(image))
        if read is None or read.text != text:
            misread.append((text, read.text if read else None))
    assert misread == []


def test_a_changed_model_file_is_refused(tmp_path: Path) -> None:
    """One changed byte, and the runtime names both hashes instead of loading it."""
    entry = model_entry("plate_reader")
    content = bytearray(entry.path.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / entry.path.name).write_bytes(content)
    (tmp_path / "manifest.toml").write_text(
        (MODELS_DIR / "manifest.toml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    with pytest.raises(ModelError, match=entry.sha256):
        Model(model_entry("plate_reader", tmp_path))
