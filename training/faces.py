"""The many faces that training draws plates with (`npm ci` in `training/fonts`)."""

from __future__ import annotations

from functools import lru_cache

from contract.plate import ALPHABET
from rendering.fonts import PACKAGE_DIRS, Faces, FontFace, FontsMissingError

_HANZI_PACKAGES = ("noto-sans-sc", "noto-serif-sc", "zcool-qingke-huangyou", "zcool-xiaowei")
_WEIGHTS = (400, 500, 600, 700)
_HANZI_WEIGHTS = (400, 500, 600, 700, 900)


@lru_cache(maxsize=1)
def training_faces() -> Faces:
    """Every installed face that has all characters of plates.

    Raises:
        FontsMissingError: too few are installed.

    """
    packages = [path for folder in PACKAGE_DIRS for path in sorted((folder / "@fontsource").glob("*"))]
    latin, hanzi = [], []
    for package in packages:
        for weight in _WEIGHTS:
            path = package / "files" / f"{package.name}-latin-{weight}-normal.woff2"
            if path.is_file() and package.name not in _HANZI_PACKAGES:
                latin.append(FontFace(path))
        for weight in _HANZI_WEIGHTS:
            path = package / "files" / f"{package.name}-chinese-simplified-{weight}-normal.woff2"
            if path.is_file() and package.name in _HANZI_PACKAGES:
                hanzi.append(FontFace(path))
    if len(latin) < 10 or len(hanzi) < 3:
        raise FontsMissingError("too few faces for training; run `npm ci` in training/fonts")
    return Faces(latin=latin, hanzi=[face for face in hanzi if _complete(face)])


def _complete(face: FontFace) -> bool:
    try:
        return all(face.glyph(character).size for character in ALPHABET if ord(character) > 0x2E80)
    except ValueError:
        return False
