"""The reader network: 64 × 160 picture in, 2 × 40 character distributions and facts about the plate out.

Plain convolutions with shortcuts, few and wide so that a processor's matrix units are busy; ReLU, because it costs
nothing and survives int8. The map of 4 × 40 cells is folded into two virtual text rows by one layer that sees whole
columns, so that one path reads plates of one and of two rows, level or tilted.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.reader.targets import CLASSES, COLOURS, COUNTRIES, HEIGHT

FACTS = (len(COUNTRIES), len(COLOURS), 2, 1)
"""Sizes of the fact heads: country, colour, rows, legible."""


class Block(nn.Module):
    """3 × 3 convolution, normalisation, ReLU; with a shortcut where the width stays."""

    def __init__(self, channels_in: int, channels_out: int, stride: int | tuple[int, int] = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels_out)
        self.shortcut = channels_in == channels_out and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        """Same height and width, divided by the stride."""
        y = nn.functional.relu(self.norm(self.conv(x)))
        return x + y if self.shortcut else y


def blocks(channels: int, count: int) -> list[Block]:
    """`count` blocks that keep width and size."""
    return [Block(channels, channels) for _ in range(count)]


class RowBlock(nn.Module):
    """Looks along a text row, with a shortcut."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation, bias=False)
        self.norm = nn.BatchNorm1d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """N × channels × columns in and out."""
        return x + nn.functional.relu(self.norm(self.conv(x)))


class Reader(nn.Module):
    """See the module. 1.43 M parameters and 0.3 G multiplications a plate."""

    def __init__(self) -> None:
        super().__init__()
        c1, c2, c3, rows = 64, 96, 128, 128
        self.body = nn.Sequential(
            nn.PixelUnshuffle(2),
            Block(12, c1, 2),
            *blocks(c1, 3),
            Block(c1, c2, (2, 1)),
            *blocks(c2, 3),
            Block(c2, c3, (2, 1)),
            *blocks(c3, 4),
        )
        self.fold = nn.Conv2d(c3, 2 * rows, (HEIGHT // 16, 1), bias=False)
        self.fold_norm = nn.BatchNorm2d(2 * rows)
        self.along = nn.Sequential(RowBlock(rows, 1), RowBlock(rows, 3), RowBlock(rows, 1))
        self.dropout = nn.Dropout(0.1)
        self.classify = nn.Conv1d(rows, CLASSES, 1)
        self.facts = nn.Sequential(nn.Linear(2 * c3, 64), nn.ReLU(), nn.Linear(64, sum(FACTS)))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Logits: N × 80 steps × classes, and N × facts. `images` are N × 3 × 64 × 160, values -1 … 1."""
        cells = self.body(images)
        folded = nn.functional.relu(self.fold_norm(self.fold(cells))).squeeze(2)
        upper, lower = folded.chunk(2, dim=1)
        rows = torch.cat([self.along(upper), self.along(lower)], dim=2)
        steps = self.classify(self.dropout(rows)).transpose(1, 2)
        pooled = torch.cat([cells.mean(dim=(2, 3)), cells.amax(dim=(2, 3))], dim=1)
        return steps, self.facts(pooled)


def with_all_classes(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights of a reader that knew fewer characters, for one that knows all.

    A new character begins as the mean of the others: nowhere the likeliest, everywhere ready to learn.
    """
    grown = dict(weights)
    for name in ("classify.weight", "classify.bias"):
        known = weights[name]
        missing = CLASSES - len(known)
        grown[name] = torch.cat([known, known.mean(dim=0, keepdim=True).expand(missing, *known.shape[1:])])
    return grown


def as_input(images: Tensor) -> Tensor:
    """Pictures N × 64 × 160 × 3 (0–255) as the network's input; the same as `edge.lpr.preprocess.as_tensor`."""
    return images.permute(0, 3, 1, 2).float().mul(2.0 / 255.0).sub(1.0)
