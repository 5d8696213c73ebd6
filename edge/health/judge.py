"""What is wrong with a picture at this moment: numbers against limits. Nothing is remembered here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from contract.messages import HealthFinding, HealthReason, Severity
from edge.health.defects import Defects
from edge.health.look import Look, Mask, TileMeasures, quantile
from edge.health.spots import Spots
from edge.health.track import Place
from edge.health.unsteady import kept_in_motion, lost_wherever
from edge.health.view import Occupied, View, burnt_share

_FLAT_GREY = 3.0
_DIM_GREY = 8.0
_SPOTS, _SPOTS_SEVERE = 10.0, 30.0
"""Dirty spots in a whole picture."""
_SPOTS_CLEAR, _SPOTS_GONE_CLEAR = 0.25, 0.4
"""Share of the picture to be seen before dirt is told; and before it is called clean."""
_BUT_LETTERING = 0.97
"""Share of the picture beside the lettering that a camera writes into it, which stays white in a black picture."""
_GLOOM_GREY, _GLOOM_BRIGHTEST = 32.0, 54.0
_SOFT, _SOFT_SEVERE = 0.36, 0.26
"""Fine structure over coarse, in the sharper parts. Of 150 photographs of vehicles the least sharp one had 0.37, half
of them 0.59; seen through a blur of 3 pixels radius at 1280 half of them had 0.3 and 95 of 100 less than 0.39."""
_RAIN_RATIO = 1.25
"""Change from look to look, against the usual one, from which it rains: drops on the glass are weather then."""
_GRAINY = 7.0
"""Grain in which single parts with little structure do not tell whether they have lost it."""
_BURNT_GREY = 225.0
_RESHAPED_DIM = 0.75
_ALL_GONE = 0.85
_LOST_COARSE, _LOST_FINE = 0.4, 0.6
"""Of its usual structure what is covered shows less than so much, as amplitudes."""
_VEILED, _GLARE_LEAVES = 0.2, 0.25
"""A veil of glare leaves more of the structure, as amplitudes; share of the picture that must not be burnt out."""
_ROUNDING = 8.0
"""Coarse energy that compression makes of smooth shades."""
_OCCUPIED_SHARE = 0.6
_LITTLE_SHARE = 0.2
"""While no more is hidden, what differs from the usual picture everywhere is no vehicle."""
_CLEAR_SHARE = 0.25
_STEADY_PX = 1.6
_OF_LENS: Final = frozenset({HealthReason.COVERED, HealthReason.DEFOCUSED, HealthReason.DIRTY_LENS})
_OF_LIGHT: Final = frozenset({HealthReason.DARK, HealthReason.OVEREXPOSED, HealthReason.IR_FAILED})
_AGAINST_USUAL: Final = _OF_LENS | {HealthReason.MOVED, HealthReason.SHAKING}
_ALL: Final = (
    _AGAINST_USUAL
    | _OF_LIGHT
    | {
        HealthReason.CORRUPTED,
        HealthReason.FORMAT_CHANGED,
        HealthReason.NOISE,
        HealthReason.COLOUR_CAST,
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """All that was measured at one look. `view` is what the camera usually sees; it may be empty."""

    look: Look
    tiles: TileMeasures
    defects: Defects
    view: View
    occupied: Occupied
    place: Place
    spots: Spots
    busy: bool
    """A vehicle is known to be in view."""
    fresh: bool
    """Whether the frame is a new one: one that repeats has no noise to tell structure by."""
    reshaped: bool = False
    """Frames have another size than those that the view was learnt from: their grain is not comparable."""

    def numbers(self) -> dict[str, float]:
        """The measurements that are told."""
        low, high = quantile(self.look.coarse, 0.01), quantile(self.look.coarse, 0.99)
        numbers = {
            "mean_grey": round(float(self.look.coarse.mean()), 1),
            "detail_grey": round(float(high - low), 1),
            "white_share": round(burnt_share(self.tiles), 4),
            "flat_share": round(float((self.tiles.spread < _FLAT_GREY).mean()), 3),
            "noise_grey": round(self.tiles.grain, 2),
            "shake_px": round(self.place.shake_px(self.look.at_s), 2),
            "moved_share": round(self.place.reach_share, 4),
            "occupied_share": round(self.occupied.share, 3),
            "spots": round(self.spots.count, 1),
        }
        compared = _compared(self)
        if compared is None:
            return numbers
        return numbers | {"sharpness": round(compared.kept, 3)}


def finding(code: HealthReason, measure: float, limit: float, *, severe: float) -> HealthFinding:
    """A finding; severe from `severe` on, in the direction away from the limit."""
    beyond = measure >= severe if severe >= limit else measure <= severe
    return HealthFinding(
        code=code,
        severity=Severity.SEVERE if beyond else Severity.MODERATE,
        measure=round(float(measure), 4),
        limit=limit,
    )


def judge(scene: Scene) -> tuple[list[HealthFinding], dict[HealthReason, str]]:
    """Everything that is wrong, in no order; and what cannot be judged now, with the reason."""
    whole = _of_whole_picture(scene)
    if whole:
        return whole, dict.fromkeys(_ALL - {whole[0].code}, "not_visible")
    if not scene.fresh:
        light = _of_light(scene)
        return light, dict.fromkeys(_ALL - _OF_LIGHT - {one.code for one in light}, "not_visible")
    compared, texture = _compared(scene), _of_texture(scene)
    broken = any(one.code is HealthReason.CORRUPTED for one in texture)
    light, place, lens = _of_light(scene, broken=broken), _of_place(scene), _of_lens(scene, compared)
    unjudged = _not_to_be_judged(scene, compared, light)
    if place or scene.place.step_px > _STEADY_PX:
        # what lies elsewhere cannot be compared part by part
        lens = [] if unjudged.get(HealthReason.COVERED) == "lane_busy" else _of_lens_unsteady(scene, place)
        unjudged |= dict.fromkeys(_OF_LENS, "moved")
    elif unjudged.get(HealthReason.COVERED) == "lane_busy":
        lens = []
    if any(one.code in {HealthReason.DARK, HealthReason.IR_FAILED} for one in light):
        unjudged |= dict.fromkeys(_OF_LENS, "dark")
        lens = []
    if any(one.code is HealthReason.COVERED for one in lens):
        # a cover has a colour of its own
        light = [one for one in light if one.code is not HealthReason.COLOUR_CAST]
    found = [*light, *texture, *place, *lens]
    if any(one.code is not HealthReason.COLOUR_CAST for one in found):
        # what blurs, tears or dims a picture makes spots too
        unjudged.setdefault(HealthReason.DIRTY_LENS, "not_visible")
    elif HealthReason.DIRTY_LENS not in unjudged:
        found += _of_glass(scene)
        if scene.spots.clear < _SPOTS_GONE_CLEAR:
            unjudged[HealthReason.DIRTY_LENS] = "lane_busy"
    return found, {code: why for code, why in unjudged.items() if code not in {one.code for one in found}}


def _not_to_be_judged(scene: Scene, compared: _Compared | None, light: list[HealthFinding]) -> dict[HealthReason, str]:
    """What nothing can be said of now: neither that it is wrong, nor that it is not."""
    if not scene.view.ready:
        return dict.fromkeys(_AGAINST_USUAL, "no_reference")
    unjudged: dict[HealthReason, str] = {}
    if scene.place.alignment is None:
        unjudged |= dict.fromkeys((HealthReason.MOVED, HealthReason.SHAKING), "not_visible")
    if scene.busy or scene.occupied.share > _OCCUPIED_SHARE:
        unjudged |= dict.fromkeys(_OF_LENS, "lane_busy")
    elif compared is None:
        unjudged |= dict.fromkeys(_OF_LENS, "not_visible")
    tinted = any(one.code is HealthReason.COLOUR_CAST for one in light)
    if scene.busy or scene.spots.clear < _SPOTS_CLEAR or not _is_lit_as_usual(scene, tinted=tinted):
        unjudged[HealthReason.DIRTY_LENS] = "lane_busy"
    elif not scene.spots.steady_light or scene.tiles.noise > _RAIN_RATIO * scene.view.noise + 0.5:
        unjudged[HealthReason.DIRTY_LENS] = "not_visible"
    else:
        unjudged.pop(HealthReason.DIRTY_LENS, None)
    if (scene.view.known & ~scene.occupied.where).mean() <= _CLEAR_SHARE:
        unjudged |= dict.fromkeys(_OF_LIGHT | {HealthReason.COLOUR_CAST}, "lane_busy")
    return unjudged


def _of_whole_picture(scene: Scene) -> list[HealthFinding]:
    """Faults after which nothing else can be seen."""
    coarse = scene.look.coarse
    low, high = quantile(coarse, 0.01), quantile(coarse, 0.995)
    detail = high - low
    mean = float(coarse.mean())
    if mean < 16 and quantile(coarse, _BUT_LETTERING) - low < 14:
        return [finding(HealthReason.DARK, mean, 16.0, severe=12.0)]
    if mean < _GLOOM_GREY and high < _GLOOM_BRIGHTEST:
        # a lane at night is as dark, but has lamps, or what they light
        return [finding(HealthReason.DARK, float(high), _GLOOM_BRIGHTEST, severe=0.0)]
    white = float((scene.look.points > 250).mean())
    if white > 0.6:
        return [finding(HealthReason.OVEREXPOSED, white, 0.6, severe=0.75)]
    flat = float((scene.tiles.spread < _FLAT_GREY).mean())
    if flat > 0.9 and detail < 60 and not scene.busy and not scene.occupied.moving.any():
        return [finding(HealthReason.COVERED, flat, 0.9, severe=0.9)]
    gone = _gone_share(scene)
    if gone > _ALL_GONE and not scene.busy:
        dark = [one for one in _of_light(scene) if one.code is HealthReason.DARK]
        # as little is left of the structure as of the light: nothing covers it
        return dark or [finding(HealthReason.COVERED, gone, _ALL_GONE, severe=_ALL_GONE)]
    return []


def _gone_share(scene: Scene) -> float:
    """Share of the parts with structure that have lost it, whatever may stand or move before them.

    Things bring edges with them, however close they come; blurred pictures keep coarse ones.
    """
    view, tiles = scene.view, scene.tiles
    if not view.ready or view.structured.sum() < 0.3 * view.structured.size:
        return 0.0
    # noise is in `raw`, and not in the usual fine structure
    fine = tiles.raw < _LOST_FINE**2 * (view.fine + 2 * tiles.noise**2)
    gone = (tiles.coarse < _LOST_COARSE**2 * view.coarse) & fine
    return max(float(gone[view.structured].mean()), _gone_beside_glare(scene))


def _gone_beside_glare(scene: Scene) -> float:
    """The same where the picture is not burnt out, nor beside: a veil leaves more structure than a cover does."""
    view, tiles = scene.view, scene.tiles
    burnt = (tiles.mean >= _BURNT_GREY).astype(np.uint8)
    rest = view.structured & (cv2.dilate(burnt, np.ones((3, 3), np.uint8)) == 0)
    if not burnt.any() or rest.mean() < _GLARE_LEAVES:
        return 0.0
    gone = (tiles.coarse < _VEILED**2 * view.coarse + _ROUNDING) & (tiles.fine < _VEILED**2 * view.fine + 1.0)
    return float(gone[rest].mean())


def _of_light(scene: Scene, *, broken: bool = False) -> list[HealthFinding]:
    """Too much of it, too little, or of another colour. In a `broken` picture nothing tells what stands in the lane."""
    found = []
    view, tiles = scene.view, scene.tiles
    burnt = burnt_share(tiles)
    limit = 0.3 if not view.ready else min(0.35, view.white + 0.15)
    if burnt > limit:
        found.append(finding(HealthReason.OVEREXPOSED, burnt, round(limit, 3), severe=limit + 0.2))
    clear = view.known if broken else view.known & ~scene.occupied.where
    if view.ready and clear.mean() > _CLEAR_SHARE:
        left = quantile((tiles.mean[clear] + 4) / (view.mean[clear] + 4), 0.5)
        infrared = float(np.hypot(view.blue, view.red).mean()) < 6.0 and float(view.mean.mean()) < 110
        # the camera turns its gain up when its lamp goes out: what light is left comes with noise
        noisier = tiles.grain > 1.3 * view.grain
        if infrared and left < (0.78 if noisier else _RESHAPED_DIM if scene.reshaped else 0.45):
            found.append(finding(HealthReason.IR_FAILED, left, 0.78, severe=0.3))
        elif left < 0.4 and float(tiles.mean.mean()) < 60:
            found.append(finding(HealthReason.DARK, left, 0.4, severe=0.2))
    cast, limit = 0.0 if scene.busy else _cast(scene), 14.0 if view.ready else 45.0
    if cast > limit:
        found.append(finding(HealthReason.COLOUR_CAST, cast, limit, severe=2 * limit))
    return found


def _cast(scene: Scene) -> float:
    """How far all the colours went one way, in per cent; against the usual ones where they are known."""
    view, tiles = scene.view, scene.tiles
    lit = (tiles.mean > 14) & (tiles.mean < 235)
    blue, red = tiles.tint
    if view.ready:
        lit &= view.known & ~scene.occupied.where
        blue, red = blue - view.blue, red - view.red
    if lit.mean() < 0.2:
        return 0.0
    blue, red = blue[lit], red[lit]
    way = np.array([quantile(blue, 0.5), quantile(red, 0.5)])
    length = float(np.hypot(*way))
    return quantile((blue * way[0] + red * way[1]) / length, 0.3) if length > 1.0 else 0.0


def _of_texture(scene: Scene) -> list[HealthFinding]:
    found = []
    defects = scene.defects
    usual = scene.view.grain if scene.view.ready else 3.0
    grain_limit = round(min(max(2.2 * usual + 1.5, 5.0), 9.0), 2)
    hidden = scene.busy or scene.occupied.share > _LITTLE_SHARE
    stripes = defects.stripes if hidden else max(defects.stripes, defects.unusual_stripes)
    for measure, limit in ((scene.tiles.grain, grain_limit), (stripes, 4.0)):
        if measure > limit:
            found.append(finding(HealthReason.NOISE, measure, limit, severe=2.5 * limit))
            break
    broken = ((defects.blocks, 0.04), (defects.smeared, 0.02), (defects.torn, 0.06), (defects.flat_rows, 0.06))
    for measure, limit in broken if scene.view.ready else ():
        if measure > limit:
            found.append(finding(HealthReason.CORRUPTED, measure, limit, severe=4 * limit))
            break
    bars = max(now - usual for now, usual in zip(defects.bars, defects.usual_bars, strict=True))
    if bars > 0.06:
        found.append(finding(HealthReason.FORMAT_CHANGED, bars, 0.06, severe=0.2))
    return found


def _of_place(scene: Scene) -> list[HealthFinding]:
    alignment = scene.place.alignment
    found = []
    shake_px = scene.place.shake_px(scene.look.at_s)
    if shake_px > 2.6:
        found.append(finding(HealthReason.SHAKING, shake_px, 2.6, severe=7.0))
    if scene.view.ready and alignment is not None:
        if abs(alignment.stretch - 1) > 0.07:
            found.append(finding(HealthReason.FORMAT_CHANGED, abs(alignment.stretch - 1), 0.07, severe=0.15))
        elif alignment.reach_px / 320 > 0.015:
            found.append(finding(HealthReason.MOVED, alignment.reach_px / 320, 0.015, severe=0.05))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """Structure of the parts that nothing stands before, against their usual one."""

    clear: Mask
    lost: Mask
    """Parts that show next to nothing of what they usually show."""
    kept: float
    """How much of its fine structure the picture has kept, against the coarse one: 1 when as sharp as usual."""
    soft: float
    """Share of the sharp parts that are not so now."""


def _compared(scene: Scene) -> _Compared | None:
    view, tiles = scene.view, scene.tiles
    # what is burnt out shows nothing either, but nothing covers it
    clear = view.structured & ~scene.occupied.where & ~scene.occupied.moving & (tiles.mean < _BURNT_GREY)
    if not view.ready or clear.sum() < max(8, 0.3 * view.structured.sum()):
        return None
    coarse = np.sqrt(tiles.coarse / np.maximum(view.coarse, 1e-3))
    fine = np.sqrt((tiles.fine + 1.0) / (view.fine + 1.0))
    gain = quantile(coarse[clear], 0.75)
    lost = clear & (coarse < _LOST_COARSE * min(gain, 1.2)) & (fine < _LOST_FINE * min(gain, 1.2))
    sharp = clear & (view.fine > 12.0)
    if sharp.sum() < 6:
        return _Compared(clear, lost, 1.0, 0.0)
    kept = quantile((fine / np.maximum(coarse, 0.3 * gain + 1e-3))[sharp], 0.5)
    return _Compared(clear, lost, kept, float(((fine < _LOST_FINE * gain) & sharp).sum() / sharp.sum()))


def _is_lit_as_usual(scene: Scene, *, tinted: bool) -> bool:
    """Lamps and shadows of vehicles make spots as well.

    Colours that are lost (`tinted`) change the grey of all parts alike, and what is dirty by another share.
    """
    view, tiles = scene.view, scene.tiles
    lit = np.log((tiles.mean + _DIM_GREY) / (view.mean + _DIM_GREY))
    clear = view.known & ~scene.occupied.where & ~scene.occupied.moving
    if tinted:
        clear &= ~scene.spots.where
        lit -= quantile(lit[clear], 0.5) if clear.any() else 0.0
    lit = np.abs(lit)
    return bool(clear.any() and (lit[clear] > 0.2).mean() < 0.16)


def _of_lens(scene: Scene, compared: _Compared | None) -> list[HealthFinding]:
    tiles = scene.tiles
    shows = (tiles.coarse > 30.0) & ~scene.occupied.moving
    if shows.sum() >= 16:
        sharpest = quantile(np.sqrt(tiles.fine[shows] / tiles.coarse[shows]), 0.75)
        if sharpest < _SOFT:
            return [finding(HealthReason.DEFOCUSED, sharpest, _SOFT, severe=_SOFT_SEVERE)]
    if compared is None:
        return []
    share = float(compared.lost.sum() / compared.clear.sum())
    lost = compared.lost.astype(np.uint8)
    if scene.tiles.grain > _GRAINY:
        # a part with little structure tells nothing in strong noise: what lies around it tells for it
        lost = np.asarray(cv2.morphologyEx(lost, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), np.uint8)
    together = _largest(lost > 0) / lost.size
    # a lens out of focus keeps what is coarse: where that is gone as well something is before it
    if compared.kept < 0.65 and compared.soft > 0.7 and share < 0.4:
        return [finding(HealthReason.DEFOCUSED, compared.kept, 0.65, severe=0.35)]
    if together > 0.12 and share > 0.2:
        return [finding(HealthReason.COVERED, share, 0.2, severe=0.5)]
    return []


def _of_lens_unsteady(scene: Scene, place: list[HealthFinding]) -> list[HealthFinding]:
    """A lesser fault of its place does not hide a cover, nor one that shakes a lens out of focus."""
    found: list[HealthFinding] = []
    view = scene.view
    if not view.ready:
        return found
    moved = any(one.code is not HealthReason.SHAKING for one in place)
    if place and not moved:
        kept = kept_in_motion(scene.look, scene.tiles, view)
        if kept < 0.65:
            found.append(finding(HealthReason.DEFOCUSED, kept, 0.65, severe=0.35))
    clear = view.structured & ~scene.occupied.where & (scene.tiles.mean < _BURNT_GREY)
    lost = lost_wherever(scene.tiles, view, reach=2 if moved else 1, coarse=_LOST_COARSE, fine=_LOST_FINE) & clear
    share = float(lost.sum() / max(1, clear.sum()))
    if not found and _largest(lost) / lost.size > 0.12 and share > 0.2:
        found.append(finding(HealthReason.COVERED, share, 0.2, severe=0.5))
    return found


def _of_glass(scene: Scene) -> list[HealthFinding]:
    count = scene.spots.count
    if count <= _SPOTS or not scene.spots.scattered:
        return []
    return [finding(HealthReason.DIRTY_LENS, count, _SPOTS, severe=_SPOTS_SEVERE)]


def _largest(mask: Mask) -> int:
    if not mask.any():
        return 0
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    return int(stats[1:, cv2.CC_STAT_AREA].max())
