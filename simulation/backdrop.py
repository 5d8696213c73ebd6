"""The empty lane: hills, road, islands, booth, by day or by night. Drawn once per camera."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from simulation.canvas import Bgr, shaded
from simulation.view import HEIGHT, LANE_M, WIDTH, Picture, View

_FAR_M, _NEAR_M = 150.0, 1.9
_LANE_EDGES_M = (0.3, 3.55)
_ISLAND_M = (3.75, 5.5)
_KERB_M = 0.16
STOP_LINE_M = 6.0
_BOOTH_M = (4.1, 5.35, 9.4, 11.8)
_BOOTH_WINDOWS = (
    [(4.08, y, z) for y, z in ((1.1, 9.6), (1.1, 11.6), (2.2, 11.6), (2.2, 9.6))],
    [(x, y, 9.38) for x, y in ((4.25, 1.1), (5.2, 1.1), (5.2, 2.2), (4.25, 2.2))],
)
_Layer = NDArray[np.float32]


class _Painter:
    """Paints things of the world into one picture."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.image: Picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)

    def face(self, points: list[tuple[float, float, float]], colour: Bgr) -> None:
        """A flat polygon of world points (x, y, z in metres)."""
        corners = np.array([self.view.at(*point) for point in points]).clip(-30000, 30000) * 16
        cv2.fillPoly(self.image, [corners.round().astype(np.int32)], colour, cv2.LINE_AA, 4)

    def ground(self, x: tuple[float, float], z: tuple[float, float], colour: Bgr, *, y: float = 0.0) -> None:
        """A rectangle on the ground, or `y` above it."""
        (x1, x2), (z1, z2) = x, z
        self.face([(x1, y, z1), (x2, y, z1), (x2, y, z2), (x1, y, z2)], colour)

    def block(self, x: tuple[float, float], y: tuple[float, float], z: tuple[float, float], colour: Bgr) -> None:
        """A box of which the camera sees the front and the side that is nearer to it."""
        side = x[0] if x[0] > 0 else x[1]
        self.face(
            [(side, y[0], z[0]), (side, y[0], z[1]), (side, y[1], z[1]), (side, y[1], z[0])], shaded(colour, 0.78)
        )
        self.face([(x[0], y[0], z[0]), (x[1], y[0], z[0]), (x[1], y[1], z[0]), (x[0], y[1], z[0])], colour)


def empty_lane(view: View, *, night: bool, booth: bool, seed: int) -> Picture:
    """The lane without vehicles and without the barrier's arm."""
    rng, painter = np.random.default_rng(seed), _Painter(view)
    _paint_sky(painter, rng)
    _paint_hills(painter, rng)
    _paint_ground(painter, rng)
    _paint_marks(painter, rng)
    _paint_far_gate(painter, rng)
    if not night:
        painter.image[:] = _hazy(painter.image)
    _paint_islands(painter)
    if booth:
        _paint_booth(painter)
    image = _grained(painter.image, rng)
    return _at_night(image, view, booth=booth) if night else image


def _paint_sky(painter: _Painter, rng: np.random.Generator) -> None:
    share = np.linspace(0, 1, 110)[:, None, None]
    sky = (1 - share) * np.array([222, 190, 158]) + share * np.array([236, 228, 218])
    clouds = cv2.GaussianBlur(rng.random((110, WIDTH)).astype(np.float32), (0, 0), sigmaX=60, sigmaY=9)
    clouds = (clouds - clouds.min()) / np.ptp(clouds)
    painter.image[:110] = np.clip(sky + 26 * (clouds[..., None] - 0.4), 0, 255)


def _paint_hills(painter: _Painter, rng: np.random.Generator) -> None:
    """Limestone hills, steep and wooded, paler the farther away."""
    columns = np.arange(WIDTH)
    for height_px, count, colour in ((96, 9, (170, 158, 138)), (66, 12, (128, 132, 108)), (30, 26, (76, 98, 74))):
        ridge = np.zeros(WIDTH)
        for _ in range(count):
            middle, wide = rng.uniform(-50, WIDTH + 50), rng.uniform(0.5, 1.4) * 700 / count
            peak = rng.uniform(0.45, 1.0) * height_px
            ridge = np.maximum(ridge, peak * np.exp(-(np.abs((columns - middle) / wide) ** 2.6)))
        ridge += cv2.GaussianBlur(rng.normal(0, 6, (1, WIDTH)), (0, 0), 2)[0]
        outline = np.column_stack([columns, 104 - ridge])
        corners = np.vstack([outline, [[WIDTH, 115], [0, 115]]]).astype(np.int32)
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        cv2.fillPoly(mask, [corners], 255)
        woods = cv2.GaussianBlur(rng.normal(0, 60, (120, WIDTH)).astype(np.float32), (0, 0), 2.2)[..., None]
        part = painter.image[:120]
        painted = np.clip(np.array(colour) + woods, 0, 255)
        part[mask[:120] > 0] = painted.astype(np.uint8)[mask[:120] > 0]


def _paint_ground(painter: _Painter, rng: np.random.Generator) -> None:
    """Asphalt with wear, seen from above and laid down in perspective."""
    per_m, left, right, far = 24, -14.0, 34.0, 90.0
    size = (round((far - _NEAR_M) * per_m), round((right - left) * per_m))
    plan: _Layer = np.full(size, 108.0, np.float32)
    for sigma, strength in ((2.0, 26.0), (9.0, 60.0), (40.0, 160.0)):
        small = rng.normal(0, 1, (size[0] // 4, size[1] // 4)).astype(np.float32)
        soft = cv2.GaussianBlur(small, (0, 0), sigma / 2 + 0.4)
        plan += strength * 0.5 * cv2.resize(soft, size[::-1], interpolation=cv2.INTER_LINEAR)
    x_m = np.arange(size[1]) / per_m + left
    for lane in (LANE_M, LANE_M + 5.6):
        for wheel in (-0.95, 0.95):
            plan -= (13 * np.exp(-(((x_m - lane - wheel) / 0.28) ** 2)))[None, :].astype(np.float32)
        plan -= (9 * np.exp(-(((x_m - lane) / 0.22) ** 2)))[None, :].astype(np.float32)
    for _ in range(7):  # repaired trenches and patches
        x, z = rng.integers(0, size[1] - 90), rng.integers(0, size[0] - 160)
        plan[z : z + rng.integers(30, 160), x : x + rng.integers(25, 90)] -= rng.uniform(8, 18)
    for _ in range(9):
        steps = np.cumsum(rng.normal(0, 14, (24, 2)) + rng.normal(0, 8, 2), axis=0) + rng.uniform(0, 1, 2) * size[::-1]
        cv2.polylines(plan, [steps.astype(np.int32)], False, 72.0, 1, cv2.LINE_AA)
    world = ((left, far), (right, far), (right, _NEAR_M), (left, _NEAR_M))
    target = np.array([painter.view.at(x, 0, z) for x, z in world], np.float32)
    source = np.array([[0, 0], [size[1], 0], [size[1], size[0]], [0, size[0]]], np.float32)
    warp = cv2.getPerspectiveTransform(source, target)
    laid = cv2.warpPerspective(plan, warp, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    top = round(painter.view.horizon_px) + 6
    painter.image[top:] = np.clip(laid[top:, :, None] * np.array([1.0, 1.0, 1.01]), 0, 255)


def _paint_marks(painter: _Painter, rng: np.random.Generator) -> None:
    """Lines, worn by tyres."""
    white: Bgr = (214, 216, 216)
    for x in _LANE_EDGES_M:
        painter.ground((x - 0.07, x + 0.07), (_NEAR_M, _FAR_M), white)
    painter.ground((_LANE_EDGES_M[0] + 0.1, _LANE_EDGES_M[1] - 0.1), (STOP_LINE_M - 0.35, STOP_LINE_M), white)
    for x in (5.75, 9.1):
        painter.ground((x - 0.07, x + 0.07), (_NEAR_M, _FAR_M), white)
    for z in (17.0, 31.0):  # an arrow that points at the viewer
        painter.ground((LANE_M - 0.08, LANE_M + 0.08), (z, z + 3.2), white)
        painter.face([(LANE_M - 0.35, 0, z), (LANE_M + 0.35, 0, z), (LANE_M, 0, z - 1.6)], white)
    worn = cv2.GaussianBlur(rng.random((HEIGHT, WIDTH)).astype(np.float32), (0, 0), 3.0)
    holes = (worn > 0.535) & (painter.image.min(axis=2) > 200) & (np.arange(HEIGHT)[:, None] > 112)
    painter.image[holes] = (painter.image[holes] * 0.78).astype(np.uint8)


def _paint_far_gate(painter: _Painter, rng: np.random.Generator) -> None:
    """The yard behind: a long building, its columns, and lorries that wait elsewhere."""
    painter.block((14, 90), (0, 3.4), (150, 160), (176, 184, 188))
    for x in np.arange(16.0, 88.0, 4.5):
        painter.block((float(x), float(x) + 2.4), (1.0, 2.5), (149.9, 150), (120, 108, 96))
    painter.block((12, 92), (3.4, 4.3), (148, 160), (70, 78, 150))
    for x, z in ((9.6, 62.0), (13.2, 55.0), (16.8, 66.0), (20.5, 58.0)):
        colour = [(60, 70, 160), (160, 100, 50), (215, 215, 215), (80, 140, 70)][int(rng.integers(4))]
        painter.ground((x - 0.3, x + 2.8), (z - 0.4, z + 12), (70, 70, 72))
        painter.block((x, x + 2.5), (0.5, 3.9), (z + 1.5, z + 13), shaded(colour, 0.7))
        painter.block((x, x + 2.5), (0.5, 3.1), (z, z + 1.5), colour)
        painter.block((x + 0.15, x + 2.35), (1.8, 2.7), (z - 0.05, z), (58, 52, 46))
        painter.block((x, x + 2.5), (0.05, 0.55), (z - 0.02, z), (34, 34, 35))


def _paint_islands(painter: _Painter) -> None:
    for left, right in ((-1.7, 0.05), _ISLAND_M):
        inner = right if right < LANE_M else left
        painter.ground((left, right), (_NEAR_M, 40), (138, 142, 144), y=_KERB_M)
        for number, z in enumerate(np.arange(_NEAR_M, 40, 1.0)):
            colour = (38, 190, 232) if number % 2 else (40, 40, 42)
            nearer, farther = float(z), float(z) + 1.0
            painter.face(
                [(inner, 0, nearer), (inner, 0, farther), (inner, _KERB_M, farther), (inner, _KERB_M, nearer)], colour
            )
    for x, z in ((-0.9, 26.0), (4.6, 16.0), (4.6, 27.0)):  # lamp post; columns of the roof above the gate
        painter.block(
            (x - 0.09, x + 0.09) if x < 0 else (x - 0.2, x + 0.2), (_KERB_M, 9), (z, z + 0.3), (150, 152, 154)
        )


def _paint_booth(painter: _Painter) -> None:
    left, right, z1, z2 = _BOOTH_M
    painter.block((left, right), (_KERB_M, 2.95), (z1, z2), (206, 210, 208))
    painter.block((left - 0.01, right), (_KERB_M, 0.95), (z1 - 0.01, z2), (150, 98, 48))
    for window in _BOOTH_WINDOWS:
        painter.face(window, (112, 98, 82))
    chest = ((left + 0.4, 1.1), (left + 0.85, 1.1), (left + 0.8, 1.5), (left + 0.45, 1.5))
    painter.face([(x, y, z1 - 0.03) for x, y in chest], (62, 92, 66))
    head = painter.view.at(left + 0.63, 1.63, z1)
    cv2.circle(painter.image, (round(head[0]), round(head[1])), 20, (96, 118, 150), -1, cv2.LINE_AA)
    painter.block((left + 0.72, left + 0.76), (1.1, 2.2), (z1 - 0.04, z1), (196, 200, 198))
    painter.block((left - 0.3, right + 0.3), (2.35, 2.6), (z1 - 0.4, z2 + 0.3), (120, 74, 40))


def _grained(image: Picture, rng: np.random.Generator) -> Picture:
    grain = rng.normal(0, 5, (HEIGHT, WIDTH)).astype(np.float32)
    grain[:112] *= 0.3
    return np.asarray(np.clip(image + grain[..., None], 0, 255), dtype=np.uint8)


def _hazy(image: Picture) -> Picture:
    """Far ground is pale: haze thickens towards the horizon."""
    rows = np.arange(HEIGHT, dtype=np.float32)
    thick = (0.34 * np.exp(-np.abs(rows - 100) / 42))[:, None, None]
    return (image * (1 - thick) + np.array([226, 220, 212]) * thick).astype(np.uint8)


def _at_night(image: Picture, view: View, *, booth: bool) -> Picture:
    """Lamps above the lane, a lit booth, lights far away; the rest is nearly black."""
    yy, xx = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    light = np.full((HEIGHT, WIDTH, 3), 0.05, np.float32) * np.array([1.25, 1.0, 0.85], np.float32)
    warm, white = np.array([0.50, 0.78, 0.98], np.float32), np.array([0.95, 1.0, 1.0], np.float32)
    for z, reach, strength, tint in ((6.2, 2.6, 0.52, white), (22.0, 6.0, 0.55, warm), (44.0, 12.0, 0.5, warm)):
        x_px, y_px = view.at(LANE_M, 0, z)
        wide, high = view.focal_px * 3.4 / z, max(14.0, view.focal_px * 2.2 * reach / z**2)
        light += (strength * np.exp(-(((xx - x_px) / wide) ** 2 + ((yy - y_px) / high) ** 2)))[..., None] * tint
    night = image * light
    if booth:
        for corners in _BOOTH_WINDOWS:
            outline = np.array([view.at(*corner) for corner in corners]).astype(np.int32)
            window = cv2.fillPoly(np.zeros((HEIGHT, WIDTH), np.uint8), [outline], 1)[..., None]
            night = np.where(window > 0, image * 0.45 + np.array([62, 104, 122]), night)
    for number in range(26):
        x_px, y_px = (number * 397) % WIDTH, 84 + (number * 53) % 22
        cv2.circle(night, (x_px, y_px), 1, (120, 190, 235) if number % 3 else (230, 230, 230), -1)
    bloom = cv2.GaussianBlur(np.clip(night - 130, 0, None), (0, 0), 14)
    return np.asarray(np.clip(night + 0.8 * bloom, 0, 255), dtype=np.uint8)
