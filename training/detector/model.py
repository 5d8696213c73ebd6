"""The detector network: a picture of any size (multiples of 32) in, 13 values for every 8 × 8 pixels out."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.detector.targets import VALUES
from training.reader.model import Block, blocks


class Detector(nn.Module):
    """Three scales down, joined again at stride 8. 1.33 M parameters, 4 thousand multiplications a pixel."""

    def __init__(self) -> None:
        super().__init__()
        self.to_8 = nn.Sequential(nn.PixelUnshuffle(2), Block(12, 32, 2), Block(32, 48, 2), *blocks(48, 2))
        self.to_16 = nn.Sequential(Block(48, 96, 2), *blocks(96, 3))
        self.to_32 = nn.Sequential(Block(96, 160, 2), *blocks(160, 3))
        self.from_32 = nn.Conv2d(160, 96, 1)
        self.from_16 = nn.Conv2d(96, 48, 1)
        self.join_16 = Block(96, 96)
        self.join_8 = Block(48, 48)
        self.head = nn.Sequential(Block(48, 48), nn.Conv2d(48, VALUES, 1))
        last = self.head[1]
        nn.init.constant_(last.bias[0:1], -4.0)  # type: ignore[index,arg-type]  # a tensor; plates are rare at the start

    def forward(self, images: Tensor) -> Tensor:
        """N × 3 × H × W, values -1 … 1, to N × 13 × H/8 × W/8."""
        at_8 = self.to_8(images)
        at_16 = self.to_16(at_8)
        at_32 = self.to_32(at_16)
        at_16 = self.join_16(at_16 + F.interpolate(self.from_32(at_32), scale_factor=2.0))
        at_8 = self.join_8(at_8 + F.interpolate(self.from_16(at_16), scale_factor=2.0))
        return torch.as_tensor(self.head(at_8))
