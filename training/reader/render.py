"""Made-up plates as the reader sees them. Everything follows from the seed.

    python -m training.reader.render --out runs/rendered --shards 40 [--pictures FOLDER …]

writes shards of 4,096 samples (about 250 a second on one core); numbers beyond --keep replace the oldest.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from contract.plate import (
    ALPHABET,
    CN_OFFICIAL_LETTER,
    PlateColour,
    PlateCountry,
    PlateKind,
    plausible_colours,
    random_plate,
)
from contract.plate import parse as parse_plate
from edge.lpr.preprocess import straighten
from edge.lpr.types import Corners as EdgeCorners
from rendering import effects
from rendering.effects import Corners
from rendering.fonts import Faces, Image
from rendering.plate import PlateDesign, RenderedPlate, draw_plate
from training.faces import training_faces
from training.reader.targets import COLOURS, COUNTRIES, HEIGHT, WIDTH, Sample, encode, frames_of
from training.shards import Samples, write

SHARD = 4096
_PICTURES = frozenset({".jpg", ".jpeg", ".png"})
_K, _C = PlateKind, PlateColour
_MIX: tuple[tuple[float, PlateKind, tuple[PlateColour, ...], tuple[int, ...]], ...] = (
    (14, _K.VN_CIVIL, (_C.WHITE, _C.WHITE, _C.YELLOW, _C.BLUE), (1, 2)),
    (4, _K.VN_TRAILER, (_C.WHITE, _C.YELLOW), (2, 2, 1)),
    (3, _K.VN_SPECIAL, (_C.WHITE, _C.BLUE, _C.YELLOW), (1, 2)),
    (1, _K.VN_ZONE, (_C.YELLOW,), (1, 2)),
    (1, _K.VN_MACHINE, (_C.WHITE,), (2,)),
    (1, _K.VN_TEMPORARY, (_C.WHITE,), (1, 2)),
    (1, _K.VN_DIPLOMATIC, (_C.WHITE,), (1, 2)),
    (4, _K.VN_MILITARY, (_C.RED,), (1, 1, 2)),
    (9, _K.VN_MOTORCYCLE, (_C.WHITE, _C.WHITE, _C.WHITE, _C.BLUE, _C.YELLOW), (2,)),
    (22, _K.CN_ORDINARY, (_C.BLUE, _C.YELLOW), (1,)),
    (9, _K.CN_ORDINARY, (_C.YELLOW,), (2,)),
    (5, _K.CN_TRAILER, (_C.YELLOW,), (2,)),
    (13, _K.CN_SUFFIX, (_C.BLACK, _C.WHITE, _C.YELLOW, _C.BLUE), (1,)),
    (3, _K.CN_EMBASSY, (_C.BLACK,), (1,)),
    (4, _K.CN_AIRPORT, (_C.GREEN,), (1,)),
    (5, _K.CN_NEV_SMALL, (_C.GREEN,), (1,)),
    (5, _K.CN_NEV_LARGE, (_C.YELLOW_GREEN,), (1,)),
    (2, _K.CN_OTHER, (_C.WHITE,), (1, 1, 1, 2)),
    (5, _K.OTHER, (_C.WHITE, _C.YELLOW, _C.BLUE, _C.BLACK), (1, 2)),
)
"""Weight, kind, colours, rows. `OTHER`: any characters in any order, so that reading stays looking."""
_SUFFIX_COLOUR = {"警": _C.WHITE, "学": _C.YELLOW, "港": _C.BLACK, "澳": _C.BLACK, "领": _C.BLACK}
_EMPTY_SHARE = 0.03
_GUANGXI_SHARE = 0.12
_HONG_KONG_SHARE = 0.35
"""Of plates with a mark at the end: lorries of Hong Kong and Macao, 粤Z …港 and 粤Z …澳."""
_TRIAL_SHARE = 0.2
"""Of the same: marks for trial, over-size and consular vehicles; without colour 试 looks much like 澳."""
_Q_SHARE = 0.06
"""Chinese plates that get a Q in place of another character; it is rare, and differs from 0 by one stroke."""
_COVERED_SHARE = 0.08
"""Plates of one row that something covers up to nearly half from below."""
_OFFICIAL_SHARE = 0.03
"""Ordinary Chinese plates with the agency letter O, of police cars and authorities from before the standard."""
_PAIR_SHARE, _HONG_KONG_PAIR_SHARE = 0.04, 0.5
"""Plates with another close above or below, as lorries of Hong Kong have it beside that of Guangdong."""
_SMALLEST_ROW_PX, _LARGEST_ROW_PX = 6.0, 42.0
_LEGIBLE_ROW_PX = 7.0


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A plate in a small picture: its corners and where its characters are."""

    image: Image
    corners: Corners
    characters: tuple[tuple[str, NDArray[np.float32], int], ...]


class Renderer:
    """Draws samples for the reader."""

    def __init__(self, seed: int, backgrounds: list[Image], faces: Faces | None = None) -> None:
        self.rng = random.Random(seed)
        self.backgrounds = backgrounds
        self.faces = faces or training_faces()

    def sample(self) -> Sample:
        """One sample: usually a plate, sometimes none."""
        rng = self.rng
        if self.backgrounds and rng.random() < _EMPTY_SHARE:
            patch = self._background(rng.randint(40, 200), rng.randint(20, 90))
            return _sample(straighten(patch, _whole(patch), WIDTH, HEIGHT), "", [], None, legible=False)
        design = random_design(rng)
        row_px = float(np.exp(rng.uniform(np.log(_SMALLEST_ROW_PX), np.log(_LARGEST_ROW_PX))))
        shot = self.shoot(design, row_px)
        image = effects.flash(shot.image, rng, rng.uniform(0.2, 1.0)) if _flashed(design, rng) else shot.image
        if rng.random() < 0.08:
            image = effects.cut_off(image, shot.corners, rng)
        image, blur_px = camera(image, rng, row_px)
        corners = crop_corners(shot.corners, image, rng)
        straight = straighten(image, _as_corners(corners), WIDTH, HEIGHT)
        warp = cv2.getPerspectiveTransform(corners, _target())
        characters = []
        for character, quad, row in shot.characters:
            seen = effects.moved(quad, warp)
            characters.append((character, float(seen[:, 0].mean()), float(np.ptp(seen[:, 0])), row))
        legible = row_px >= _LEGIBLE_ROW_PX and blur_px < row_px * 0.22
        return _sample(straight, design.text, characters, design, legible=legible)

    def shoot(self, design: PlateDesign, row_px: float) -> Shot:
        """Draw the plate, age it, and hang it in front of something, with rows about `row_px` high."""
        rng = self.rng
        rows_per_plate = 2.4 if design.lines == 2 else 1.55
        height = row_px * rows_per_plate
        plate = draw_plate(design, height_px=max(44, round(height * 1.2)), rng=rng, faces=self.faces)
        surface = age(plate.image, rng)
        if design.lines == 1 and rng.random() < _COVERED_SHARE:
            surface = effects.covered(surface, rng, rng.uniform(0.2, 0.45))
        width = height * plate.image.shape[1] / plate.image.shape[0]
        margin_x, margin_y = width * rng.uniform(0.1, 0.5), height * rng.uniform(0.25, 0.8)
        shape = (round(height + 2 * margin_y), round(width + 2 * margin_x))
        corners = _hung(width, height, design, rng) + np.array([shape[1] / 2, shape[0] / 2], np.float32)
        background = self._background(shape[1], shape[0])
        pairs = _HONG_KONG_PAIR_SHARE if design.text[-1:] in "港澳" else _PAIR_SHARE
        if rng.random() < pairs:
            background = self._with_neighbour(background, corners)
        image = effects.place(background, surface, plate.mask, corners)
        warp = effects.warp_to(plate.image.shape[1], plate.image.shape[0], corners)
        return Shot(image, corners, tuple(_characters(plate, design, warp)))

    def _with_neighbour(self, background: Image, corners: Corners) -> Image:
        """Another plate right above or below those corners, as wide or nearly."""
        rng = self.rng
        neighbour = _hong_kong(rng) if rng.random() < 0.7 else random_design(rng)
        plate = draw_plate(neighbour, height_px=60 * neighbour.lines, rng=rng, faces=self.faces)
        down = (corners[3] + corners[2] - corners[0] - corners[1]) / 2
        across = (corners[1] + corners[2] - corners[0] - corners[3]) / 2
        width = across * rng.uniform(0.8, 1.1)
        height = down / np.hypot(*down) * np.hypot(*width) * plate.image.shape[0] / plate.image.shape[1]
        apart = (down + height) / 2 * rng.uniform(1.0, 1.12)
        middle = corners.mean(axis=0) + (apart if rng.random() < 0.5 else -apart) + across * rng.uniform(-0.08, 0.08)
        around = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) / 2
        place = middle + around[:, :1] * width + around[:, 1:] * height
        return effects.place(background, age(plate.image, rng), plate.mask, np.asarray(place, np.float32))

    def _background(self, width: int, height: int) -> Image:
        rng = self.rng
        if self.backgrounds and rng.random() < 0.75:
            picture = rng.choice(self.backgrounds)
            rows, columns = picture.shape[:2]
            scale = max(width / columns, height / rows, rng.uniform(0.1, 1.0))
            cut_w, cut_h = int(width / scale), int(height / scale)
            x, y = rng.randint(0, columns - cut_w), rng.randint(0, rows - cut_h)
            cut = picture[y : y + max(1, cut_h), x : x + max(1, cut_w)]
            return np.asarray(cv2.resize(cut, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
        flat = np.empty((height, width, 3), np.uint8)
        flat[:] = [rng.randint(0, 255) for _ in range(3)]
        return effects.shade(effects.noise(flat, rng, 0.5), rng, 0.5)


def random_design(rng: random.Random) -> PlateDesign:
    """A made-up plate in the mix that training wants."""
    _, kind, colours, rows = rng.choices(_MIX, weights=[entry[0] for entry in _MIX])[0]
    lines = rng.choice(rows)
    if kind is PlateKind.OTHER:
        text = "".join(rng.choice(ALPHABET[:37]) for _ in range(rng.randint(5, 9)))
        return PlateDesign(text, PlateCountry.OTHER, PlateKind.OTHER, rng.choice(colours), lines)
    text = random_plate(rng, kind)
    if kind is PlateKind.VN_MOTORCYCLE and rng.random() < 0.3:
        text = text[:-1]  # older motorcycles have four digits
    if kind is PlateKind.CN_SUFFIX:
        drawn = rng.random()
        if drawn < _HONG_KONG_SHARE:
            text = "粤Z" + text[2:-1] + rng.choice("港港澳")
        elif drawn < _HONG_KONG_SHARE + _TRIAL_SHARE:
            text = text[:-1] + rng.choice("试试超领")
    elif text[0] in ALPHABET[37:68] and rng.random() < _GUANGXI_SHARE:
        text = "桂" + text[1:]
    if kind in (PlateKind.CN_ORDINARY, PlateKind.CN_TRAILER) and rng.random() < _Q_SHARE:
        place = rng.randint(1, 5)
        text = text[:place] + "Q" + text[place + 1 :]
    if kind is PlateKind.CN_ORDINARY and rng.random() < _OFFICIAL_SHARE:
        text = text[0] + CN_OFFICIAL_LETTER + text[2:]
    colour = _SUFFIX_COLOUR.get(text[-1]) or rng.choice(colours)
    plates = [plate for plate in parse_plate(text) if plate.kind is kind]
    country = PlateCountry.CN if kind.value.startswith("cn") else PlateCountry.VN
    if plates and colour not in plausible_colours(plates[0]):
        colour = rng.choice(sorted(plausible_colours(plates[0]) & set(colours)) or [colour])
    return PlateDesign(text, country, kind, colour, lines)


def _hong_kong(rng: random.Random) -> PlateDesign:
    """Two letters and a number, white in front, yellow behind."""
    text = "".join(rng.choices(ALPHABET[10:36], k=2)) + str(rng.randint(1, 9999))
    colour = rng.choice((PlateColour.WHITE, PlateColour.YELLOW))
    return PlateDesign(text, PlateCountry.OTHER, PlateKind.OTHER, colour, 1)


def age(plate: Image, rng: random.Random) -> Image:
    """What years on a road do to a plate."""
    if rng.random() < 0.5:
        plate = effects.screws(plate, rng)
    if rng.random() < 0.35:
        plate = effects.dirt(plate, rng, rng.uniform(0.1, 0.8))
    if rng.random() < 0.3:
        plate = effects.worn(plate, rng, rng.uniform(0.1, 0.6))
    if rng.random() < 0.3:
        plate = effects.shade(plate, rng, rng.uniform(0.1, 0.75))
    if rng.random() < 0.12:
        plate = effects.glare(plate, rng, rng.uniform(0.2, 0.8))
    if rng.random() < 0.07:
        plate = effects.covered(plate, rng, rng.uniform(0.05, 0.3))
    return plate


def _flashed(design: PlateDesign, rng: random.Random) -> bool:
    return rng.random() < (0.3 if design.colour is PlateColour.YELLOW else 0.18)


def camera(image: Image, rng: random.Random, row_px: float) -> tuple[Image, float]:
    """What the camera makes of it, and about how far (in pixels) it blurs."""
    blur_px = 0.0
    if rng.random() < 0.12:  # before the light: infrared and dusk show the streaks as they show the plate
        image = effects.rain(image, rng, rng.uniform(0.2, 1.0))
    if rng.random() < 0.2:
        image = effects.infrared(image, rng)
    elif rng.random() < 0.06:
        image = effects.grey(image)
    if rng.random() < 0.7:
        image = effects.light(image, rng, rng.uniform(0.1, 1.0))
    if rng.random() < 0.14:
        image = effects.dusk(image, rng, rng.uniform(0.4, 1.0))
    if rng.random() < 0.08:
        image = effects.fog(image, rng, rng.uniform(0.1, 0.6))
    if rng.random() < 0.6:
        radius = row_px * rng.uniform(0.02, 0.12) * rng.uniform(0.3, 1.0)
        image, blur_px = effects.defocus(image, radius), radius
    if rng.random() < 0.2:
        length = row_px * rng.uniform(0.05, 0.4)
        image, blur_px = effects.motion(image, rng, length), max(blur_px, length / 3)
    if rng.random() < 0.45:
        image = effects.noise(image, rng, 0.8 * rng.random() ** 2)
    if rng.random() < 0.2:
        image = effects.sharpened(image, rng, rng.random())
    if rng.random() < 0.5:
        image = effects.jpeg(image, rng.randint(15, 90))
    return image, blur_px


def crop_corners(corners: Corners, image: Image, rng: random.Random) -> Corners:
    """The corners a detector would give: near the true ones, or an upright box around them."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    size = high - low
    if rng.random() < 0.5:
        jitter = effects.noise_source(rng).standard_normal((4, 2)) * size * rng.choice((0.01, 0.03, 0.05))
        outward = np.sign(corners - corners.mean(axis=0)) * size * rng.uniform(-0.01, 0.06)
        return np.asarray(corners + jitter + outward, np.float32)
    margins = np.array([rng.uniform(-0.03, 0.1) for _ in range(4)]).reshape(2, 2)
    limit = np.array([image.shape[1], image.shape[0]])
    left, top = np.maximum(0, low - size * margins[0])
    right, bottom = np.minimum(limit, high + size * margins[1])
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


def _hung(width: float, height: float, design: PlateDesign, rng: random.Random) -> Corners:
    """Corners around (0, 0) after roll, yaw and pitch."""
    steep = design.kind is PlateKind.VN_MOTORCYCLE or rng.random() < 0.25
    roll = np.radians(rng.gauss(0, 12 if steep else 4))
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * (width / 2, height / 2)
    yaw, pitch = rng.gauss(0, 0.12), rng.gauss(0, 0.08)
    depth = 1 + corners[:, 0] / width * yaw + corners[:, 1] / height * pitch
    corners = corners / depth[:, None]
    corners[:, 0] *= 1 - min(0.5, abs(rng.gauss(0, 0.18 if steep else 0.1)))
    corners[:, 0] += corners[:, 1] * rng.gauss(0, 0.12)
    turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]], np.float32)
    return np.asarray(corners @ turn, np.float32)


def _characters(
    plate: RenderedPlate, design: PlateDesign, warp: NDArray[np.float64]
) -> list[tuple[str, NDArray[np.float32], int]]:
    middle = plate.image.shape[0] / 2
    found = []
    for character, quad in plate.char_boxes:
        points = np.array(quad, np.float32)
        row = 1 if design.lines == 2 and points[:, 1].mean() > middle else 0
        found.append((character, effects.moved(points, warp), row))
    return found


def _sample(
    image: Image,
    text: str,
    characters: list[tuple[str, float, float, int]],
    design: PlateDesign | None,
    *,
    legible: bool,
) -> Sample:
    return Sample(
        image=image,
        text=text,
        frames=frames_of(characters),
        country=COUNTRIES.index(design.country) if design else -1,
        colour=COLOURS.index(design.colour) if design else -1,
        lines=design.lines - 1 if design else -1,
        legible=int(legible),
    )


def _target() -> Corners:
    return np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)


def _whole(image: Image) -> EdgeCorners:
    height, width = image.shape[:2]
    return ((0, 0), (width, 0), (width, height), (0, height))


def _as_corners(corners: Corners) -> EdgeCorners:
    return tuple((float(x), float(y)) for x, y in corners)  # type: ignore[return-value]  # four corners in, four out


def load_backgrounds(folders: list[Path], limit: int, seed: int) -> list[Image]:
    """Up to `limit` pictures under `folders`, scaled to 480 px, to hang plates in front of."""
    paths = sorted(
        path for folder in folders for path in folder.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png"}
    )
    random.Random(seed).shuffle(paths)
    found = []
    for path in paths[:limit]:
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is not None and min(image.shape[:2]) >= 120:
            scale = 480 / max(image.shape[:2])
            found.append(
                np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
            )
    return found


def as_arrays(samples: list[Sample]) -> Samples:
    """Samples as the arrays of a shard."""
    return {
        "images": np.stack([sample.image for sample in samples]),
        "texts": np.stack([encode(sample.text) for sample in samples]),
        "frames": np.stack([sample.frames for sample in samples]),
        "facts": np.array([(s.country, s.colour, s.lines, s.legible) for s in samples], np.int8),
    }


def main() -> None:
    """Write shards until there are enough."""
    options = argparse.ArgumentParser(description="render plates for the reader")
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--shards", type=int, default=40)
    options.add_argument("--keep", type=int, default=120, help="at most so many files; older ones are replaced")
    options.add_argument("--pictures", type=Path, nargs="*", default=[], help="folders of backgrounds")
    options.add_argument("--seed", type=int, default=1)
    arguments = options.parse_args()
    cv2.setNumThreads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    backgrounds = load_backgrounds(arguments.pictures, 900, arguments.seed)
    for number in track(range(arguments.shards), "rendering", console=Console(stderr=True)):
        renderer = Renderer(arguments.seed * 100_000 + number, backgrounds)
        samples = [renderer.sample() for _ in range(SHARD)]
        write(arguments.out / f"{arguments.seed}-{number % arguments.keep:05d}.npz", as_arrays(samples))


if __name__ == "__main__":
    main()
