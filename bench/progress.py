"""A bar on standard error while a measurement runs; silent where nobody watches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from rich.console import Console
from rich.progress import track

T = TypeVar("T")


def watched(items: Iterable[T], label: str, number: int | None = None) -> Iterable[T]:
    """The items, with a bar that tells how many of them are done; `number`: how many there are, where `len` cannot."""
    console = Console(stderr=True)
    return track(items, label, number, console=console, transient=True, disable=not console.is_terminal)
