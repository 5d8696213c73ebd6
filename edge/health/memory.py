"""What a camera saw at each hour of the day, kept over days and restarts.

The view that a camera is judged by follows the light within minutes, and so would follow dirt that settles in a day.
Against that stands the view of the same hour of earlier days: with a new hour its structure is taken from there, its
light from now.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime

import numpy as np

from contract.errors import StoreError
from edge.health.view import View

_LEAST_LOOKS = 1500
"""Five minutes of looks without a fault make an hour's view worth keeping."""
_HOURS = 24
_ARRAYS = ("fine", "coarse", "mean", "blue", "red", "learnt", "slopes", "picture")
_NUMBERS = ("noise", "grain", "white", "looks")
_FORMAT = 1


class ViewMemory:
    """Views by hour of the day (UTC). `keep` is called with the bytes to store whenever one was added."""

    def __init__(self, keep: Callable[[bytes], None] | None = None) -> None:
        self._keep = keep
        self._views: dict[int, View] = {}
        self._hour: int | None = None
        self._clean = True

    def turn(self, at: datetime, now: View, *, clean: bool) -> View | None:
        """Tell the time of a look; returns the view to judge by from now on when a new hour has begun that is known.

        `clean`: there is no evidence of any fault. An hour with such evidence is not kept.
        """
        before, self._hour = self._hour, at.hour
        if before in (None, at.hour):
            self._clean = self._clean and clean
            return None
        assert before is not None
        if self._clean and clean and now.looks >= _LEAST_LOOKS:
            self._views[before] = now.copy()
            if self._keep is not None:
                self._keep(self.as_bytes())
        self._clean = clean
        kept = self._views.get(at.hour)
        return kept.in_light_of(now) if kept is not None and clean else None

    def forget(self) -> None:
        """The camera sees something else from now on."""
        self._views.clear()
        if self._keep is not None:
            self._keep(self.as_bytes())

    def as_bytes(self) -> bytes:
        """All views, to be stored."""
        arrays: dict[str, np.ndarray] = {"format": np.array(_FORMAT)}
        for hour, view in self._views.items():
            for name in _ARRAYS:
                value = getattr(view, name)
                arrays[f"{hour}/{name}"] = value.astype(np.uint8) if name == "picture" else value.astype(np.float16)
            arrays[f"{hour}/numbers"] = np.array([getattr(view, name) for name in _NUMBERS], np.float64)
        out = io.BytesIO()
        np.savez_compressed(out, **arrays)  # type: ignore[arg-type]  # its stub takes a flag among the arrays
        return out.getvalue()

    def load(self, data: bytes) -> None:
        """Take stored views.

        Raises:
            StoreError: they are damaged, or of another format.

        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as stored:
                written = int(stored["format"])
                hours = {int(name.split("/")[0]) for name in stored.files if "/" in name}
                views = {hour: _view_of(stored, hour) for hour in hours if 0 <= hour < _HOURS}
        except (ValueError, KeyError, OSError, EOFError) as error:
            raise StoreError(f"expected the views of a camera, format {_FORMAT}; got {error}") from error
        if written != _FORMAT:
            raise StoreError(f"expected the views of a camera, format {_FORMAT}; got format {written}")
        self._views = views


def _view_of(stored: np.lib.npyio.NpzFile, hour: int) -> View:
    view = View()
    for name in _ARRAYS:
        like = getattr(view, name)
        value = stored[f"{hour}/{name}"].astype(like.dtype)
        if value.shape != like.shape:
            raise ValueError(f"{name} of shape {value.shape}")
        setattr(view, name, value)
    for name, number in zip(_NUMBERS, stored[f"{hour}/numbers"], strict=True):
        setattr(view, name, type(getattr(view, name))(number))
    return view
