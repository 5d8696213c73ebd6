"""What a camera saw at each full hour of the day, kept over days and restarts.

The view that a camera is judged by follows the light within minutes, and so would follow dirt that settles in a day.
Against that stands the view of the same hour of earlier days, which follows within weeks: with a new hour, and after a
restart, structure is taken from there, light from now.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from datetime import datetime
from typing import Final

import numpy as np

from contract.errors import StoreError
from edge.health.look import TileMeasures, Tiles
from edge.health.view import View

_LEAST_LOOKS = 1500
"""Five minutes of looks without a fault make a view worth keeping."""
_SOON_MINUTES = 15
"""A view learnt later than that is not the hour's."""
_A_DAY = 0.1
"""Share of a kept view that a day renews: what is lost bit by bit is missed for about two weeks."""
_GREY_TINT = 6.0
"""Mean tint, in per cent, below which a picture is taken by infrared."""
_SAME_LIGHT = 2.5
_HOURS = 24
_LEARNT = ("fine", "coarse", "mean", "blue", "red", "slopes", "picture")
_NUMBERS = ("noise", "grain", "white", "looks")
_FORMAT = 1
_DIGEST_BYTES: Final = hashlib.sha256().digest_size
_MOST = float(np.finfo(np.float16).max)


class ViewMemory:
    """Views by full hour (UTC), each of some 200 kB.

    `changed` is called whenever there is something new to store; `clock_set` says whether times can be trusted.
    """

    def __init__(
        self, changed: Callable[[], None] = lambda: None, clock_set: Callable[[], bool] = lambda: True
    ) -> None:
        self._changed = changed
        self._clock_set = clock_set
        self._packed: dict[int, bytes] = {}
        self._hour: int | None = None

    def turn(self, at: datetime, now: View, tiles: TileMeasures, *, clean: bool) -> View | None:
        """Tell the time of a look and what it measured.

        Returns the view to judge by from now on, when a new hour has begun or this is the first look, and a view of
        this hour and light is known. `clean`: there is no evidence of any fault; with it the hour does not turn.
        """
        if not clean or at.hour == self._hour or not self._clock_set():
            return None
        before, self._hour = self._hour, at.hour
        nearest = (at.hour + (at.minute >= 30)) % _HOURS
        kept = self._view_of(nearest)
        if before is not None and at.minute < _SOON_MINUTES and now.looks >= _LEAST_LOOKS:
            older = self._view_of(at.hour)
            self._packed[at.hour] = _packed(now if older is None else _renewed(older, now))
            self._changed()
        if kept is None:
            return None
        if now.ready:
            return kept.in_light_of(now) if _same_light(kept, now.mean, now.blue, now.red) else None
        return _in_light_of_look(kept, tiles) if _same_light(kept, tiles.mean, *tiles.tint) else None

    def forget(self) -> None:
        """The camera sees something else from now on."""
        self._packed.clear()
        self._changed()

    def as_bytes(self) -> bytes:
        """All views, to be stored. From any thread; packing takes some 30 ms."""
        out = io.BytesIO()
        hours = {str(hour): np.frombuffer(packed, np.uint8) for hour, packed in self._packed.copy().items()}
        np.savez(out, format=np.array(_FORMAT), **hours)  # type: ignore[arg-type]  # its stub takes a flag among the arrays
        return hashlib.sha256(out.getvalue()).digest() + out.getvalue()

    def load(self, data: bytes) -> None:
        """Take stored views.

        Raises:
            StoreError: they are damaged, or of another format.

        """
        digest, stored = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
        if hashlib.sha256(stored).digest() != digest:
            raise StoreError(f"expected the views of a camera as they were stored; got {len(data)} bytes, damaged")
        with np.load(io.BytesIO(stored), allow_pickle=False) as archive:
            if int(archive["format"]) != _FORMAT:
                raise StoreError(f"expected the views of a camera, format {_FORMAT}; got {int(archive['format'])}")
            self._packed = {int(name): archive[name].tobytes() for name in archive.files if name != "format"}

    def _view_of(self, hour: int) -> View | None:
        return _unpacked(self._packed[hour]) if hour in self._packed else None


def _same_light(kept: View, mean: Tiles, blue: Tiles, red: Tiles) -> bool:
    """Whether both were taken by colour or both by infrared, and about as bright: edges differ elsewhere."""
    infrared = float(np.hypot(kept.blue, kept.red)[kept.known].mean()) < _GREY_TINT
    gain = _gain(kept, mean)
    return infrared == (float(np.hypot(blue, red).mean()) < _GREY_TINT) and 1 / _SAME_LIGHT < gain < _SAME_LIGHT


def _gain(kept: View, mean: Tiles) -> float:
    return float(np.median(((mean + 4) / (kept.mean + 4))[kept.known]))


def _in_light_of_look(kept: View, tiles: TileMeasures) -> View:
    """The kept view in the light of one look, as a whole: a vehicle may stand before some of it."""
    view = kept.copy()
    view.mean *= _gain(kept, tiles.mean)
    view.blue += np.median((tiles.tint[0] - kept.blue)[kept.known])
    view.red += np.median((tiles.tint[1] - kept.red)[kept.known])
    return view


def _renewed(older: View, now: View) -> View:
    view = older.copy()
    for name in _LEARNT:
        value = getattr(view, name)
        value += _A_DAY * (getattr(now, name) - value)
    view.learnt[:] = now.learnt
    for name in ("noise", "grain", "white"):
        setattr(view, name, getattr(older, name) + _A_DAY * (getattr(now, name) - getattr(older, name)))
    view.looks = now.looks
    return view


def _packed(view: View) -> bytes:
    arrays: dict[str, np.ndarray] = {"numbers": np.array([getattr(view, name) for name in _NUMBERS], np.float64)}
    for name in (*_LEARNT, "learnt"):
        value = np.minimum(getattr(view, name), _MOST)
        arrays[name] = np.rint(value).astype(np.uint8) if name == "picture" else value.astype(np.float16)
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]  # as above
    return out.getvalue()


def _unpacked(packed: bytes) -> View:
    view = View()
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        for name in (*_LEARNT, "learnt"):
            like = getattr(view, name)
            like[:] = arrays[name].astype(like.dtype)
        noise, grain, white, looks = arrays["numbers"]
    view.noise, view.grain, view.white, view.looks = float(noise), float(grain), float(white), int(looks)
    return view
