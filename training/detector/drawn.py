"""Drawn vehicle fronts with plates, and drawn signs that are no plates."""

from __future__ import annotations

import random

import cv2
import numpy as np

from rendering import effects
from rendering.fonts import Faces, Image
from rendering.plate import draw_plate
from training.detector.targets import CORNERS_KNOWN, Labelled
from training.reader.render import age, random_design

_SIGN_TEXTS = ("0123456789", "ABCDEFGHKLMNPRSTUVXYZ", "危险品爆易燃物流运输货超限", "0123456789-:. ", "km/hTEL")


def draw_front(rng: random.Random, faces: Faces) -> tuple[Image, list[Labelled]]:
    """A simple vehicle front or rear with one plate, before a plain background."""
    width, height = 640, rng.choice((360, 400, 480))
    image = np.empty((height, width, 3), np.uint8)
    horizon = rng.uniform(0.2, 0.6)
    image[: int(height * horizon)] = _colour(rng)
    image[int(height * horizon) :] = [rng.randint(50, 130)] * 3
    image = effects.shade(image, rng, rng.uniform(0, 0.5))
    body_w, body_h = int(width * rng.uniform(0.25, 0.7)), int(height * rng.uniform(0.45, 0.85))
    x, y = rng.randint(0, width - body_w), rng.randint(0, height - body_h)
    cv2.rectangle(image, (x, y), (x + body_w, y + body_h), _colour(rng), -1)
    glass = (x + body_w // 12, y + body_h // 12, x + body_w - body_w // 12, y + body_h // 2)
    cv2.rectangle(image, glass[:2], glass[2:], [rng.randint(10, 90) for _ in range(3)], -1)
    bumper = y + int(body_h * rng.uniform(0.62, 0.8))
    cv2.rectangle(image, (x, bumper), (x + body_w, y + body_h), _colour(rng), -1)
    for side in (x + body_w // 8, x + body_w - body_w // 8):
        cv2.ellipse(image, (side, bumper), (body_w // 14, body_w // 20), 0, 0, 360, (200, 220, 230), -1)
    for line in range(bumper - body_h // 8, bumper, 5):
        cv2.line(image, (x + body_w // 4, line), (x + 3 * body_w // 4, line), _colour(rng), 2)
    return _with_plate(image, (x + body_w / 2, (bumper + y + body_h) / 2), body_w, rng, faces)


def _with_plate(
    image: Image, middle: tuple[float, float], body_px: float, rng: random.Random, faces: Faces
) -> tuple[Image, list[Labelled]]:
    plate = draw_plate(random_design(rng), height_px=72, rng=rng, faces=faces)
    rows, columns = plate.image.shape[:2]
    size = body_px * rng.uniform(0.18, 0.4)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * (size / 2, size * rows / columns / 2)
    corners[:, 1] += corners[:, 0] * rng.gauss(0, 0.08)
    corners += np.array((middle[0] + rng.uniform(-0.2, 0.2) * body_px, middle[1]), np.float32)
    corners = corners.astype(np.float32)
    return effects.place(image, age(plate.image, rng), plate.mask, corners), [Labelled(corners, CORNERS_KNOWN)]


def add_signs(image: Image, plates: list[Labelled], rng: random.Random, faces: Faces) -> Image:
    """Signs, badges, phone numbers and overlays that look like plates but are none; never over a plate."""
    height, width = image.shape[:2]
    for _ in range(rng.randint(1, 3)):
        high = max(8, int(height * rng.uniform(0.03, 0.15)))
        sign = _sign(high, rng, faces)
        wide = sign.shape[1]
        if wide >= width or high >= height:
            continue
        x, y = rng.randint(0, width - wide), rng.randint(0, height - high)
        if any(_meet(plate, x, y, wide, high) for plate in plates):
            continue
        image[y : y + high, x : x + wide] = sign
    if rng.random() < 0.3:
        day = f"20{rng.randint(10, 30)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        stamp = f"{day} {rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}:00"
        at = (rng.randint(0, width // 2), rng.choice((height // 14, height - 6)))
        if not any(_meet(plate, at[0], at[1] - height // 14, width // 2, height // 14) for plate in plates):
            cv2.putText(image, stamp, at, cv2.FONT_HERSHEY_SIMPLEX, height / 800, (255, 255, 255), 1 + height // 500)
    return image


def _sign(high: int, rng: random.Random, faces: Faces) -> Image:
    """A board with characters without a plate's border and order."""
    letters = rng.choice(_SIGN_TEXTS)
    text = [rng.choice(letters) for _ in range(rng.choice((1, 2, 3, 3, 4, 10, 11, 12)))]
    ink, board = _colour(rng), _colour(rng)
    face_latin, face_hanzi = rng.choice(faces.latin), rng.choice(faces.hanzi)
    size = max(5, int(high * rng.uniform(0.5, 0.9)))
    parts = []
    for character in text:
        cell = np.zeros((high, max(3, int(size * rng.uniform(0.6, 0.75)))), np.uint8)
        if character.strip():
            glyph = (face_hanzi if ord(character) > 0x2E80 else face_latin).glyph(character)
            small = cv2.resize(glyph, (cell.shape[1] - 1, size), interpolation=cv2.INTER_AREA)
            top = (high - size) // 2
            cell[top : top + size, : small.shape[1]] = small
        parts.append(cell)
    share = np.hstack(parts).astype(np.uint16)[:, :, None]
    return np.asarray((np.array(board) * (255 - share) + np.array(ink) * share) // 255, np.uint8)


def _meet(plate: Labelled, x: int, y: int, wide: int, high: int) -> bool:
    low, high_corner = plate.corners.min(axis=0), plate.corners.max(axis=0)
    return bool(x < high_corner[0] and low[0] < x + wide and y < high_corner[1] and low[1] < y + high)


def _colour(rng: random.Random) -> tuple[int, int, int]:
    return rng.randint(0, 255), rng.randint(0, 255), rng.randint(0, 255)
