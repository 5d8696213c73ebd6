"""Trains the detector on shards of scenes.

    python -m training.detector.train --scenes runs/scenes --data FOLDER --out runs/detector --minutes 40

Resumes from `--out`. The learning rate follows the minutes. About 60 pictures a second on one free thread (bf16);
recall at IoU 0.5 on held-out pictures passes 90 % after some 20,000 pictures.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from training.detector.evaluate import recall_by_collection, table
from training.detector.model import Detector
from training.detector.scenes import Picture, real_pictures
from training.detector.targets import maps
from training.reader.model import as_input

BATCH = 16
_LOOSE_BOX = 0.15


class Shards:
    """Random samples of the scene shards."""

    def __init__(self, folder: Path, rng: random.Random, held: int = 16) -> None:
        self._folder, self._rng, self._held = folder, rng, held
        self._shards: list[dict[str, NDArray[Any]]] = []
        self._drawn = 0

    def draw(self, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures, states, values."""
        if not self._shards or self._drawn > 512:
            self._renew()
        self._drawn += count
        shard = self._rng.choice(self._shards)
        places = self._rng.sample(range(len(shard["images"])), count)
        made = [maps(shard["plates"][place]) for place in places]
        images = torch.from_numpy(shard["images"][places])
        return (
            images,
            torch.from_numpy(np.stack([m[0] for m in made])),
            torch.from_numpy(np.stack([m[1] for m in made])),
        )

    def _renew(self) -> None:
        paths = sorted(path for path in self._folder.glob("*.npz") if ".part" not in path.name)
        if not paths:
            raise FileNotFoundError(f"no shards in {self._folder}; run python -m training.detector.scenes first")
        self._drawn = 0
        for path in self._rng.sample(paths, min(len(paths), 2 if self._shards else self._held)):
            with np.load(path) as content:
                self._shards.append({name: content[name] for name in content.files})
        self._shards = self._shards[-self._held :]


def loss_of(output: Tensor, state: Tensor, values: Tensor) -> Tensor:
    """Focal loss on being a plate; smooth L1 on centre, size and corners, every plate weighing the same.

    Boxes drawn by people are loose: where the corners are not known, the box counts for little, so that tight corners
    come from plates whose corners are certain.
    """
    logits = output[:, 0].float()
    known = state >= 0
    chance = logits.sigmoid()
    right = torch.where(state == 1, chance, 1 - chance)
    bce = F.binary_cross_entropy_with_logits(logits, state.clamp(min=0), reduction="none")
    plates = values[..., 13].sum().clamp(min=1)
    balance = torch.where(state == 1, 0.6, 0.4)
    positive = (state == 1).sum().clamp(min=1)
    objects = ((1 - right) ** 2 * bce * balance)[known].sum() / positive * 4
    said = output[:, 1:].float().permute(0, 2, 3, 1)
    weight = values[..., 13]
    scale = torch.cat([torch.exp(-values[..., 2:4]), torch.ones_like(values[..., 2:4])], dim=-1)
    box = (F.smooth_l1_loss(said[..., :4] * scale, values[..., :4] * scale, reduction="none", beta=0.05)).sum(-1)
    corners = F.smooth_l1_loss(said[..., 4:], values[..., 4:12], reduction="none", beta=0.05).sum(-1) * values[..., 12]
    certain = _LOOSE_BOX + (1 - _LOOSE_BOX) * values[..., 12]
    return objects + ((box * 2 * certain + corners) * weight).sum() / plates


class Training:
    """The state of a run."""

    def __init__(self, out: Path, minutes: float, learning_rate: float, seed: int) -> None:
        torch.manual_seed(seed)
        self.out, self.minutes, self.learning_rate = out, minutes, learning_rate
        self.model = Detector().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # stubs lack the keyword
        self.average = {name: value.clone() for name, value in self.model.state_dict().items()}
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=learning_rate, weight_decay=0.02)
        self.seconds, self.steps = 0.0, 0

    def step(self, batch: tuple[Tensor, Tensor, Tensor]) -> float:
        """One update."""
        done = min(1.0, self.seconds / (self.minutes * 60))
        warm = min(1.0, (self.steps + 1) / 100)
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate * warm * (0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)
        images, state, values = batch
        self.model.train()
        with torch.autocast("cpu", torch.bfloat16):
            output = self.model(as_input(images).contiguous(memory_format=torch.channels_last))
        loss = loss_of(output, state, values)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimiser.step()
        self.steps += 1
        keep = min(0.997, self.steps / (self.steps + 20))
        for name, value in self.model.state_dict().items():
            if value.dtype.is_floating_point:
                self.average[name].lerp_(value, 1 - keep)
            else:
                self.average[name].copy_(value)
        return float(loss.detach())

    def averaged(self) -> Detector:
        """The model with averaged weights."""
        model = Detector()
        model.load_state_dict(self.average)
        return model.eval()

    def save(self) -> None:
        """Write `last.pt`."""
        draft = self.out / "last.part"
        state = {"model": self.model.state_dict(), "average": self.average, "optimiser": self.optimiser.state_dict()}
        torch.save(state | {"seconds": self.seconds, "steps": self.steps}, draft)
        draft.rename(self.out / "last.pt")

    def resume(self) -> None:
        """Go on from `last.pt` if it is there."""
        if (self.out / "last.pt").is_file():
            state = torch.load(self.out / "last.pt", map_location="cpu", weights_only=True)
            self.model.load_state_dict(state["model"])
            self.average = state["average"]
            self.optimiser.load_state_dict(state["optimiser"])
            self.seconds, self.steps = state["seconds"], state["steps"]


def run(training: Training, shards: Shards, held_out: list[Picture], checkpoint_minutes: float) -> None:
    """Train until the minutes are over, with a checkpoint every few minutes; then evaluate."""
    saved, shown, mean, samples = time.monotonic(), time.monotonic(), 5.0, 0
    while training.seconds < training.minutes * 60:
        started = time.monotonic()
        mean = 0.98 * mean + 0.02 * training.step(shards.draw(BATCH))
        training.seconds += time.monotonic() - started
        samples += BATCH
        if training.steps % 50 == 0:
            rate = samples / (time.monotonic() - shown)
            done = training.seconds / 60
            print(
                f"{done:6.1f} of {training.minutes} min  step {training.steps}  loss {mean:.3f}  {rate:.0f}/s",
                flush=True,
            )
            samples, shown = 0, time.monotonic()
        if time.monotonic() - saved > checkpoint_minutes * 60:
            training.save()
            saved = time.monotonic()
    training.save()
    print(table(recall_by_collection(training.averaged(), held_out)), flush=True)


def main() -> None:
    """Read the arguments and train."""
    options = argparse.ArgumentParser(description="train the detector")
    options.add_argument("--scenes", type=Path, required=True)
    options.add_argument("--data", type=Path, help="folder of real pictures, to evaluate on the held-out ones")
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--minutes", type=float, default=40)
    options.add_argument("--learning-rate", type=float, default=2e-3)
    options.add_argument("--seed", type=int, default=1)
    arguments = options.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(arguments.seed + int(time.time()) % 1000)
    held_out = real_pictures(arguments.data, held_out=True) if arguments.data else []
    rng.shuffle(held_out)
    training = Training(arguments.out, arguments.minutes, arguments.learning_rate, arguments.seed)
    training.resume()
    parameters = sum(value.numel() for value in training.model.parameters())
    print(f"{parameters / 1e6:.2f} M parameters, {len(held_out)} held-out pictures", flush=True)
    run(training, Shards(arguments.scenes, rng), held_out, 3.0)


if __name__ == "__main__":
    main()
