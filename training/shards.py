"""Samples on disk: files of some hundreds or thousands, written by a renderer while a training reads them."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = dict[str, NDArray[Any]]


def write(path: Path, samples: Samples) -> None:
    """Store samples (arrays of equal length); the file appears whole or not at all."""
    draft = path.with_suffix(".part")
    with draft.open("wb") as file:
        np.savez(file, **samples)
    draft.rename(path)


class Shards:
    """Random samples out of the files of a folder; takes up new files now and then."""

    def __init__(self, folder: Path, rng: random.Random, *, held: int, renew_after: int) -> None:
        """Hold `held` files in memory, and exchange two of them after every `renew_after` samples."""
        self._folder, self._rng, self._held, self._renew_after = folder, rng, held, renew_after
        self._shards: list[Samples] = []
        self._drawn = 0

    def draw(self, count: int) -> Samples:
        """`count` different samples of one file.

        Raises:
            FileNotFoundError: the folder holds no samples yet.

        """
        if not self._shards or self._drawn > self._renew_after:
            self._renew()
        self._drawn += count
        shard = self._rng.choice(self._shards)
        places = self._rng.sample(range(len(next(iter(shard.values())))), count)
        return {name: values[places] for name, values in shard.items()}

    def _renew(self) -> None:
        paths = sorted(self._folder.glob("*.npz"))
        if not paths:
            raise FileNotFoundError(
                f"no samples in {self._folder}; make some first, as the module that trains on them says"
            )
        self._drawn = 0
        for path in self._rng.sample(paths, min(len(paths), 2 if self._shards else self._held)):
            with np.load(path) as content:
                self._shards.append({name: content[name] for name in content.files})
        self._shards = self._shards[-self._held :]
