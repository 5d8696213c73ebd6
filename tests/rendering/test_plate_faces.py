"""Faces in the lettering of plates."""

from __future__ import annotations

import random

import cv2
import numpy as np
import pytest

from contract.plate import ALPHABET, PlateColour, PlateCountry, PlateKind
from rendering.fonts import Faces, Mask
from rendering.plate import PlateDesign, RenderedPlate, draw_plate
from rendering.plate_faces import Cap, Lettering, PlateFace

_LATIN = [character for character in ALPHABET if ord(character) < 0x2E80]
_LOOK_ALIKES = [
    "Q0",
    "2Z",
    "8B",
    "5S",
    "17",
    "1T",
    "7T",
    "4A",
    "4L",
    "MN",
    "MH",
    "NH",
    "6G",
    "6C",
    "GC",
    "D0",
    "UV",
    "XK",
]
_FACES = [
    PlateFace(lettering, stroke, roundness, cap, aspect)
    for lettering in Lettering
    for stroke, roundness, aspect in ((0.6, 0.6, 0.44), (1.0, 1.0, 0.5), (1.4, 1.2, 0.62))
    for cap in Cap
]
_FACES_IDS = [f"{face.lettering.value}-{face.stroke}-{face.cap.value}" for face in _FACES]


class _Solid:
    """A face whose characters are all solid blocks."""

    def glyph(self, character: str) -> Mask:
        return np.full((128, 64), 255, np.uint8)


def _difference(face: PlateFace, pair: str) -> float:
    """How much of the cell differs between two characters, as a plate would show them."""
    cells = [cv2.resize(face.glyph(character), (40, 80), interpolation=cv2.INTER_AREA) for character in pair]
    return float(np.abs(cells[0].astype(float) - cells[1]).mean() / 255)


@pytest.mark.parametrize("face", _FACES, ids=_FACES_IDS)
def test_every_latin_letter_and_digit_of_plates_is_drawn(face: PlateFace) -> None:
    """From the thinnest to the boldest, every character is as high as the others and neither empty nor a block."""
    for character in _LATIN:
        glyph = face.glyph(character)
        assert 124 <= glyph.shape[0] <= 128, character
        assert glyph.shape[1] <= 128 * face.aspect + 1, character
        assert character in "1I" or 0.1 < glyph.mean() / 255 < 0.92, character


@pytest.mark.parametrize("lettering", Lettering)
@pytest.mark.parametrize("pair", _LOOK_ALIKES)
def test_look_alikes_differ(lettering: Lettering, pair: str) -> None:
    """Characters that readers mix up are not nearly the same drawing."""
    assert _difference(PlateFace(lettering), pair) > 0.025


def test_letterings_keep_their_marks() -> None:
    """The Chinese 1 is a bare bar, the others have a flag; the Vietnamese 4 is open at its top, the Chinese closed."""
    vietnam, china, energy = (PlateFace(lettering) for lettering in Lettering)
    assert china.glyph("1").mean() > 230
    assert max(vietnam.glyph("1").mean(), energy.glyph("1").mean()) < 180
    above_the_stem = [face.glyph("4")[16:32, 40:48].mean() for face in (vietnam, china)]
    assert above_the_stem[0] < 20
    assert above_the_stem[1] > 200


@pytest.mark.parametrize("lettering", Lettering)
def test_wider_strokes_hold_more_ink(lettering: Lettering) -> None:
    """`stroke` makes characters bolder without making them larger."""
    thin, bold = PlateFace(lettering, stroke=0.6).glyph("8"), PlateFace(lettering, stroke=1.4).glyph("8")
    assert thin.shape == bold.shape
    assert thin.mean() < bold.mean() * 0.7


def test_a_lettering_without_the_character_says_so() -> None:
    """Chinese characters come from fonts."""
    with pytest.raises(ValueError, match="china has no '桂'"):
        PlateFace(Lettering.CHINA).glyph("桂")


def _drawn(country: PlateCountry, seed: int, faces: Faces) -> RenderedPlate:
    design = PlateDesign("29C12345", country, PlateKind.VN_CIVIL, PlateColour.WHITE, 1)
    return draw_plate(design, height_px=60, rng=random.Random(seed), faces=faces)


def test_plates_are_often_but_not_always_in_their_own_lettering() -> None:
    """Of many plates some are in the country's lettering, some general; other countries' are always general."""
    general = Faces(latin=[_Solid()], hanzi=[_Solid()])
    own = Faces(latin=[_Solid()], hanzi=[_Solid()], vietnamese=[PlateFace(Lettering.VIETNAM)])

    def ink(country: PlateCountry, faces: Faces) -> list[int]:
        return [round(float(_drawn(country, seed, faces).image.mean())) for seed in range(40)]

    at_home = [a != b for a, b in zip(ink(PlateCountry.VN, own), ink(PlateCountry.VN, general), strict=True)]
    assert 10 < sum(at_home) < 40
    assert ink(PlateCountry.OTHER, own) == ink(PlateCountry.OTHER, general)


def test_the_same_seed_draws_the_same_plate() -> None:
    """Choosing a lettering follows from the seed like everything else."""
    faces = Faces(latin=[_Solid()], hanzi=[_Solid()], vietnamese=[PlateFace(Lettering.VIETNAM, cap=cap) for cap in Cap])
    first, second = (_drawn(PlateCountry.VN, 5, faces) for _ in range(2))
    assert np.array_equal(first.image, second.image)
