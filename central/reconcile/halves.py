"""Two processes with the same memory, each of which finds half of what both need, and tells the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TypeVar, cast

T = TypeVar("T")


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
