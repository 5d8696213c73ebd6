"""The reader network."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="the packages of the training are not installed")

from training.reader.model import Reader, with_all_classes  # noqa: E402  # needs torch
from training.reader.targets import CLASSES, HEIGHT, WIDTH  # noqa: E402


def test_a_reader_that_knew_fewer_characters_goes_on_and_a_new_one_is_never_the_likeliest() -> None:
    """What the known characters say stays as it was; the new ones say the mean of it."""
    torch.manual_seed(1)
    older = Reader().eval()
    older.classify = torch.nn.Conv1d(128, CLASSES - 2, 1)
    newer = Reader().eval()
    newer.load_state_dict(with_all_classes(older.state_dict()))
    images = torch.rand(2, 3, HEIGHT, WIDTH) * 2 - 1
    with torch.inference_mode():
        before, after = older(images)[0], newer(images)[0]
    assert torch.allclose(before, after[:, :, : CLASSES - 2], atol=1e-5)
    assert torch.allclose(after[:, :, CLASSES - 2 :], before.mean(dim=2, keepdim=True).expand(-1, -1, 2), atol=1e-5)


def test_a_reader_that_knows_all_stays_as_it_is() -> None:
    """Nothing is added where nothing is missing."""
    weights = Reader().state_dict()
    assert all(torch.equal(value, weights[name]) for name, value in with_all_classes(weights).items())
