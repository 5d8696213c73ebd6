"""Files that belong to a transaction: on disk before the rows that name them can be, many for little more than one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_SYNCS = ThreadPoolExecutor(8, thread_name_prefix="sync")
"""Syncs under way together: the file system puts them into one entry of its journal, where one by one each waits."""


class NewFiles:
    """Files written in one transaction. They have their names, and are on disk, once `sync` has returned."""

    def __init__(self) -> None:
        self._written: dict[Path, Path] = {}

    def write(self, path: Path, content: bytes) -> None:
        """Write a file; until `sync` it lies beside its place.

        Raises:
            OSError: the disk is full or broken. So for `sync`.

        """
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".part")
        beside.write_bytes(content)
        self._written[path] = beside

    def sync(self) -> None:
        """Bring all of them to disk: first what is in them, then their names."""
        _sync_all(self._written.values())
        for path, beside in self._written.items():
            beside.replace(path)
        _sync_all({path.parent for path in self._written})
        self._written.clear()


def _sync_all(paths: Iterable[Path]) -> None:
    for _ in _SYNCS.map(_sync, paths):
        pass  # raises what went wrong with any of them


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
