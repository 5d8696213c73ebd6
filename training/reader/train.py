r"""Trains the reader on rendered shards and, where there are some, real crops.

    python -m training.reader.train --config training/reader/full.toml --rendered runs/rendered \
        --data FOLDER --out runs/reader

Resumes from `--out`. The learning rate follows the minutes trained, so that an occupied machine still ends where it
should. Expect about 250 samples a second on one thread with bf16 (AMD EPYC, AVX512-BF16), and 60 % of held-out real
crops read exactly after ten minutes.
"""

from __future__ import annotations

import argparse
import math
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
from training.reader.model import Reader, as_input
from training.reader.prepare import RealCrop, real_crops, varied, weights
from training.reader.targets import Sample, encode


@dataclass(frozen=True, slots=True)
class Config:
    """One training run."""

    seed: int
    minutes: float
    batch: int
    real_share: float
    learning_rate: float
    weight_decay: float
    width: float
    permissive_only: bool
    checkpoint_minutes: float


class Rendered:
    """Random samples out of the newest shards; looks for new ones now and then."""

    def __init__(self, folder: Path, rng: random.Random, held: int = 12) -> None:
        self._folder, self._rng, self._held = folder, rng, held
        self._shards: list[dict[str, NDArray[Any]]] = []
        self._drawn = 0

    def draw(self, count: int) -> dict[str, NDArray[Any]]:
        """`count` samples of one shard, with light changes of brightness."""
        if not self._shards or self._drawn > 4096 * 2:
            self._renew()
        shard = self._rng.choice(self._shards)
        places = np.array(self._rng.sample(range(len(shard["images"])), count))
        self._drawn += count
        return {name: values[places] for name, values in shard.items()}

    def _renew(self) -> None:
        paths = sorted(path for path in self._folder.glob("*.npz") if ".part" not in path.name)
        if not paths:
            raise FileNotFoundError(f"no shards in {self._folder}; run python -m training.reader.render first")
        self._drawn = 0
        for path in self._rng.sample(paths, min(len(paths), self._held if not self._shards else 2)):
            with np.load(path) as content:
                self._shards.append({name: content[name] for name in content.files})
        self._shards = self._shards[-self._held :]


class Batches:
    """Rendered and real samples together."""

    def __init__(self, rendered: Rendered, crops: list[RealCrop], config: Config, rng: random.Random) -> None:
        self._rendered, self._crops, self._rng = rendered, crops, rng
        self._real = round(config.batch * config.real_share) if crops else 0
        self._made = config.batch - self._real
        self._weights = weights(crops)

    def draw(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Pictures, texts, frames, facts."""
        made = self._rendered.draw(self._made)
        real = (
            [varied(c, self._rng) for c in self._rng.choices(self._crops, self._weights, k=self._real)]
            if self._real
            else []
        )
        return (
            _joined(made["images"], [sample.image for sample in real]),
            _joined(made["texts"], [encode(sample.text) for sample in real]),
            _joined(made["frames"], [sample.frames for sample in real]),
            _joined(made["facts"], [_facts(sample) for sample in real]),
        )


def _facts(sample: Sample) -> NDArray[np.int8]:
    return np.array((sample.country, sample.colour, sample.lines, sample.legible), np.int8)


def _joined(made: NDArray[Any], real: list[NDArray[Any]]) -> Tensor:
    return torch.from_numpy(np.concatenate([made, np.stack(real)]) if real else made)


class Training:
    """The state of a run: weights, their running average, optimiser, time spent."""

    def __init__(self, config: Config, out: Path) -> None:
        torch.manual_seed(config.seed)
        self.config, self.out = config, out
        self.model = Reader(config.width).to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # stubs lack the keyword
        self.average = {name: value.clone() for name, value in self.model.state_dict().items()}
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.seconds, self.steps = 0.0, 0

    def step(self, batch: tuple[Tensor, Tensor, Tensor, Tensor]) -> float:
        """One update; returns the text loss."""
        done = min(1.0, self.seconds / (self.config.minutes * 60))
        warm = min(1.0, (self.steps + 1) / 300)
        for group in self.optimiser.param_groups:
            group["lr"] = self.config.learning_rate * warm * (0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)
        images, texts, frames, facts = batch
        self.model.train()
        with torch.autocast("cpu", torch.bfloat16):
            steps, said = self.model(as_input(images).contiguous(memory_format=torch.channels_last))
        text = text_loss(steps, texts)
        loss = text + (2.0 if self.steps < 3000 else 0.5) * place_loss(steps, frames) + 0.1 * facts_loss(said, facts)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimiser.step()
        self._follow()
        self.steps += 1
        return float(text.detach())

    def _follow(self) -> None:
        keep = min(0.998, (self.steps + 1) / (self.steps + 20))
        for name, value in self.model.state_dict().items():
            if value.dtype.is_floating_point:
                self.average[name].lerp_(value, 1 - keep)
            else:
                self.average[name].copy_(value)

    def averaged(self) -> Reader:
        """The model with averaged weights."""
        model = Reader(self.config.width)
        model.load_state_dict(self.average)
        return model

    def save(self) -> None:
        """Write `last.pt`."""
        draft = self.out / "last.part"
        torch.save(
            {
                "width": self.config.width,
                "model": self.model.state_dict(),
                "average": self.average,
                "optimiser": self.optimiser.state_dict(),
                "seconds": self.seconds,
                "steps": self.steps,
            },
            draft,
        )
        draft.rename(self.out / "last.pt")

    def resume(self) -> None:
        """Go on from `last.pt` if it is there."""
        if (self.out / "last.pt").is_file():
            state = torch.load(self.out / "last.pt", map_location="cpu", weights_only=True)
            self.model.load_state_dict(state["model"])
            self.average = state["average"]
            self.optimiser.load_state_dict(state["optimiser"])
            self.seconds, self.steps = state["seconds"], state["steps"]


def run(training: Training, batches: Batches, held_out: list[RealCrop]) -> None:
    """Train until the minutes are over, with a checkpoint every few minutes; then evaluate."""
    config = training.config
    saved, samples, shown, mean = time.monotonic(), 0, time.monotonic(), 4.0
    while training.seconds < config.minutes * 60:
        started = time.monotonic()
        mean = 0.98 * mean + 0.02 * training.step(batches.draw())
        training.seconds += time.monotonic() - started
        samples += config.batch
        if training.steps % 100 == 0:
            rate = samples / (time.monotonic() - shown)
            done = training.seconds / 60
            print(
                f"{done:6.1f} of {config.minutes} min  step {training.steps}  loss {mean:.3f}  {rate:.0f}/s", flush=True
            )
            samples, shown = 0, time.monotonic()
        if time.monotonic() - saved > config.checkpoint_minutes * 60:
            training.save()
            saved = time.monotonic()
    training.save()
    print(table(exact_by_group(training.averaged(), held_out)), flush=True)


def main() -> None:
    """Read the configuration, load the data, train."""
    options = argparse.ArgumentParser(description="train the reader")
    options.add_argument("--config", type=Path, required=True)
    options.add_argument("--rendered", type=Path, required=True)
    options.add_argument("--data", type=Path, help="folder of real pictures; without it rendered plates only")
    options.add_argument("--out", type=Path, required=True)
    arguments = options.parse_args()
    config = Config(**tomllib.loads(arguments.config.read_text(encoding="utf-8")))
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(config.seed + int(time.time()) % 1000)
    crops = real_crops(arguments.data, held_out=False, permissive_only=config.permissive_only) if arguments.data else []
    held_out = real_crops(arguments.data, held_out=True) if arguments.data else []
    training = Training(config, arguments.out)
    training.resume()
    parameters = sum(value.numel() for value in training.model.parameters())
    print(f"{parameters / 1e6:.2f} M parameters, {len(crops)} real crops, {len(held_out)} held out", flush=True)
    run(training, Batches(Rendered(arguments.rendered, rng), crops, config, rng), held_out)


if __name__ == "__main__":
    main()
