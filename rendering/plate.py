"""Draws plates of every class: sizes, places and colours of characters, in millimetres of the real thing.

Vietnam: Circulars 79/2024 and 81/2024: 520 × 110 and 330 × 165 mm, motorcycles 190 × 140 mm.
China: GA 36-2018: 440 × 140, 440 × 220 in two rows, 480 × 140 new energy; cell 45 × 90, gap 12, 34 mm at the dot.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import cv2
import numpy as np

from contract.plate import CN_ARMED_POLICE_MARK, PlateColour, PlateCountry, PlateKind, parse
from rendering.fonts import Face, Faces, Image, Mask, product_faces
from rendering.layout import Layout, Style, layout_of

Quad = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
"""Top left, top right, bottom right, bottom left, in pixels."""
Bgr = tuple[int, int, int]

_BACKGROUND: dict[PlateColour, Bgr] = {
    PlateColour.WHITE: (232, 234, 235),
    PlateColour.YELLOW: (24, 176, 246),
    PlateColour.BLUE: (166, 66, 16),
    PlateColour.RED: (38, 30, 190),
    PlateColour.GREEN: (112, 190, 70),
    PlateColour.YELLOW_GREEN: (112, 190, 70),
    PlateColour.BLACK: (26, 24, 24),
    PlateColour.UNKNOWN: (232, 234, 235),
}
_AIRPORT_GREEN: Bgr = (88, 118, 26)
_WHITE, _BLACK, _RED = (240, 240, 240), (24, 22, 22), (40, 30, 190)
_WHITE_TEXT = frozenset({PlateColour.BLUE, PlateColour.RED, PlateColour.BLACK})
_OWN_LETTERING_SHARE = {PlateCountry.VN: 0.55, PlateCountry.CN: 0.6}
"""How often a random plate is in its country's lettering: the rest keep reading general."""
_FIRST_HANZI = 0x2E80
"""Code points above are Chinese characters: their fine strokes run together sooner when printed bold."""
_RED_MARKS = {PlateColour.WHITE: "警", PlateColour.BLACK: "使领"}


@dataclass(frozen=True, slots=True)
class PlateDesign:
    """What a plate says and of which class it is."""

    text: str
    country: PlateCountry
    kind: PlateKind
    colour: PlateColour
    lines: int


@dataclass(frozen=True, slots=True, eq=False)
class RenderedPlate:
    """A drawn plate: BGR picture, its shape (255 where the plate is) and every character's place in reading order."""

    image: Image
    mask: Mask
    char_boxes: tuple[tuple[str, Quad], ...]


def design_for(text: str, colour: PlateColour, lines: int) -> PlateDesign:
    """The likeliest class of a text on a plate of this colour and number of rows."""
    if lines not in (1, 2):
        raise ValueError(f"a plate has 1 or 2 lines, not {lines}")
    plates = parse(text, colour=colour, lines=lines) or parse(text)
    if not plates:
        return PlateDesign(text, PlateCountry.OTHER, PlateKind.OTHER, colour, lines)
    return PlateDesign(text, plates[0].country, plates[0].kind, colour, lines)


def draw_plate(
    design: PlateDesign, *, height_px: int, rng: random.Random | None = None, faces: Faces | None = None
) -> RenderedPlate:
    """Draw a plate, `height_px` high.

    Without `rng` always the same picture; with it the face, the colours, the sizes and the spacing vary as between
    makers of plates. Characters that no class has are drawn in the layout of the nearest class.

    Raises:
        FontsMissingError: the font packages are not installed.

    """
    faces = faces or product_faces()
    style = Style.varied(rng) if rng else Style()
    layout = layout_of(design.text, design.country, design.kind, design.lines, style)
    scale = height_px / layout.height_mm
    latin = _latin_face(design.country, faces, rng)
    hanzi = rng.choice(faces.hanzi) if rng else faces.hanzi[0]
    ink = _Ink(layout, scale, style)
    for cell in layout.cells:
        face = hanzi if ord(cell.character) > _FIRST_HANZI else latin
        ink.character(cell.character, face, (cell.x, cell.y, cell.width, cell.height), condensed=style.natural_width)
    for mark in layout.marks:
        ink.mark(mark.x, mark.y, mark.width, mark.height)
    if layout.border_mm:
        ink.border(layout.border_mm, layout.border_inset_mm)
    image = _background(design, layout, scale, rng)
    image = _inked(image, ink, design, rng)
    shape = _shape(image.shape[1], image.shape[0], round(layout.corner_mm * scale))
    return RenderedPlate(image, shape, tuple(ink.boxes))


def _latin_face(country: PlateCountry, faces: Faces, rng: random.Random | None) -> Face:
    if rng is None:
        return faces.latin[0]
    own = {PlateCountry.VN: faces.vietnamese, PlateCountry.CN: faces.chinese}.get(country, ())
    if own and rng.random() < _OWN_LETTERING_SHARE[country]:
        return rng.choice(own)
    return rng.choice(faces.latin)


class _Ink:
    """The places of a plate that are printed."""

    def __init__(self, layout: Layout, scale: float, style: Style) -> None:
        self.scale = scale
        self.weight = style.weight
        self.shape = (max(8, round(layout.height_mm * scale)), max(8, round(layout.width_mm * scale)))
        self.corner_mm = layout.corner_mm
        self.mask = np.zeros(self.shape, np.uint8)
        self.boxes: list[tuple[str, Quad]] = []

    def character(
        self, character: str, face: Face, cell: tuple[float, float, float, float], *, condensed: bool
    ) -> None:
        """Draw one character into its cell (mm), narrower where its shape is (`1`, `I`)."""
        x, y, width, height = (value * self.scale for value in cell)
        glyph = face.glyph(character)
        natural = glyph.shape[1] / glyph.shape[0] * height
        narrow = character in "1I" or (condensed and natural < width)
        drawn = min(width, max(natural, width * 0.22)) if narrow else width
        left, top = round(x + (width - drawn) / 2), round(y)
        right, bottom = max(left + 1, round(x + (width + drawn) / 2)), max(top + 1, round(y + height))
        weight = self.weight // 2 if self.weight > 0 and ord(character) > _FIRST_HANZI else self.weight
        if weight:
            size = np.ones((abs(weight), abs(weight)), np.uint8)
            glyph = np.asarray(cv2.dilate(glyph, size) if weight > 0 else cv2.erode(glyph, size), dtype=np.uint8)
        scaled = np.asarray(cv2.resize(glyph, (right - left, bottom - top), interpolation=cv2.INTER_AREA), np.uint8)
        self._put(scaled, left, top)
        self.boxes.append((character, _quad(x, y, x + width, y + height)))

    def mark(self, x: float, y: float, width: float, height: float) -> None:
        """Draw a dot or a dash (mm)."""
        left, top = round(x * self.scale), round(y * self.scale)
        right, bottom = round((x + width) * self.scale), round((y + height) * self.scale)
        if height >= width * 0.8:
            centre = ((left + right) // 2, (top + bottom) // 2)
            cv2.circle(self.mask, centre, max(1, (bottom - top) // 2), 255, -1, cv2.LINE_AA)
        else:
            cv2.rectangle(self.mask, (left, top), (max(left, right - 1), max(top, bottom - 1)), 255, -1)

    def border(self, width_mm: float, inset_mm: float) -> None:
        """Draw the line around the plate."""
        outer = _shape(self.shape[1], self.shape[0], round(self.corner_mm * self.scale), inset_mm * self.scale)
        inner = _shape(
            self.shape[1], self.shape[0], round(self.corner_mm * self.scale), (inset_mm + width_mm) * self.scale
        )
        self.mask = np.maximum(self.mask, cv2.subtract(outer, inner))

    def _put(self, glyph: Mask, left: int, top: int) -> None:
        y1, x1 = max(0, top), max(0, left)
        y2, x2 = min(self.shape[0], top + glyph.shape[0]), min(self.shape[1], left + glyph.shape[1])
        if y2 > y1 and x2 > x1:
            part = glyph[y1 - top : y2 - top, x1 - left : x2 - left]
            self.mask[y1:y2, x1:x2] = np.maximum(self.mask[y1:y2, x1:x2], part)


def _background(design: PlateDesign, layout: Layout, scale: float, rng: random.Random | None) -> Image:
    height, width = max(8, round(layout.height_mm * scale)), max(8, round(layout.width_mm * scale))
    airport = design.kind is PlateKind.CN_AIRPORT
    colour = _jittered(_AIRPORT_GREEN if airport else _BACKGROUND[design.colour], rng)
    image = np.empty((height, width, 3), np.uint8)
    image[:] = colour
    if design.kind is PlateKind.CN_NEV_SMALL:
        share = np.linspace(0.0, 1.0, height)[:, None, None]
        image[:] = (np.array(_WHITE) * (1 - share) + np.array(colour) * share).astype(np.uint8)
    if design.kind is PlateKind.CN_NEV_LARGE:
        image[:, : round(layout.block_mm * scale)] = _jittered(_BACKGROUND[PlateColour.YELLOW], rng)
    return image


def _inked(image: Image, ink: _Ink, design: PlateDesign, rng: random.Random | None) -> Image:
    base = _WHITE if design.colour in _WHITE_TEXT or design.kind is PlateKind.CN_AIRPORT else _BLACK
    if design.kind is PlateKind.VN_ZONE:
        base = _RED
    colours = np.empty_like(image)
    colours[:] = _jittered(base, rng)
    red = _RED_MARKS.get(design.colour, "")
    police = len(CN_ARMED_POLICE_MARK) if design.kind is PlateKind.CN_OTHER else 0
    for place, (character, quad) in enumerate(ink.boxes):
        if (
            place < police
            or (police and not character.isascii())
            or character in red
            or (design.kind is PlateKind.VN_DIPLOMATIC and character.isalpha())
        ):
            (x1, y1), _, (x2, y2), _ = quad
            colours[max(0, round(y1)) : round(y2) + 1, max(0, round(x1)) : round(x2) + 1] = _jittered(_RED, rng)
    share = ink.mask.astype(np.uint16)[:, :, None]
    return ((image * (255 - share) + colours * share) // 255).astype(np.uint8)


def _jittered(colour: Bgr, rng: random.Random | None) -> Bgr:
    if rng is None:
        return colour
    gain = rng.uniform(0.82, 1.12)
    blue, green, red = (int(min(255, max(0, value * gain + rng.uniform(-16, 16)))) for value in colour)
    return blue, green, red


def _shape(width: int, height: int, radius: int, inset: float = 0.0) -> Mask:
    """A rounded rectangle, `inset` pixels inside the picture."""
    mask = np.zeros((height, width), np.uint8)
    edge = round(inset)
    radius = max(0, min(radius - edge, (height - 2 * edge) // 2 - 1))
    left, top, right, bottom = edge, edge, width - 1 - edge, height - 1 - edge
    cv2.rectangle(mask, (left + radius, top), (right - radius, bottom), 255, -1)
    cv2.rectangle(mask, (left, top + radius), (right, bottom - radius), 255, -1)
    for x in (left + radius, right - radius):
        for y in (top + radius, bottom - radius):
            cv2.circle(mask, (x, y), radius, 255, -1)
    return mask


def _quad(x1: float, y1: float, x2: float, y2: float) -> Quad:
    return (x1, y1), (x2, y1), (x2, y2), (x1, y2)
