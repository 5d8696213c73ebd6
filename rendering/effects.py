"""What dirt, weather, light and cameras do to a picture of a plate.

Every effect takes a picture and a random source and returns a new picture of the same size. `strength` is 0 (nothing)
to 1 (as bad as gates get).
"""

from __future__ import annotations

import random

import cv2
import numpy as np
from numpy.typing import NDArray

from rendering.fonts import Image, Mask

Corners = NDArray[np.float32]
"""Four points, 4 × 2: top left, top right, bottom right, bottom left, in pixels."""
_SMALLEST_SIDE_PX = 4
_SATURATED_SHARE = 0.5
"""Of pictures by flash: those whose colours reach their ends before a veil lies over them."""


def noise_source(rng: random.Random) -> np.random.Generator:
    """A NumPy generator that follows from `rng`, so that one seed decides everything."""
    return np.random.default_rng(rng.getrandbits(48))


def cloud(shape: tuple[int, int], cells: int, rng: random.Random) -> NDArray[np.float32]:
    """Smooth random values 0–1: what dirt, fog and uneven light look like. `cells` is how many patches fit across."""
    height, width = shape
    coarse = noise_source(rng).random((max(2, cells * height // max(1, width) + 1), cells + 1), dtype=np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float32).clip(0, 1)


def dirt(image: Image, rng: random.Random, strength: float) -> Image:
    """Dust and mud in patches, more of it at the bottom."""
    height, width = image.shape[:2]
    patches = cloud((height, width), rng.choice((3, 5, 9, 16)), rng)
    patches = patches * 0.7 + 0.3 * np.linspace(0, 1, height, dtype=np.float32)[:, None]
    share = np.clip((patches - (1 - 0.7 * strength)) * 3.5, 0, 0.35 + 0.5 * strength)[:, :, None]
    mud = np.array([rng.randint(40, 110), rng.randint(60, 130), rng.randint(75, 150)], np.float32)
    return _bytes(image * (1 - share) + mud * share)


def worn(image: Image, rng: random.Random, strength: float) -> Image:
    """Faded paint: characters and background come nearer to each other."""
    mean = image.reshape(-1, 3).mean(axis=0)
    share = strength * cloud((image.shape[0], image.shape[1]), 4, rng)[:, :, None]
    return _bytes(image * (1 - share) + mean * share)


def screws(image: Image, rng: random.Random) -> Image:
    """Two or four screws or bolts, dark, bright or of the plate's colour."""
    result = image.copy()
    height, width = image.shape[:2]
    radius = max(1, round(height * rng.uniform(0.025, 0.06)))
    level = rng.choice((30, 60, 120, 190, 230))
    y_share, x_share = rng.uniform(0.06, 0.2), rng.uniform(0.15, 0.35)
    rows = [y_share] if rng.random() < 0.4 else [y_share, 1 - y_share]
    for row in rows:
        for column in (x_share, 1 - x_share):
            centre = (int(column * width), int(row * height))
            cv2.circle(result, centre, radius, (level, level, level), -1, cv2.LINE_AA)
            cv2.circle(result, (centre[0] + 1, centre[1] + 1), max(1, radius // 2), (level // 2,) * 3, 1)
    return result


def shade(image: Image, rng: random.Random, strength: float) -> Image:
    """A shadow with a slanting edge, or light that falls off to one side."""
    height, width = image.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    along = (xs / width - rng.uniform(0.2, 0.8)) * np.cos(angle) + (ys / height - rng.uniform(0.2, 0.8)) * np.sin(angle)
    edge = np.clip(along * rng.choice((1.0, 3.0, 12.0)) + 0.5, 0, 1)
    return _bytes(image * (1 - strength * edge[:, :, None]))


def glare(image: Image, rng: random.Random, strength: float) -> Image:
    """A bright patch: sun or a lamp on the film."""
    height, width = image.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    spread = rng.uniform(0.1, 0.5) * width
    far = ((xs - rng.uniform(0, width)) ** 2 + ((ys - rng.uniform(0, height)) * 2) ** 2) / (2 * spread**2)
    return _bytes(image + 220 * strength * np.exp(-far)[:, :, None])


def covered(image: Image, rng: random.Random, share: float) -> Image:
    """A bumper, a tow bar, mud or a frame over `share` (0–1) of the height, mostly from below, its edge aslant."""
    height, width = image.shape[:2]
    left, right = (height * min(0.45, max(0.0, share + rng.gauss(0, 0.04))) for _ in range(2))
    outline = np.array([[0, height], [0, height - left], [width, height - right], [width, height]])
    if rng.random() < 0.25:
        outline[:, 1] = height - outline[:, 1]
    cover = np.empty_like(image)
    cover[:] = [rng.randint(0, 200)] * 3 if rng.random() < 0.6 else [rng.randint(0, 255) for _ in range(3)]
    cover = shade(noise(cover, rng, 0.4), rng, 0.5)
    mask = cv2.fillPoly(np.zeros((height, width), np.uint8), [outline.astype(np.int32)], 255, cv2.LINE_AA)
    part = mask[:, :, None].astype(np.float32) / 255
    return _bytes(image * (1 - part) + cover * part)


def cut_off(image: Image, corners: Corners, rng: random.Random) -> Image:
    """Beyond a line close to one side of the plate nothing is left: cut out of another picture, or its edge."""
    height, width = image.shape[:2]
    side = rng.randrange(4)
    a, b = corners[side], corners[(side + 1) % 4]
    middle = corners.mean(axis=0)
    angle = np.radians(rng.gauss(0, 6))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)
    along = (b - a) @ turn
    normal = np.array([along[1], -along[0]], np.float32) / max(1e-6, float(np.hypot(along[0], along[1])))
    at = (a + b) / 2
    normal = normal if float(normal @ (at - middle)) > 0 else -normal
    beyond = float(normal @ (at - middle)) * rng.uniform(-0.03, 0.12)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    gone = (xs - at[0]) * normal[0] + (ys - at[1]) * normal[1] > beyond
    result = image.copy()
    result[gone] = rng.choice((0, 0, 0, 114, 128, 255))
    return result


def light(image: Image, rng: random.Random, strength: float) -> Image:
    """Exposure, contrast and the colour of the light."""
    gain = 2 ** rng.uniform(-1.6 * strength, 0.8 * strength)
    cast = np.array([2 ** rng.uniform(-0.3, 0.3) for _ in range(3)], np.float32) ** strength
    flat = rng.uniform(0, 0.5 * strength)
    lifted = image * (gain * cast)
    lifted = lifted * (1 - flat) + flat * rng.uniform(20, 160)
    gamma = 2 ** rng.uniform(-0.6 * strength, 0.6 * strength)
    return _bytes(255 * (np.clip(lifted, 0, 255) / 255) ** gamma)


def dusk(image: Image, rng: random.Random, strength: float) -> Image:
    """Too little light, up to two and a half stops, and the sensor's noise for it."""
    return noise(_bytes(image * 2.0 ** (-2.5 * strength)), rng, rng.uniform(0.05, 0.3) * strength)


def flash(image: Image, rng: random.Random, strength: float) -> Image:
    """A lamp beside the camera at night: the film shines so that it burns out, and thin strokes drown in its glow."""
    if rng.random() < _SATURATED_SHARE:
        return _saturated(image, rng, strength)
    veil = image * (1 - 0.55 * strength) + 255 * 0.55 * strength * rng.uniform(0.5, 1.0)
    lit = np.clip(veil * 2 ** (rng.uniform(0.2, 1.2) * strength), 0, 255).astype(np.float32)
    glow = cv2.GaussianBlur(lit, (0, 0), max(0.5, image.shape[0] * rng.uniform(0.01, 0.05)))
    return _bytes(np.maximum(lit, glow * rng.uniform(0.8, 1.0)))


def _saturated(image: Image, rng: random.Random, strength: float) -> Image:
    """A flash that drives colours to their ends: blue film turns cyan, fine white strokes a blot, black ones yellow."""
    gain = 2 ** (rng.uniform(0.5, 1.8) * strength)
    tint = np.array([1.0, 1 + rng.uniform(0.0, 1.2) * strength, 1 - 0.4 * rng.random() * strength], np.float32)
    lit = np.clip(image * gain * tint, 0, 400).astype(np.float32)
    fine = cv2.GaussianBlur(lit, (0, 0), max(0.4, image.shape[0] * rng.uniform(0.006, 0.02)))
    wide = np.minimum(cv2.GaussianBlur(lit, (0, 0), max(1.0, image.shape[0] * rng.uniform(0.03, 0.1))), 255)
    drowned = np.maximum(np.maximum(lit, fine), wide * rng.uniform(0.3, 1.0) * strength)
    return sharpened(_bytes(drowned), rng, rng.random())


def infrared(image: Image, rng: random.Random) -> Image:
    """What an infrared lamp shows: grey, retro-reflecting film bright; blue turns dark or bright with the filter."""
    weights = np.array([rng.uniform(-0.1, 0.4), rng.uniform(0.2, 0.5), rng.uniform(0.3, 0.8)], np.float32)
    grey = (image @ (weights / weights.sum())) * rng.uniform(0.8, 1.5)
    return _bytes(np.repeat(grey[:, :, None], 3, axis=2))


def grey(image: Image) -> Image:
    """Without colour."""
    return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)


def defocus(image: Image, radius_px: float) -> Image:
    """Out of focus by about `radius_px`."""
    if radius_px < 0.2:
        return image
    return np.asarray(cv2.GaussianBlur(image, (0, 0), radius_px), np.uint8)


def motion(image: Image, rng: random.Random, length_px: float) -> Image:
    """Blurred along a straight way of `length_px`."""
    size = int(length_px) | 1
    if size < 3:
        return image
    kernel = np.zeros((size, size), np.float32)
    angle = rng.choice((0.0, 0.0, rng.uniform(0, np.pi)))
    dx, dy = np.cos(angle) * size / 2, np.sin(angle) * size / 2
    middle = size / 2
    cv2.line(kernel, (int(middle - dx), int(middle - dy)), (int(middle + dx), int(middle + dy)), 1.0, 1)
    return np.asarray(cv2.filter2D(image, -1, kernel / max(1.0, float(kernel.sum()))), np.uint8)


def noise(image: Image, rng: random.Random, strength: float) -> Image:
    """Sensor noise, often smeared by the camera's own filter."""
    height, width = image.shape[:2]
    channels = 1 if rng.random() < 0.5 else 3
    grain = noise_source(rng).standard_normal((height, width, channels), dtype=np.float32) * (strength * 34)
    return _bytes(image + grain)


def sharpened(image: Image, rng: random.Random, strength: float) -> Image:
    """Over-sharpened as cheap cameras do."""
    soft = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.8, 2.0)).astype(np.float32)
    return _bytes(image + (image - soft) * (2.0 * strength))


def jpeg(image: Image, quality: int) -> Image:
    """Through JPEG of `quality` 1–100."""
    _, content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)


def low_resolution(image: Image, share: float) -> Image:
    """As if taken with `share` (0–1) of the pixels a side."""
    height, width = image.shape[:2]
    small = (max(_SMALLEST_SIDE_PX, round(width * share)), max(_SMALLEST_SIDE_PX, round(height * share)))
    tiny = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(tiny, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def fog(image: Image, rng: random.Random, strength: float) -> Image:
    """Fog or a dirty lens: a veil over everything."""
    veil = rng.uniform(120, 230)
    share = strength * (0.6 + 0.4 * cloud((image.shape[0], image.shape[1]), 3, rng))[:, :, None]
    return _bytes(image * (1 - share) + veil * share)


def rain(image: Image, rng: random.Random, strength: float) -> Image:
    """Bright slanting streaks."""
    height, width = image.shape[:2]
    streaks = np.zeros((height, width), np.uint8)
    slant = rng.uniform(-0.3, 0.3)
    for _ in range(int(2 + 14 * strength)):
        x, y, length = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0.1, 0.5) * height
        cv2.line(streaks, (int(x), int(y)), (int(x + slant * length), int(y + length)), 255, 1, cv2.LINE_AA)
    return _bytes(image + streaks[:, :, None] * (0.45 * strength))


def place(background: Image, plate: Image, mask: Mask, corners: Corners) -> Image:
    """The plate laid on the picture so that its corners come to `corners`."""
    height, width = background.shape[:2]
    rows, columns = plate.shape[:2]
    warp = warp_to(columns, rows, corners)
    inter = cv2.INTER_AREA if corners[:, 0].max() - corners[:, 0].min() < columns else cv2.INTER_LINEAR
    laid = cv2.warpPerspective(plate, warp, (width, height), flags=inter, borderMode=cv2.BORDER_REPLICATE)
    share = cv2.warpPerspective(mask, warp, (width, height), flags=inter)[:, :, None].astype(np.uint16)
    return np.asarray((background * (255 - share) + laid * share) // 255, np.uint8)


def warp_to(width: int, height: int, corners: Corners) -> NDArray[np.float64]:
    """The 3 × 3 projection that takes a picture of `width` × `height` to `corners`."""
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(source, corners), np.float64)


def moved(points: NDArray[np.float32], warp: NDArray[np.float64]) -> NDArray[np.float32]:
    """Points (n × 2) through a projection."""
    return np.asarray(cv2.perspectiveTransform(points.reshape(1, -1, 2).astype(np.float64), warp)[0], np.float32)


def _bytes(values: NDArray[np.floating]) -> Image:
    return np.asarray(np.clip(values, 0, 255), np.uint8)
