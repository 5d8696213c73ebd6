"""The many faces that training draws plates with.

`npm ci` in `training/fonts`; on Debian also, where they are installed, `fonts-wqy-zenhei fonts-wqy-microhei
fonts-arphic-uming fonts-arphic-ukai`.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from contract.plate import ALPHABET
from rendering.fonts import PACKAGE_DIRS, Faces, FontFace, FontsMissingError
from rendering.plate_faces import Cap, Lettering, PlateFace

_HANZI_PACKAGES = ("noto-sans-sc", "noto-serif-sc", "zcool-qingke-huangyou", "zcool-xiaowei")
_DEBIAN_HANZI = tuple(
    Path("/usr/share/fonts/truetype") / name
    for name in 2 * ("wqy/wqy-zenhei.ttc", "wqy/wqy-microhei.ttc") + ("arphic/uming.ttc", "arphic/ukai.ttc")
)
_WEIGHTS = (400, 500, 600, 700)
_HANZI_WEIGHTS = {"noto-serif-sc": (500, 700)}
_ALL_HANZI_WEIGHTS = (400, 500, 600, 700, 900)
"""Plates are lettered without serifs, so faces with them are few."""
_VIETNAMESE = tuple(
    PlateFace(Lettering.VIETNAM, stroke, roundness, cap, aspect)
    for stroke in (0.8, 0.95, 1.1, 1.3)
    for roundness, cap, aspect in ((1.0, Cap.SQUARE, 0.5), (1.0, Cap.ROUND, 0.56), (0.75, Cap.SQUARE, 0.6))
)
_CHINESE = (
    *(PlateFace(Lettering.CHINA, stroke, 1.0, cap) for stroke in (0.85, 1.0, 1.2) for cap in Cap),
    PlateFace(Lettering.CHINA_NEW_ENERGY, 0.9),
    PlateFace(Lettering.CHINA_NEW_ENERGY, 1.15, cap=Cap.ROUND),
)


@lru_cache(maxsize=1)
def training_faces() -> Faces:
    """Every installed face that has all characters of plates, and makers' versions of the plates' own lettering.

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
        for weight in _HANZI_WEIGHTS.get(package.name, _ALL_HANZI_WEIGHTS):
            path = package / "files" / f"{package.name}-chinese-simplified-{weight}-normal.woff2"
            if path.is_file() and package.name in _HANZI_PACKAGES:
                hanzi.append(FontFace(path))
    if len(latin) < 10 or len(hanzi) < 3:
        raise FontsMissingError("too few faces for training; run `npm ci` in training/fonts")
    hanzi += [FontFace(path) for path in _DEBIAN_HANZI if path.is_file()]
    complete = [face for face in hanzi if _complete(face)]
    return Faces(latin=latin, hanzi=complete, vietnamese=_VIETNAMESE, chinese=_CHINESE)


def _complete(face: FontFace) -> bool:
    try:
        return all(face.glyph(character).size for character in ALPHABET if ord(character) > 0x2E80)
    except ValueError:
        return False
