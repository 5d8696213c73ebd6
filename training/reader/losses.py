"""What the reader is punished for."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from contract.plate import ALPHABET
from training.reader.model import FACTS
from training.reader.targets import IGNORED, STEPS

_LATIN = ALPHABET.index("Đ") + 1
"""Classes above are Chinese characters."""


def text_loss(steps: Tensor, texts: Tensor, known: Tensor) -> Tensor:
    """CTC over the whole path. `texts` N × 10, padded with 0; `known` N, whether it is the text that stands there."""
    lengths = (texts > 0).sum(dim=1)
    log_probabilities = steps.float().log_softmax(2).transpose(0, 1)
    inputs = torch.full((texts.shape[0],), STEPS, dtype=torch.long)
    losses = F.ctc_loss(log_probabilities, texts.long(), inputs, lengths, reduction="none", zero_infinity=True)
    return (losses / lengths.clamp(min=1))[known].mean()


def place_loss(steps: Tensor, frames: Tensor) -> Tensor:
    """Cross-entropy where the renderer knows what stands at a step.

    Blanks count for less, they are many; Chinese characters for more: a plate has but one, of fine strokes.
    """
    known = frames != IGNORED
    if not known.any():
        return steps.sum() * 0.0
    targets = frames[known].long()
    losses = F.cross_entropy(steps.float()[known], targets, reduction="none")
    importance = torch.where(targets > 0, 1.0, 0.3) + torch.where(targets > _LATIN, 2.0, 0.0)
    return (losses * importance).sum() / importance.sum()


def facts_loss(facts: Tensor, targets: Tensor) -> Tensor:
    """Country, colour and rows by cross-entropy, legibility by its binary form; -1 is not known."""
    loss = facts.sum() * 0.0
    parts = facts.float().split(FACTS, dim=1)
    for place, part in enumerate(parts[:3]):
        known = targets[:, place] >= 0
        if known.any():
            loss = loss + F.cross_entropy(part[known], targets[known, place].long())
    known = targets[:, 3] >= 0
    return loss + F.binary_cross_entropy_with_logits(parts[3][known, 0], targets[known, 3].float())
