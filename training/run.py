"""What every training here does: a rate that follows the minutes, a running average of the weights, checkpoints.

The time counts, not the steps: on an occupied machine a run still ends when it should, only less well trained.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn

M = TypeVar("M", bound=nn.Module)
Weights = dict[str, Tensor]
_SHOWN_EVERY_STEPS = 50
_LINE_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast."""

    minutes: float
    batch: int
    learning_rate: float
    weight_decay: float
    warm_steps: int
    average_keep: float
    checkpoint_minutes: float


class Run(Generic[M]):
    """A model in training: weights, their running average, optimiser, time spent. `last.pt` in `out` is its memory."""

    def __init__(self, model: M, out: Path, schedule: Schedule) -> None:
        self.model, self.out, self.schedule = model, out, schedule
        self.average = {name: value.clone() for name, value in model.state_dict().items()}
        self.optimiser = torch.optim.AdamW(
            model.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay
        )
        self.seconds, self.steps = 0.0, 0

    @property
    def ended(self) -> bool:
        """Whether its minutes are over."""
        return self.seconds >= self.schedule.minutes * 60

    def update(self, loss: Tensor) -> None:
        """One step down; the rate warms up, then falls as half a cosine (Loshchilov and Hutter 2017)."""
        done = min(1.0, self.seconds / (self.schedule.minutes * 60))
        warm = min(1.0, (self.steps + 1) / self.schedule.warm_steps)
        for group in self.optimiser.param_groups:
            group["lr"] = self.schedule.learning_rate * warm * (0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimiser.step()
        keep = min(self.schedule.average_keep, (self.steps + 1) / (self.steps + 20))
        for name, value in self.model.state_dict().items():
            if value.dtype.is_floating_point:
                self.average[name].lerp_(value, 1 - keep)
            else:
                self.average[name].copy_(value)
        self.steps += 1

    def averaged(self, fresh: M) -> M:
        """`fresh`, a new model, with the running average of the weights."""
        fresh.load_state_dict(self.average)
        fresh.eval()
        return fresh

    def save(self) -> None:
        """Write `last.pt`; it appears whole or not at all."""
        draft = self.out / "last.part"
        state = {"model": self.model.state_dict(), "average": self.average, "optimiser": self.optimiser.state_dict()}
        torch.save(state | {"seconds": self.seconds, "steps": self.steps}, draft)
        draft.rename(self.out / "last.pt")

    def start_from(self, path: Path, fitted: Callable[[Weights], Weights] = lambda weights: weights) -> None:
        """Begin with the averaged weights of an earlier run (the key `average` of its `last.pt`), `fitted` to this."""
        self.average = fitted(torch.load(path, map_location="cpu", weights_only=True)["average"])
        self.model.load_state_dict(self.average)

    def resume(self) -> None:
        """Go on from `last.pt` if it is there."""
        if (self.out / "last.pt").is_file():
            state = torch.load(self.out / "last.pt", map_location="cpu", weights_only=True)
            self.model.load_state_dict(state["model"])
            self.average = state["average"]
            self.optimiser.load_state_dict(state["optimiser"])
            self.seconds, self.steps = state["seconds"], state["steps"]


def train(run: Run[M], step: Callable[[], float]) -> None:
    """Call `step` (it updates `run` and returns the loss to show) until the minutes are over, with checkpoints."""
    schedule, saved, lined, mean = run.schedule, time.monotonic(), 0.0, 0.0
    began_s, began_steps = time.monotonic(), run.steps
    with _progress() as progress:
        bar = progress.add_task("training", total=schedule.minutes * 60, completed=run.seconds, said="")
        while not run.ended:
            started = time.monotonic()
            loss = step()
            mean = 0.98 * mean + 0.02 * loss if mean else loss
            now = time.monotonic()
            run.seconds += now - started
            if run.steps % _SHOWN_EVERY_STEPS == 0:
                rate = (run.steps - began_steps) * schedule.batch / (now - began_s)
                said = f"step {run.steps}  loss {mean:.3f}  {rate:.0f} samples/s"
                progress.update(bar, completed=run.seconds, said=said)
                if not progress.console.is_terminal and now - lined > _LINE_EVERY_S:
                    print(f"{run.seconds / 60:6.1f} of {schedule.minutes} min  {said}", flush=True)
                    lined = now
            if now - saved > schedule.checkpoint_minutes * 60:
                run.save()
                saved = now
    run.save()


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def checkpoint(path: Path, fresh: M) -> M:
    """`fresh`, a new model, with the averaged weights of a checkpoint."""
    fresh.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["average"])
    fresh.eval()
    return fresh
