"""Font faces that plates are drawn with, from the packages that `make assets` installs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Canvas
from PIL import ImageDraw, ImageFont

Image = NDArray[np.uint8]
"""A picture, height × width × 3, blue-green-red, 0–255."""
Mask = NDArray[np.uint8]
"""Coverage of a drawn shape, 0–255."""

ROOT = Path(__file__).resolve().parents[1]
PACKAGE_DIRS = (ROOT / "node_modules", ROOT / "training" / "fonts" / "node_modules")
GLYPH_PX = 128
"""About how high glyphs are."""
_INK = 60
_STROKED = {"Đ": "D"}
"""Letters that Latin subsets lack, drawn as another letter with a bar."""


class FontsMissingError(RuntimeError):
    """The font packages are not installed."""


class Face(Protocol):
    """Something that draws single characters."""

    def glyph(self, character: str) -> Mask:
        """The character, cut to its ink, about 128 px high."""
        ...


@dataclass(frozen=True)
class FontFace:
    """One font file."""

    path: Path

    def glyph(self, character: str) -> Mask:
        """The character, cut to its ink, about 128 px high."""
        return _glyph(self.path, character)


@dataclass(frozen=True)
class Faces:
    """The faces a plate may be drawn with; the first of `latin` and `hanzi` is the default.

    `vietnamese` and `chinese` are in the lettering of those plates: a plate drawn at random takes one of its own
    country's about as often as a general one.
    """

    latin: Sequence[Face]
    hanzi: Sequence[Face]
    vietnamese: Sequence[Face] = ()
    chinese: Sequence[Face] = ()


def cut_to_ink(mask: Mask) -> Mask:
    """The part of a drawn character, not an empty one, that holds ink."""
    rows, columns = np.flatnonzero(mask.max(axis=1) > _INK), np.flatnonzero(mask.max(axis=0) > _INK)
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()


@lru_cache(maxsize=1)
def product_faces() -> Faces:
    """The few faces that the product installs.

    Raises:
        FontsMissingError: they are not installed.

    """
    return Faces(
        latin=[
            FontFace(_file("barlow-condensed", "latin-600-normal")),
            FontFace(_file("barlow-condensed", "latin-500-normal")),
            FontFace(_file("saira-condensed", "latin-500-normal")),
            FontFace(_file("saira-condensed", "latin-600-normal")),
        ],
        hanzi=[FontFace(_file("noto-sans-sc", f"chinese-simplified-{weight}-normal")) for weight in (500, 700)],
    )


def _file(package: str, variant: str) -> Path:
    for folder in PACKAGE_DIRS:
        path = folder / "@fontsource" / package / "files" / f"{package}-{variant}.woff2"
        if path.is_file():
            return path
    raise FontsMissingError(
        f"the font {package} ({variant}) is not installed; expected it under "
        f"{' or '.join(str(folder) for folder in PACKAGE_DIRS)}; run make assets"
    )


@lru_cache(maxsize=8)
def _font(path: Path) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), GLYPH_PX)


@lru_cache(maxsize=8192)
def _glyph(path: Path, character: str) -> Mask:
    font = _font(path)
    drawn = _STROKED.get(character, character)
    left, top, right, bottom = font.getbbox(drawn)
    size = (int(right - left) + 8, int(bottom - top) + 8)
    canvas = Canvas.new("L", size, 0)
    ImageDraw.Draw(canvas).text((4 - left, 4 - top), drawn, font=font, fill=255)
    mask = np.asarray(canvas, dtype=np.uint8)
    if mask.max() <= _INK:
        raise ValueError(f"the font {path.name} has no {character!r}")
    mask = cut_to_ink(mask)
    if character in _STROKED:
        height, width = mask.shape
        mask[int(height * 0.46) : int(height * 0.56), : int(width * 0.5)] = 255
    return mask
