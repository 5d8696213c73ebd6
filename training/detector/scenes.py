"""Pictures for the detector: real ones with boxes, real ones with a made-up plate hung in, drawn fronts, negatives.

    python -m training.detector.scenes --data FOLDER --out runs/scenes --shards 20

writes shards of 512 pictures of 320 × 320 (about 60 pictures a second on one core). Without `--data` only drawn fronts.
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

from contract.plate import PlateColour, PlateCountry, PlateKind
from rendering import effects
from rendering.fonts import Faces, Image
from rendering.plate import PlateDesign, draw_plate
from training.detector.drawn import add_signs, draw_front
from training.detector.targets import BOX_ONLY, CORNERS_KNOWN, IGNORED, MAX_PLATES, SIDE, Labelled, pack
from training.faces import training_faces
from training.reader.render import age, random_design
from training.real_pictures import Row, load_rows
from training.shards import write

SHARD = 512
_NO_PLATES = frozenset({"negative", "container_text"})
_NARROWEST_PX, _WIDEST_PX = 12.0, 310.0
_SMALLEST_LABEL_PX = 8.0
_LONGEST_SIDE_PX = 800
_PAIR_SHARE = 0.06
"""Made-up plates that are a pair, as on lorries of Hong Kong and Macao."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A real picture, still encoded, and its plates."""

    content: bytes
    plates: tuple[Labelled, ...]
    collection: str

    def open(self) -> Image:
        """Decode it."""
        return np.asarray(cv2.imdecode(np.frombuffer(self.content, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def real_pictures(data: Path, *, held_out: bool, permissive_only: bool = False) -> list[Picture]:
    """Pictures with boxes, and negatives. Copies of held-out pictures are left out of the training ones."""
    rows = load_rows(data, permissive_only=permissive_only)
    held_looks = {_look(row.path) for row in rows if row.held_out and not row.crop} if not held_out else set()
    by_path: dict[Path, list[Row]] = {}
    for row in rows:
        if row.held_out is held_out and not row.crop and (row.box or row.use == "negative"):
            by_path.setdefault(row.path, []).append(row)
    found = []
    for path, labels in by_path.items():
        unlabelled_plates = labels[0].collection == "vn" and labels[0].use == "negative"
        if unlabelled_plates or (held_looks and _look(path) in held_looks):
            continue
        plates = tuple(_labelled(row) for row in labels if row.use not in _NO_PLATES)
        found.append(_picture(path, plates, labels[0].collection))
    return found


def _picture(path: Path, plates: tuple[Labelled, ...], collection: str) -> Picture:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    scale = min(1.0, _LONGEST_SIDE_PX / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _, content = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 92])
    moved = tuple(Labelled(plate.corners * np.float32(scale), plate.known) for plate in plates)
    return Picture(content.tobytes(), moved, collection)


def _look(path: Path) -> int:
    """A number that nearly equal pictures share."""
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        return 0
    small = cv2.resize(image, (9, 8), interpolation=cv2.INTER_AREA)
    return int.from_bytes(np.packbits(small[:, 1:] > small[:, :-1]).tobytes(), "big")


def _labelled(row: Row) -> Labelled:
    if row.corners:
        return Labelled(np.array(row.corners, np.float32), CORNERS_KNOWN)
    x1, y1, x2, y2 = row.box or (0.0, 0.0, 0.0, 0.0)
    return Labelled(np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], np.float32), BOX_ONLY)


class Scenes:
    """Draws samples for the detector."""

    def __init__(self, seed: int, pictures: list[Picture], faces: Faces | None = None) -> None:
        self.rng = random.Random(seed)
        self.faces = faces or training_faces()
        self._with_plates = [picture for picture in pictures if picture.plates]
        self._without = [picture for picture in pictures if not picture.plates]
        counts = {name: sum(p.collection == name for p in self._with_plates) for name in _names(self._with_plates)}
        self._weights = [counts[picture.collection] ** -0.5 for picture in self._with_plates]

    def sample(self) -> tuple[Image, NDArray[np.float32]]:
        """A picture of 320 × 320 and its packed plates."""
        image, plates = self._scene()
        if self.rng.random() < 0.25:
            image = add_signs(image, plates, self.rng, self.faces)
        image, plates = self._cut(image, plates)
        return self._seen(image), pack(plates)

    def _scene(self) -> tuple[Image, list[Labelled]]:
        choice = self.rng.random()
        if not self._with_plates or choice < 0.12:
            return draw_front(self.rng, self.faces)
        if choice < 0.22 and self._without:
            image = self.rng.choice(self._without).open()
            return (image, []) if self.rng.random() < 0.6 else (image, self._hang(image, []))
        picture = self.rng.choices(self._with_plates, self._weights)[0]
        image, plates = picture.open(), [Labelled(p.corners.copy(), p.known) for p in picture.plates]
        if choice < 0.6:
            return image, plates
        if choice < 0.9:
            return image, self._exchange(image, plates)
        return image, plates + self._hang(image, plates)

    def _exchange(self, image: Image, plates: list[Labelled]) -> list[Labelled]:
        """Hang made-up plates over the real ones; writes into `image`."""
        exchanged = []
        for plate in plates:
            low, high = plate.corners.min(axis=0), plate.corners.max(axis=0)
            width = float(high[0] - low[0]) * self.rng.uniform(1.05, 1.35)
            exchanged += self._put(image, (low + high) / 2, width, at_least_high=float(high[1] - low[1]))
        return exchanged

    def _hang(self, image: Image, plates: list[Labelled]) -> list[Labelled]:
        """Hang a made-up plate anywhere; writes into `image`."""
        height, width = image.shape[:2]
        size = width * self.rng.uniform(0.05, 0.35)
        centre = np.array([self.rng.uniform(size, max(size, width - size)), self.rng.uniform(0.3, 0.9) * height])
        if any(np.abs(plate.corners.mean(axis=0) - centre).max() < size for plate in plates):
            return []
        return self._put(image, centre, size)

    def _put(
        self, image: Image, centre: NDArray[np.floating], width: float, at_least_high: float = 0.0
    ) -> list[Labelled]:
        """Hang one made-up plate, or a pair."""
        if self.rng.random() > _PAIR_SHARE:
            return [self._put_one(image, random_design(self.rng), centre, width, at_least_high)]
        return self._put_pair(image, centre, width, at_least_high)

    def _put_pair(
        self, image: Image, centre: NDArray[np.floating], width: float, at_least_high: float
    ) -> list[Labelled]:
        """Lorries of Hong Kong and Macao carry their own plate close above or below the mainland's."""
        rng = self.rng
        mainland = PlateDesign(
            "粤Z" + "".join(rng.choice("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(4)) + rng.choice("港澳"),
            PlateCountry.CN,
            PlateKind.CN_SUFFIX,
            PlateColour.BLACK,
            1,
        )
        plate = self._put_one(image, mainland, centre, width, at_least_high)
        height = float(np.ptp(plate.corners[:, 1]))
        text = "".join(rng.choice("ABCEFGHJKLMNPRSTUVWXYZ") for _ in range(2)) + str(rng.randint(1, 9999))
        home = PlateDesign(
            text, PlateCountry.OTHER, PlateKind.OTHER, rng.choice((PlateColour.WHITE, PlateColour.YELLOW)), 1
        )
        beside = np.asarray(centre) + np.array([rng.gauss(0, 0.05) * width, -height * rng.uniform(0.95, 1.25)])
        if rng.random() < 0.25:
            beside[1] = 2 * float(centre[1]) - beside[1]
        return [plate, self._put_one(image, home, beside, width * rng.uniform(0.7, 1.0))]

    def _put_one(
        self,
        image: Image,
        design: PlateDesign,
        centre: NDArray[np.floating],
        width: float,
        at_least_high: float = 0.0,
    ) -> Labelled:
        rng = self.rng
        plate = draw_plate(design, height_px=72, rng=rng, faces=self.faces)
        rows, columns = plate.image.shape[:2]
        width = max(width, at_least_high * columns / rows)
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * (width / 2, width * rows / columns / 2)
        roll = np.radians(rng.gauss(0, 5))
        corners = corners / (1 + corners[:, :1] / width * rng.gauss(0, 0.12))
        corners[:, 0] *= 1 - min(0.5, abs(rng.gauss(0, 0.12)))
        corners[:, 1] += corners[:, 0] * rng.gauss(0, 0.08)
        turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]], np.float32)
        corners = (corners @ turn + centre).astype(np.float32)
        surface = effects.light(age(plate.image, rng), rng, rng.uniform(0, 0.7))
        if rng.random() < 0.3:
            surface = effects.low_resolution(surface, rng.uniform(0.3, 1.0))
        image[:] = effects.place(image, surface, plate.mask, corners)
        return Labelled(corners, CORNERS_KNOWN)

    def _cut(self, image: Image, plates: list[Labelled]) -> tuple[Image, list[Labelled]]:
        """A part of the picture, so scaled that its plate has one of all widths alike."""
        rng = self.rng
        height, width = image.shape[:2]
        if plates:
            focus = rng.choice(plates).corners
            wanted = float(np.exp(rng.uniform(np.log(_NARROWEST_PX), np.log(_WIDEST_PX))))
            smallest = SIDE / max(height, width) * rng.choice((0.95, 0.95, 0.6))
            scale = max(smallest, min(2.5, wanted / max(4.0, float(np.ptp(focus[:, 0])))))
            middle = focus.mean(axis=0)
            at = np.array([rng.uniform(0.08, 0.92), rng.uniform(0.08, 0.92)]) * SIDE
        else:
            scale = SIDE / max(height, width) * rng.choice((1.0, rng.uniform(0.8, 3.0)))
            middle, at = np.array([width / 2, height / 2]), np.array([SIDE / 2, SIDE / 2])
        if scale < 0.6:
            image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
            plates = [Labelled(plate.corners * scale, plate.known) for plate in plates]
            middle, scale = middle * scale, 1.0
            height, width = image.shape[:2]
        level = any(plate.known == BOX_ONLY for plate in plates) or rng.random() < 0.4
        angle = 0.0 if level else np.radians(rng.gauss(0, 5))
        stretch = rng.uniform(0.85, 1.15)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) * scale
        turn[0] *= stretch
        affine = np.concatenate([turn, (at - turn @ middle)[:, None]], axis=1).astype(np.float32)
        if rng.random() < 0.75:
            affine[:, 2] = [_filling(at, side * scale) for at, side in zip(affine[:, 2], (width, height), strict=True)]
        grey = (rng.randint(0, 255),) * 3 if rng.random() < 0.3 else (114, 114, 114)
        cut = cv2.warpAffine(image, affine, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderValue=grey)
        kept = []
        for plate in plates:
            moved = (plate.corners @ affine[:, :2].T + affine[:, 2]).astype(np.float32)
            label = _visible(Labelled(moved, plate.known))
            if label is not None:
                kept.append(label)
        return np.asarray(cut, np.uint8), kept[:MAX_PLATES]

    def _seen(self, image: Image) -> Image:
        rng = self.rng
        if rng.random() < 0.12:
            image = effects.infrared(image, rng) if rng.random() < 0.6 else effects.grey(image)
        if rng.random() < 0.6:
            image = effects.light(image, rng, rng.uniform(0.1, 0.9))
        if rng.random() < 0.08:
            image = effects.fog(image, rng, rng.uniform(0.1, 0.5))
        if rng.random() < 0.3:
            image = effects.defocus(image, rng.uniform(0.3, 1.6))
        if rng.random() < 0.08:
            image = effects.motion(image, rng, rng.uniform(2, 7))
        if rng.random() < 0.3:
            image = effects.noise(image, rng, 0.7 * rng.random() ** 2)
        if rng.random() < 0.4:
            image = effects.jpeg(image, rng.randint(25, 90))
        return image


def _filling(offset: float, length: float) -> float:
    """Where a picture of `length` begins in the sample so that as little as possible stays empty."""
    low, high = sorted((SIDE - length, 0.0))
    return min(high, max(low, offset))


def _visible(plate: Labelled) -> Labelled | None:
    """The plate if it is in the picture; as ignored if only partly or very small."""
    low, high = plate.corners.min(axis=0), plate.corners.max(axis=0)
    area = float(np.prod(high - low))
    shown = np.clip(high, 0, SIDE) - np.clip(low, 0, SIDE)
    share = float(np.prod(np.maximum(shown, 0))) / max(area, 1e-6)
    if share < 0.05:
        return None
    if share < 0.75 or high[0] - low[0] < _SMALLEST_LABEL_PX:
        return Labelled(np.clip(plate.corners, 0, SIDE), IGNORED)
    return plate


def _names(pictures: list[Picture]) -> set[str]:
    return {picture.collection for picture in pictures}


def main() -> None:
    """Write shards until there are enough."""
    options = argparse.ArgumentParser(description="scenes for the detector")
    options.add_argument("--data", type=Path)
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--shards", type=int, default=20)
    options.add_argument("--keep", type=int, default=40, help="at most so many files; older ones are replaced")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--permissive-only", action="store_true")
    arguments = options.parse_args()
    cv2.setNumThreads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    pictures = (
        real_pictures(arguments.data, held_out=False, permissive_only=arguments.permissive_only)
        if arguments.data
        else []
    )
    print(f"{len(pictures)} real pictures", flush=True)
    for number in track(range(arguments.shards), "scenes", console=Console(stderr=True)):
        scenes = Scenes(arguments.seed * 100_000 + number, pictures)
        samples = [scenes.sample() for _ in range(SHARD)]
        arrays = {"images": np.stack([s[0] for s in samples]), "plates": np.stack([s[1] for s in samples])}
        write(arguments.out / f"{arguments.seed}-{number % arguments.keep:05d}.npz", arrays)


if __name__ == "__main__":
    main()
