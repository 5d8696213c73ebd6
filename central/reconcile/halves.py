"""Two processes with the same memory, each of which finds half of what both need, and tells the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from typing import Final, TypeVar, cast

T = TypeVar("T")
_AT_ONCE: Final = 200
"""Things of one turn."""


@dataclass(frozen=True, slots=True)
class Half:
    """One of the two: its number (0 or 1), and the way to the other."""

    number: int
    pipe: Connection

    def share(self, things: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
        """Own things and the other's, of what both have in the same order."""
        return things[self.number :: 2], things[1 - self.number :: 2]

    def swap(self, found: T) -> T:
        """Give what was found for what the other found. One sends first: two that send fill both pipes and wait."""
        if self.number:
            self.pipe.send(found)
            return cast("T", self.pipe.recv())
        theirs = cast("T", self.pipe.recv())
        self.pipe.send(found)
        return theirs


@dataclass(frozen=True, slots=True)
class Turns:
    """Things that both take by turns, some at a time, until all are taken: who is done sooner takes more."""

    taken: Synchronized[int]
    """How many, by both."""

    def of(self, things: Sequence[T]) -> Iterator[Sequence[T]]:
        """Those of each own turn, of what both have in the same order."""
        while (first := self._take()) < len(things):
            yield things[first : first + _AT_ONCE]

    def _take(self) -> int:
        with self.taken.get_lock():
            first = self.taken.value
            self.taken.value = first + _AT_ONCE
        return first
