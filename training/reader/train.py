r"""Trains the reader on rendered shards and, where there are some, real crops.

    python -m training.reader.train --config training/reader/full.toml --rendered runs/rendered \
        --data FOLDER --out runs/reader

Resumes from `--out`; `--start training/reader/start.pt` begins with the weights of the last export.
On one thread of a Xeon with AMX, beside a renderer on the other core: 200 samples a second
(bf16); 60 % of held-out real crops are read exactly after five minutes, 90 % after half an hour.
"""

from __future__ import annotations

import argparse
import random
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.reader.evaluate import exact_by_group, table
from training.reader.losses import facts_loss, place_loss, text_loss
from training.reader.model import Reader, as_input, with_all_classes
from training.reader.prepare import RealCrop, foreign_crops, real_crops, varied, weights
from training.reader.targets import Sample, encode, parted
from training.run import Run, Schedule, train
from training.shards import Shards

_SHARDS_HELD, _RENEW_AFTER = 12, 8192
_FOREIGN_A_BATCH = 3
_LEGIBLE = 3
_GUIDED_STEPS = 3000
"""For so long the places of rendered characters weigh most; without that, CTC alone does not begin to learn."""


@dataclass(frozen=True, slots=True)
class Config:
    """One training run."""

    seed: int
    real_share: float
    permissive_only: bool
    schedule: Schedule


def read_config(path: Path) -> Config:
    """The configuration of a file; unknown or missing keys are a TypeError that names them."""
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    return Config(schedule=Schedule(**values.pop("schedule")), **values)


class Batches:
    """Rendered and real samples together."""

    def __init__(
        self, rendered: Shards, crops: list[RealCrop], foreign: list[RealCrop], config: Config, rng: random.Random
    ) -> None:
        self._rendered, self._crops, self._foreign, self._rng = rendered, crops, foreign, rng
        self._real = round(config.schedule.batch * config.real_share) if crops else 0
        self._others = _FOREIGN_A_BATCH if foreign else 0
        self._made = config.schedule.batch - self._real - self._others
        self._weights = weights(crops)

    def draw(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Pictures, texts, frames, facts."""
        made = self._rendered.draw(self._made)
        chosen = self._rng.choices(self._crops, self._weights, k=self._real) if self._real else []
        chosen += self._rng.choices(self._foreign, k=self._others) if self._others else []
        real = [varied(crop, self._rng) for crop in chosen]
        return (
            _joined(made["images"], [sample.image for sample in real]),
            _joined(made["texts"], [encode(sample.text) for sample in real]),
            _joined(parted(made["frames"]), [sample.frames for sample in real]),
            _joined(made["facts"], [_facts(sample) for sample in real]),
        )


def _facts(sample: Sample) -> NDArray[np.int8]:
    return np.array((sample.country, sample.colour, sample.lines, sample.legible), np.int8)


def _joined(made: NDArray[Any], real: list[NDArray[Any]]) -> Tensor:
    return torch.from_numpy(np.concatenate([made, np.stack(real)]) if real else made)


def step(run: Run[Reader], batches: Batches) -> float:
    """One update; returns the text loss."""
    images, texts, frames, facts = batches.draw()
    run.model.train()
    with torch.autocast("cpu", torch.bfloat16):
        steps, said = run.model(as_input(images).contiguous(memory_format=torch.channels_last))
    text = text_loss(steps, texts, facts[:, _LEGIBLE] >= 0)
    guidance = (2.0 if run.steps < _GUIDED_STEPS else 0.5) * place_loss(steps, frames)
    run.update(text + guidance + 0.1 * facts_loss(said, facts))
    return float(text.detach())


def main() -> None:
    """Read the configuration, load the data, train, and tell how held-out crops are read."""
    options = argparse.ArgumentParser(description="train the reader")
    options.add_argument("--config", type=Path, required=True)
    options.add_argument("--rendered", type=Path, required=True)
    options.add_argument("--data", type=Path, help="folder of real pictures; without it rendered plates only")
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--start", type=Path, help="averaged weights of an earlier run, start.pt")
    arguments = options.parse_args()
    config = read_config(arguments.config)
    torch.set_num_threads(1)
    torch.manual_seed(config.seed)
    cv2.setNumThreads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(config.seed + int(time.time()) % 1000)
    crops = real_crops(arguments.data, held_out=False, permissive_only=config.permissive_only) if arguments.data else []
    foreign = foreign_crops(arguments.data, permissive_only=config.permissive_only) if arguments.data else []
    run = Run(Reader().to(memory_format=torch.channels_last), arguments.out, config.schedule)  # type: ignore[call-overload]  # stubs lack the keyword
    if arguments.start:
        run.start_from(arguments.start, with_all_classes)
    run.resume()
    millions = sum(value.numel() for value in run.model.parameters()) / 1e6
    print(f"{millions:.2f} M parameters, {len(crops)} real crops of ours, {len(foreign)} of other countries")
    rendered = Shards(arguments.rendered, rng, held=_SHARDS_HELD, renew_after=_RENEW_AFTER)
    batches = Batches(rendered, crops, foreign, config, rng)
    train(run, lambda: step(run, batches))
    if arguments.data:
        print(table(exact_by_group(run.averaged(Reader()), real_crops(arguments.data, held_out=True))))


if __name__ == "__main__":
    main()
