"""The second kind of detector: what is made of a pose network's output, and how a local model is looked up."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from contract.errors import ModelError
from edge.lpr.plate_detector import PlateDetector, pose_plates_in
from edge.lpr.runtime import MODELS_DIR, Model, ModelEntry, model_entry
from edge.lpr.settings import LprSettings
from training.pose_detector.export import enter

_NAME = "plate_detector_pose"
_CELLS = 84
_SHARES = st.integers(min_value=0, max_value=999)


def _quad(x: float, y: float, width: float = 40, height: float = 12) -> NDArray[np.float32]:
    """A plate that leans a little, its top left corner at (x, y)."""
    return np.array([[x, y], [x + width, y + 2], [x + width, y + height + 2], [x, y + height]], np.float32)


def _output(plates: dict[int, tuple[NDArray[np.float32], float]]) -> NDArray[np.float32]:
    """An output that says these plates (corners, how sure) at these cells. Its boxes say nonsense."""
    output = np.full((13, _CELLS), 7, np.float32)
    output[4] = 0
    for cell, (quad, sure) in plates.items():
        output[4, cell] = sure
        output[5:, cell] = quad.reshape(-1)
    return output


@given(st.lists(_SHARES, min_size=1, max_size=8, unique=True), st.randoms(use_true_random=False))
def test_plates_apart_all_come_back_the_surest_first(shares: list[int], rng: Any) -> None:
    """Whatever cells say them, corners and confidences are unchanged, and the unsure are left out."""
    cells = rng.sample(range(_CELLS), len(shares))
    plates = {
        cell: (_quad(100 * place, 30), np.float32(share / 1000))
        for place, (cell, share) in enumerate(zip(cells, shares, strict=True))
    }
    found = pose_plates_in(_output(plates), 0.35)
    expected = sorted((plate for plate in plates.values() if plate[1] >= np.float32(0.35)), key=lambda p: -p[1])
    assert [confidence for _, confidence in found] == pytest.approx([sure for _, sure in expected])
    for (quad, _), (said, _) in zip(found, expected, strict=True):
        np.testing.assert_array_equal(quad, said)


def test_overlapping_answers_are_one_plate() -> None:
    """Of answers to one plate the surest stays, and so does another plate."""
    said = {3: (_quad(50, 50), 0.6), 4: (_quad(53, 51), 0.9), 60: (_quad(200, 50), 0.5)}
    assert [round(confidence, 2) for _, confidence in pose_plates_in(_output(said), 0.35)] == [0.9, 0.5]


def test_nothing_sure_gives_no_plate() -> None:
    """An empty picture has no plates."""
    assert pose_plates_in(_output({}), 0.35) == []


class _Network:
    """Stands in for a loaded model: keeps what it is given, and always says the same."""

    def __init__(self, name: str, output: NDArray[np.float32]) -> None:
        self.entry = ModelEntry(name, Path("none.onnx"), "", "")
        self.output = output
        self.given: list[NDArray[np.float32]] = []

    def run(self, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        self.given.append(tensor)
        return self.output[np.newaxis]


def test_each_kind_of_network_is_given_its_own_colours() -> None:
    """A blue picture: the pose network takes red, green, blue from 0 to 1, ours blue, green, red from -1 to 1."""
    blue = np.zeros((64, 64, 3), np.uint8)
    blue[:, :, 0] = 255
    pose = _Network(_NAME, _output({}))
    ours = _Network("plate_detector", np.full((13, 8, 8), -9, np.float32))
    for network in (pose, ours):
        assert PlateDetector(network).detect(blue, side_px=64) == []  # type: ignore[arg-type]  # all it uses of a model
    assert pose.given[0][0, :, 5, 5].tolist() == [0, 0, 1]
    assert ours.given[0][0, :, 5, 5].tolist() == [1, -1, -1]


def test_corners_are_told_in_pixels_of_the_picture() -> None:
    """The network saw the picture at half its size."""
    network = _Network(_NAME, _output({5: (_quad(50, 30), 0.8)}))
    (detection,) = PlateDetector(network).detect(np.zeros((128, 256, 3), np.uint8), side_px=128)  # type: ignore[arg-type]  # all it uses of a model
    assert detection.corners == ((100, 60), (180, 64), (180, 88), (100, 84))
    assert detection.confidence == pytest.approx(0.8)


def _made(folder: Path, content: bytes = b"a network") -> Path:
    file = folder / f"{_NAME}.onnx"
    file.write_bytes(content)
    enter(file, "2026-11-27")
    return file


def test_a_local_model_is_found(tmp_path: Path) -> None:
    """What the export enters is looked up, and a second export takes the place of the first."""
    _made(tmp_path, b"an older network")
    file = _made(tmp_path)
    entry = model_entry(_NAME, MODELS_DIR, tmp_path)
    assert entry == ModelEntry(_NAME, file, hashlib.sha256(b"a network").hexdigest(), "2026-11-27")


def test_entering_a_model_keeps_the_others(tmp_path: Path) -> None:
    """Other local models stay in the manifest."""
    other = '[models.other]\nfile = "other.onnx"\nsha256 = "0"\nversion = "1"\n'
    (tmp_path / "manifest.toml").write_text(other, encoding="utf-8")
    _made(tmp_path)
    assert model_entry("other", MODELS_DIR, tmp_path).path == tmp_path / "other.onnx"
    assert model_entry(_NAME, MODELS_DIR, tmp_path).version == "2026-11-27"


def test_a_model_that_nobody_made_yet_is_explained(tmp_path: Path) -> None:
    """The setting is allowed; without the model the error says where it is looked for and what tells how to make it."""
    name = LprSettings(detector=_NAME).detector
    with pytest.raises(ModelError, match=r"no model 'plate_detector_pose'.*README\.md says how") as caught:
        model_entry(name, MODELS_DIR, tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "training.pose_detector.export" in (MODELS_DIR / "README.md").read_text(encoding="utf-8")


def test_a_changed_local_model_is_refused(tmp_path: Path) -> None:
    """A file that is not the one entered does not run."""
    _made(tmp_path).write_bytes(b"another network")
    with pytest.raises(ModelError, match="is not version 2026-11-27"):
        Model(model_entry(_NAME, MODELS_DIR, tmp_path))


def test_a_local_model_does_not_take_the_place_of_ours(tmp_path: Path) -> None:
    """The product's own manifest comes first."""
    ours = '[models.plate_detector]\nfile = "other.onnx"\nsha256 = "0"\nversion = "1"\n'
    (tmp_path / "manifest.toml").write_text(ours, encoding="utf-8")
    assert model_entry("plate_detector", MODELS_DIR, tmp_path).path.parent == MODELS_DIR
