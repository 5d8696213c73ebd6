"""How much may be under way to central: as much as it commits within two seconds. Pure: time is passed in.

A fast line is used well so, and on a slow one a vehicle that passes now does not wait behind a backlog.
"""

from __future__ import annotations

from collections.abc import Iterable

PASSAGES_FOR_A_PICTURE = 8
"""So many passages take the room of one picture. They are smaller still; a backlog is taken in larger batches by
central for it."""
_FIRST_PICTURES = 24
_FEWEST_PICTURES = 4
_FEWEST_PASSAGES = 192
"""About half a megabyte. With fewer at a time a busy central has more to do for each, and would be slower still."""
_PICTURES_SHARE = 0.75
"""Of the window, at most: a passage that happens now finds room beside the pictures of a backlog."""
_ROUND_S = 2.0
"""What comes back later than this had too much before it."""


class SendWindow:
    """Room for passages and pictures under way, `most_pictures` at most. It grows while rounds are quick."""

    def __init__(self, most_pictures: int) -> None:
        self._most = most_pictures * PASSAGES_FOR_A_PICTURE
        self.restart()

    @property
    def size(self) -> int:
        """How many passages' worth of pictures and passages may be under way."""
        return self._size

    def restart(self) -> None:
        """Another line: begin carefully."""
        self._size = min(self._most, _FIRST_PICTURES * PASSAGES_FOR_A_PICTURE)
        self._is_full = False
        self._shrunk_s = float("-inf")

    def room(self, *, passages: int, pictures: int) -> tuple[int, int]:
        """How many messages may follow those under way, and how many of these may be pictures."""
        size = max(self._size, min(self._most, _FEWEST_PASSAGES))
        free = size - pictures * PASSAGES_FOR_A_PICTURE - passages
        most_pictures = max(1, int(_PICTURES_SHARE * self._size) // PASSAGES_FOR_A_PICTURE)
        return max(0, free), max(0, min(most_pictures - pictures, -(-free // PASSAGES_FOR_A_PICTURE)))

    def used(self, *, passages: int, pictures: int) -> None:
        """Learn what is under way now: a window that is not filled does not grow."""
        free, free_for_pictures = self.room(passages=passages, pictures=pictures)
        self._is_full = free == 0 or (pictures > 0 and free_for_pictures == 0)

    def came_back(self, sent_s: Iterable[float], *, pictures: int, now_s: float) -> None:
        """Central has committed messages, some of them pictures, that were sent at these times."""
        times_s = [time_s for time_s in sent_s if time_s >= self._shrunk_s]  # what went before is no news
        if not times_s:
            return
        if now_s - min(times_s) > _ROUND_S:
            self._size = max(self._size // 2, min(self._most, _FEWEST_PICTURES * PASSAGES_FOR_A_PICTURE))
            self._shrunk_s = now_s
        elif self._is_full:
            cost = len(times_s) + pictures * (PASSAGES_FOR_A_PICTURE - 1)
            self._size = min(self._most, self._size + cost)
