r"""Trains the detector on shards of scenes.

    python -m training.detector.train --config training/detector/full.toml --scenes runs/scenes \
        --data FOLDER --out runs/detector

Resumes from `--out`; `--start training/detector/start.pt` begins with the weights of the last export.
On one thread of a Xeon with AMX: 60 pictures of 320 px a second (bf16); after half an hour 95 %
of the plates of held-out Chinese and 98 % of Vietnamese pictures are found.
"""

from __future__ import annotations

import argparse
import random
import time
import tomllib
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from training.detector.evaluate import recall_by_collection, table
from training.detector.model import Detector
from training.detector.scenes import real_pictures
from training.detector.targets import maps
from training.reader.model import as_input
from training.run import Run, Schedule, train
from training.shards import Shards

_SHARDS_HELD, _RENEW_AFTER = 16, 512
_LOOSE_BOX = 0.15


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


def step(run: Run[Detector], shards: Shards) -> float:
    """One update; returns the loss."""
    drawn = shards.draw(run.schedule.batch)
    made = [maps(packed) for packed in drawn["plates"]]
    state, values = (torch.from_numpy(np.stack(part)) for part in zip(*made, strict=True))
    run.model.train()
    images = as_input(torch.from_numpy(drawn["images"])).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        output = run.model(images)
    loss = loss_of(output, state, values)
    run.update(loss)
    return float(loss.detach())


def main() -> None:
    """Read the configuration, train, and tell what is found in held-out pictures."""
    options = argparse.ArgumentParser(description="train the detector")
    options.add_argument("--config", type=Path, required=True)
    options.add_argument("--scenes", type=Path, required=True)
    options.add_argument("--data", type=Path, help="folder of real pictures, to evaluate on the held-out ones")
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--start", type=Path, help="averaged weights of an earlier run, start.pt")
    arguments = options.parse_args()
    config = tomllib.loads(arguments.config.read_text(encoding="utf-8"))
    seed, schedule = config["seed"], Schedule(**config["schedule"])
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    cv2.setNumThreads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed + int(time.time()) % 1000)
    run = Run(Detector().to(memory_format=torch.channels_last), arguments.out, schedule)  # type: ignore[call-overload]  # stubs lack the keyword
    if arguments.start:
        run.start_from(arguments.start)
    run.resume()
    print(f"{sum(value.numel() for value in run.model.parameters()) / 1e6:.2f} M parameters", flush=True)
    shards = Shards(arguments.scenes, rng, held=_SHARDS_HELD, renew_after=_RENEW_AFTER)
    train(run, lambda: step(run, shards))
    if arguments.data:
        print(table(recall_by_collection(run.averaged(Detector()), real_pictures(arguments.data, held_out=True))))


if __name__ == "__main__":
    main()
